#include "tracker/announce_request.h"

#include <gtest/gtest.h>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

AnnounceRequest request() {
  AnnounceRequest request;
  request.peer_id.bytes.fill(std::byte{'p'});
  request.swarm.bytes.fill(std::byte{'h'});
  request.port = 64500;
  request.uploaded = 1;
  request.downloaded = 2;
  request.left = 3;
  request.event = AnnounceEvent::started;
  request.key = 0xabc;
  request.numwant = 50;
  return request;
}

constexpr std::string_view kQuery =
    "info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp&port=64500&uploaded=1&downloaded=2&left=3"
    "&key=00000ABC&numwant=50&compact=1&no_peer_id=1&event=started";

TEST(AnnounceQuery, SaysEverything) {
  EXPECT_EQ(announce_query(request()), kQuery);
}

TEST(AnnounceQuery, APartialSeedIsPaused) {
  AnnounceRequest paused = request();
  paused.event = AnnounceEvent::paused;
  EXPECT_TRUE(announce_query(paused).ends_with("&event=paused"));
}

struct TargetCase {
  const char* name;
  std::string before;  // the target, without the announce
  std::string target;  // as a redirect has it
};
class Target : public ::testing::TestWithParam<TargetCase> {};

TEST_P(Target, HasTheAnnounceOnceAndKeepsItsOwn) {
  EXPECT_EQ(without_announce(GetParam().target), GetParam().before);
  const std::string expected =
      GetParam().before + (GetParam().before.find('?') == std::string::npos ? "?" : "&") + std::string(kQuery);
  EXPECT_EQ(announce_target(GetParam().target, request()), expected);
}

const std::string kOld =
    "info_hash=%00&peer_id=x&port=1&uploaded=0&downloaded=0&left=1&key=0000000F&numwant=5&compact=1"
    "&no_peer_id=1&event=stopped&trackerid=t";
const TargetCase kTargets[] = {
    {"Plain", "/announce", "/announce"},
    {"OwnKey", "/announce?key=mine", "/announce?key=mine"},
    {"Announced", "/announce", "/announce?" + kOld},
    {"OwnKeyFirst", "/announce?key=mine", "/announce?key=mine&" + kOld},
    {"OwnBehind", "/announce?hop=1", "/announce?" + kOld + "&hop=1"},
    {"Empty", "/announce", "/announce?&&" + kOld + "&"},
};
INSTANTIATE_TEST_SUITE_P(Targets, Target, ::testing::ValuesIn(kTargets),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace stp::tracker
