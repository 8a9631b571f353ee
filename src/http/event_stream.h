// Server-sent events (WHATWG HTML §9.2) to one listener: their bytes, and a bounded queue of those that could not be
// sent yet. No sockets.
//
// A listener that does not read is not waited for: when more than `bytes_max` wait, everything that has not begun to
// leave is dropped, one last event `overrun` says so, and the stream ends. The listener connects again and gets the
// present state first, so it misses nothing that still matters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stp::http {

inline constexpr std::string_view kEventStreamType = "text/event-stream";

/// "event: NAME\ndata: LINE\n\n"; `data` may have several lines. `name` has none.
[[nodiscard]] std::string event_text(std::string_view name, std::string_view data);

class EventQueue {
 public:
  explicit EventQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// One whole event, or a comment. Ignored after the end.
  void push(std::string_view event);
  /// What a new listener is sent before anything happens: does not count towards the bound.
  void push_first(std::string_view event);
  /// Nothing more comes.
  void end() { ended_ = true; }

  /// What is to be sent next, all that waits; empty: nothing. The caller keeps it until it is sent.
  [[nodiscard]] std::string take();
  /// Nothing more will ever come out of take().
  [[nodiscard]] bool finished() const { return ended_ && waiting_.empty(); }
  [[nodiscard]] bool overrun() const { return overrun_; }

 private:
  const std::size_t bytes_max_;
  std::string waiting_;
  std::size_t first_bytes_ = 0;  // of them, what push_first() brought
  bool ended_ = false;
  bool overrun_ = false;
};

}  // namespace stp::http
