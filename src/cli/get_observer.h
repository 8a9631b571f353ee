// GetObserver: turns the host's reports into what `get` and the other commands that ask peers need: progress, the end
// when nothing arrives for too long, the finished path, the fetched chunk.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/progress_board.h"
#include "cli/run_observer.h"

namespace stp::cli {

/// How long to wait while nothing arrives; nullopt: for ever. `asked`: --timeout (0: never give up). Without it
/// kTimeoutDefault, but a download waits on as long as there is hope.
[[nodiscard]] std::optional<Duration> patience(const std::optional<Duration>& asked, bool downloads, bool hope);

/// Ends the host after Options::timeout without progress: no verified byte, no byte that may yet be verified, no new
/// phase and no running check of the disk. Without --timeout a download goes on as long as there is hope.
class GetObserver final : public RunObserver {
 public:
  enum class Purpose : std::uint8_t { download, stream, chunk, metainfo, hashes };

  /// `board`: where progress is shown if there are several; null: the console's line.
  GetObserver(Context& context, Purpose purpose, ProgressBoard* board = nullptr);
  /// Refuses a share that is called anything else: a tracker may list it under any name.
  void expect_name(std::string name) { expected_name_ = std::move(name); }
  /// Only these files are fetched, unless the options say which.
  void expect_files(std::vector<FileRange> files) { files_ = std::move(files); }
  void on_metainfo(const content::Metainfo& metainfo) override;
  void on_status(const net::ShareStatus& status) override;
  void on_chunk(ByteSpan bytes) override { chunk_ = to_bytes(bytes); }
  void on_hashes(const content::ChunkHashes& hashes) override { hashes_ = hashes; }
  void on_transfer(std::int64_t had, std::int64_t wanted) override;
  void on_complete() override;

  /// Where the download ends up.
  [[nodiscard]] std::filesystem::path final_path() const;

  /// How long nothing had arrived when it was given up.
  [[nodiscard]] Duration waited() const { return waited_; }
  [[nodiscard]] bool timed_out() const { return last_words_.has_value(); }
  /// The status when it was given up (later ones only show the goodbye); before that, the latest one.
  [[nodiscard]] const net::ShareStatus& decisive_status() const { return last_words_ ? *last_words_ : status(); }
  /// Whether every peer that sent anything sent wrong bytes, so that trying the same peers again won't help.
  [[nodiscard]] bool only_liars() const { return banned() > 0 && decisive_status().swarm.peers == 0; }
  [[nodiscard]] bool completed() const { return completed_; }
  /// Why the host was told to stop, if not because of the timeout or the user.
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }
  /// errno of the attempt to print the path; 0: it was printed.
  [[nodiscard]] int stdout_failure() const { return stdout_failure_; }
  [[nodiscard]] const std::optional<Bytes>& chunk() const { return chunk_; }
  [[nodiscard]] const std::shared_ptr<const content::Metainfo>& metainfo() const { return metainfo_; }
  /// All of them, if they were requested and have arrived.
  [[nodiscard]] const std::optional<content::ChunkHashes>& hashes() const { return hashes_; }

 protected:
  [[nodiscard]] bool shows_router() const override { return context_.options.seed; }
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::ShareStatus& status) const override;
  void show(const ProgressLine& line) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// Bytes per second since the check of data on disk began; 0 while too little is known.
  [[nodiscard]] double checking_rate(const net::ShareStatus& status) const;
  [[nodiscard]] bool downloads() const { return purpose_ != Purpose::metainfo && purpose_ != Purpose::hashes; }
  /// "2.70 GB in 1m 20s, 33.8 MB/s on average".
  [[nodiscard]] std::string means() const;
  [[nodiscard]] bool progressed(const net::ShareStatus& before, const net::ShareStatus& now) const;

  const Purpose purpose_;
  ProgressBoard* const board_;
  const std::size_t place_;  // on the board
  std::string name_;
  std::optional<std::string> expected_name_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_progress_ = started_;
  Clock::time_point checking_since_ = started_;
  std::int64_t checking_from_ = 0;
  std::optional<Clock::time_point> transfer_since_;
  std::int64_t had_before_ = 0;  // then
  std::int64_t wanted_ = 0;
  std::vector<FileRange> files_;
  std::optional<net::ShareStatus> last_words_;
  Duration waited_{};
  bool completed_ = false;
  int stdout_failure_ = 0;
  std::optional<Error> refusal_;
  std::optional<Bytes> chunk_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  std::optional<content::ChunkHashes> hashes_;
};

}  // namespace stp::cli
