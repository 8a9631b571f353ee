#include "console/console.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "console/terminal.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::console {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::size_t kColumnsDefault = 80;

/// Errors are ignored: without stderr there is nowhere to report them.
void write_stderr(std::string_view text) {
  static_cast<void>(content::write_all(STDERR_FILENO, text));
}

}  // namespace

Console::Console(std::string program, bool quiet, FirstLine first_line)
    : program_(std::move(program)), quiet_(quiet), escapes_(takes_escapes(STDERR_FILENO)) {
  const auto now = std::chrono::steady_clock::now();
  if (first_line == FirstLine::when_it_takes_long) log_pace_.wait_from(now);
  background_pace_.wait_from(now);
}

Console::~Console() {
  end_progress();
}

void Console::error(std::string_view line) {
  const std::lock_guard lock(mutex_);
  write_line(program_ + ": " + one_line(line));
}

void Console::warn(std::string_view line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  write_line(program_ + ": warning: " + one_line(line));
}

void Console::say(std::string_view line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  write_line(one_line(line));
}

void Console::log(std::string_view line) {
  const std::lock_guard lock(mutex_);
  write_line(one_line(line));
}

void Console::progress(const ProgressLine& line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  ProgressLine shown = line;
  shown.name = one_line(shown.name);
  for (ProgressLine::Part& part : shown.parts) part.text = one_line(part.text);
  const bool background = escapes_ && !in_foreground(STDERR_FILENO);
  if (background) drawn_ = false;  // what was drawn now belongs to the shell's screen
  if (background || !escapes_) {
    LogPace& pace = background ? background_pace_ : log_pace_;
    if (pace.is_due(shown, now)) write_stderr(whole_text(shown) + "\n");
    return;
  }
  if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < kDrawInterval) return;
  last_ = now;
  // Writing to the last column would make the terminal wrap.
  current_ = fit_to_width(shown, terminal_columns(STDERR_FILENO).value_or(kColumnsDefault) - 1);
  write_stderr(std::string(kEraseLine) + current_);
  drawn_ = true;
}

void Console::end_progress() {
  const std::lock_guard lock(mutex_);
  erase();
}

int Console::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase();
  return content::write_all(STDOUT_FILENO, text) ? 0 : errno;
}

void Console::write_line(std::string_view line) {
  const bool redraw = drawn_ && in_foreground(STDERR_FILENO);
  erase();
  write_stderr(std::string(line) + "\n" + (redraw ? current_ : std::string()));
  drawn_ = redraw;
}

void Console::erase() {
  if (drawn_ && in_foreground(STDERR_FILENO)) write_stderr(kEraseLine);
  drawn_ = false;
}

}  // namespace stp::console
