#include "tracker/catalogue_reply.h"

#include <gtest/gtest.h>

#include "wire/link.h"

namespace stp::tracker {
namespace {

using std::chrono::seconds;

ListedShare share(std::string name) {
  ListedShare share{{}, std::move(name), 20'000'000, 1, 3, 2, seconds(125)};
  share.info_hash.bytes.fill(std::byte{0xab});
  return share;
}

TEST(CatalogueReply, IsReadBackAsItWasWritten) {
  const SharePage page{{share("holiday film.mkv"), share("Ü\n\t😀 \"quoted\" \\ <b>&amp;")}, 102, 2};
  EXPECT_EQ(*decode_share_page(encode_share_page(page, "http://t.example:65000/announce")), page);
  EXPECT_EQ(*decode_share_page(encode_share_page({}, "")), SharePage{});
  SharePage hybrid{{share("film")}, 1, 1};
  hybrid.shares[0].info_hash_v1.emplace().bytes.fill(std::byte{0xcd});
  EXPECT_EQ(*decode_share_page(encode_share_page(hybrid, "")), hybrid);
}

TEST(CatalogueReply, SaysWhatAShareIs) {
  std::string hash;
  for (int i = 0; i < 32; ++i) hash += "ab";
  EXPECT_EQ(as_text(encode_share(share("a b"), "http://t.example:65000/announce")),
            R"({"age":125,"bytes":20000000,"files":1,"info_hash":")" + hash +
                R"(","info_hash_v1":null,"leeches":2,"link":"magnet:?xt=urn:btmh:1220)" + hash +
                R"(\u0026dn=a%20b\u0026tr=http%3A%2F%2Ft.example%3A65000%2Fannounce","name":"a b","seeds":3})" + "\n");
}

TEST(CatalogueReply, OfAHybridTheLinkHasBothHashes) {
  ListedShare hybrid = share("film");
  hybrid.info_hash_v1.emplace().bytes.fill(std::byte{0xcd});
  std::string v1;
  for (int i = 0; i < 20; ++i) v1 += "cd";
  const std::string text(as_text(encode_share(hybrid, "")));
  EXPECT_NE(text.find("\"info_hash_v1\":\"" + v1 + "\""), std::string::npos) << text;
  const Result<wire::Link> link = wire::Link::parse(share_link(hybrid, {}));
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link->info_hashes, hybrid.info_hashes());
  std::string damaged = text;
  damaged.replace(text.find(v1), 2, "xy");
  const Result<SharePage> page = decode_share_page(as_bytes(R"({"page":1,"total":1,"shares":[)" + damaged + "]}"));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->shares.at(0).info_hash_v1, std::nullopt);
}

TEST(CatalogueReply, ANameIsNeitherMarkupNorAnEscapeSequence) {
  const SharePage page{{share("<script>alert('x')</script> \x7f \xc2\x9b \xe2\x80\xae\n")}, 1, 1};
  const Bytes reply = encode_share_page(page, "");
  for (const std::byte byte : reply) {
    const auto c = static_cast<unsigned char>(byte);
    EXPECT_TRUE((c >= 0x20 && c < 0x7f) || c == '\n');
    EXPECT_TRUE(c != '<' && c != '>' && c != '&');
  }
  EXPECT_EQ(as_text(reply).find('\n'), reply.size() - 1);
  EXPECT_EQ(decode_share_page(reply)->shares.size(), 0U);  // and no reader of ours takes control characters
}

TEST(CatalogueReply, TheLinkIsMadeFromTheHashAndNotTakenFromTheReply) {
  std::string text(as_text(encode_share_page({{share("film")}, 1, 1}, "http://t.example/announce")));
  const std::size_t at = text.find("magnet:");
  text.replace(at, text.find('"', at) - at, "magnet:?xt=urn:btmh:1220" + std::string(64, 'f'));
  const Result<SharePage> page = decode_share_page(as_bytes(text));
  ASSERT_TRUE(page.ok());
  EXPECT_NE(share_link(page->shares.at(0), {}).find("1220abab"), std::string::npos);
}

TEST(CatalogueReply, DropsEntriesThatNoCatalogueOfOursHas) {
  const std::string good(as_text(encode_share(share("film"), "")));
  for (const auto& [what, instead] : std::vector<std::pair<std::string, std::string>>{
           {"\"film\"", "\"a/b\""},
           {"\"film\"", "\"..\""},
           {"\"film\"", "\"\""},
           {"\"film\"", "\"\\u001b[2J\""},
           {"\"film\"", "\"" + std::string(256, 'x') + "\""},
           {"\"film\"", "5"},
           {"20000000", "-1"},
           {"20000000", "1.5"},
           {"20000000", "1e400"},
           {"20000000", "\"20000000\""},
           {"\"seeds\":3", "\"seeds\":4294967296"},
           {"\"abab", "\"abaz"},
           {"\"info_hash\"", "\"infohash\""},
       }) {
    std::string changed = good;
    changed.replace(changed.find(what), what.size(), instead);
    const std::string page = "{\"page\":1,\"total\":2,\"shares\":[" + changed + "," + good + "]}";
    const Result<SharePage> decoded = decode_share_page(as_bytes(page));
    if (!decoded) {
      EXPECT_EQ(instead, "1e400") << page;  // not a number for the parser
      continue;
    }
    ASSERT_EQ(decoded->shares.size(), 1U) << page;
    EXPECT_EQ(decoded->shares[0].name, "film");
  }
}

TEST(CatalogueReply, KeepsNoMoreThanAPage) {
  std::string shares;
  for (std::size_t i = 0; i < kPageShares + 20; ++i)
    shares += (i == 0 ? "" : ",") + std::string(as_text(encode_share(share("x"), "")));
  const Result<SharePage> page = decode_share_page(as_bytes("{\"page\":1,\"total\":5,\"shares\":[" + shares + "]}"));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->shares.size(), kPageShares);
  EXPECT_EQ(page->total, kPageShares);
}

TEST(CatalogueReply, AnythingElseIsNoPage) {
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{}"), std::string("{\"shares\":[]}"),
        std::string("{\"shares\":{},\"total\":1,\"page\":1}"), std::string("{\"shares\":[],\"total\":0,\"page\":0}"),
        "{\"shares\":" + std::string(100'000, '[') + ",\"total\":0,\"page\":1}", std::string(100'000, '['),
        std::string("{\"shares\":[],\"total\":0,\"page\":1} x"), std::string("\xff\xfe")}) {
    EXPECT_FALSE(decode_share_page(as_bytes(text)).ok()) << text.substr(0, 40);
  }
  EXPECT_FALSE(decode_share_page(Bytes(kPageBytesMax + 1, std::byte{' '})).ok());
}

TEST(CatalogueReply, ErrorsAndStatesAreTextOfBoundedLength) {
  EXPECT_EQ(decode_catalogue_error(encode_catalogue_error("no room <here>")), "no room <here>");
  EXPECT_EQ(decode_catalogue_error(as_bytes("{\"error\":\"\\u001b[2J\"}")), "\\x1b[2J");
  EXPECT_EQ(decode_catalogue_error(encode_catalogue_error(std::string(5000, 'x'))).size(), kCatalogueErrorBytesMax);
  for (const char* text : {"", "<html>", "[1]", "{\"error\":5}", "{}"}) {
    EXPECT_EQ(decode_catalogue_error(as_bytes(text)), "") << text;
    EXPECT_EQ(decode_put(as_bytes(text)), "") << text;
  }
  EXPECT_EQ(decode_put(encode_put("held")), "held");
  EXPECT_EQ(decode_put(encode_put("something")), "");
}

}  // namespace
}  // namespace stp::tracker
