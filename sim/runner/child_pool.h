// ChildPool: tasks, each in a process of its own.
//
// A run that hits an assertion, crashes or hangs takes only its own process with it; the pool reports how it ended,
// with its output on stderr. A child is forked without exec, so the work may use everything that the parent has in
// memory. It must not touch what the parent shares with others by descriptor (files, MPI).
//
// Invariants: every child is killed when the pool is destroyed, and by the kernel when the parent dies; none remains a
// zombie. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "core/result.h"

namespace stp::sim {

struct ChildResult {
  std::uint64_t id = 0;
  bool ok = false;     // it ended by itself and its answer is complete
  std::string answer;  // the result of the work
  std::string why;     // not ok: one line: "stp: internal error: … (signal 6)", "no end after 60 s"
};

class ChildPool {
 public:
  using Work = std::function<Result<std::string>()>;
  static constexpr std::size_t kAnswerBytesMax = 256U * 1024 * 1024;
  static constexpr std::size_t kStderrBytesMax = 16U * 1024;  // the end of a child's output

  ChildPool() = default;
  ~ChildPool();
  ChildPool(const ChildPool&) = delete;
  ChildPool& operator=(const ChildPool&) = delete;

  /// Forks a child that does `work` and answers with its result; an Error becomes the `why` of the result. `id` is
  /// returned with the result. A child that takes longer than `limit` is killed.
  [[nodiscard]] Status start(std::uint64_t id, const Work& work, std::optional<std::chrono::milliseconds> limit = {});
  [[nodiscard]] std::size_t running() const { return children_.size(); }
  /// The next child that has ended; nullopt if none did within `timeout`, or a signal came.
  [[nodiscard]] std::optional<ChildResult> wait(std::chrono::milliseconds timeout);

 private:
  using Clock = std::chrono::steady_clock;
  struct Child {
    std::uint64_t id = 0;
    pid_t pid = -1;
    int answer_fd = -1;
    int stderr_fd = -1;
    std::string answer;
    std::string stderr_text;
    std::optional<std::chrono::milliseconds> limit;
    std::optional<Clock::time_point> deadline;
    std::string killed_because;
  };
  void read_answer(Child& child);
  void read_stderr(Child& child);
  void kill(Child& child, std::string why);
  [[nodiscard]] ChildResult reap(std::list<Child>::iterator child);

  std::list<Child> children_;
};

}  // namespace stp::sim
