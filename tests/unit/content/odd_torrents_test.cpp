// Torrents that are odd in one way each (tests/vectors/odd_torrents_make.py): stp reads them as libtorrent does, or
// differs as the row says, for the reason that it gives.
#include <gtest/gtest.h>

#include "content/path_rules.h"
#include "content/torrent_file.h"
#include "core/text.h"
#include "test_files.h"

namespace stp::content {
namespace {

using Json = nlohmann::json;

const Json& rows() {
  static const Json kRows = [] {
    std::ifstream in(STP_VECTORS_DIR "/odd_torrents.json");
    return Json::parse(in).at("rows");
  }();
  return kRows;
}

// What of a torrent file the rows compare, as they write it.
Json described(const TorrentFile& torrent) {
  const Metainfo& metainfo = *torrent.metainfo;
  const bool by_hash = metainfo.name() == metainfo.info_hashes().hex();
  Json files = Json::array();
  for (const FileEntry& file : metainfo.files()) {
    const std::string path = join_path(file.path);
    files.push_back({by_hash && path == metainfo.name() ? "" : path, file.bytes});
  }
  Json links = Json::array();
  for (const Symlink& link : metainfo.symlinks()) links.push_back({join_path(link.path), join_path(link.target)});
  Json seeds = torrent.web_seeds;
  for (const std::string& seed : torrent.http_seeds) seeds.push_back(seed);
  Json nodes = Json::array();
  for (const HostPort& node : torrent.nodes) nodes.push_back(node.host + ":" + std::to_string(node.port));
  return {{"name", by_hash ? "" : metainfo.name()},
          {"files", files},
          {"symlinks", links},
          {"pieces", metainfo.chunk_count()},
          {"private", metainfo.is_private()},
          {"trackers", torrent.trackers()},
          {"web_seeds", seeds},
          {"nodes", nodes}};
}

std::string kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::limit: return "limit";
    case ErrorKind::integrity: return "integrity";
    case ErrorKind::unsupported: return "unsupported";
    default: return "another";
  }
}

// What the row says stp makes of it: a string when it is refused; an empty one when any kind of error will do.
Json expected(const Json& row) {
  Json wanted = row["libtorrent"].is_string() ? Json("") : row["libtorrent"];
  if (row.contains("stp") && (row["stp"].is_string() || wanted.is_string())) return row["stp"];
  if (row.contains("stp")) wanted.update(row["stp"]);
  return wanted;
}

void expect_read_as_said(const Json& row) {
  const Json wanted = expected(row);
  const auto torrent = decode_torrent(*from_hex(row["torrent"].get<std::string>()));
  if (!torrent) {
    ASSERT_TRUE(wanted.is_string()) << torrent.error().message << "\nwanted: " << wanted;
    EXPECT_FALSE(torrent.error().message.empty());
    if (wanted != "") {
      EXPECT_EQ(kind_name(torrent.error().kind), wanted.get<std::string>()) << torrent.error().message;
    }
    return;
  }
  const Json found = described(*torrent);
  ASSERT_TRUE(wanted.is_object()) << "read: " << found << "\nlibtorrent: " << row["libtorrent"];
  for (const auto& [key, value] : wanted.items()) EXPECT_EQ(found[key], value) << key;
}

// One test for all rows: a process for each would cost more than the rows do.
TEST(OddTorrents, AreReadAsTheirRowsSay) {
  ASSERT_GT(rows().size(), 300U);
  for (const Json& row : rows()) {
    SCOPED_TRACE(row["name"].get<std::string>());
    expect_read_as_said(row);
  }
}

TEST(OddTorrents, ADifferenceHasAReasonAndIsOne) {
  for (const Json& row : rows()) {
    SCOPED_TRACE(row["name"].get<std::string>());
    ASSERT_EQ(row.contains("stp"), row.contains("why"));
    if (!row.contains("stp")) continue;
    EXPECT_FALSE(row["why"].get<std::string>().empty());
    EXPECT_FALSE(row["stp"].is_string() && row["libtorrent"].is_string()) << "both refuse it";
  }
}

}  // namespace
}  // namespace stp::content
