// SweepWorkers: what plays the runs of a sweep: processes of this machine, or ranks of an MPI job. The sweep itself
// (sweep.h) does not know which.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "sim/runner/child_pool.h"

namespace stp::sim {

/// One run to play. The scenario travels as text: a worker need not have access to the caller's files.
struct RunOrder {
  std::uint64_t id = 0;
  std::string scenario;
  std::uint64_t seed = 0;
};

/// How it ended: `line` is a PlayedRun as text, or `why` says in one line why there is none.
struct RunAnswer {
  std::uint64_t id = 0;
  bool ok = false;
  std::string line;
  std::string why;
};

class SweepWorkers {
 public:
  virtual ~SweepWorkers() = default;
  /// How many runs they play at a time.
  [[nodiscard]] virtual std::size_t capacity() const = 0;
  /// How many they play now.
  [[nodiscard]] virtual std::size_t busy() const = 0;
  /// Hands out a run; busy() < capacity().
  [[nodiscard]] virtual Status start(RunOrder order) = 0;
  /// The next run that ended; nullopt if none did within `timeout`, or a signal came.
  [[nodiscard]] virtual std::optional<RunAnswer> wait(std::chrono::milliseconds timeout) = 0;
};

/// Processes of this machine, `jobs` at a time.
class LocalWorkers final : public SweepWorkers {
 public:
  explicit LocalWorkers(std::size_t jobs) : jobs_(jobs) {}
  [[nodiscard]] std::size_t capacity() const override { return jobs_; }
  [[nodiscard]] std::size_t busy() const override { return pool_.running(); }
  [[nodiscard]] Status start(RunOrder order) override;
  [[nodiscard]] std::optional<RunAnswer> wait(std::chrono::milliseconds timeout) override;

 private:
  std::size_t jobs_;
  ChildPool pool_;
};

}  // namespace stp::sim
