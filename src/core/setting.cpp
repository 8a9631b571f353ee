#include "core/setting.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace stp {
namespace {

struct Scale {
  std::int64_t units;
  const char* name;
};
constexpr std::array<Scale, 6> kTimes = {{{86'400'000'000'000, "d"},
                                          {3'600'000'000'000, "h"},
                                          {60'000'000'000, "m"},
                                          {1'000'000'000, "s"},
                                          {1'000'000, "ms"},
                                          {1000, "us"}}};
constexpr std::array<Scale, 3> kSizes = {{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}}};

/// In the largest unit that needs no fraction, else in the smallest.
std::string exact_text(std::int64_t value, const auto& scales, const char* smallest) {
  for (const Scale& scale : scales) {
    if (value != 0 && value % scale.units == 0) return std::to_string(value / scale.units) + scale.name;
  }
  return std::to_string(value) + smallest;
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

}  // namespace

std::string setting_text(const SettingInfo& info, double value) {
  const auto whole = static_cast<std::int64_t>(value);
  switch (info.unit) {
    case SettingUnit::time: return value == 0 ? "0s" : exact_text(whole, kTimes, "ns");
    case SettingUnit::bytes: return exact_text(whole, kSizes, "B");
    case SettingUnit::yes_or_no: return value != 0 ? "true" : "false";
    case SettingUnit::word:
      return value >= 0 && value < static_cast<double>(info.words.size())
                 ? std::string(info.words[static_cast<std::size_t>(value)])
                 : number_text(value);
    case SettingUnit::count:
    case SettingUnit::number: break;
  }
  return number_text(value);
}

std::string setting_takes(const SettingInfo& info) {
  const std::string range = setting_text(info, info.least) + " to " + setting_text(info, info.most);
  switch (info.unit) {
    case SettingUnit::time: return "a time, " + range;
    case SettingUnit::bytes: return "a size, " + range;
    case SettingUnit::number: return "a number, " + range;
    case SettingUnit::yes_or_no: return "true or false";
    case SettingUnit::word: {
      std::string list;
      for (std::size_t i = 0; i < info.words.size(); ++i) {
        list += (i == 0 ? "" : i + 1 == info.words.size() ? " or " : ", ") + std::string(info.words[i]);
      }
      return list;
    }
    case SettingUnit::count: break;
  }
  return "a whole number, " + range;
}

bool setting_allows(const SettingInfo& info, double value) {
  return value >= info.least && value <= info.most && (info.unit == SettingUnit::number || value == std::floor(value));
}

Error setting_error(std::string_view prefix, const SettingInfo& info, double value, const std::string& must_be) {
  return {ErrorKind::usage,
          std::string(prefix) + "." + info.name + " is " + setting_text(info, value) + "; it must be " + must_be};
}

}  // namespace stp
