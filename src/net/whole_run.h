// WholeRun: a folder of a host that is one share, and a new one when it has changed: carries out what
// folder/whole_follower.h decides, with scans and hashing on a task thread. The old shares are served while peers want
// them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/share_builder.h"
#include "folder/whole_follower.h"
#include "net/folder_run.h"
#include "net/task_queue.h"

namespace stp::net {

class WholeRun final : public FolderRun {
 public:
  WholeRun(Engine& engine, FolderJob job, FolderObserver& observer);

 private:
  using Sources = std::vector<content::SourceFile>;
  struct Built;

  // FolderWatch::Owner
  void on_folder_change(const std::string& path, folder::Change change) override;
  void on_folder_lost() override { on_folder_change({}, folder::Change::closed); }

  // FolderRun
  void perform_actions() override;
  void handle_timeout(Instant now) override { follower_.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return follower_.next_timeout(); }
  [[nodiscard]] FolderStatus status() const override { return {files_, files_, follower_.settled()}; }
  [[nodiscard]] std::size_t tasks_pending() const override { return builds_.pending(); }
  [[nodiscard]] bool wants_share_status() const override { return true; }
  void on_share_status(const InfoHash& info_hash, const ShareStatus& status) override;

  void build();
  void on_built(Built& built);
  void share_current(const folder::Current& current);
  void retire(const InfoHash& info_hash);

  folder::WholeFollower follower_;
  std::optional<content::Share> built_;                         // what was built last, until it is served
  std::map<InfoHash, std::shared_ptr<const Sources>> sources_;  // of each share that is not retired
  std::size_t files_ = 0;                                       // in the current share
  TaskQueue builds_;
};

}  // namespace stp::net
