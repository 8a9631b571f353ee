#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/format.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// Columns of the terminal on stderr.
std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// To stderr; where that is gone, nobody is left to be told.
void write_stderr(std::string_view text) {
  static_cast<void>(content::write_all(STDERR_FILENO, text));
}

}  // namespace

Console::Console(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

Console::~Console() {
  end_progress();
}

void Console::error(std::string_view line) {
  const std::lock_guard lock(mutex_);
  write_line("stp: " + one_line(line));
}

void Console::warn(std::string_view line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  write_line("stp: warning: " + one_line(line));
}

void Console::say(std::string_view line) {
  if (quiet_) return;
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
  if (!terminal_) {
    if (log_pace_.is_due(shown, now)) write_stderr(whole_text(shown) + "\n");
    return;
  }
  if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < kDrawInterval) return;
  last_ = now;
  current_ = fit_to_width(shown, terminal_columns() - 1);  // the last column would make the terminal wrap
  write_stderr("\r\x1b[K" + current_);
  drawn_ = true;
}

void Console::end_progress() {
  const std::lock_guard lock(mutex_);
  erase();
}

int Console::result(std::string_view line) {
  const std::lock_guard lock(mutex_);
  erase();
  return content::write_all(STDOUT_FILENO, std::string(line) + "\n") ? 0 : errno;
}

void Console::write_line(std::string_view line) {
  const bool redraw = drawn_;
  erase();
  write_stderr(std::string(line) + "\n" + (redraw ? current_ : std::string()));
  drawn_ = redraw;
}

void Console::erase() {
  if (drawn_) write_stderr("\r\x1b[K");
  drawn_ = false;
}

}  // namespace stp::cli
