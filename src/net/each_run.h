// EachRun: a folder of a host of which every file is a share of its own: carries out what folder/folder_follower.h
// decides, with inotify, scans and hashing on task threads, and a SeedRun per share.
//
//   FolderWatch ─▶ FolderFollower ─▶ scan ─▶ hash ─▶ SeedRun
//
// A share that is withdrawn says goodbye to its peers, which takes a moment; the same share may be started again only
// then, and waits for that. Lives on the network thread, from Host::add() until its shares are gone.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "content/hash_store.h"
#include "content/share_builder.h"
#include "folder/folder_follower.h"
#include "net/folder_job.h"
#include "net/folder_run.h"
#include "net/folder_watch.h"
#include "net/task_queue.h"

namespace stp::net {

class Engine;

class EachRun final : public FolderRun, private FolderWatch::Owner {
 public:
  /// Between two scans of a folder whose changes are not all seen, at least; and so many times what a scan takes.
  static constexpr Duration kRescanMin = std::chrono::seconds(10);
  static constexpr int kRescanFactor = 50;
  /// Problems are told once; so many are remembered.
  static constexpr std::size_t kProblemsMax = 1000;

  EachRun(Engine& engine, FolderJob job, FolderObserver& observer);
  ~EachRun() override;

  void begin() override;
  void tick() override;
  void leave() override;
  [[nodiscard]] bool ending() const override { return ending_; }
  [[nodiscard]] bool is_gone() const override;
  void report_end() override { observer_.on_folder_ended(outcome_); }

 private:
  /// One of its shares, from its start to its end.
  class Served;
  /// What a scan on a task thread gives.
  struct ScanResult;
  struct HashResult;

  // FolderWatch::Owner
  void on_folder_change(const std::string& path, folder::Change change) override;
  void on_folder_lost() override;
  void on_folder_turn_end() override { drain(); }

  void fail(const Error& error);
  void open_watch();
  void drain();
  void arm_timer();
  /// A file of a share is not what it was.
  void look_again(const std::string& path);
  void perform(folder::Scan& scan);
  void perform(folder::Hash& hash);
  void perform(folder::Share& share);
  void perform(folder::Withdraw& gone);
  void perform(folder::Stop& stop);
  void on_scanned(const ScanResult& result);
  void on_hashed(const std::vector<folder::SeenFile>& asked, HashResult& result);
  void start(const InfoHash& info_hash, SeedJob job);
  void on_share_ended(const InfoHash& info_hash, const Result<Outcome>& outcome);
  void tell_problem(const std::string& line);
  [[nodiscard]] FolderStatus status() const;

  Engine& engine_;
  const std::shared_ptr<const FolderJob> job_;  // tasks use it
  FolderObserver& observer_;
  std::string root_;  // absolute; empty until it is known
  std::optional<content::HashStore> store_;
  std::optional<folder::FolderFollower> follower_;
  std::shared_ptr<FolderWatch> watch_;            // a scan under way uses it; null without inotify
  bool unseen_ = false;                           // not all changes are seen
  bool gone_ = false;                             // the folder itself is not there at the moment
  std::map<std::string, content::Share> hashed_;  // of the Hash that was just answered, by path
  std::map<InfoHash, std::unique_ptr<Served>> served_;
  std::set<std::string> problems_;
  boost::asio::steady_timer timer_;
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);
  TaskQueue scans_;
  TaskQueue hashes_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool ending_ = false;
  bool told_settled_ = false;
  Status outcome_ = Done{};
};

}  // namespace stp::net
