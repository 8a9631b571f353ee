// SwarmShare: a record of kind seed or get: paths that are hashed and served as one share, or a download. In the host it is
// one net::ShareRun.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/share.h"
#include "net/task_queue.h"

namespace stp::daemon {

class SwarmShare final : public Share, private net::ShareObserver {
 public:
  /// The pools are for tasks that read whole shares, and for quick ones.
  SwarmShare(Owner& owner, ShareRecord record, net::TaskPool& hashing, net::TaskPool& quick);

  [[nodiscard]] bool in_host() const override { return running_.has_value(); }
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::shared_ptr<const content::Metainfo> metainfo() const override { return metainfo_; }
  [[nodiscard]] std::optional<FinishedDownload> finished() const override;
  [[nodiscard]] std::optional<net::ShareId> running() const override { return running_; }
  [[nodiscard]] nlohmann::json peers_json() const override;
  [[nodiscard]] nlohmann::json chunks_json(std::size_t cells) const override;

 private:
  // Share
  void start() override;
  void leave() override;
  void rest() override { look_up_metainfo(); }
  void clean_up() override;
  [[nodiscard]] bool can_start() const override { return link_ || record_.order.kind == Kind::seed; }
  [[nodiscard]] State running_state() const override;
  void describe(nlohmann::json& out) const override;
  void take_figures() override;

  // net::ShareObserver
  [[nodiscard]] bool wants_status() const override { return false; }  // asked for when somebody looks
  void on_status(const net::ShareStatus& status) override { take_figures(status); }
  void on_metainfo(const content::Metainfo& metainfo) override;
  void on_event(const transfer::SwarmEvent& event) override;
  void on_transfer(std::int64_t had, std::int64_t wanted) override;
  void on_complete() override;
  void on_notice(const std::string& line) override { warn(line); }
  void on_ended(const Result<net::Outcome>& outcome) override;

  void start_seed();
  void start_get();
  void run(net::ShareId id);
  void ended(const Result<net::Outcome>& outcome);
  void take_figures(const net::ShareStatus& status);
  /// What a download that does not run is: for its size and name.
  void look_up_metainfo();

  std::shared_ptr<const content::Metainfo> metainfo_;
  std::optional<net::ShareId> running_;  // in the host
  std::int64_t downloaded_before_ = 0;   // in earlier runs
  std::int64_t uploaded_before_ = 0;
  bool looked_up_ = false;
  net::TaskQueue hashing_;
  net::TaskQueue quick_;
};

}  // namespace stp::daemon
