#include "tracker/share_summary.h"

#include <gtest/gtest.h>

#include "bencode/bencode.h"
#include "core/rng.h"
#include "unit/tracker/dictionaries.h"

namespace stp::tracker {
namespace {

using test::as_dictionary;
using test::Dictionary;
using test::dictionary;

/// Fails unless both readers agree on the bytes; returns whether they accept them.
bool agree(const Bytes& bytes) {
  const Dictionary dictionary = as_dictionary(bytes);
  const auto metainfo = content::Metainfo::parse(bytes);
  const Result<ShareSummary> summary = summarize(bytes, dictionary.info_hash);
  EXPECT_EQ(metainfo && (*metainfo)->has_v2(), summary.ok()) << (summary ? "" : summary.error().message) << "\n"
                                                             << as_text(bytes);
  if (!metainfo || !summary) return false;
  EXPECT_EQ(summary->name, (*metainfo)->name());
  EXPECT_EQ(summary->bytes, (*metainfo)->total_bytes());
  EXPECT_EQ(summary->files, (*metainfo)->files().size());
  EXPECT_EQ(summary->private_flag, (*metainfo)->is_private());
  return true;
}

TEST(ShareSummary, SaysWhatTheDictionarySays) {
  const Dictionary three = dictionary("photos", 100'000, 3);
  EXPECT_EQ(*summarize(three.bytes, three.info_hash), (ShareSummary{"photos", 300'000, 3, false}));
  const Dictionary secret = dictionary("x", 1, 1, true);
  EXPECT_EQ(*summarize(secret.bytes, secret.info_hash), (ShareSummary{"x", 1, 1, true}));
}

TEST(ShareSummary, SaysWhetherThereIsAV1Hash) {
  const Dictionary hybrid = test::hybrid_dictionary("film");
  EXPECT_TRUE(summarize(hybrid.bytes, hybrid.info_hash)->hybrid);
}

TEST(ShareSummary, AgreesWithMetainfo) {
  const std::string root(32, 'r');
  const auto with_tree = [](const std::string& tree, const std::string& rest = "4:name1:n12:piece lengthi16384e") {
    return to_bytes("d9:file tree" + tree + "12:meta versioni2e" + rest + "e");
  };
  EXPECT_TRUE(agree(with_tree("d1:ad0:d6:lengthi0eeee")));
  EXPECT_TRUE(agree(with_tree("d1:ad0:d6:lengthi5e11:pieces root32:" + root + "eee")));
  EXPECT_TRUE(agree(with_tree("d1:adee")));                                           // an empty folder
  EXPECT_TRUE(agree(with_tree("d1:ad0:d6:lengthi0eeee", "12:piece lengthi16384e")));  // no name
  EXPECT_TRUE(agree(with_tree("d1:ad0:d4:attr1:l6:lengthi7eeee")));                   // a link without a target
  const std::string file = "d1:ad0:d6:lengthi0eee";
  EXPECT_TRUE(agree(with_tree(file + "1:bd0:d4:attr1:l12:symlink pathl1:aeeee")));
  EXPECT_TRUE(agree(with_tree(file + "1:bd0:d4:attr1:l12:symlink pathl2:..eeee")));
  EXPECT_TRUE(agree(with_tree(file + "1:bd0:d4:attr1:l12:symlink pathleeee")));
  EXPECT_FALSE(agree(with_tree("d1:bd0:d4:attr1:l12:symlink pathl1:aeeee")));  // nothing but a link
  EXPECT_FALSE(agree(with_tree("d1:ad0:d4:attr1:p6:lengthi0eeee")));           // a pad
  EXPECT_TRUE(agree(with_tree(file + "e", "4:name1:n12:piece lengthi16384e7:privatei2e")));
  EXPECT_TRUE(agree(with_tree("d1:ad1:bd0:d6:lengthi0eee1:cdeee")));
  EXPECT_FALSE(agree(with_tree("de")));
  EXPECT_FALSE(agree(with_tree("d1:ai5ee")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi0ee1:bdeee")));  // file and folder
  EXPECT_FALSE(agree(with_tree("d1:ad0:i5eee")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi5eeee")));  // no root
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi-1eeee")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:deee")));
  EXPECT_FALSE(agree(with_tree("d2:..d0:d6:lengthi0eeee")));
  EXPECT_FALSE(agree(with_tree("d3:a/bd0:d6:lengthi0eeee")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi0eeee", "4:name3:a/b12:piece lengthi16384e")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi0eeee", "4:name1:n12:piece lengthi16385e")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi0eeee", "4:name1:n12:piece lengthi33554432e")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi0eeee", "4:name1:n")));
  EXPECT_FALSE(agree(with_tree("d1:ad0:d6:lengthi9223372036854775807e11:pieces root32:" + root + "eee")));
  EXPECT_FALSE(agree(to_bytes("d12:meta versioni3e4:name1:n12:piece lengthi16384ee")));
  EXPECT_FALSE(agree(to_bytes("d6:lengthi5e4:name1:n12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae")));
  EXPECT_FALSE(agree(to_bytes("i5e")));
  EXPECT_FALSE(agree({}));
}

TEST(ShareSummary, AgreesWithMetainfoOnDamagedDictionaries) {
  Rng rng(3);
  const Bytes whole = dictionary("photos", 20'000, 4, true).bytes;
  for (int i = 0; i < 5'000; ++i) {
    Bytes damaged = whole;
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n) {
      damaged[rng.below(damaged.size())] =
          static_cast<std::byte>(rng.below(2) == 0 ? rng.below(256) : '0' + rng.below(75));
    }
    agree(damaged);
  }
}

TEST(ShareSummary, AHostileTreeIsRefusedWithoutKeepingIt) {
  // 80 folders deep, then as many files as fit into a megabyte: their paths would be 100 times as long.
  bencode::Encoder out;
  out.begin_dict().key("file tree").begin_dict();
  for (int i = 0; i < 80; ++i) out.key("aaaaaaaaaaaaaaaaaaaaaaaaa").begin_dict();
  for (int i = 10'000; i < 50'000; ++i) {
    out.key(std::to_string(i)).begin_dict().key("").begin_dict().key("length").integer(0).end().end();
  }
  for (int i = 0; i < 80; ++i) out.end();
  out.end().key("meta version").integer(2).key("name").string(std::string_view("n")).key("piece length").integer(16384);
  out.end();
  const Bytes bytes = out.take();
  ASSERT_LT(bytes.size(), kSummaryBytesMax);
  EXPECT_EQ(summarize(bytes, {}).error().kind, ErrorKind::limit);
}

TEST(ShareSummary, IsBounded) {
  EXPECT_EQ(summarize(Bytes(kSummaryBytesMax + 1, std::byte{'d'}), {}).error().kind, ErrorKind::limit);
  std::string numbers = "l";
  while (numbers.size() < 3 * kSummaryTokensMax + 10) numbers += "i1e";
  EXPECT_FALSE(summarize(as_bytes(numbers + "e"), {}).ok());
}

}  // namespace
}  // namespace stp::tracker
