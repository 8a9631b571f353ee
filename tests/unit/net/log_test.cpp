#include "net/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

namespace stp::net {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::MatchesRegex;

constexpr const char* kStamp = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}[+-][0-9]{2}:[0-9]{2}";

void write_all_levels(Log& log) {
  const trace::Tracer dht(&log, trace::Module::dht);
  const trace::Tracer transfer(&log, trace::Module::transfer);
  for (const trace::Level level : {trace::Level::debug, trace::Level::info, trace::Level::warn, trace::Level::error}) {
    if (dht.on(level)) dht.write(level, {}, "lookup", {{"hops", 3}});
    if (transfer.on(level)) transfer.write(level, {}, "unchoke");
  }
}

TEST(Log, GivesOnlyTheLevelsAskedForOfEachModule) {
  std::vector<std::string> lines;
  LogOptions options;
  options.levels = *trace::Levels::parse("error,dht=info");
  options.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  Result<std::unique_ptr<Log>> log = Log::open(std::move(options));
  ASSERT_TRUE(log);
  write_all_levels(**log);
  const std::string stamp = kStamp;
  EXPECT_THAT(
      lines,
      ElementsAre(MatchesRegex(stamp + " info dht: lookup hops=3"), MatchesRegex(stamp + " warn dht: lookup hops=3"),
                  MatchesRegex(stamp + " error dht: lookup hops=3"), MatchesRegex(stamp + " error transfer: unchoke")));
}

class LogFile : public testing::Test {
 protected:
  LogFile() : file_(fs::temp_directory_path() / ("stp-log-test-" + std::to_string(::getpid()))) { fs::remove(file_); }
  ~LogFile() override { fs::remove(file_); }

  Result<std::unique_ptr<Log>> open(const fs::path& file) {
    LogOptions options;
    options.levels = trace::Levels(trace::Level::info);
    options.file = file;
    options.on_trouble = [this](const std::string& line) { troubles_.push_back(line); };
    return Log::open(std::move(options));
  }
  [[nodiscard]] std::string contents() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const fs::path file_;
  std::vector<std::string> troubles_;
};

TEST_F(LogFile, IsAppendedToAndWholeAfterEachLine) {
  for (int run = 1; run <= 2; ++run) {
    Result<std::unique_ptr<Log>> log = open(file_);
    ASSERT_TRUE(log);
    write_all_levels(**log);
    const std::string text = contents();  // while the log is open
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6 * run);
    EXPECT_TRUE(text.ends_with(" error transfer: unchoke\n")) << text;
  }
}

TEST_F(LogFile, ThatCannotBeOpenedIsAnErrorThatNamesIt) {
  const Result<std::unique_ptr<Log>> log = open("/dev/null/stp.log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::io);
  EXPECT_EQ(log.error().message,
            "the log file can't be opened: Failed opening file /dev/null/stp.log for writing: Not a directory");
}

TEST_F(LogFile, ThatCannotBeWrittenIsSaidOnce) {
  Result<std::unique_ptr<Log>> log = open("/dev/full");
  ASSERT_TRUE(log);
  write_all_levels(**log);
  ASSERT_EQ(troubles_.size(), 1U);
  EXPECT_NE(troubles_[0].find("the log is no longer written: "), std::string::npos);
  EXPECT_NE(troubles_[0].find("No space left on device"), std::string::npos) << troubles_[0];
}

}  // namespace
}  // namespace stp::net
