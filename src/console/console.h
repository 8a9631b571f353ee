// Console: everything a program says to a person, on stderr, and its results on stdout.
//
// A progress line is redrawn in place on a terminal (terminal.h says which can). Elsewhere (a log, a pipe, a terminal
// on which the program is in the background) a line is written every few seconds, or more and more rarely while it says
// the same (progress_line.h LogPace), without control characters. Whatever text comes in, one line without terminal
// controls goes out (core/shown_text.h one_line).
//
// A closed stdout or stderr never ends the program (the owner of a Console has SIGPIPE ignored); print() reports the
// error. Thread-safe: hashing threads report progress too.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "console/progress_line.h"

namespace stp::console {

class Console {
 public:
  /// On a terminal, the minimum time between two drawings of the progress line.
  static constexpr std::chrono::milliseconds kDrawInterval{100};
  /// The same in the background of a terminal, where somebody else's output is on the screen.
  static constexpr std::chrono::seconds kBackgroundInterval{60};

  /// When a log gets its first progress line.
  enum class FirstLine : std::uint8_t { at_once, when_it_takes_long };

  /// `program`: what errors begin with, "stp".
  Console(std::string program, bool quiet, FirstLine first_line = FirstLine::at_once);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  [[nodiscard]] bool quiet() const { return quiet_; }

  /// "stp: …"; shown even with --quiet.
  void error(std::string_view line);
  /// "stp: warning: …"
  void warn(std::string_view line);
  /// A line worth keeping on the screen.
  void say(std::string_view line);
  /// A line of a log that was requested: shown even with --quiet.
  void log(std::string_view line);
  /// Lines of a drawing that was requested, which are written as they are; also with --quiet.
  void draw(const std::vector<std::string>& lines);
  /// Sends a control sequence to the terminal that is stderr, or else stdout; false if there is none that knows any.
  bool send_to_terminal(std::string_view sequence);
  /// What is going on right now. Replaced by the next one; the lines above leave it at the bottom.
  void progress(const ProgressLine& line);
  /// The same with a line for each of several things on a terminal that is tall enough for them; else `sum`.
  void progress(const std::vector<ProgressLine>& lines, const ProgressLine& sum);
  /// Takes the progress line off the screen.
  void end_progress();

  /// Prints text of any number of lines to stdout, in one go. Returns 0, or errno if it can't be written.
  [[nodiscard]] int print(std::string_view text);

 private:
  void write_line(std::string_view line);  // under the lock
  void erase();
  void redraw(const std::vector<ProgressLine>& lines);

  const std::string program_;
  const bool quiet_;
  const bool escapes_;
  std::mutex mutex_;
  std::size_t drawn_ = 0;                         // lines at the bottom of the terminal that are ours
  std::string current_;                           // their text
  std::chrono::steady_clock::time_point last_{};  // last drawing
  LogPace log_pace_;
  LogPace background_pace_{kBackgroundInterval};
};

}  // namespace stp::console
