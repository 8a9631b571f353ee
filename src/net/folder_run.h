// FolderRun: a folder of a host whose shares follow its files, from Host::add() until its shares are gone: the watch, the
// timer, and a SeedRun per share. EachRun shares every file of it alone, WholeRun all of it together; what is shared when
// is decided by their followers (src/folder).
//
// A share that is withdrawn says goodbye to its peers, which takes a moment; the same share may be started again only
// then, and waits for that. Lives on the network thread.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "content/scan.h"
#include "content/share_builder.h"
#include "core/time.h"
#include "net/folder_job.h"
#include "net/folder_watch.h"

namespace stp::net {

class Engine;

class FolderRun : private FolderWatch::Owner {
 public:
  /// The minimum time between two scans of a folder whose changes are not all seen, also as a multiple of what one takes.
  static constexpr Duration kRescanMin = std::chrono::seconds(10);
  static constexpr int kRescanFactor = 50;
  /// Each problem is reported once; this many are remembered.
  static constexpr std::size_t kProblemsMax = 1000;

  FolderRun(Engine& engine, FolderJob job, FolderObserver& observer);
  ~FolderRun() override;
  FolderRun(const FolderRun&) = delete;
  FolderRun& operator=(const FolderRun&) = delete;

  /// The network thread is running.
  void begin();
  /// Every Engine::kStatusInterval.
  void tick();
  /// Withdraws everything: its end begins.
  void leave();
  [[nodiscard]] bool ending() const { return ending_; }
  [[nodiscard]] FolderTotals totals() const;
  /// See Host::shared_of().
  [[nodiscard]] std::optional<SharedOfFolder> find(const InfoHash& info_hash) const;
  [[nodiscard]] bool is_gone() const { return ending_ && served_.empty() && tasks_pending() == 0; }
  /// The last call of the observer.
  void report_end() { observer_.on_folder_ended(outcome_); }

 protected:
  /// What a scan on a task thread found, apart from files.
  struct Look {
    std::vector<std::string> warnings;
    std::string unseen;  // why not all changes are seen; empty: they are
    Duration took = Duration::zero();
  };

  // --- what its follower does
  /// Carries out all actions. It may call leave().
  virtual void perform_actions() = 0;
  virtual void handle_timeout(Instant now) = 0;
  [[nodiscard]] virtual std::optional<Instant> next_timeout() const = 0;
  [[nodiscard]] virtual FolderStatus status() const = 0;
  [[nodiscard]] virtual std::size_t tasks_pending() const = 0;

  // --- what its shares report
  [[nodiscard]] virtual bool wants_share_status() const { return false; }
  virtual void on_share_status(const InfoHash& /*info_hash*/, const ShareStatus& /*status*/) {}
  virtual void on_share_event(const InfoHash& /*info_hash*/, const transfer::SwarmEvent& /*event*/) {}
  virtual void on_share_failed(const InfoHash& /*info_hash*/, const Error& /*error*/) {}

  // --- for EachRun and WholeRun
  /// Carries out what the follower wants, and arms the timer.
  void drain();
  /// The same after the caller has returned: it may be called by a share.
  void drain_soon();
  void arm_timer();
  void fail(const Error& error);
  void tell_problem(const std::string& line);
  /// The rules of a scan on a task thread, which watches the folders on its way. All arguments must outlive them.
  [[nodiscard]] static content::ScanRules rules_of(const FolderJob& job, FolderWatch* watch, Look& look);
  /// Reports what the scan has found. Returns how long after it the folder is scanned again in any case; 0: only after
  /// changes. `gone`: the folder is not there, so that nothing can be watched.
  [[nodiscard]] Duration take_look(const Look& look, bool gone = false);
  /// Announces the share if it is new there, and, with `start_it`, serves it.
  void offer(const std::string& path, content::Share share, bool is_new, bool start_it);
  void stop_sharing(const InfoHash& info_hash);

  const std::shared_ptr<const FolderJob> job_;  // tasks use it
  FolderObserver& observer_;
  std::shared_ptr<FolderWatch> watch_;  // a scan under way uses it; null without inotify
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);

 private:
  /// One of its shares, from its start to its end.
  class Served;

  // FolderWatch::Owner
  void on_folder_turn_end() override { drain(); }

  void note_unseen(const std::string& reason);
  void start(const InfoHash& info_hash, SeedJob job);
  void on_share_ended(const InfoHash& info_hash, const Result<Outcome>& outcome);

  Engine& engine_;
  bool unseen_ = false;  // not all changes are seen
  std::map<InfoHash, std::unique_ptr<Served>> served_;
  std::int64_t uploaded_before_ = 0;  // by shares that have ended
  std::set<std::string> problems_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool ending_ = false;
  bool told_settled_ = false;
  Status outcome_ = Done{};
};

}  // namespace stp::net
