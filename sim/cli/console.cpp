#include "sim/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "content/small_file.h"
#include "core/shown_text.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";

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

Console::Console(bool quiet)
    : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1), last_(std::chrono::steady_clock::now()) {}

Console::~Console() {
  end_progress();
}

void Console::error(std::string_view line) {
  end_progress();
  write_stderr("stp-sim: " + one_line(line) + "\n");
}

void Console::say(std::string_view line) {
  if (quiet_) return;
  end_progress();
  write_stderr(one_line(line) + "\n");
}

void Console::progress(std::string_view line) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds interval = terminal_ ? std::chrono::nanoseconds(kDrawInterval) : kLogInterval;
  if (now - last_ < interval) return;
  last_ = now;
  if (!terminal_) return write_stderr(one_line(line) + "\n");
  write_stderr(kEraseLine + cut(one_line(line), terminal_columns() - 1));
  drawn_ = true;
}

void Console::end_progress() {
  if (drawn_) write_stderr(kEraseLine);
  drawn_ = false;
}

bool Console::result(std::string_view text) {
  end_progress();
  if (content::write_all(STDOUT_FILENO, text)) return true;
  error(std::string("can't write to standard output: ") + std::strerror(errno));
  return false;
}

}  // namespace stp::sim
