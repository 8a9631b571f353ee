#include "http/event_stream.h"

#include <utility>

namespace stp::http {

std::string event_text(std::string_view name, std::string_view data) {
  std::string text = "event: ";
  text += name;
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    text += "\ndata: ";
    text += data.substr(0, end);
    if (end == std::string_view::npos) break;
    const bool both = data.substr(end, 2) == "\r\n";
    data.remove_prefix(end + (both ? 2 : 1));
  }
  return text + "\n\n";
}

void EventQueue::push(std::string_view event) {
  if (ended_) return;
  if (waiting_.size() - first_bytes_ + event.size() <= bytes_max_) {
    waiting_ += event;
    return;
  }
  overrun_ = ended_ = true;
  first_bytes_ = 0;
  waiting_ = event_text("overrun", R"({"message":"events were not read in time; connect again"})");
}

void EventQueue::push_first(std::string_view event) {
  if (ended_) return;
  waiting_ += event;
  first_bytes_ += event.size();
}

std::string EventQueue::take() {
  first_bytes_ = 0;
  return std::exchange(waiting_, {});
}

}  // namespace stp::http
