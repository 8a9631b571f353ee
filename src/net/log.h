// Log: where trace lines go on a real machine: the terminal or a file, with spdlog.
//
//   2026-11-29T15:20:01.123+01:00 debug transfer: unchoke peer=10.0.0.2:64500 gives=1.2e+06 takes=0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/trace.h"

namespace stp::net {

struct LogOptions {
  trace::Levels levels;
  /// Appended to and flushed after each line: what a crash leaves is whole. Empty: `on_line` gets the lines.
  std::filesystem::path file;
  std::function<void(std::string_view line)> on_line;  // a line without its end
  std::function<void(const std::string&)> on_trouble;  // the file can no longer be written; called once
};

/// Thread-safe: disk threads write too.
class Log final : public trace::Sink {
 public:
  /// Fails if the file can't be opened.
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(LogOptions options);
  ~Log() override;

  void write(const trace::Line& line) override;

 private:
  struct Impl;
  Log(const trace::Levels& levels, std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace stp::net
