#include "daemon/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "daemon/lock.h"

namespace stp::daemon {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class JournalTest : public testing::Test {
 protected:
  JournalTest()
      : folder_(fs::temp_directory_path() / ("stp-journal-test-" + std::to_string(::getpid()))),
        file_(folder_ / Journal::kName) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~JournalTest() override { fs::remove_all(folder_); }

  [[nodiscard]] Journal::Opened open() const {
    Result<Journal::Opened> opened = Journal::open(folder_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return *std::move(opened);
  }
  [[nodiscard]] static ShareRecord record(RecordId id, const std::string& path = "/srv") {
    ShareRecord made;
    made.id = id;
    made.order.paths = {path};
    return made;
  }
  [[nodiscard]] std::string contents() const { return contents(file_); }
  [[nodiscard]] static std::string contents(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  void write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }
  [[nodiscard]] static std::vector<RecordId> ids(const Journal::Opened& opened) {
    std::vector<RecordId> found;
    for (const auto& [id, record] : opened.records) found.push_back(id);
    return found;
  }

  const fs::path folder_;
  const fs::path file_;
};

TEST_F(JournalTest, WhatWasPutIsThereAgain) {
  {
    Journal::Opened first = open();
    EXPECT_EQ(first.next_id, 1U);
    for (RecordId id = 1; id <= 3; ++id) ASSERT_TRUE(first.journal.put(record(id)).ok());
    ASSERT_TRUE(first.journal.erase(2).ok());
    ShareRecord changed = record(3, "/other");
    changed.paused = true;
    ASSERT_TRUE(first.journal.put(changed).ok());
  }
  const Journal::Opened again = open();
  EXPECT_THAT(ids(again), ElementsAre(1, 3));
  EXPECT_TRUE(again.records.at(3).paused);
  EXPECT_THAT(again.records.at(3).order.paths, ElementsAre("/other"));
  EXPECT_THAT(again.notices, IsEmpty());
}

TEST_F(JournalTest, AnIdIsNeverUsedTwice) {
  {
    Journal::Opened first = open();
    ASSERT_TRUE(first.journal.put(record(41)).ok());
    ASSERT_TRUE(first.journal.erase(41).ok());
  }
  EXPECT_EQ(open().next_id, 42U);
  EXPECT_EQ(open().next_id, 42U) << "also after the history was dropped";
}

// A kill or a power failure at any byte of the last change loses that change and nothing else.
TEST_F(JournalTest, ATornTailLosesOnlyTheLastChange) {
  {
    Journal::Opened first = open();
    ASSERT_TRUE(first.journal.put(record(1)).ok());
    ASSERT_TRUE(first.journal.put(record(2)).ok());
  }
  const std::string whole = contents();
  const std::size_t before = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t length = before; length < whole.size(); ++length) {
    write(whole.substr(0, length));
    const Journal::Opened again = open();
    EXPECT_THAT(ids(again), ElementsAre(1)) << length;
    EXPECT_EQ(again.notices.size(), length == before ? 0U : 1U) << length;
    EXPECT_FALSE(fs::exists(folder_ / Journal::kDamagedName));
  }
}

TEST_F(JournalTest, ADamagedMiddleIsKeptAsideAndSaid) {
  {
    Journal::Opened first = open();
    for (RecordId id = 1; id <= 3; ++id) ASSERT_TRUE(first.journal.put(record(id)).ok());
  }
  std::string damaged = contents();
  damaged[damaged.find("\"id\":2") + 5] = '9';
  write(damaged);
  Journal::Opened again = open();
  EXPECT_THAT(ids(again), ElementsAre(1, 3));
  ASSERT_EQ(again.notices.size(), 1U);
  EXPECT_THAT(again.notices[0], HasSubstr("is damaged and is kept as shares.journal.damaged; 2 shares"));
  EXPECT_TRUE(fs::exists(folder_ / Journal::kDamagedName));
  ASSERT_TRUE(again.journal.put(record(4)).ok());
  EXPECT_THAT(ids(open()), ElementsAre(1, 3, 4)) << "it goes on with what could be read";
}

TEST_F(JournalTest, EachDamagedFileIsKeptUpToABound) {
  const auto damaged = [](int number) { return "damaged " + std::to_string(number) + "\nnot a journal\n"; };
  const auto kept_as = [&](int number) {
    return folder_ / (std::string(Journal::kDamagedName) + (number == 1 ? "" : "." + std::to_string(number)));
  };
  for (int i = 1; i <= Journal::kDamagedMax + 2; ++i) {
    write(damaged(i));
    EXPECT_THAT(open().notices, ElementsAre(HasSubstr("damaged")));
  }
  for (int i = 1; i < Journal::kDamagedMax; ++i) EXPECT_EQ(contents(kept_as(i)), damaged(i));
  EXPECT_EQ(contents(kept_as(Journal::kDamagedMax)), damaged(Journal::kDamagedMax + 2)) << "the last one is replaced";
  EXPECT_FALSE(fs::exists(kept_as(Journal::kDamagedMax + 1)));
}

/// Files may not grow beyond so many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(JournalTest, OnAFullDiskEverythingIsHeldAndNoChangeIsTaken) {
  {
    Journal::Opened first = open();
    for (RecordId id = 1; id <= 2; ++id) ASSERT_TRUE(first.journal.put(record(id)).ok());
  }
  const std::string before = contents();
  std::optional<FullDisk> full(std::in_place, 10);
  Journal::Opened again = open();
  EXPECT_THAT(ids(again), ElementsAre(1, 2));
  EXPECT_THAT(again.notices, ElementsAre(HasSubstr("changes may not be recorded: ")));
  EXPECT_FALSE(again.journal.put(record(3)).ok());
  EXPECT_FALSE(again.journal.erase(1).ok());
  EXPECT_EQ(contents(), before) << "untouched";
  full.reset();
  ASSERT_TRUE(again.journal.put(record(4)).ok()) << "there is room again";
  EXPECT_THAT(ids(open()), ElementsAre(1, 2, 4));
}

TEST_F(JournalTest, OnAFullDiskANewOneIsMadeWhenThereIsRoom) {
  std::optional<FullDisk> full(std::in_place, 10);
  Journal::Opened first = open();
  EXPECT_FALSE(first.journal.put(record(1)).ok());
  full.reset();
  ASSERT_TRUE(first.journal.put(record(2)).ok());
  EXPECT_THAT(ids(open()), ElementsAre(2));
}

TEST_F(JournalTest, OnAFullDiskADamagedOneStaysUntilItCanBeKeptAside) {
  write("not\na\njournal\n");
  std::optional<FullDisk> full(std::in_place, 10);
  Journal::Opened opened = open();
  EXPECT_FALSE(opened.journal.put(record(1)).ok());
  EXPECT_EQ(contents(), "not\na\njournal\n");
  EXPECT_FALSE(fs::exists(folder_ / Journal::kDamagedName)) << "no further name for the same file";
  full.reset();
  ASSERT_TRUE(opened.journal.put(record(2)).ok());
  EXPECT_EQ(contents(folder_ / Journal::kDamagedName), "not\na\njournal\n");
  EXPECT_THAT(ids(open()), ElementsAre(2));
}

TEST_F(JournalTest, SeveralRecordsArePutAtOnce) {
  {
    Journal::Opened first = open();
    const std::vector<ShareRecord> records = {record(1), record(5)};
    ASSERT_TRUE(first.journal.put(records).ok());
    ASSERT_TRUE(first.journal.put(std::vector<ShareRecord>()).ok());
  }
  const Journal::Opened again = open();
  EXPECT_THAT(ids(again), ElementsAre(1, 5));
  EXPECT_EQ(again.next_id, 6U);
}

TEST_F(JournalTest, ALaterFormatIsLeftAlone) {
  {
    Journal::Opened first = open();
    ASSERT_TRUE(first.journal.put(record(1)).ok());
  }
  // {"journal":2,"next":1} and {"later":1}, with their digits.
  for (const char* line : {"a250158e9ced4aad {\"journal\":2,\"next\":1}\n", "c64f986e286970ab {\"later\":1}\n"}) {
    const std::string before = contents();
    write(before + line);
    const Result<Journal::Opened> refused = Journal::open(folder_);
    ASSERT_FALSE(refused.ok()) << line;
    EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(refused.error().message, HasSubstr("later version"));
    EXPECT_EQ(contents(), before + line) << "untouched";
    write(before);
  }
}

TEST_F(JournalTest, HistoryIsDroppedAsItGrows) {
  Journal::Opened opened = open();
  ShareRecord changing = record(1);
  for (int i = 0; i < 1500; ++i) {
    changing.paused = !changing.paused;
    ASSERT_TRUE(opened.journal.put(changing).ok());
  }
  EXPECT_LT(fs::file_size(file_), 2 * Journal::kSlackBytes);
  EXPECT_THAT(ids(open()), ElementsAre(1));
}

TEST_F(JournalTest, AFileThatIsNotAJournalIsKeptAside) {
  write("not\na\njournal\n");
  const Journal::Opened opened = open();
  EXPECT_THAT(opened.records, IsEmpty());
  ASSERT_EQ(opened.notices.size(), 1U);
  EXPECT_TRUE(fs::exists(folder_ / Journal::kDamagedName));
}

TEST_F(JournalTest, TheSecondDaemonLearnsWhoRuns) {
  const Result<DaemonLock> first = DaemonLock::take(folder_);
  ASSERT_TRUE(first.ok());
  const Result<DaemonLock> second = DaemonLock::take(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
}

// Its memory may take a while to be freed, and it keeps the lock for so long.
TEST_F(JournalTest, ADaemonThatWasJustKilledIsWaitedFor) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Result<DaemonLock> lock = DaemonLock::take(folder_);
    const char taken = lock.ok() ? 'y' : 'n';
    while (::write(ready[1], &taken, 1) == 1) ::pause();
    ::_exit(1);
  }
  char taken = 0;
  ASSERT_EQ(::read(ready[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  EXPECT_FALSE(DaemonLock::take(folder_).ok());
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_TRUE(DaemonLock::take(folder_).ok());
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace stp::daemon
