#include "cli/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stp::cli {
namespace {

TEST(Events, TimesAreRfc3339InUtc) {
  using std::chrono::milliseconds;
  using Time = std::chrono::system_clock::time_point;
  EXPECT_EQ(timestamp(Time(milliseconds(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp(Time(milliseconds(951'782'399'007))), "2000-02-28T23:59:59.007Z");
  EXPECT_EQ(timestamp(Time(milliseconds(951'782'400'070))), "2000-02-29T00:00:00.070Z");
}

TEST(Events, PeersAreTheBusiestAndBounded) {
  std::vector<transfer::PeerStatus> peers(kPeersInStatusMax + 10);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    peers[i].endpoint = *Endpoint::parse("192.0.2.1:" + std::to_string(1000 + i));
    (i % 2 == 0 ? peers[i].up_rate : peers[i].down_rate) = static_cast<double>(i);
  }
  peers.back().has_all = true;
  peers.back().wire = {transfer::PeerWire::Protocol::bittorrent, false, false};
  const nlohmann::json list = peer_list(peers, 7);
  ASSERT_EQ(list.size(), kPeersInStatusMax);
  EXPECT_EQ(list[0]["address"], "192.0.2.1:" + std::to_string(1000 + peers.size() - 1));
  EXPECT_EQ(list[0]["chunks"], 7);
  EXPECT_EQ(list[0]["of_chunks"], 7);
  EXPECT_EQ(list[0]["wire"], "bittorrent");
  EXPECT_EQ(list[0]["wire_version"], 1);
  EXPECT_EQ(list[0]["encrypted"], false);
  EXPECT_EQ(list.back()["address"], "192.0.2.1:1010");
}

}  // namespace
}  // namespace stp::cli
