// SharedFolder: a record of kind folder: a directory of which every file is a share of its own, or that is one share; with
// `watch` the shares follow what is in it. In the host it is one net::FolderRun, which does all of that.
//
// Its links are in shared_paths(), at most as many as it has files.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/share.h"
#include "daemon/shared_paths.h"
#include "net/folder_job.h"
#include "net/task_queue.h"

namespace stp::daemon {

class SharedFolder final : public Share, private net::FolderObserver {
 public:
  /// The pool is for quick tasks.
  SharedFolder(Owner& owner, ShareRecord record, net::TaskPool& quick);

  [[nodiscard]] bool in_host() const override { return running_.has_value(); }
  [[nodiscard]] const SharedPaths* shared_paths() const override { return &shared_; }
  [[nodiscard]] std::optional<net::FolderId> running_folder() const override { return running_; }

 private:
  // Share
  void start() override;
  void leave() override;
  void clean_up() override;
  [[nodiscard]] State running_state() const override { return all_shared_ ? State::seeding : State::hashing; }
  void describe(nlohmann::json& out) const override;
  void take_figures() override;

  // net::FolderObserver
  void on_shared(const net::FolderShare& share) override;
  void on_withdrawn(const std::string& path, const InfoHash& info_hash) override;
  void on_problem(const std::string& line) override { warn(line); }
  void on_folder_status(const net::FolderStatus& status) override;
  void on_folder_ended(const Status& status) override;

  [[nodiscard]] net::FolderJob job_of(std::string root, LinkMaker links);
  void ended(const Status& status);

  std::optional<net::FolderId> running_;  // in the host
  std::int64_t uploaded_before_ = 0;      // in earlier runs
  SharedPaths shared_;
  net::FolderStatus status_;
  bool all_shared_ = false;  // everything that was found has been shared once since it was started
  net::TaskQueue quick_;
};

}  // namespace stp::daemon
