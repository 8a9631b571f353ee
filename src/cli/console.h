// Console: everything stp says to a person, on stderr, and the one-line results on stdout.
//
// A progress line is redrawn in place on a terminal; elsewhere (a log, a pipe) a line is written every few seconds, or
// more and more rarely while it says the same (progress_line.h LogPace), without control characters. Whatever text
// comes in, one line without terminal controls goes out (format.h one_line).
//
// A closed stdout or stderr never ends the program (SIGPIPE is ignored by run()); who writes a result learns of it.
// Thread-safe: hashing threads report progress too.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "cli/progress_line.h"

namespace stp::cli {

class Console {
 public:
  /// On a terminal, the least time between two drawings of the progress line.
  static constexpr std::chrono::milliseconds kDrawInterval{100};

  explicit Console(bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// "stp: …"; shown even with --quiet.
  void error(std::string_view line);
  /// "stp: warning: …"
  void warn(std::string_view line);
  /// A line worth keeping on the screen.
  void say(std::string_view line);
  /// What is going on right now. Replaced by the next one; the lines above leave it at the bottom.
  void progress(const ProgressLine& line);
  /// Takes the progress line off the screen.
  void end_progress();

  /// A line on stdout, at once. 0, or errno when that can't be written.
  [[nodiscard]] int result(std::string_view line);

 private:
  void write_line(std::string_view line);  // under the lock
  void erase();

  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  bool drawn_ = false;
  std::string current_;
  std::chrono::steady_clock::time_point last_{};  // drawing
  LogPace log_pace_;
};

}  // namespace stp::cli
