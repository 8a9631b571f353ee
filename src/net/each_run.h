// EachRun: a folder of a host of which every file is a share of its own: carries out what folder/folder_follower.h
// decides, with scans and hashing on task threads.
//
//   FolderWatch ─▶ FolderFollower ─▶ scan ─▶ hash ─▶ SeedRun
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "content/hash_store.h"
#include "content/share_builder.h"
#include "folder/folder_follower.h"
#include "net/folder_run.h"
#include "net/task_queue.h"

namespace stp::net {

class EachRun final : public FolderRun {
 public:
  EachRun(Engine& engine, FolderJob job, FolderObserver& observer);

 private:
  /// What a scan on a task thread gives.
  struct ScanResult;
  struct HashResult;

  // FolderWatch::Owner
  void on_folder_change(const std::string& path, folder::Change change) override;
  void on_folder_lost() override;

  // FolderRun
  void perform_actions() override;
  void handle_timeout(Instant now) override { follower_.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return follower_.next_timeout(); }
  [[nodiscard]] FolderStatus status() const override;
  [[nodiscard]] std::size_t tasks_pending() const override { return scans_.pending() + hashes_.pending(); }
  void on_share_event(const InfoHash& info_hash, const transfer::SwarmEvent& event) override;
  void on_share_failed(const InfoHash& info_hash, const Error& error) override;

  void perform(folder::Scan& scan);
  void perform(folder::Hash& hash);
  void perform(folder::Share& share);
  void perform(folder::Withdraw& gone);
  void perform(folder::Stop& stop);
  void on_scanned(const ScanResult& result);
  void on_hashed(const std::vector<folder::SeenFile>& asked, HashResult& result);

  std::optional<content::HashStore> store_;
  folder::FolderFollower follower_;
  std::map<std::string, content::Share> hashed_;  // of the Hash that was just answered, by path
  TaskQueue scans_;
  TaskQueue hashes_;
};

}  // namespace stp::net
