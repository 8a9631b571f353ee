#include "daemon/notice_log.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace stp::daemon {

using nlohmann::json;

void NoticeLog::add(std::string message, std::optional<RecordId> id, std::int64_t time) {
  if (lines_.size() >= kLinesMax) lines_.pop_front();
  lines_.push_back({++last_, time, id, std::move(message)});
}

json NoticeLog::after(std::uint64_t number) const {
  json list = json::array();
  for (const Line& line : lines_) {
    if (line.number <= number) continue;
    json entry = {{"number", line.number}, {"time", line.time}, {"message", line.message}};
    if (line.id) entry["id"] = *line.id;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace stp::daemon
