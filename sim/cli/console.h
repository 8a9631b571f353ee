// Console: what stp-sim says to a person, on stderr, and results on stdout.
//
// The progress line is redrawn in place on a terminal; elsewhere a line is written every ten seconds. Text from outside
// goes through one_line(): nothing in it can steer a terminal.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace stp::sim {

class Console {
 public:
  static constexpr std::chrono::seconds kLogInterval{10};
  static constexpr std::chrono::milliseconds kDrawInterval{200};

  explicit Console(bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// "stp-sim: …"; shown even with --quiet.
  void error(std::string_view line);
  void say(std::string_view line);
  /// What is going on now; shown no more often than the intervals say.
  void progress(std::string_view line);
  /// Takes the progress line off the screen.
  void end_progress();
  /// Text of any number of lines on stdout. False when stdout is closed or full, which has then been told.
  [[nodiscard]] bool result(std::string_view text);

 private:
  const bool quiet_;
  const bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace stp::sim
