#include "daemon/record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stp::daemon {
namespace {

using nlohmann::json;

json seed_json() {
  return {{"kind", "seed"}, {"paths", {"/srv/photos"}}};
}
json folder_json() {
  return {{"kind", "folder"}, {"paths", {"/srv/photos"}}, {"watch", true}};
}
json get_json() {
  return {{"kind", "get"}, {"link", "magnet:?xt=urn:btmh:1220aa"}, {"directory", "/home"}};
}

TEST(Record, EveryFieldOfASeedComesBack) {
  ShareOrder order;
  order.paths = {"/a", "/b"};
  order.name = "both";
  order.trackers = {"http://192.0.2.1:65000/announce"};
  order.peers = {"192.0.2.2:64500"};
  order.excluded = {"*.tmp"};
  order.web_seeds = {"http://192.0.2.3/"};
  order.only_dht = order.private_share = order.v2_only = order.times = order.follow_links = order.unlisted = true;
  const ShareRecord record{
      7, order, 1'700'000'000, true, false, "magnet:?xt=urn:btmh:1220aa", true, true, true, false, 0, 10, 10, 0, 30};
  const Result<ShareRecord> back = decode_record(to_json(record));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, record);
}

TEST(Record, EveryFieldOfAGetComesBack) {
  ShareOrder order;
  order.kind = Kind::get;
  order.link = "magnet:?xt=urn:btmh:1220aa";
  order.torrent = "/tmp/a.torrent";
  order.directory = "/srv/u";
  order.only = {"*.jpg"};
  order.http_seeds = {"http://192.0.2.3/seed"};
  order.repair = order.seed_after = order.no_web_seeds = true;
  order.seed_ratio = 1.5;
  const ShareRecord record{1, order, 0, false, true, "", true, false, false, true, 1'700'000'100, 5, 10, 20, 30};
  const Result<ShareRecord> back = decode_record(to_json(record));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, record);
}

TEST(Record, EveryFieldOfAFolderComesBack) {
  ShareOrder order;
  order.kind = Kind::folder;
  order.paths = {"/srv/photos"};
  order.name = "mine";
  order.trackers = {"http://192.0.2.1:65000/announce"};
  order.peers = {"192.0.2.2:64500"};
  order.excluded = {"*.raw"};
  order.only_dht = order.private_share = order.times = order.unlisted = order.watch = true;
  ShareRecord record;
  record.id = 3;
  record.order = order;
  record.link = "magnet:?xt=urn:btmh:1220aa";
  record.hybrids = true;
  record.had = record.wanted = 10;
  record.uploaded = 1;
  for (const bool each : {false, true}) {
    record.order.each = each;
    if (each) record.order.name.clear();
    const Result<ShareRecord> back = decode_record(to_json(record));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, record);
  }
}

struct RefusedCase {
  const char* name;
  json patch;  // merged into a good order (RFC 7396)
  Kind of;
  ErrorKind kind;
  const char* message;
};

class RefusedOrder : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedOrder, IsRefusedByName) {
  const RefusedCase& row = GetParam();
  json order = row.of == Kind::get ? get_json() : row.of == Kind::seed ? seed_json() : folder_json();
  ASSERT_TRUE(decode_order(order).ok());
  order.merge_patch(row.patch);
  const Result<ShareOrder> decoded = decode_order(order);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().kind, row.kind);
  EXPECT_EQ(decoded.error().message, row.message);
}

const RefusedCase kRefused[] = {
    {"NoKind", {{"kind", nullptr}}, Kind::seed, ErrorKind::malformed, "'kind' is missing"},
    {"LaterKind", {{"kind", "cloud"}}, Kind::seed, ErrorKind::unsupported, "this stp does not know the kind 'cloud'"},
    {"UnknownField", {{"speed", 3}}, Kind::seed, ErrorKind::malformed, "unknown field 'speed'"},
    {"NoPaths",
     {{"paths", json::array()}},
     Kind::seed,
     ErrorKind::malformed,
     "'paths' is missing: what is to be shared"},
    {"RelativePath", {{"paths", {"a"}}}, Kind::seed, ErrorKind::malformed, "'paths' have to be absolute"},
    {"SeveralWithoutName",
     {{"paths", {"/a", "/b"}}},
     Kind::seed,
     ErrorKind::malformed,
     "several 'paths' need a 'name'"},
    {"TextInsteadOfList", {{"paths", "/a"}}, Kind::seed, ErrorKind::malformed, "'paths' has to be a list of texts"},
    {"NumberInList", {{"paths", {3}}}, Kind::seed, ErrorKind::malformed, "'paths' has to be a list of texts"},
    {"NotUtf8", {{"name", "\xff"}}, Kind::seed, ErrorKind::malformed, "'name' is not a text"},
    {"LongText", {{"name", std::string(kTextBytesMax + 1, 'a')}}, Kind::seed, ErrorKind::limit, "'name' is too long"},
    {"LongList",
     {{"exclude", std::vector<std::string>(kListMax + 1, "a")}},
     Kind::seed,
     ErrorKind::limit,
     "'exclude' has more than 1000 entries"},
    {"FlagAsText", {{"private", "yes"}}, Kind::seed, ErrorKind::malformed, "'private' has to be true or false"},
    {"GetFieldInSeed",
     {{"only", {"*"}}},
     Kind::seed,
     ErrorKind::malformed,
     "a field that belongs to another kind is in an order of kind 'seed'"},
    {"SeedFieldInGet",
     {{"private", true}},
     Kind::get,
     ErrorKind::malformed,
     "a field that belongs to another kind is in an order of kind 'get'"},
    {"NoLink", {{"link", nullptr}}, Kind::get, ErrorKind::malformed, "'link' is missing: what is to be fetched"},
    {"RelativeDirectory", {{"directory", "here"}}, Kind::get, ErrorKind::malformed, "'directory' has to be absolute"},
    {"RelativeTorrent", {{"torrent", "a.torrent"}}, Kind::get, ErrorKind::malformed, "'torrent' has to be absolute"},
    {"TorrentInFolder",
     {{"torrent", "/a.torrent"}},
     Kind::folder,
     ErrorKind::malformed,
     "a field that belongs to another kind is in an order of kind 'folder'"},
    {"TorrentOfSeveralPaths",
     {{"torrent", "/a.torrent"}, {"paths", {"/a", "/b"}}, {"name", "x"}},
     Kind::seed,
     ErrorKind::malformed,
     "with 'torrent', 'paths' is the one that it describes"},
    {"TorrentWithAnotherSetting",
     {{"torrent", "/a.torrent"}, {"paths", {"/a"}}, {"name", "x"}},
     Kind::seed,
     ErrorKind::malformed,
     "'torrent' says what is shared: leave 'name', 'exclude', 'private', 'v2', 'times' and 'follow_links' out"},
    {"NegativeRatio", {{"ratio", -1}}, Kind::get, ErrorKind::malformed, "'ratio' has to be a ratio"},
    {"EachInSeed",
     {{"each", true}},
     Kind::seed,
     ErrorKind::malformed,
     "a field that belongs to another kind is in an order of kind 'seed'"},
    {"FollowedLinksInFolder",
     {{"follow_links", true}},
     Kind::folder,
     ErrorKind::malformed,
     "a field that belongs to another kind is in an order of kind 'folder'"},
    {"SeveralFolders",
     {{"paths", {"/a", "/b"}}},
     Kind::folder,
     ErrorKind::malformed,
     "'paths' of a folder is one directory"},
    {"RelativeFolder", {{"paths", {"a"}}}, Kind::folder, ErrorKind::malformed, "'paths' have to be absolute"},
    {"FolderAsItIs", {{"watch", false}}, Kind::folder, ErrorKind::malformed, "a folder needs 'each', 'watch' or both"},
    {"NameOfEach",
     {{"each", true}, {"name", "x"}},
     Kind::folder,
     ErrorKind::malformed,
     "'each' names shares after their files: leave 'name' out"},
};
INSTANTIATE_TEST_SUITE_P(Record, RefusedOrder, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Record, OneOfAnStpWithoutHybridsMakesNone) {
  EXPECT_FALSE(decode_record({{"id", 1}, {"order", folder_json()}}).value().hybrids);
}

TEST(Record, ASeedMayBeWhatATorrentSays) {
  const json order = {{"kind", "seed"}, {"torrent", "/a.torrent"}, {"paths", {"/a"}}, {"trackers", {"http://t"}}};
  const Result<ShareOrder> decoded = decode_order(order);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->torrent, "/a.torrent");
  EXPECT_EQ(to_json(*decoded), order);
}

TEST(Record, WithoutAnIdThereIsNone) {
  EXPECT_FALSE(decode_record({{"id", 0}, {"order", seed_json()}}).ok());
  EXPECT_FALSE(decode_record({{"order", seed_json()}}).ok());
  EXPECT_FALSE(decode_record({{"id", 1}}).ok());
  EXPECT_FALSE(decode_record({{"id", 18446744073709551615ULL}, {"order", seed_json()}}).ok());
  EXPECT_FALSE(decode_record(json::array()).ok());
}

}  // namespace
}  // namespace stp::daemon
