#include "cli/progress_line.h"

#include <algorithm>
#include <string_view>

#include "cli/format.h"

namespace stp::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kNameColumnsMin = 8;  // less of a name says nothing

std::string join(const std::string& name, const std::vector<ProgressLine::Part>& parts) {
  std::string text = name;
  for (const ProgressLine::Part& part : parts) {
    if (!text.empty()) text += kGap;
    text += part.text;
  }
  return text;
}

std::string without_numbers(std::string text) {
  std::erase_if(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return text;
}

}  // namespace

std::string whole_text(const ProgressLine& line) {
  return join(line.name, line.parts);
}

std::string fit_to_width(const ProgressLine& line, std::size_t columns) {
  std::vector<ProgressLine::Part> parts = line.parts;
  for (;;) {
    if (display_width(join(line.name, parts)) <= columns) return join(line.name, parts);
    const std::size_t rest = display_width(join({}, parts)) + kGap.size();
    if (!line.name.empty() && rest + kNameColumnsMin <= columns) {
      return join(fit_to_width(line.name, columns - rest), parts);
    }
    const auto last = std::find_if(parts.rbegin(), parts.rend(), [](const auto& part) { return part.dispensable; });
    if (last == parts.rend()) break;
    parts.erase(std::next(last).base());
  }
  return fit_to_width(join({}, parts), columns);
}

bool LogPace::is_due(const ProgressLine& line, Clock::time_point now) {
  if (last_ && now - *last_ < kFirst) return false;
  if (!line.idle) {
    known_.clear();
    interval_ = kFirst;
  } else {
    if (known_.size() >= kKnownMax) known_.clear();
    const bool is_new = known_.insert(without_numbers(whole_text(line))).second;
    if (!is_new && last_ && now - *last_ < interval_) return false;
    interval_ = is_new ? Clock::duration(kFirst) : std::min<Clock::duration>(2 * interval_, kLongest);
  }
  last_ = now;
  return true;
}

}  // namespace stp::cli
