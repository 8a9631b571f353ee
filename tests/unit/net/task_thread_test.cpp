#include "net/task_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "io_test.h"

namespace stp::net {
namespace {

using TaskThreadTest = IoTest;

TEST_F(TaskThreadTest, TasksRunInOrderOffThisThreadAndAnswerOnIt) {
  TaskThread tasks(io_);
  std::vector<int> worked;  // by the task thread; read when it is idle
  std::vector<int> done;
  std::vector<std::thread::id> workers(100);
  for (int i = 0; i < 100; ++i) {
    tasks.run(
        [&, i] {
          worked.push_back(i);
          workers[i] = std::this_thread::get_id();
        },
        [&, i] {
          done.push_back(i);
          EXPECT_NE(workers[i], std::this_thread::get_id());
        });
  }
  EXPECT_EQ(tasks.pending(), 100U);
  ASSERT_TRUE(run_until([&] { return done.size() == 100; }));
  EXPECT_EQ(worked, done);
  EXPECT_EQ(tasks.pending(), 0U);
}

TEST_F(TaskThreadTest, TheEndDoesWhatIsQueuedAndTellsNobody) {
  std::atomic<int> worked = 0;
  const auto token = std::make_shared<int>(0);
  {
    TaskThread tasks(io_);
    for (int i = 0; i < 20; ++i) {
      tasks.run([&, token] { ++worked; }, [token] { ADD_FAILURE() << "nobody listens any more"; });
    }
  }
  EXPECT_EQ(worked, 20);
  EXPECT_EQ(token.use_count(), 1) << "a task outlives its thread";
  io_.run();
}

TEST_F(TaskThreadTest, AnAnswerMayEndTheThread) {
  auto tasks = std::make_unique<TaskThread>(io_);
  bool called = false;
  tasks->run([] {},
             [&] {
               called = true;
               tasks.reset();
             });
  ASSERT_TRUE(run_until([&] { return called; }));
  EXPECT_EQ(tasks, nullptr);
}

}  // namespace
}  // namespace stp::net
