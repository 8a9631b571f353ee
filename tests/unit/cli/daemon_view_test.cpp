#include "cli/daemon_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stp::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;

TEST(DaemonView, TheTableLinesUp) {
  const json shares = {
      {{"id", 3},
       {"state", "seeding"},
       {"name", "holiday photos"},
       {"bytes", 1'200'000},
       {"up_rate", 34'000},
       {"peers", 2}},
      {{"id", 12}, {"state", "waiting"}, {"name", "b\nc"}, {"bytes", nullptr}, {"done", 1}, {"of", 3}}};
  EXPECT_THAT(share_table(shares), ElementsAre("ID  STATE    DONE   SIZE     DOWN  UP         PEERS  NAME",
                                               "3   seeding  100 %  1.20 MB  -     34.0 kB/s  2      holiday photos",
                                               "12  waiting  33 %            -     -          0      b\\nc"));
}

TEST(DaemonView, AFolderSaysHowManySharesItHas) {
  const json shares = {{{"id", 1},
                        {"kind", "folder"},
                        {"state", "hashing"},
                        {"name", "photos"},
                        {"each", true},
                        {"files", 4},
                        {"shared", 1}},
                       {{"id", 2}, {"kind", "folder"}, {"state", "seeding"}, {"name", "notes"}, {"each", false}}};
  EXPECT_THAT(share_table(shares), ElementsAre("ID  STATE    DONE   SIZE  DOWN  UP  PEERS  NAME",
                                               "1   hashing  25 %         -     -   0      photos/ (1 share)",
                                               "2   seeding  100 %        -     -   0      notes/"));
}

TEST(DaemonView, WhyNothingMoves) {
  EXPECT_EQ(why_of({{"state", "waiting"},
                    {"reason", "no peers found yet"},
                    {"trouble", "192.0.2.7:1: no answer"},
                    {"discovery", "dht: 0 nodes"}}),
            "no peers found yet; 192.0.2.7:1: no answer (dht: 0 nodes)");
  EXPECT_EQ(why_of({{"state", "error"}, {"error", {{"kind", "io"}, {"message", "it broke"}}}}), "it broke");
  EXPECT_EQ(why_of({{"state", "seeding"}, {"reason", "x"}, {"error", nullptr}}), "");
}

TEST(DaemonView, AnAnswerThatMakesNoSenseIsShownAsFarAsItGoes) {
  EXPECT_THAT(share_table(json::array({json::object()})), testing::SizeIs(2));
  EXPECT_THAT(share_table({{{"id", "x"}, {"state", 3}, {"of", "y"}}}), testing::SizeIs(2));
  EXPECT_EQ(why_of({{"error", 3}}), "");
}

}  // namespace
}  // namespace stp::cli
