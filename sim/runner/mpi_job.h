// MpiJob: a sweep on many machines. Rank 0 hands out runs, one at a time to every other rank, and is the only one to
// read and write files; the others need only the program.
//
// MPI itself is in mpi_job.cpp; a build without it has the same functions, which then say that MPI is missing.
//
// When a rank dies, mpirun ends the whole job (srun needs --kill-on-bad-exit). The runs played so far are in the
// journal, and --resume continues from there.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "sim/runner/sweep_workers.h"

namespace stp::sim {

/// "Open MPI v4.1.4", or "" for a build without MPI.
[[nodiscard]] std::string mpi_description();

/// Whether mpirun or srun started this process as one of several. From the environment: this is called before MPI
/// begins.
[[nodiscard]] bool started_as_mpi_job();

/// Whether this process is (by the same means) a rank other than 0; only rank 0 prints.
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
  /// Rank 0: ends the job. If runs are still being played, the other ranks are ended with them.
  virtual void finish(int exit_code) = 0;

  /// Joins the job. Once per process, before it has forked or opened files.
  [[nodiscard]] static Result<std::unique_ptr<MpiJob>> join();
};

}  // namespace stp::sim
