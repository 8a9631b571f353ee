#include "sim/runner/mpi_job.h"

#include <cstdlib>

#ifdef STP_WITH_MPI

#include <mpi.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <vector>

#include "sim/runner/play_server.h"
#include "sim/runner/run_message.h"

namespace stp::sim {
namespace {

enum Tag : int { kOrder = 1, kAnswer = 2, kStop = 3 };

/// A message from any rank, or nullopt if none came within `timeout` or a signal did. Open MPI's own waiting spins at
/// full speed, and would take the processor from the runs; hence polling, less and less often.
std::optional<MPI_Status> wait_message(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kPauseMax{5};
  const auto until = std::chrono::steady_clock::now() + timeout;
  std::chrono::milliseconds pause{0};
  for (;;) {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there != 0) return status;
    if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    if (::poll(nullptr, 0, static_cast<int>(pause.count())) < 0 && errno == EINTR) return std::nullopt;
    pause = std::min(pause + std::chrono::milliseconds(1), kPauseMax);
  }
}

std::string receive(const MPI_Status& from) {
  int bytes = 0;
  MPI_Get_count(&from, MPI_CHAR, &bytes);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  MPI_Recv(text.data(), bytes, MPI_CHAR, from.MPI_SOURCE, from.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return text;
}

void send(const std::string& text, int rank, Tag tag) {
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, rank, tag, MPI_COMM_WORLD);
}

/// Which ranks are playing; shared by the job and its workers.
struct Ranks {
  std::vector<int> free;                 // the lowest last
  std::map<int, std::uint64_t> playing;  // the id of the run that a rank plays
};

class MpiWorkers final : public SweepWorkers {
 public:
  explicit MpiWorkers(Ranks& ranks) : ranks_(ranks) {}
  [[nodiscard]] std::size_t capacity() const override { return ranks_.free.size() + ranks_.playing.size(); }
  [[nodiscard]] std::size_t busy() const override { return ranks_.playing.size(); }

  [[nodiscard]] Status start(RunOrder order) override {
    const std::string message = to_message(order);
    if (message.size() > kRunMessageBytesMax) return Error{ErrorKind::limit, "a scenario is too long for a message"};
    const int rank = ranks_.free.back();
    send(message, rank, kOrder);
    ranks_.free.pop_back();
    ranks_.playing[rank] = order.id;
    return Done{};
  }

  [[nodiscard]] std::optional<RunAnswer> wait(std::chrono::milliseconds timeout) override {
    const std::optional<MPI_Status> status = wait_message(timeout);
    if (!status) return std::nullopt;
    Result<RunAnswer> answer = parse_run_answer(receive(*status));
    const auto playing = ranks_.playing.find(status->MPI_SOURCE);
    STP_ASSERT(playing != ranks_.playing.end());
    if (!answer) answer = RunAnswer{0, false, "", answer.error().message};
    answer->id = playing->second;  // a rank that could not read its order does not know it
    ranks_.playing.erase(playing);
    ranks_.free.push_back(status->MPI_SOURCE);
    return *std::move(answer);
  }

 private:
  Ranks& ranks_;
};

class OpenMpiJob final : public MpiJob {
 public:
  explicit OpenMpiJob(std::unique_ptr<PlayServer> server) : server_(std::move(server)) {
    MPI_Init(nullptr, nullptr);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    for (int r = size_ - 1; r > 0; --r) ranks_.free.push_back(r);
  }
  ~OpenMpiJob() override {
    if (!finished_) finish(1);
  }
  OpenMpiJob(const OpenMpiJob&) = delete;
  OpenMpiJob& operator=(const OpenMpiJob&) = delete;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] std::unique_ptr<SweepWorkers> workers() override { return std::make_unique<MpiWorkers>(ranks_); }

  [[nodiscard]] int serve() override {
    for (;;) {
      const std::optional<MPI_Status> status = wait_message(std::chrono::hours(1));
      if (!status) continue;
      const std::string order = receive(*status);
      if (status->MPI_TAG == kStop) break;
      const Result<std::string> answer = server_->play(order);
      if (!answer) {
        std::fprintf(stderr, "stp-sim: rank %d: %s\n", rank_, answer.error().message.c_str());
        MPI_Abort(MPI_COMM_WORLD, 1);
      }
      send(*answer, 0, kAnswer);
    }
    MPI_Finalize();
    finished_ = true;
    return 0;
  }

  void finish(int exit_code) override {
    finished_ = true;
    if (!ranks_.playing.empty() || rank_ != 0) MPI_Abort(MPI_COMM_WORLD, exit_code);
    for (const int r : ranks_.free) send("", r, kStop);
    MPI_Finalize();
  }

 private:
  std::unique_ptr<PlayServer> server_;
  Ranks ranks_;
  int rank_ = 0;
  int size_ = 1;
  bool finished_ = false;
};

}  // namespace

std::string mpi_description() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string whole(text.data());
  return whole.substr(0, whole.find_first_of(",\n"));
}

Result<std::unique_ptr<MpiJob>> MpiJob::join() {
  Result<std::unique_ptr<PlayServer>> server = PlayServer::start();
  if (!server) return server.error();
  return std::unique_ptr<MpiJob>(std::make_unique<OpenMpiJob>(*std::move(server)));
}

}  // namespace stp::sim

#else

namespace stp::sim {

std::string mpi_description() {
  return "";
}

Result<std::unique_ptr<MpiJob>> MpiJob::join() {
  return Error{
      ErrorKind::unsupported,
      "this stp-sim was built without MPI and can't share a sweep between ranks; install libopenmpi-dev and build "
      "again, or leave mpirun out and use --jobs"};
}

}  // namespace stp::sim

#endif

namespace stp::sim {
namespace {

/// The first of `names` in the environment, as a number; −1 if there is none.
long from_environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* text = std::getenv(name)) return std::strtol(text, nullptr, 10);
  }
  return -1;
}

}  // namespace

bool started_as_mpi_job() {
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) return from_environment({"OMPI_COMM_WORLD_SIZE"}) > 1;
  // srun --mpi=pmix and --mpi=pmi2; a plain batch step has SLURM_NTASKS but neither of these.
  const bool pmi = std::getenv("PMIX_RANK") != nullptr || std::getenv("PMI_RANK") != nullptr;
  return pmi && from_environment({"SLURM_NTASKS", "PMI_SIZE"}) != 1;
}

bool is_silent_rank() {
  return from_environment({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) > 0;
}

}  // namespace stp::sim
