#include "console/progress_line.h"

#include <algorithm>
#include <string_view>

#include "console/text_width.h"

namespace stp::console {
namespace {

constexpr std::size_t kGapColumns = 2;      // between the name and the first part
constexpr std::size_t kNameColumnsMin = 8;  // less of a name is useless

using Parts = std::vector<ProgressLine::Part>;

std::string join(const std::string& name, const Parts& parts) {
  std::string text = name;
  for (const ProgressLine::Part& part : parts) {
    if (!text.empty()) text += part.gap;
    text += part.text;
  }
  return text;
}

/// Leaves out the last part that yields in this way; false if there is none.
bool leave_out(Parts& parts, ProgressLine::Yields yields) {
  const auto last = std::find_if(parts.rbegin(), parts.rend(), [&](const auto& part) { return part.yields == yields; });
  if (last == parts.rend()) return false;
  parts.erase(std::next(last).base());
  return true;
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
  Parts parts = line.parts;
  do {
    if (display_width(join(line.name, parts)) <= columns) return join(line.name, parts);
    const std::size_t rest = display_width(join({}, parts)) + kGapColumns;
    if (!line.name.empty() && rest + kNameColumnsMin <= columns) {
      return join(fit_to_width(line.name, columns - rest), parts);
    }
  } while (leave_out(parts, ProgressLine::Yields::early));
  while (display_width(join({}, parts)) > columns && leave_out(parts, ProgressLine::Yields::late)) {
  }
  return fit_to_width(join({}, parts), columns);
}

bool LogPace::is_due(const ProgressLine& line, Clock::time_point now) {
  if (last_ && now - *last_ < first_) return false;
  if (!line.idle) {
    known_.clear();
    interval_ = first_;
  } else {
    if (known_.size() >= kKnownMax) known_.clear();
    const bool is_new = known_.insert(without_numbers(whole_text(line))).second;
    if (!is_new && last_ && now - *last_ < interval_) return false;
    interval_ = is_new ? first_ : std::min<Clock::duration>(2 * interval_, kLongest);
  }
  last_ = now;
  return true;
}

}  // namespace stp::console
