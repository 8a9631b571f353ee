#include "core/setting.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "core/units.h"

namespace stp {
namespace {

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

}  // namespace

std::string setting_text(const SettingInfo& info, double value) {
  const auto whole = static_cast<std::int64_t>(value);
  switch (info.unit) {
    case SettingUnit::time: return exact_duration(Duration(whole));
    case SettingUnit::bytes: return exact_size(whole);
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
