#include "daemon/share_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InfoHashV1 v1_of(unsigned byte) {
  InfoHashV1 hash{};
  hash.bytes[0] = std::byte(byte);
  return hash;
}
InfoHash v2_of(unsigned byte) {
  InfoHash hash{};
  hash.bytes[0] = hash.bytes[31] = std::byte(byte);
  return hash;
}

TEST(ShareIndex, AHybridIsFoundByEachOfItsNames) {
  ShareIndex index;
  index.move(7, std::nullopt, InfoHashes{v1_of(1), v2_of(2)});
  EXPECT_THAT(index.find({v1_of(1), std::nullopt}), ElementsAre(7));
  EXPECT_THAT(index.find({std::nullopt, v2_of(2)}), ElementsAre(7));
  EXPECT_THAT(index.find({v1_of(1), v2_of(2)}), ElementsAre(7)) << "once";
  EXPECT_THAT(index.find({v1_of(2), std::nullopt}), IsEmpty());
}

TEST(ShareIndex, AShareMayBeInSeveralRecords) {
  ShareIndex index;
  index.move(9, std::nullopt, InfoHashes{v1_of(1), std::nullopt});
  index.move(3, std::nullopt, InfoHashes{v1_of(1), v2_of(2)});
  EXPECT_THAT(index.find({v1_of(1), v2_of(5)}), ElementsAre(3, 9));
}

TEST(ShareIndex, WhatIsMovedIsNoLongerFoundByItsOldNames) {
  ShareIndex index;
  const InfoHashes before{v1_of(1), v2_of(2)};
  const InfoHashes now{v1_of(3), std::nullopt};
  index.move(1, std::nullopt, before);
  index.move(1, before, now);
  EXPECT_THAT(index.find(before), IsEmpty());
  EXPECT_THAT(index.find(now), ElementsAre(1));
  index.move(1, now, std::nullopt);
  EXPECT_THAT(index.find(now), IsEmpty());
}

}  // namespace
}  // namespace stp::daemon
