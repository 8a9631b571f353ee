#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/file_io.h"
#include "cli/format.h"

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
  static_cast<void>(write_all(STDERR_FILENO, text));
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

void Console::progress(std::string_view line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds interval = terminal_ ? std::chrono::nanoseconds(kDrawInterval) : kLogInterval;
  if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < interval) return;
  last_ = now;
  const std::string text = one_line(line);
  if (!terminal_) {
    write_stderr(text + "\n");
    return;
  }
  current_ = fit_to_width(text, terminal_columns() - 1);  // the last column would make the terminal wrap
  write_stderr("\r\x1b[K" + current_);
  drawn_ = true;
}

void Console::end_progress() {
  const std::lock_guard lock(mutex_);
  erase();
}

bool Console::result(std::string_view line) {
  const std::lock_guard lock(mutex_);
  erase();
  return write_all(STDOUT_FILENO, std::string(line) + "\n");
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
