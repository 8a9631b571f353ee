// Settings: the fields of a config struct as a table, each with its name, unit, bounds and meaning.
//
// Validation, parsing, printing and the reference in docs/settings.md are all made from one table per config, so they
// cannot disagree (transfer/settings.h, dht/settings.h). Every value is handled as a number here: nanoseconds for a
// time, bytes for a size, 0 or 1 for a switch, the position of a word among those allowed. A double holds all of them
// exactly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace stp {

enum class SettingUnit : std::uint8_t { count, bytes, time, number, yes_or_no, word };

/// What is known about a setting, whichever struct it belongs to.
struct SettingInfo {
  std::string name;  // "choker.interval": the sub-struct and its member, words joined by "-"
  SettingUnit unit = SettingUnit::count;
  double least = 0;
  double most = 0;
  std::vector<std::string_view> words;  // for SettingUnit::word
  std::string means;                    // one line
};

/// One field of a Config.
template <class Config>
struct Setting {
  SettingInfo info;
  std::function<double(const Config&)> get;
  std::function<void(Config&, double)> set;
};

template <class Config>
using Settings = std::vector<Setting<Config>>;

/// `value` of a setting as people write it: "10s", "32KiB", "3", "1.25", "true", "tit-for-tat".
[[nodiscard]] std::string setting_text(const SettingInfo& info, double value);
/// What it takes, to follow "must be": "a time, 1s to 1h".
[[nodiscard]] std::string setting_takes(const SettingInfo& info);
/// Whether `value` is within the bounds, and whole where it has to be.
[[nodiscard]] bool setting_allows(const SettingInfo& info, double value);
/// "PREFIX.NAME is VALUE; it must be …".
[[nodiscard]] Error setting_error(std::string_view prefix, const SettingInfo& info, double value,
                                  const std::string& must_be);

/// Adds the fields of one sub-struct of a Config to its table.
template <class Config, class Group>
class SettingGroup {
 public:
  SettingGroup(Settings<Config>& table, std::string_view name, Group Config::*group)
      : table_(table), prefix_(std::string(name) + "."), group_(group) {}

  void time(std::string_view name, Duration Group::*member, Duration least, Duration most, std::string_view means) {
    add(name, member, SettingUnit::time, static_cast<double>(least.count()), static_cast<double>(most.count()), means);
  }
  template <class T>
  void count(std::string_view name, T Group::*member, double least, double most, std::string_view means) {
    static_assert(std::is_integral_v<T>);
    add(name, member, SettingUnit::count, least, most, means);
  }
  template <class T>
  void bytes(std::string_view name, T Group::*member, double least, double most, std::string_view means) {
    static_assert(std::is_integral_v<T>);
    add(name, member, SettingUnit::bytes, least, most, means);
  }
  void number(std::string_view name, double Group::*member, double least, double most, std::string_view means) {
    add(name, member, SettingUnit::number, least, most, means);
  }
  void yes_or_no(std::string_view name, bool Group::*member, std::string_view means) {
    add(name, member, SettingUnit::yes_or_no, 0, 1, means);
  }
  /// `words` in the order of the enumeration.
  template <class T>
  void word(std::string_view name, T Group::*member, std::vector<std::string_view> words, std::string_view means) {
    static_assert(std::is_enum_v<T>);
    add(name, member, SettingUnit::word, 0, static_cast<double>(words.size() - 1), means);
    table_.back().info.words = std::move(words);
  }
  /// The elements of an array: NAME-1, NAME-2, …
  template <class Array>
  void counts(std::string_view name, Array Group::*member, double least, double most, std::string_view means) {
    for (std::size_t i = 0; i < std::tuple_size_v<Array>; ++i) {
      Setting<Config> made;
      made.info = {prefix_ + std::string(name) + "-" + std::to_string(i + 1),
                   SettingUnit::count,
                   least,
                   most,
                   {},
                   std::string(means)};
      made.get = [group = group_, member, i](const Config& config) {
        return static_cast<double>((config.*group.*member)[i]);
      };
      made.set = [group = group_, member, i](Config& config, double value) {
        (config.*group.*member)[i] = static_cast<typename Array::value_type>(value);
      };
      table_.push_back(std::move(made));
    }
  }

 private:
  template <class T>
  void add(std::string_view name, T Group::*member, SettingUnit unit, double least, double most,
           std::string_view means) {
    Setting<Config> made;
    made.info = {prefix_ + std::string(name), unit, least, most, {}, std::string(means)};
    made.get = [group = group_, member](const Config& config) {
      const T& value = config.*group.*member;
      if constexpr (std::is_same_v<T, Duration>) {
        return static_cast<double>(value.count());
      } else {
        return static_cast<double>(value);
      }
    };
    made.set = [group = group_, member](Config& config, double value) {
      T& place = config.*group.*member;
      if constexpr (std::is_same_v<T, Duration>) {
        place = Duration(static_cast<std::int64_t>(value));
      } else if constexpr (std::is_same_v<T, bool>) {
        place = value != 0;
      } else if constexpr (std::is_enum_v<T>) {
        place = static_cast<T>(static_cast<std::underlying_type_t<T>>(value));
      } else {
        place = static_cast<T>(value);
      }
    };
    table_.push_back(std::move(made));
  }

  Settings<Config>& table_;
  std::string prefix_;
  Group Config::*group_;
};

/// The first field of `config` that is out of its bounds, as an error.
template <class Config>
[[nodiscard]] Status check_bounds(std::string_view prefix, const Settings<Config>& table, const Config& config) {
  for (const Setting<Config>& setting : table) {
    const double value = setting.get(config);
    if (!setting_allows(setting.info, value)) {
      return setting_error(prefix, setting.info, value, setting_takes(setting.info));
    }
  }
  return Done{};
}

/// The setting called `name`, or null.
template <class Config>
[[nodiscard]] const Setting<Config>* find_setting(const Settings<Config>& table, std::string_view name) {
  for (const Setting<Config>& setting : table) {
    if (setting.info.name == name) return &setting;
  }
  return nullptr;
}

/// Checks how two fields relate to each other; used by validate(). `less` and `more` name fields of the table.
template <class Config>
class SettingOrder {
 public:
  SettingOrder(std::string_view prefix, const Settings<Config>& table, const Config& config)
      : prefix_(prefix), table_(table), config_(config) {}

  /// The field `less` must be at most `factor` times the field `more` (or below it).
  void at_most(std::string_view less, std::string_view more, double factor = 1) { order(less, more, factor, false); }
  void below(std::string_view less, std::string_view more, double factor = 1) { order(less, more, factor, true); }
  /// For rules that do not order two fields: `holds`, else "NAME is VALUE; it must be MUST_BE".
  void require(std::string_view name, bool holds, const std::string& must_be) {
    if (holds || error_) return;
    const Setting<Config>& setting = field(name);
    error_ = setting_error(prefix_, setting.info, setting.get(config_), must_be);
  }
  [[nodiscard]] Status result() const { return error_ ? Status(*error_) : Status(Done{}); }

 private:
  [[nodiscard]] const Setting<Config>& field(std::string_view name) const {
    const Setting<Config>* const found = find_setting(table_, name);
    STP_ASSERT(found != nullptr);
    return *found;
  }
  void order(std::string_view less, std::string_view more, double factor, bool strictly) {
    const Setting<Config>& greater = field(more);
    const double bound = factor * greater.get(config_);
    const double value = field(less).get(config_);
    const std::string times = factor == 1 ? "" : setting_text({{}, SettingUnit::number, 0, 0, {}, {}}, factor) + " × ";
    require(less, strictly ? value < bound : value <= bound,
            (strictly ? "less than " : "at most ") + times + std::string(prefix_) + "." + std::string(more) + " (" +
                setting_text(greater.info, greater.get(config_)) + ")");
  }

  std::string_view prefix_;
  const Settings<Config>& table_;
  const Config& config_;
  std::optional<Error> error_;
};

}  // namespace stp
