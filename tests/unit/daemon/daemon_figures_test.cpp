// A daemon in this process, on a thread of its own: what it remembers of its shares while they run.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "daemon/daemon.h"
#include "daemon/journal.h"

namespace stp::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBytes = 1000;

/// Changes of the files in a folder.
class Changes {
 public:
  explicit Changes(const fs::path& folder) : fd_(::inotify_init1(IN_CLOEXEC)) {
    EXPECT_GE(::inotify_add_watch(fd_, folder.c_str(), IN_MODIFY | IN_MOVED_TO), 0);
  }
  ~Changes() { ::close(fd_); }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  /// For the next one since the last call; false: there was none for a long time.
  [[nodiscard]] bool wait() const {
    constexpr int kPatienceMs = 60'000;
    pollfd changed{fd_, POLLIN, 0};
    char events[4096];
    return ::poll(&changed, 1, kPatienceMs) == 1 && ::read(fd_, events, sizeof events) > 0;
  }

 private:
  int fd_;
};

class DaemonFigures : public testing::Test {
 protected:
  DaemonFigures() : folder_(fs::temp_directory_path() / ("stp-daemon-test-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "daemon");
    std::ofstream(folder_ / "file") << std::string(kBytes, 'x');
    ShareRecord record;
    record.id = 1;
    record.order.paths = {(folder_ / "file").string()};
    record.order.only_dht = true;
    Result<Journal::Opened> journal = Journal::open(folder_ / "daemon");
    EXPECT_TRUE(journal.ok() && journal->journal.put(record));
    journal_changes_.emplace(folder_ / "daemon");
  }
  ~DaemonFigures() override { fs::remove_all(folder_); }

  [[nodiscard]] DaemonOptions options() const {
    DaemonOptions options;
    options.host.listen = Endpoint{IpAddress::loopback_v4(), 0};
    options.host.dht = false;
    options.places.directory = folder_ / "daemon";
    options.socket = folder_ / "daemon/daemon.sock";
    options.on_ready = [](const DaemonReady&) {};
    options.on_notice = [](const std::string&) {};
    return options;
  }
  /// Of the share, as the journal has it now.
  [[nodiscard]] std::int64_t had() const {
    std::string text;
    std::ifstream in(folder_ / "daemon" / Journal::kName);
    text.assign(std::istreambuf_iterator<char>(in), {});
    const Result<JournalContents> contents = decode_journal(text);
    return contents && contents->records.contains(1) ? contents->records.at(1).had : 0;
  }

  const fs::path folder_;
  std::optional<Changes> journal_changes_;
};

TEST_F(DaemonFigures, AreStoredWhileItRuns) {
  DaemonOptions options = this->options();
  options.figures_interval = std::chrono::milliseconds(1);
  Result<std::unique_ptr<Daemon>> daemon = Daemon::open(std::move(options));
  ASSERT_TRUE(daemon.ok()) << daemon.error().message;
  std::thread network([&] { (void)(*daemon)->run(); });
  while (had() != kBytes && journal_changes_->wait()) {
  }
  EXPECT_EQ(had(), kBytes) << "before it ends";
  ::kill(::getpid(), SIGTERM);
  network.join();
}

TEST_F(DaemonFigures, AreStoredEveryFiveMinutesUnlessItIsToldOtherwise) {
  EXPECT_EQ(DaemonOptions().figures_interval, std::chrono::minutes(5));
}

}  // namespace
}  // namespace stp::daemon
