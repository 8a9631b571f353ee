#include "net/task_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "io_test.h"

namespace stp::net {
namespace {

using TaskQueueTest = IoTest;

TEST_F(TaskQueueTest, TasksRunInOrderOffThisThreadAndAnswerOnIt) {
  TaskPool pool(io_, 3);
  TaskQueue tasks(pool);
  std::vector<int> worked;  // by the pool's threads; read when they are idle
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

TEST_F(TaskQueueTest, TheEndDoesWhatIsQueuedAndTellsNobody) {
  std::atomic<int> worked = 0;
  const auto token = std::make_shared<int>(0);
  {
    TaskPool pool(io_, 2);
    TaskQueue tasks(pool);
    for (int i = 0; i < 20; ++i) {
      tasks.run([&, token] { ++worked; }, [token] { ADD_FAILURE() << "nobody listens any more"; });
    }
  }
  EXPECT_EQ(worked, 20);
  EXPECT_EQ(token.use_count(), 1) << "a task outlives its thread";
  io_.run();
}

TEST_F(TaskQueueTest, AnAnswerMayEndEverything) {
  auto pool = std::make_unique<TaskPool>(io_, 1);
  auto tasks = std::make_unique<TaskQueue>(*pool);
  bool called = false;
  tasks->run([] {},
             [&] {
               called = true;
               tasks.reset();
               pool.reset();
             });
  ASSERT_TRUE(run_until([&] { return called; }));
  EXPECT_EQ(pool, nullptr);
}

TEST_F(TaskQueueTest, AQueueThatIsGoneHearsNothingAndItsTasksAreDone) {
  TaskPool pool(io_, 1);
  std::atomic<int> worked = 0;
  {
    TaskQueue tasks(pool);
    for (int i = 0; i < 5; ++i) tasks.run([&] { ++worked; }, [] { ADD_FAILURE() << "nobody listens any more"; });
  }
  ASSERT_TRUE(run_until([&] { return pool.pending() == 0; }));
  EXPECT_EQ(worked, 5);
}

TEST_F(TaskQueueTest, QueuesTakeTurnsOnOneThread) {
  TaskPool pool(io_, 1);
  TaskQueue busy(pool);
  TaskQueue quiet(pool);
  std::vector<int> order;  // by the pool's thread; read when it is idle
  std::promise<void> go;
  busy.run([&] { go.get_future().wait(); });
  for (int i = 0; i < 5; ++i) busy.run([&] { order.push_back(1); });
  quiet.run([&] { order.push_back(2); });
  go.set_value();
  ASSERT_TRUE(run_until([&] { return pool.pending() == 0; }));
  EXPECT_EQ(order, (std::vector<int>{2, 1, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace stp::net
