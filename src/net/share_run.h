// ShareRun: one share of a host, from add() until its last file is closed. SeedRun and GetRun say what it is for.
//
//   begin() ──▶ (file work before the swarm) ──join()──▶ in the swarm ──end()──▶ leaving ──▶ cleaning ──▶ gone
//
//   leaving    goodbyes to peers; running writes and tasks finish; kGoodbyeTimeout at most
//   cleaning   its connections are closed; what it leaves on disk is put in order (clean_up())
//   gone       the engine forgets it, after ShareObserver::on_ended()
// A second interrupt skips all of that.
//
// Lives on the network thread. Its file work runs in a queue of its own (task_queue.h).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/engine.h"
#include "net/file_reader.h"
#include "net/host.h"
#include "net/peer_troubles.h"
#include "net/swarm_driver.h"
#include "net/task_queue.h"

namespace stp::net {

class ShareRun : private SwarmDriver::Owner, private FileReaders::Share {
 public:
  static constexpr Duration kGoodbyeTimeout = std::chrono::seconds(3);

  ShareRun(Engine& engine, ShareId id, ShareObserver& observer, ShareSources sources);
  ~ShareRun() override;
  ShareRun(const ShareRun&) = delete;
  ShareRun& operator=(const ShareRun&) = delete;

  // --- for the engine
  /// The network thread is running: joins the swarm, or does what comes before it.
  virtual void begin() = 0;
  /// Carries out what the swarm wants, and passes its events on.
  void drain();
  /// Whether tick() is wanted: an idle share costs nothing.
  [[nodiscard]] virtual bool ticks() const { return observer_.wants_status(); }
  /// Every Engine::kStatusInterval.
  void tick();
  /// What it does now.
  [[nodiscard]] ShareStatus status() const;
  /// See Host::read_file().
  [[nodiscard]] std::unique_ptr<BodySource> read_file(std::size_t file, std::int64_t begin, std::int64_t end);
  /// Begins the end, if that has not happened yet.
  void leave() { end(interrupted()); }
  /// Goes on with the end as far as possible; whether it is gone.
  [[nodiscard]] bool is_gone();
  /// The host stops: nothing of what is still under way is waited for, except the tasks.
  void wait_no_longer();
  /// The last calls of the observer. `killed`: it was not waited for.
  void report_end(bool killed);
  [[nodiscard]] bool ending() const { return outcome_.has_value(); }
  /// Its name; while that is unknown, its info-hash.
  [[nodiscard]] std::string name() const;
  /// SwarmIdentity::must_hide, from now on; connections in the clear end.
  void set_must_hide(bool must_hide);
  /// These addresses are no longer ours: its connections from and to them end.
  void close_lost(const std::set<IpAddress>& lost);

 protected:
  // --- what it is for
  virtual void on_event(const transfer::SwarmEvent& /*event*/) {}
  virtual void write_failed(const Error& /*error*/) {}
  virtual void on_tick() {}
  /// The end has begun: long file work should stop soon.
  virtual void on_ending() {}
  /// Its connections are closed: the last file work can be queued.
  virtual void clean_up() {}
  /// The outcome if it is interrupted now.
  [[nodiscard]] virtual Outcome interrupted() const = 0;
  /// ShareStatus::verified_bytes, verify_bytes and syncing.
  [[nodiscard]] virtual std::int64_t verified_bytes() const { return -1; }
  [[nodiscard]] virtual std::int64_t verify_bytes() const { return 0; }
  [[nodiscard]] virtual std::optional<content::SyncProgress> syncing() const { return std::nullopt; }

  /// In which order chunks are fetched.
  [[nodiscard]] virtual transfer::PickPolicy pick() const { return transfer::PickPolicy::rarest_first; }

  // --- for SeedRun and GetRun
  /// Once. False, after end(): this host has that share already.
  bool join(wire::Link link, std::shared_ptr<const content::Metainfo> metainfo);
  [[nodiscard]] transfer::Swarm& swarm();
  [[nodiscard]] SwarmDriver& driver() { return *driver_; }
  [[nodiscard]] TaskQueue& tasks() { return tasks_; }
  /// For file work that may take long and that nothing else waits for; the end waits for it as well.
  [[nodiscard]] TaskQueue& background() { return background_; }
  [[nodiscard]] ShareObserver& observer() { return observer_; }
  /// Lists it in the catalogues of its trackers until the end begins.
  void list_by_name(std::shared_ptr<const content::Metainfo> metainfo);
  /// Begins the end with this result. Only the first call counts.
  void end(Result<Outcome> result);
  /// It is complete, and ends by itself: who reads files of it goes on.
  void keep_readers();
  /// Why the disk stopped the transfer, for the status.
  void set_pause(std::string reason) { pause_ = std::move(reason); }
  /// The swarm was given something: does everything that can be done now.
  void pump();

 private:
  // SwarmDriver::Owner
  void on_driver_turn() override { pump(); }
  void on_write_failed(const Error& error) override;
  void on_refused(const Endpoint& from, const std::string& reason) override;
  void on_dht_node(const Endpoint& node) override;
  // FileReaders::Share
  [[nodiscard]] FileReaders::Chunk state_of(ChunkIndex chunk) const override;
  [[nodiscard]] const DiskTarget& storage() const override { return driver_->target(); }
  void want_first(std::vector<ChunkIndex> chunks) override;

  [[nodiscard]] app::ShareConfig share_config(const wire::Link& link,
                                              std::shared_ptr<const content::Metainfo> metainfo);
  /// The metainfo of a public share has come: a hybrid is from now on met under both of its keys, whichever the link had.
  void add_keys(const content::Metainfo& metainfo);
  /// Traces what the swarm reports about the disk; it traces the rest itself.
  void trace_event(const transfer::SwarmEvent& event);
  void tell_status();
  [[nodiscard]] bool has_hope(const transfer::SwarmStatus& swarm) const;

  Engine& engine_;
  const ShareId id_;
  ShareObserver& observer_;
  const ShareSources sources_;
  std::string called_;  // by its link
  std::unique_ptr<SwarmDriver> driver_;
  std::unique_ptr<FileReaders> readers_;  // since somebody has read a file
  TaskQueue tasks_;
  TaskQueue background_;
  PeerTroubles troubles_;
  std::string pause_;
  std::optional<Result<Outcome>> outcome_;
  Instant end_by_;
  bool joined_ = false;
  std::shared_ptr<const content::Metainfo> listed_;  // null: it is not listed
  bool cleaning_ = false;
};

}  // namespace stp::net
