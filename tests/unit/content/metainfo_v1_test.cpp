#include <gtest/gtest.h>

#include "content/metainfo.h"
#include "content/path_rules.h"
#include "crypto/sha1.h"
#include "crypto/sha256.h"
#include "test_files.h"
#include "v1_share.h"

namespace stp::content {
namespace {

using test::hybrid_info;
using test::padded;
using test::parsed;
using test::v1_info;
using test::V1File;

const nlohmann::json& bep3_vectors() {
  static const nlohmann::json kVectors = [] {
    std::ifstream in(STP_VECTORS_DIR "/bep3.json");
    return nlohmann::json::parse(in);
  }();
  return kVectors.at("cases");
}

TEST(MetainfoV1Vectors, ParseToWhatLibtorrentPutIn) {
  ASSERT_FALSE(bep3_vectors().empty());
  for (const auto& vector : bep3_vectors()) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const auto metainfo = parsed(*from_hex(vector["info"].get<std::string>()));
    EXPECT_EQ(metainfo->info_hashes().v1->hex(), vector["info_hash_v1"]);
    EXPECT_EQ(metainfo->has_v2(), !vector["info_hash_v2"].is_null());
    if (metainfo->has_v2()) {
      EXPECT_EQ(metainfo->info_hashes().v2->hex(), vector["info_hash_v2"]);
    }
    EXPECT_EQ(metainfo->name(), vector["name"]);
    EXPECT_EQ(metainfo->chunk_bytes(), vector["chunk_bytes"]);
    ASSERT_EQ(metainfo->files().size(), vector["files"].size());
    for (std::size_t i = 0; i < metainfo->files().size(); ++i) {
      const FileEntry& file = metainfo->files()[i];
      EXPECT_EQ(file.path, test::components(vector["files"][i]["path"]));
      EXPECT_EQ(file.bytes, vector["files"][i]["bytes"]);
    }
    // Each chunk's SHA-1 comes from the bytes that the layout names.
    for (ChunkIndex chunk; chunk.value < metainfo->chunk_count(); ++chunk) {
      Bytes bytes;
      for (const Extent& extent : metainfo->layout().extents(chunk)) {
        const auto count = static_cast<std::size_t>(extent.bytes);
        if (extent.is_pad()) {
          bytes.resize(bytes.size() + count);
          continue;
        }
        const Bytes file = test::pattern(extent.file, static_cast<std::size_t>(metainfo->files()[extent.file].bytes));
        append(bytes, ByteSpan(file).subspan(static_cast<std::size_t>(extent.offset), count));
      }
      bytes.resize(bytes.size() + metainfo->layout().zeros_after(chunk));
      EXPECT_EQ(metainfo->piece_hash(chunk).bytes, crypto::sha1(bytes)) << chunk.value;
    }
  }
}

TEST(MetainfoV1, HashesAreThoseOfTheRawBytes) {
  const std::string unsorted = "d12:piece lengthi5e6:pieces20:aaaaaaaaaaaaaaaaaaaa6:lengthi3e4:name1:ne";
  const auto metainfo = parsed(to_bytes(unsorted));
  EXPECT_EQ(metainfo->info_hashes().v1->bytes, crypto::sha1(as_bytes(unsorted)));
  EXPECT_EQ(metainfo->info_hash(), name_of(*metainfo->info_hashes().v1));
  EXPECT_EQ(as_text(metainfo->info_bytes()), unsorted);
  EXPECT_FALSE(metainfo->has_v2());
  EXPECT_TRUE(metainfo->is_single_file());
  EXPECT_EQ(metainfo->files()[0].path, std::vector<std::string>{"n"});
  EXPECT_EQ(as_text(metainfo->piece_hash({0}).span()), std::string(20, 'a'));
}

TEST(MetainfoV1, ChunksGoOnOverFilesAndPads) {
  const auto metainfo = parsed(v1_info({{"a", 10}, {"e", 0}, {".pad/5", 5, true}, {"d/b", 20}, {"c", 1}}, 10));
  ASSERT_EQ(metainfo->files().size(), 4U);
  EXPECT_EQ(metainfo->chunk_count(), 4U);
  EXPECT_EQ(metainfo->total_bytes(), 31);
  const FileEntry& b = metainfo->files()[2];
  EXPECT_EQ(b.first_chunk.value, 1U);
  EXPECT_EQ(b.chunk_count, 3U);
  EXPECT_EQ(b.position, 15);
  EXPECT_EQ(metainfo->bytes_in(b, {1}), 5);
  EXPECT_EQ(metainfo->bytes_in(b, {2}), 10);
  EXPECT_EQ(metainfo->bytes_in(b, {3}), 5);
  EXPECT_EQ(metainfo->bytes_in(b, {0}), 0);
  EXPECT_EQ(metainfo->files()[1].chunk_count, 0U);
  const ChunkHashes hashes(metainfo);
  EXPECT_TRUE(hashes.complete());  // nothing is left to be learned
  EXPECT_FALSE(hashes.known({0}));
  EXPECT_TRUE(hashes.layer_known(2));
}

// A dictionary of one chunk of 100 bytes, with `members` before the rest.
std::string info_with(const std::string& members, const std::string& name = "4:name1:n") {
  return "d" + members + name + "12:piece lengthi100e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
}
std::string listed(const std::vector<std::string>& files) {
  std::string list = "5:filesl";
  for (const std::string& file : files) list += "d" + file + "e";
  return list + "e";
}
std::string at(const std::vector<std::string>& path, int bytes = 1) {
  std::string text = "6:lengthi" + std::to_string(bytes) + "e4:pathl";
  for (const std::string& part : path) text += std::to_string(part.size()) + ":" + part;
  return text + "e";
}
std::vector<std::string> paths_of(const std::string& info) {
  std::vector<std::string> paths;
  const auto metainfo = parsed(to_bytes(info));
  for (const FileEntry& file : metainfo->files()) paths.push_back(join_path(file.path));
  return paths;
}

TEST(MetainfoV1, NamesAreMadeUsable) {
  EXPECT_EQ(paths_of(info_with(listed({at({"..", "a"}), at({"x", ".", "b"}), at({"", "c"}), at({"/etc/d"}),
                                       at({"e\xff\xfe"}), at({"f\x1bg"}), at({".."})}))),
            (std::vector<std::string>{"a", "x/b", "_/c", "etcd", "e__", "f_g", "_.1"}));
}

TEST(MetainfoV1, Utf8KeysArePreferred) {
  EXPECT_EQ(paths_of(info_with(listed({at({"b\xe4"
                                           "d"}) +
                                       "10:path.utf-8l3:gute"}))),
            std::vector<std::string>{"gut"});
  const auto metainfo = parsed(to_bytes(info_with("6:lengthi1e",
                                                  "4:name3:b\xe4\x64"
                                                  "10:name.utf-83:gut")));
  EXPECT_EQ(metainfo->name(), "gut");
  EXPECT_EQ(parsed(to_bytes(info_with("6:lengthi1e", "4:name3:b\xe4\x64")))->name(), "b_");
}

TEST(MetainfoV1, ANameOfWhichNothingIsLeftIsTheInfoHash) {
  for (const char* name : {"4:name0:", "4:name2:..", "4:name1:/", ""}) {
    const auto metainfo = parsed(to_bytes(info_with("6:lengthi1e", name)));
    EXPECT_EQ(metainfo->name(), metainfo->info_hashes().v1->hex()) << name;
  }
}

TEST(MetainfoV1, FilesOfTheSamePathGetNumbers) {
  EXPECT_EQ(paths_of(info_with(listed({at({"d", "a.txt"}), at({"d", "a.txt"}), at({"d", "a.1.txt"}), at({"d", "a.txt"}),
                                       at({"d"}), at({".rc"}), at({".rc"})}))),
            (std::vector<std::string>{"d/a.txt", "d/a.1.txt", "d/a.1.1.txt", "d/a.2.txt", "d.1", ".rc", ".1.rc"}));
}

TEST(MetainfoV1, PadsAreNoFiles) {
  const auto metainfo = parsed(to_bytes(info_with(
      listed({at({"a"}), "4:attr1:p6:lengthi2e", at({"_____padding_file_0_if you see this file"}, 3), at({"b"})}))));
  ASSERT_EQ(metainfo->files().size(), 2U);
  EXPECT_EQ(metainfo->files()[1].position, 6);
  EXPECT_EQ(metainfo->total_bytes(), 2);
}

TEST(MetainfoV1, SymlinksAreNoFiles) {
  const auto metainfo =
      parsed(to_bytes(info_with(listed({"4:attr1:l6:lengthi9e4:pathl1:ae12:symlink pathl1:d1:be",
                                        "4:attr1:l4:pathl1:ce12:symlink pathl2:..1:d1:be", at({"d", "b"})}))));
  ASSERT_EQ(metainfo->files().size(), 1U);
  ASSERT_EQ(metainfo->symlinks().size(), 2U);
  EXPECT_EQ(metainfo->symlinks()[0].path, std::vector<std::string>{"a"});
  EXPECT_EQ(metainfo->symlinks()[0].target, (std::vector<std::string>{"d", "b"}));
  EXPECT_TRUE(metainfo->symlinks()[1].target.empty()) << "it would lead out of the share";
}

struct V1Refusal {
  const char* name;
  std::string info;
  ErrorKind kind;
};
class V1Refused : public testing::TestWithParam<V1Refusal> {};
TEST_P(V1Refused, HasItsKind) {
  const auto metainfo = Metainfo::parse(as_bytes(GetParam().info));
  ASSERT_FALSE(metainfo);
  EXPECT_EQ(metainfo.error().kind, GetParam().kind) << metainfo.error().message;
}
const std::string kRest = "4:name1:n12:piece lengthi100e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
const V1Refusal kV1Refusals[] = {
    {"NoPieces", "d6:lengthi1e4:name1:n12:piece lengthi100ee", ErrorKind::malformed},
    {"PiecesAreANumber", "d6:lengthi1e4:name1:n12:piece lengthi100e6:piecesi1ee", ErrorKind::malformed},
    {"TooFewPieces", "d6:lengthi101e" + kRest, ErrorKind::malformed},
    {"TooManyPieces", "d6:lengthi0e" + kRest, ErrorKind::malformed},
    {"PiecesOfOddLength", "d6:lengthi1e4:name1:n12:piece lengthi100e6:pieces19:aaaaaaaaaaaaaaaaaaae",
     ErrorKind::malformed},
    {"NoLength", "d" + kRest, ErrorKind::malformed},
    {"NegativeLength", "d6:lengthi-1e" + kRest, ErrorKind::malformed},
    {"NegativeLengthInAList", info_with(listed({at({"a"}, -1)})), ErrorKind::malformed},
    {"HugeLength", "d6:lengthi9223372036854775807e" + kRest, ErrorKind::limit},
    {"HugeSum", info_with(listed({at({"a"}, 2'000'000'000)})), ErrorKind::limit},
    {"NoPieceLength", "d6:lengthi1e4:name1:n6:pieces20:aaaaaaaaaaaaaaaaaaaae", ErrorKind::malformed},
    {"PieceLengthZero", "d6:lengthi1e4:name1:n12:piece lengthi0e6:pieces20:aaaaaaaaaaaaaaaaaaaae",
     ErrorKind::malformed},
    {"PieceLengthAbove16MiB", "d6:lengthi1e4:name1:n12:piece lengthi33554432e6:pieces20:aaaaaaaaaaaaaaaaaaaae",
     ErrorKind::limit},
    {"NoFiles", "d5:filesle4:name1:n12:piece lengthi100e6:pieces0:e", ErrorKind::malformed},
    {"FileIsANumber", "d5:filesli1ee" + kRest, ErrorKind::malformed},
    {"FileWithoutAPath", info_with("5:filesld6:lengthi1eee"), ErrorKind::malformed},
    {"PathOfNumbers", info_with("5:filesld6:lengthi1e4:pathli1eeee"), ErrorKind::malformed},
    {"DeepPath", info_with(listed({at(std::vector<std::string>(kPathDepthMax + 1, "a"))})), ErrorKind::limit},
    {"UnsortedV2", "d4:name1:n12:meta versioni2e9:file treedee", ErrorKind::malformed},
};
INSTANTIATE_TEST_SUITE_P(Table, V1Refused, testing::ValuesIn(kV1Refusals),
                         [](const auto& row) { return row.param.name; });

const std::vector<V1File> kHybridFiles = {{"a", 40'000}, {"b", 5}, {"c", 0}, {"d", kBlockBytes}};

TEST(MetainfoHybrid, HasTheLayoutOfV2AndTheZerosOfV1) {
  const auto metainfo = parsed(hybrid_info(kHybridFiles, padded(kHybridFiles, kBlockBytes), kBlockBytes));
  EXPECT_TRUE(metainfo->info_hashes().hybrid());
  EXPECT_EQ(metainfo->files().size(), 4U);
  EXPECT_EQ(metainfo->chunk_count(), 5U);
  EXPECT_EQ(metainfo->bytes_of(ChunkIndex{2}), 40'000 - 2 * kBlockBytes);
  EXPECT_EQ(metainfo->layout().zeros_after({2}), 3 * kBlockBytes - 40'000);
  EXPECT_EQ(metainfo->layout().zeros_after({4}), 0U);
  const auto keys = metainfo->info_hashes().swarm_keys();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].hex(), metainfo->info_hash().hex().substr(0, 40));
  EXPECT_EQ(keys[1].hex(), metainfo->info_hashes().v1->hex());
}

struct Contradiction {
  const char* name;
  std::vector<V1File> listed;
  const char* says;
};
class Contradicting : public testing::TestWithParam<Contradiction> {};
TEST_P(Contradicting, HybridIsRefusedWithTheReason) {
  const auto metainfo = Metainfo::parse(hybrid_info(kHybridFiles, GetParam().listed, kBlockBytes));
  ASSERT_FALSE(metainfo);
  EXPECT_EQ(metainfo.error().kind, ErrorKind::integrity);
  EXPECT_NE(metainfo.error().message.find(GetParam().says), std::string::npos) << metainfo.error().message;
}
std::vector<V1File> changed(std::size_t number, const V1File& file) {
  std::vector<V1File> files = kHybridFiles;
  files[number] = file;
  return padded(files, kBlockBytes);
}
const Contradiction kContradictions[] = {
    {"AnotherName", changed(1, {"x", 5}), "\"x\" is \"b\" in v2"},
    {"AnotherSize", changed(1, {"b", 6}), "sizes of \"b\""},
    {"NotAligned", kHybridFiles, "\"b\" does not begin with a chunk"},
    {"FewerFiles", padded({kHybridFiles[0], kHybridFiles[1], kHybridFiles[2]}, kBlockBytes), "v2 has more files"},
    {"MoreFiles", padded({kHybridFiles[0], kHybridFiles[1], kHybridFiles[2], kHybridFiles[3], {"e", 0}}, kBlockBytes),
     "v1 has more files"},
};
INSTANTIATE_TEST_SUITE_P(Table, Contradicting, testing::ValuesIn(kContradictions),
                         [](const auto& row) { return row.param.name; });

TEST(UsableComponent, IsCutAsLibtorrentDoes) {
  EXPECT_EQ(*usable_component(std::string(250, 'a')), std::string(240, 'a'));
  EXPECT_EQ(*usable_component(std::string(250, 'a') + ".test"), std::string(240, 'a') + ".test");
  EXPECT_EQ(*usable_component(std::string(239, 'a')), std::string(239, 'a'));
  EXPECT_EQ(*usable_component(std::string(250, 'a') + ".extension"), std::string(240, 'a'));
  std::string accented;
  for (int i = 0; i < 130; ++i) accented += "\xc3\xa9";
  EXPECT_EQ(*usable_component(accented), accented.substr(0, 240));
}

}  // namespace
}  // namespace stp::content
