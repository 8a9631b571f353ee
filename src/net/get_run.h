// GetRun: a download, from a link to files in their place.
//
//   looking ──▶ fetching ──▶ preparing ──▶ loading ──▶ finishing ──▶ (seeding) ──▶ end
//      │           the metainfo   │ NAME is there and identical ──────────────────▲
//      └─ a control file has it ──┘
//
//   looking    for a control file in the directory, which knows the metainfo without any peer
//   fetching   the metainfo comes from peers
//   preparing  on the task thread: an existing NAME is compared, the download opened, after a reboot verified again,
//   and the
//              free space checked
//   loading    chunks come; each is marked on the task thread after its bytes were written (kill -9 loses nothing
//   marked) finishing  on the task thread, after the last mark: NAME.part becomes NAME seeding    only when asked for
// With `only_chunk` nothing is prepared: the chunk is kept in memory and handed to the observer.
//
// Every file is touched on the task thread or, for blocks, the disk threads; the rest runs on the network thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "content/download.h"
#include "net/chunk_memory.h"
#include "net/engine.h"

namespace stp::net {

class GetRun final : public Job {
 public:
  GetRun(Engine& engine, GetJob job) : engine_(engine), job_(std::move(job)) {}

  void begin() override;
  void on_event(const transfer::Event& event) override;
  void on_write_failed(const Error& error) override;
  void on_tick() override;
  void on_ending() override { cancel_ = true; }
  [[nodiscard]] Outcome interrupted() const override { return complete_ ? Outcome::done : Outcome::interrupted; }
  [[nodiscard]] std::int64_t verified_bytes() const override { return verified_bytes_; }
  [[nodiscard]] std::int64_t verify_bytes() const override { return verify_bytes_; }

 private:
  /// What preparing the files came to.
  struct Prepared {
    std::optional<Error> error;
    std::optional<content::Existing> existing;
    std::shared_ptr<content::Download> download;
  };

  void start(std::shared_ptr<const content::Metainfo> metainfo);
  void on_metainfo();
  void prepare();
  void on_prepared(Prepared& prepared);
  void start_chunk();
  void seed_existing(content::Existing existing);
  void store_hashes();
  void mark_later(ChunkIndex chunk);
  void mark_all();
  void lose(ChunkIndex chunk);
  void finish();
  void deliver_chunk();
  void complete();
  /// Runs `work` on the task thread; an error ends the download.
  void run_task(std::function<Status()> work, std::function<void()> done);
  [[nodiscard]] content::HashOptions hash_options();

  Engine& engine_;
  GetJob job_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  content::WantedFiles wanted_files_;
  std::shared_ptr<content::Download> download_;
  std::shared_ptr<ChunkMemory> chunk_memory_;
  std::vector<ChunkIndex> to_mark_;
  bool marking_ = false;      // a task for to_mark_ is under way
  bool all_arrived_ = false;  // Completed was seen
  bool complete_ = false;     // everything is in its place
  std::atomic<bool> cancel_ = false;
  std::atomic<std::int64_t> verified_bytes_ = -1;
  std::atomic<std::int64_t> verify_bytes_ = 0;
};

}  // namespace stp::net
