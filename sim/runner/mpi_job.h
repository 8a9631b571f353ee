// MpiJob: a sweep on many machines. Rank 0 hands out runs, one at a time to every other rank, and alone reads and
// writes files; the others need nothing but the program.
//
// MPI itself lives in mpi_job.cpp; a build without it has the same functions, which then say that MPI is missing.
//
// When a rank dies, mpirun ends the whole job (srun needs --kill-on-bad-exit). What was played until then stands in the
// journal, and --resume goes on from there.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "sim/runner/sweep_workers.h"

namespace stp::sim {

/// "Open MPI v4.1.4", or "" for a build without MPI.
[[nodiscard]] std::string mpi_description();

/// Whether mpirun or srun started this process as one of several. From the environment: it is asked before MPI begins.
[[nodiscard]] bool started_as_mpi_job();

/// Whether this process is (by the same means) a rank other than 0; such a one leaves it to rank 0 to speak.
[[nodiscard]] bool is_silent_rank();

class MpiJob {
 public:
  virtual ~MpiJob() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Rank 0: the other ranks as workers. Must not outlive the job.
  [[nodiscard]] virtual std::unique_ptr<SweepWorkers> workers() = 0;
  /// The other ranks: plays what rank 0 hands out, until it ends the job. Returns the exit code.
  [[nodiscard]] virtual int serve() = 0;
  /// Rank 0: ends the job. When runs are still being played, the other ranks are ended with them.
  virtual void finish(int exit_code) = 0;

  /// Joins the job. Once in a process, before it has forked or opened files.
  [[nodiscard]] static Result<std::unique_ptr<MpiJob>> join();
};

}  // namespace stp::sim
