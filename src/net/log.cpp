#include "net/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "core/shown_text.h"

namespace stp::net {
namespace {

constexpr const char* kPattern = "%Y-%m-%dT%H:%M:%S.%e%z %v";

spdlog::level::level_enum level_of(trace::Level level) {
  switch (level) {
    case trace::Level::trace: return spdlog::level::trace;
    case trace::Level::debug: return spdlog::level::debug;
    case trace::Level::info: return spdlog::level::info;
    case trace::Level::warn: return spdlog::level::warn;
    case trace::Level::error: return spdlog::level::err;
    case trace::Level::off: break;
  }
  return spdlog::level::off;
}

/// Hands each line to a function.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    on_line_({line.data(), line.size()});
  }
  void flush_() override {}

  std::function<void(std::string_view)> on_line_;
};

}  // namespace

struct Log::Impl {
  Impl(spdlog::sink_ptr sink, const std::string& end_of_line) : logger("stp", std::move(sink)) {
    logger.set_level(spdlog::level::trace);  // trace::Levels has decided what is written
    logger.flush_on(spdlog::level::trace);
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::local, end_of_line));
  }

  spdlog::logger logger;
  std::once_flag said;
};

Log::Log(const trace::Levels& levels, std::unique_ptr<Impl> impl) : Sink(levels), impl_(std::move(impl)) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(LogOptions options) {
  std::unique_ptr<Impl> impl;
  if (options.file.empty()) {
    impl = std::make_unique<Impl>(std::make_shared<LineSink>(std::move(options.on_line)), "");
  } else {
    try {
      impl = std::make_unique<Impl>(std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file.string()), "\n");
    } catch (const spdlog::spdlog_ex& failure) {
      return Error{ErrorKind::io, "the log file can't be opened: " + one_line(failure.what())};
    }
  }
  impl->logger.set_error_handler([impl = impl.get(), trouble = std::move(options.on_trouble)](const std::string& why) {
    std::call_once(impl->said, [&] { trouble("the log is no longer written: " + one_line(why)); });
  });
  return std::unique_ptr<Log>(new Log(options.levels, std::move(impl)));
}

void Log::write(const trace::Line& line) {
  // The level by our name of it: spdlog calls `warn` "warning".
  const std::string text =
      std::string(name_of(line.level)) + " " + std::string(name_of(line.module)) + ": " + trace::text_of(line);
  impl_->logger.log(level_of(line.level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace stp::net
