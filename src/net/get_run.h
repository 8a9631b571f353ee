// GetRun: a download, from a link to files in their place.
//
//   looking ──▶ fetching ──▶ preparing ──▶ loading ──▶ finishing ──▶ (seeding) ──▶ end
//      │           the metainfo   │  │ NAME is there and identical ────────────────▲
//      └─ a control file has it ──┘  └ repair: hashing ──▶ repairing ──▶ loading, or end when nothing is wrong
//
//   looking    for a control file in the directory, which knows the metainfo without any peer
//   fetching   the metainfo comes from peers
//   preparing  in the task queue: an existing NAME is compared, the download opened, what may have changed since it
//              was marked is verified again, and the free space checked
//   hashing    the chunk hashes come from peers, unless they are known: a repair looks at single chunks
//   repairing  in the task queue: the existing files become a download (content/repair.h), which is then opened
//   loading    chunks arrive; each is marked in the task queue after its bytes were written: kill -9 loses none of
//              those. Then it is written to the disk in the background, so that little is left for the end
//   finishing  in the task queue, after the last mark: everything is synced and checked once more, and NAME.part
//              becomes NAME; back to loading if somebody else has damaged chunks meanwhile
//   seeding    only if asked for
// With `stream`, what is verified of the one wanted file goes to the sink, in order, and the end waits for the last of
// it.
// With `only_chunk` nothing is prepared: the chunk is kept in memory and handed to the observer. With `only_hashes` the
// chunk hashes are handed over.
//
// Every file is accessed in the task queue or, for blocks, on the disk threads; the rest runs on the network thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "content/compare_existing.h"
#include "content/download.h"
#include "net/chunk_memory.h"
#include "net/file_stream.h"
#include "net/share_run.h"

namespace stp::net {

class GetRun final : public ShareRun {
 public:
  GetRun(Engine& engine, ShareId id, ShareObserver& observer, GetJob job)
      : ShareRun(engine, id, observer, job.sources), job_(std::move(job)) {}

  void begin() override;
  [[nodiscard]] bool ticks() const override { return true; }

 private:
  void on_event(const transfer::SwarmEvent& event) override;
  void write_failed(const Error& error) override;
  void on_tick() override;
  void on_ending() override;
  /// A download that got nothing leaves nothing behind.
  void clean_up() override;
  [[nodiscard]] Outcome interrupted() const override {
    return complete_ && has_streamed_all() ? Outcome::done : Outcome::interrupted;
  }
  [[nodiscard]] std::int64_t verified_bytes() const override { return verified_bytes_; }
  [[nodiscard]] std::int64_t verify_bytes() const override { return verify_bytes_; }
  [[nodiscard]] std::optional<content::SyncProgress> syncing() const override;
  [[nodiscard]] transfer::PickPolicy pick() const override {
    return job_.sequential || job_.stream ? transfer::PickPolicy::sequential : transfer::PickPolicy::rarest_first;
  }

  static constexpr Duration kBusyPause = std::chrono::milliseconds(200);
  static constexpr Duration kBusyMax = std::chrono::seconds(60);

  /// The result of preparing the files.
  struct Prepared {
    std::optional<Error> error;
    std::optional<std::string> to_repair;  // the name of the existing files; nothing was opened
    std::vector<std::string> notices;      // what the user should know about the work so far
    std::optional<content::Existing> existing;
    std::shared_ptr<content::Download> download;
  };

  void start(std::shared_ptr<const content::Metainfo> metainfo);
  void on_metainfo();
  void prepare();
  void repair();
  /// Both in the task queue.
  [[nodiscard]] Status look_for_existing(Prepared& prepared);
  [[nodiscard]] Status open_download(Prepared& prepared);
  /// Runs `work` in the task queue, then on_prepared().
  void prepare_by(std::function<Status(Prepared&)> work);
  void on_prepared(Prepared& prepared);
  /// False, after end(): there is not just one file to stream.
  [[nodiscard]] bool begin_stream();
  void stream_next();
  [[nodiscard]] bool has_streamed_all() const { return !stream_ || (stream_->all_taken() && !streaming_); }
  void on_hashes_known();
  void start_chunk();
  void seed_existing(content::Existing existing);
  void store_hashes();
  void mark_later(ChunkIndex chunk);
  void mark_all();
  void write_out_later(const std::vector<ChunkIndex>& chunks);
  void write_out();
  void lose(ChunkIndex chunk);
  void finish();
  void fetch_again(const Bitfield& chunks);
  void deliver_chunk();
  void complete();
  /// Checks whether somebody removed the files that are being written.
  void look_in_place();
  /// In the task queue: does `work`, and repeats it while the system is short of descriptors or memory, until the end
  /// begins or kBusyMax is over. Work queued behind it waits, so the order is kept.
  [[nodiscard]] Status do_patiently(const std::function<Status()>& work);
  /// Runs `work` in the task queue, patiently; an error ends the download.
  void run_task(std::function<Status()> work, std::function<void()> done);
  [[nodiscard]] content::HashOptions hash_options();

  GetJob job_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  content::WantedFiles wanted_files_;
  std::string to_repair_;  // not empty: hashing or repairing
  std::shared_ptr<content::Download> download_;
  std::shared_ptr<ChunkMemory> chunk_memory_;
  std::vector<ChunkIndex> to_mark_;
  std::vector<ChunkIndex> to_write_out_;
  bool writing_out_ = false;  // a task for chunks of to_write_out_ is under way
  bool looking_ = false;      // check_in_place() is under way
  bool marking_ = false;      // a task for to_mark_ is under way
  bool all_arrived_ = false;  // Completed was seen
  bool finishing_ = false;    // a task moves everything into place
  bool complete_ = false;     // everything is in place
  std::unique_ptr<FileStream> stream_;
  bool streaming_ = false;  // a task gives a chunk to the sink
  std::atomic<bool> cancel_ = false;
  std::atomic<bool> stop_writing_out_ = false;  // finish() does the rest
  std::mutex ending_mutex_;                     // with ending_, for code that waits while cancel_ is not set
  std::condition_variable ending_;
  std::atomic<std::int64_t> verified_bytes_ = -1;
  std::atomic<std::int64_t> verify_bytes_ = 0;
  mutable std::mutex syncing_mutex_;
  std::optional<content::SyncProgress> syncing_;  // under syncing_mutex_
};

}  // namespace stp::net
