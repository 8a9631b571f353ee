#include "console/console.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "console/progress_drawing.h"
#include "console/terminal.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::console {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::string_view kEraseLineAbove = "\x1b[A\x1b[K";
constexpr std::size_t kColumnsDefault = 80;
constexpr std::size_t kRowsDefault = 24;

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

void Console::draw(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  if (text.empty()) return;
  text.pop_back();
  const std::lock_guard lock(mutex_);
  write_line(text);
}

bool Console::send_to_terminal(std::string_view sequence) {
  const std::lock_guard lock(mutex_);
  for (const int fd : {STDERR_FILENO, STDOUT_FILENO}) {
    if (knows_escapes(fd)) return content::write_all(fd, sequence);
  }
  return false;
}

void Console::progress(const ProgressLine& line) {
  progress({line}, line);
}

void Console::progress(const std::vector<ProgressLine>& lines, const ProgressLine& sum) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto plain = [](ProgressLine line) {
    line.name = one_line(line.name);
    for (ProgressLine::Part& part : line.parts) part.text = one_line(part.text);
    return line;
  };
  const bool background = escapes_ && !in_foreground(STDERR_FILENO);
  if (background) drawn_ = 0;  // what was drawn now belongs to the shell's screen
  if (background || !escapes_) {
    LogPace& pace = background ? background_pace_ : log_pace_;
    const ProgressLine shown = plain(sum);
    if (pace.is_due(shown, now)) write_stderr(whole_text(shown) + "\n");
    return;
  }
  if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < kDrawInterval) return;
  last_ = now;
  std::vector<ProgressLine> shown;
  // A line is left for what is said above them.
  if (!lines.empty() && lines.size() < terminal_rows(STDERR_FILENO).value_or(kRowsDefault)) {
    for (const ProgressLine& line : lines) shown.push_back(plain(line));
  } else {
    shown.push_back(plain(sum));
  }
  redraw(shown);
}

void Console::redraw(const std::vector<ProgressLine>& lines) {
  std::string text(kEraseLine);
  for (std::size_t i = 1; i < drawn_; ++i) text += kEraseLineAbove;
  // Writing to the last column would make the terminal wrap.
  const std::size_t columns = terminal_columns(STDERR_FILENO).value_or(kColumnsDefault) - 1;
  current_.clear();
  drawn_ = 0;
  for (const ProgressLine& line : lines) {
    for (const std::string& drawn : drawing_of(line, columns)) {
      current_ += (current_.empty() ? "" : "\n") + drawn;
      ++drawn_;
    }
  }
  write_stderr(text + current_);
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
  const std::size_t redraw = in_foreground(STDERR_FILENO) ? drawn_ : 0;
  erase();
  write_stderr(std::string(line) + "\n" + (redraw > 0 ? current_ : std::string()));
  drawn_ = redraw;
}

void Console::erase() {
  if (drawn_ > 0 && in_foreground(STDERR_FILENO)) {
    std::string text(kEraseLine);
    for (std::size_t i = 1; i < drawn_; ++i) text += kEraseLineAbove;
    write_stderr(text);
  }
  drawn_ = 0;
}

}  // namespace stp::console
