// NoticeLog: the latest lines that the daemon has shown, for those who look later (docs/api.md "The log").
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "daemon/record.h"

namespace stp::daemon {

class NoticeLog {
 public:
  static constexpr std::size_t kLinesMax = 500;

  /// `id`: the share that it is about. `time`: seconds since 1970.
  void add(std::string message, std::optional<RecordId> id, std::int64_t time);
  /// A list of those that came after the one with this number, the oldest first.
  [[nodiscard]] nlohmann::json after(std::uint64_t number) const;

 private:
  struct Line {
    std::uint64_t number = 0;  // from 1 on
    std::int64_t time = 0;
    std::optional<RecordId> id;
    std::string message;
  };
  std::deque<Line> lines_;
  std::uint64_t last_ = 0;
};

}  // namespace stp::daemon
