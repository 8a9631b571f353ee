#include "content/torrent_file.h"

#include <gtest/gtest.h>

#include "bencode/bencode.h"
#include "test_files.h"

namespace stp::content {
namespace {

TorrentFile many_files() {
  Result<TorrentFile> torrent = decode_torrent(test::read_file(STP_VECTORS_DIR "/bep52_many.torrent"));
  EXPECT_TRUE(torrent) << torrent.error().message;
  return std::move(*torrent);
}

// bep52_many.torrent with the value of `key` replaced; an empty one removes it.
Bytes with(std::string_view key, std::string_view value) {
  const Bytes torrent = test::read_file(STP_VECTORS_DIR "/bep52_many.torrent");
  bencode::Document document;
  EXPECT_TRUE(document.decode(torrent));
  std::map<std::string, std::string> members;
  for (auto name = document.root().first(); name;) {
    const bencode::View member = *name->next();
    members[std::string(*name->text())] = as_text(member.raw());
    name = member.next();
  }
  members[std::string(key)] = value;
  bencode::Encoder encoder;
  encoder.begin_dict();
  for (const auto& [name, member] : members) {
    if (!member.empty()) encoder.key(name).raw(as_bytes(member));
  }
  return encoder.end().take();
}

TEST(TorrentFile, OfLibtorrentIsReadWithItsLayers) {
  const TorrentFile torrent = many_files();
  EXPECT_EQ(torrent.metainfo->name(), "share");
  EXPECT_EQ(torrent.metainfo->files().size(), 8U);
  EXPECT_TRUE(torrent.hashes.complete());
  EXPECT_TRUE(torrent.tiers.empty());
}

TEST(TorrentFile, HybridIsRead) {
  const auto torrent = decode_torrent(test::read_file(STP_VECTORS_DIR "/bep52_hybrid.torrent"));
  ASSERT_TRUE(torrent) << torrent.error().message;
  EXPECT_TRUE(torrent->hashes.complete());
}

TEST(TorrentFile, WhatIsWrittenReadsBack) {
  TorrentFile torrent = many_files();
  torrent.tiers = {{"http://one.example/announce", "udp://two.example:6969"}, {"http://three.example/announce"}};
  torrent.web_seeds = {"http://seed.example/"};
  torrent.http_seeds = {"http://seed.example/seed.php"};
  torrent.nodes = {{"192.0.2.1", 6881}, {"2001:db8::1", 1}};
  const Bytes bytes = encode_torrent(torrent);
  const auto again = decode_torrent(bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->metainfo->info_hash(), torrent.metainfo->info_hash());
  EXPECT_TRUE(again->hashes.complete());
  EXPECT_EQ(again->tiers, torrent.tiers);
  EXPECT_EQ(again->web_seeds, torrent.web_seeds);
  EXPECT_EQ(again->http_seeds, torrent.http_seeds);
  EXPECT_EQ(again->nodes, torrent.nodes);
  EXPECT_EQ(encode_torrent(*again), bytes);
}

TEST(TorrentFile, MissingLayersAreLeftToBeLearned) {
  for (const char* layers : {"", "de"}) {
    const auto torrent = decode_torrent(with("piece layers", layers));
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_FALSE(torrent->hashes.complete());
    EXPECT_FALSE(decode_torrent(encode_torrent(*torrent))->hashes.complete());
  }
}

TEST(TorrentFile, WrongLayersAreAnIntegrityError) {
  const TorrentFile torrent = many_files();
  for (std::size_t i = 0; i < torrent.metainfo->files().size(); ++i) {
    const FileEntry& file = torrent.metainfo->files()[i];
    if (file.chunk_count < 2) continue;
    std::string layer(as_text(std::as_bytes(torrent.hashes.layer(i))));
    const std::string key = "d32:" + std::string(as_text(file.root.span()));
    layer[5] = static_cast<char>(layer[5] ^ 1);
    const auto changed = decode_torrent(with("piece layers", key + std::to_string(layer.size()) + ":" + layer + "e"));
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind, ErrorKind::integrity);
    EXPECT_FALSE(decode_torrent(with("piece layers", key + "31:" + layer.substr(0, 31) + "e")));
    EXPECT_FALSE(decode_torrent(with("piece layers", key + "0:e")));
  }
}

TEST(TorrentFile, LayersOfNoFileAreIgnored) {
  const auto torrent =
      decode_torrent(with("piece layers", "d32:" + std::string(32, 'x') + "32:" + std::string(32, 'y') + "e"));
  EXPECT_TRUE(torrent);
}

TEST(TorrentFile, TrackersAreTakenFromBothKeysOnce) {
  Bytes bytes = with("announce", "8:http://a");
  EXPECT_EQ(decode_torrent(bytes)->trackers(), (std::vector<std::string>{"http://a"}));
  bytes = with("announce-list", "ll8:http://b8:http://ael8:http://bee");
  EXPECT_EQ(decode_torrent(bytes)->trackers(), (std::vector<std::string>{"http://b", "http://a"}));
}

TEST(TorrentFile, OddTrackersAreSkipped) {
  const std::string too_long =
      "l" + std::to_string(kTrackerBytesMax + 1) + ":" + std::string(kTrackerBytesMax + 1, 'u') + "e";
  const std::string list = "l0:li5e0:e3:a\x1b!" + too_long + "l4:a bc4:goodee";
  const auto torrent = decode_torrent(with("announce-list", list));
  ASSERT_TRUE(torrent) << torrent.error().message;
  EXPECT_EQ(torrent->trackers(), (std::vector<std::string>{"good"}));
  EXPECT_TRUE(decode_torrent(with("announce-list", "i5e"))->trackers().empty());
}

TEST(TorrentFile, NumberOfTrackersIsBounded) {
  std::string list = "l";
  for (int i = 1000; i < 2000; ++i) list += "l4:" + std::to_string(i) + "e";
  EXPECT_EQ(decode_torrent(with("announce-list", list + "e"))->trackers().size(), kTrackersMax);
}

TEST(TorrentFile, UnsortedKeysOutsideTheInfoDictionaryAreTolerated) {
  const Bytes torrent = test::read_file(STP_VECTORS_DIR "/bep52_many.torrent");
  std::string text(as_text(torrent));
  text.insert(text.size() - 1, "7:comment2:hi");
  EXPECT_TRUE(decode_torrent(as_bytes(text)));
}

TEST(TorrentFile, ALineBreakAtTheEndIsTolerated) {
  Bytes bytes = test::read_file(STP_VECTORS_DIR "/bep52_many.torrent");
  append(bytes, as_bytes("\r\n"));
  EXPECT_TRUE(decode_torrent(bytes));
  append(bytes, as_bytes("x"));
  EXPECT_FALSE(decode_torrent(bytes));
}

TEST(TorrentFile, OfV1HasWhatOtherProgramsPutIntoIt) {
  const auto torrent = decode_torrent(test::read_file(STP_VECTORS_DIR "/bep3_many.torrent"));
  ASSERT_TRUE(torrent) << torrent.error().message;
  EXPECT_FALSE(torrent->metainfo->has_v2());
  EXPECT_TRUE(torrent->hashes.complete());
  EXPECT_EQ(torrent->tiers,
            (std::vector<std::vector<std::string>>{{"http://one.example/announce", "udp://two.example:6969"},
                                                   {"http://three.example/announce"}}));
  EXPECT_EQ(torrent->web_seeds, std::vector<std::string>{"http://seed.example/files%20of/"});
  EXPECT_EQ(torrent->http_seeds, std::vector<std::string>{"http://seed.example/seed.php"});
  EXPECT_EQ(torrent->nodes,
            (std::vector<HostPort>{{"192.0.2.1", 6881}, {"2001:db8::1", 6882}, {"node.example", 6883}}));
  const Bytes written = encode_torrent(*torrent);
  EXPECT_EQ(as_text(written).find("piece layers"), std::string_view::npos);
  EXPECT_EQ(encode_torrent(*decode_torrent(written)), written);
}

TEST(TorrentFile, BlanksAroundUrlsAreRemoved) {
  EXPECT_EQ(decode_torrent(with("announce", "11: http://a\t "))->trackers(), std::vector<std::string>{"http://a"});
}

TEST(TorrentFile, OddSeedsAndNodesAreSkipped) {
  EXPECT_EQ(decode_torrent(with("url-list", "l0:i5e8:http://a8:http://a4:a\x1b]be"))->web_seeds,
            std::vector<std::string>{"http://a"});
  EXPECT_TRUE(decode_torrent(with("httpseeds", "de"))->http_seeds.empty());
  EXPECT_EQ(decode_torrent(with("nodes", "lli5ei5eel1:ai0eel1:ai65536eel1:ael1:ai7eei3ee"))->nodes,
            (std::vector<HostPort>{{"a", 7}}));
  std::string many = "l";
  for (int i = 1000; i < 2000; ++i) many += "4:" + std::to_string(i);
  EXPECT_EQ(decode_torrent(with("url-list", many + "e"))->web_seeds.size(), kWebSeedsMax);
}

TEST(TorrentFile, OtherFilesAreRefused) {
  for (const char* text : {"", "hello", "<html>", "de", "d4:infoi1ee", "le"})
    EXPECT_FALSE(decode_torrent(as_bytes(text))) << text;
}

}  // namespace
}  // namespace stp::content
