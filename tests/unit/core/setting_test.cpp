#include "core/setting.h"

#include <gtest/gtest.h>

#include <array>

namespace stp {
namespace {

using namespace std::chrono_literals;

enum class Word : std::uint8_t { first, second };

struct Part {
  Duration pause = 1500ms;
  std::uint32_t tries = 3;
  std::int64_t window = 48 * 1024;
  double factor = 1.25;
  bool on = true;
  Word word = Word::second;
  std::array<std::size_t, 2> sizes = {8, 4};
};

struct Whole {
  Part part;
};

const Settings<Whole>& settings() {
  static const Settings<Whole> kTable = [] {
    Settings<Whole> table;
    SettingGroup<Whole, Part> add(table, "part", &Whole::part);
    add.time("pause", &Part::pause, 1s, 1h, "");
    add.count("tries", &Part::tries, 1, 10, "");
    add.bytes("window", &Part::window, 1024, 1 << 20, "");
    add.number("factor", &Part::factor, 1, 2, "");
    add.yes_or_no("on", &Part::on, "");
    add.word("word", &Part::word, {"first", "second"}, "");
    add.counts("size", &Part::sizes, 1, 8, "");
    return table;
  }();
  return kTable;
}

std::string text_of(std::string_view name, const Whole& whole = {}) {
  const Setting<Whole>& setting = *find_setting(settings(), name);
  return setting_text(setting.info, setting.get(whole));
}

TEST(Setting, ValuesAreShownInTheirUnits) {
  EXPECT_EQ(text_of("part.pause"), "1500ms");
  EXPECT_EQ(text_of("part.tries"), "3");
  EXPECT_EQ(text_of("part.window"), "48KiB");
  EXPECT_EQ(text_of("part.factor"), "1.25");
  EXPECT_EQ(text_of("part.on"), "true");
  EXPECT_EQ(text_of("part.word"), "second");
  EXPECT_EQ(text_of("part.size-2"), "4");
  EXPECT_EQ(find_setting(settings(), "part.size-3"), nullptr);
}

TEST(Setting, EveryValueCanBeSet) {
  Whole whole;
  for (const Setting<Whole>& setting : settings()) {
    for (const double value : {setting.info.least, setting.info.most}) {
      setting.set(whole, value);
      EXPECT_EQ(setting.get(whole), value) << setting.info.name;
    }
  }
  EXPECT_EQ(whole.part.pause, 1h);
  EXPECT_EQ(whole.part.word, Word::second);
}

TEST(Setting, WhatIsOutOfBoundsIsNamedWithItsValueAndTheBounds) {
  Whole whole;
  EXPECT_TRUE(check_bounds("whole", settings(), whole).ok());
  whole.part.pause = 999ms;
  EXPECT_EQ(check_bounds("whole", settings(), whole).error().message,
            "whole.part.pause is 999ms; it must be a time, 1s to 1h");
  whole.part.pause = 1s;
  whole.part.sizes[1] = 9;
  EXPECT_EQ(check_bounds("whole", settings(), whole).error().message,
            "whole.part.size-2 is 9; it must be a whole number, 1 to 8");
}

TEST(Setting, OrdersAreChecked) {
  Whole whole;
  const auto check = [&](double factor) {
    SettingOrder<Whole> order("whole", settings(), whole);
    order.at_most("part.tries", "part.size-2", factor);
    return order.result();
  };
  EXPECT_TRUE(check(1).ok());
  EXPECT_EQ(check(0.5).error().message, "whole.part.tries is 3; it must be at most 0.5 × whole.part.size-2 (4)");
}

}  // namespace
}  // namespace stp
