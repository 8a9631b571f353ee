#include "net/share_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/virtual_share.h"

namespace stp::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

content::TorrentFile torrent_of(const test::VirtualShare& share) {
  content::TorrentFile torrent{share.metainfo, content::ChunkHashes(share.metainfo)};
  torrent.tiers = {{"http://a/announce", "http://b/announce"}, {"udp://c:1"}};
  torrent.web_seeds = {"http://w/1/", "http://w/2/"};
  torrent.http_seeds = {"http://h/seed"};
  return torrent;
}

TEST(ShareSources, TheLinkOfATorrentHasEverythingThatALinkCanSay) {
  const test::VirtualShare share = test::make_virtual_share(kBlockBytes, {1});
  const wire::Link link = link_of(torrent_of(share));
  EXPECT_EQ(link.info_hashes, share.metainfo->info_hashes());
  EXPECT_EQ(link.name, share.metainfo->name());
  EXPECT_THAT(link.trackers, ElementsAre("http://a/announce", "http://b/announce", "udp://c:1"));
  EXPECT_THAT(link.web_seeds, ElementsAre("http://w/1/", "http://w/2/"));
  EXPECT_EQ(wire::Link::parse(link.to_string()).value(), link);
}

TEST(ShareSources, AreThoseGivenThenThoseOfTheLinkAndTheTorrentEachOnce) {
  const test::VirtualShare share = test::make_virtual_share(kBlockBytes, {1});
  const content::TorrentFile torrent = torrent_of(share);
  wire::Link link;
  link.trackers = {"http://b/announce", "http://d/announce"};
  link.peers = {{"192.0.2.1", 1}, {"given", 2}};
  link.web_seeds = {"http://w/2/"};
  const GivenSources given{{"http://d/announce"}, {"given:2"}, {"http://h/given"}};
  const ShareSources sources = sources_of(given, &link, &torrent);
  EXPECT_THAT(sources.trackers,
              ElementsAre("http://d/announce", "http://b/announce", "http://a/announce", "udp://c:1"));
  EXPECT_THAT(sources.peers, ElementsAre("given:2", "192.0.2.1:1"));
  EXPECT_THAT(sources.web_seeds, ElementsAre("http://w/2/", "http://w/1/"));
  EXPECT_THAT(sources.http_seeds, ElementsAre("http://h/given", "http://h/seed"));
}

TEST(ShareSources, WhatIsNotAllowedIsLeftOutWhoeverNamesIt) {
  const test::VirtualShare share = test::make_virtual_share(kBlockBytes, {1});
  const content::TorrentFile torrent = torrent_of(share);
  const wire::Link link = link_of(torrent);
  GivenSources given{{"http://d/announce"}, {}, {"http://h/given"}};
  given.trackers_allowed = given.web_seeds_allowed = false;
  const ShareSources sources = sources_of(given, &link, &torrent);
  EXPECT_THAT(sources.trackers, IsEmpty());
  EXPECT_THAT(sources.web_seeds, IsEmpty());
  EXPECT_THAT(sources.http_seeds, IsEmpty());
  EXPECT_THAT(sources_of({}, nullptr).trackers, IsEmpty());
}

}  // namespace
}  // namespace stp::net
