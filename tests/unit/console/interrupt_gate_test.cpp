#include "console/interrupt_gate.h"

#include <gtest/gtest.h>

namespace stp::console {
namespace {

using std::chrono::milliseconds;
using Kind = InterruptGate::Kind;

TEST(InterruptGate, WhatComesWithinHalfASecondIsTheFirstOnceMore) {
  InterruptGate gate;
  EXPECT_EQ(gate.note_at(milliseconds(1000)), Kind::first);
  EXPECT_EQ(gate.note_at(milliseconds(1000)), Kind::same);
  EXPECT_EQ(gate.note_at(milliseconds(1499)), Kind::same);
  EXPECT_EQ(gate.note_at(milliseconds(1500)), Kind::second);
}

TEST(InterruptGate, BeginsAgainAfterAReset) {
  InterruptGate gate;
  EXPECT_EQ(gate.note(), Kind::first);
  gate.reset();
  EXPECT_EQ(gate.note(), Kind::first);
  EXPECT_EQ(gate.note(), Kind::same);
}

}  // namespace
}  // namespace stp::console
