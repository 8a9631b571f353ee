#include <gtest/gtest.h>

#include "cli/get_observer.h"

namespace stp::cli {
namespace {

using std::chrono::seconds;

TEST(Patience, ADownloadWaitsForEverWhileThereIsHope) {
  EXPECT_EQ(patience(std::nullopt, true, true), std::nullopt);
  EXPECT_EQ(patience(std::nullopt, true, false), kTimeoutDefault);
  EXPECT_EQ(patience(std::nullopt, false, true), kTimeoutDefault) << "info and verify ask a question";
}

TEST(Patience, WhatWasAskedForCountsWithHopeAndWithout) {
  for (const bool hope : {false, true}) {
    EXPECT_EQ(patience(seconds(4), true, hope), Duration(seconds(4)));
    EXPECT_EQ(patience(Duration::zero(), true, hope), std::nullopt) << "never";
  }
}

}  // namespace
}  // namespace stp::cli
