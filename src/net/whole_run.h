// WholeRun: a folder of a host that is one share, and a new one when it has changed: carries out what
// folder/whole_follower.h decides, with inotify, and scans and hashing on a task thread. A SeedRun per share, of which
// the old ones are served while peers want them.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "content/share_builder.h"
#include "folder/whole_follower.h"
#include "net/folder_job.h"
#include "net/folder_run.h"
#include "net/folder_watch.h"
#include "net/task_queue.h"

namespace stp::net {

class Engine;

class WholeRun final : public FolderRun, private FolderWatch::Owner {
 public:
  WholeRun(Engine& engine, FolderJob job, FolderObserver& observer);
  ~WholeRun() override;

  void begin() override;
  void tick() override;
  void leave() override;
  [[nodiscard]] bool ending() const override { return ending_; }
  [[nodiscard]] bool is_gone() const override;
  void report_end() override { observer_.on_folder_ended(outcome_); }

 private:
  class Served;
  struct Built;

  // FolderWatch::Owner
  void on_folder_change(const std::string& path, folder::Change change) override;
  void on_folder_lost() override { on_folder_change({}, folder::Change::closed); }
  void on_folder_turn_end() override { drain(); }

  void drain();
  void build();
  void on_built(Built& built);
  void share_current(const folder::Current& current);
  void retire(const InfoHash& info_hash);
  void on_wanted(const InfoHash& info_hash, bool wanted);
  void on_share_ended(const InfoHash& info_hash);
  void start(const InfoHash& info_hash, SeedJob job);

  Engine& engine_;
  const std::shared_ptr<const FolderJob> job_;  // tasks use it
  FolderObserver& observer_;
  std::optional<folder::WholeFollower> follower_;
  std::shared_ptr<FolderWatch> watch_;
  bool unseen_ = false;                  // not all changes are seen
  std::optional<content::Share> built_;  // what was built last, until it is served
  std::map<InfoHash, std::unique_ptr<Served>> served_;
  std::set<std::string> problems_;
  std::size_t files_ = 0;  // in the current share
  boost::asio::steady_timer timer_;
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);
  TaskQueue builds_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool ending_ = false;
  bool told_settled_ = false;
  Status outcome_ = Done{};
};

}  // namespace stp::net
