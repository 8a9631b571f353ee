#include "net/file_watch.h"

#include <deque>
#include <mutex>

#include "io_test.h"

namespace stp::net {
namespace {

/// A storage of which only recheck() matters: what it answers, in turn; the last answer again and again.
class Answers final : public content::Storage {
 public:
  explicit Answers(std::deque<Status> answers) : answers_(std::move(answers)) {}
  Status read(const BlockRun&, MutableByteSpan) override { return Done{}; }
  Status write(const BlockRun&, std::span<const ByteSpan>) override { return Done{}; }
  Status recheck(std::size_t, const std::atomic<bool>&) override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    const Status answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return answer;
  }
  [[nodiscard]] int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Status> answers_;
  int asked_ = 0;
};

class FileWatchTest : public IoTest {
 protected:
  [[nodiscard]] FileWatch::Settled note() {
    return [this](std::size_t file, const Status& status) { settled_.emplace_back(file, status.ok()); };
  }
  static Status gone() { return Error{ErrorKind::not_found, "gone"}; }
  std::vector<std::pair<std::size_t, bool>> settled_;
  TaskPool pool_{io_, 1};
};

TEST_F(FileWatchTest, AFileIsLookedAtAtOnceAndAgainUntilItIsBack) {
  const auto storage = std::make_shared<Answers>(std::deque<Status>{gone(), gone(), Done{}});
  FileWatch watch(io_, pool_, note());
  watch.watch(storage, 7);
  watch.watch(storage, 7);
  ASSERT_TRUE(run_until([&] { return !settled_.empty(); }));
  EXPECT_EQ(settled_, (std::vector<std::pair<std::size_t, bool>>{{7, true}}));
  EXPECT_EQ(storage->asked(), 3);
}

TEST_F(FileWatchTest, AFileThatChangedIsSettledForGood) {
  const auto storage = std::make_shared<Answers>(std::deque<Status>{Error{ErrorKind::integrity, "changed"}});
  FileWatch watch(io_, pool_, note());
  watch.watch(storage, 1);
  ASSERT_TRUE(run_until([&] { return !settled_.empty(); }));
  EXPECT_FALSE(settled_[0].second);
}

TEST_F(FileWatchTest, AFileThatFailsAgainWaitsBeforeItIsLookedAt) {
  const auto storage = std::make_shared<Answers>(std::deque<Status>{Done{}});
  FileWatch watch(io_, pool_, note());
  watch.watch(storage, 1);
  ASSERT_TRUE(run_until([&] { return settled_.size() == 1; }));
  const auto again = std::chrono::steady_clock::now();
  watch.watch(storage, 1);
  ASSERT_TRUE(run_until([&] { return settled_.size() == 2; }));
  EXPECT_GE(std::chrono::steady_clock::now() - again, FileWatch::kPauseFirst);
}

TEST_F(FileWatchTest, OneFileThatStaysAwayHoldsUpNoOther) {
  const auto away = std::make_shared<Answers>(std::deque<Status>{gone()});
  const auto here = std::make_shared<Answers>(std::deque<Status>{Done{}});
  FileWatch watch(io_, pool_, note());
  watch.watch(away, 1);
  watch.watch(here, 2);
  ASSERT_TRUE(run_until([&] { return !settled_.empty(); }));
  EXPECT_EQ(settled_, (std::vector<std::pair<std::size_t, bool>>{{2, true}}));
}

}  // namespace
}  // namespace stp::net
