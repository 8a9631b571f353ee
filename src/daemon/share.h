// Share: one record of the daemon and what becomes of it: prepared on other threads, handed to the host, stopped and
// started again, removed.
//
//   idle ──settle()──▶ preparing ──▶ in the host ──▶ leaving ──▶ idle
//                      (files are     (net::ShareRun   (goodbyes)   │ removing
//                       hashed,        does the rest)               ▼
//                       or looked at)                             its files are removed ──▶ Owner::on_removed()
//
// settle() compares what it should do with what it does, and takes the next step; every event ends in it. So a share
// that is paused, resumed and removed within a second comes out right, whatever was under way.
//
// Lives on the network thread, except for its tasks. The owner outlives it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/prepare.h"
#include "daemon/record.h"
#include "net/host.h"
#include "net/task_queue.h"

namespace stp::daemon {

class Share final : public net::ShareObserver {
 public:
  static constexpr std::size_t kWarningsMax = 20;

  /// What a share is doing, as a word of the API.
  enum class State : std::uint8_t {
    hashing,   // its files are read, or wait for others' to be
    checking,  // what is on disk of a download is compared
    waiting,   // for peers, a turn, the disk: `reason` says what
    downloading,
    seeding,
    complete,  // a download that is done and is not served
    paused,
    error,  // `error` says which; resuming tries again
    removing
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    [[nodiscard]] virtual net::Host& host() = 0;
    [[nodiscard]] virtual const Places& places() const = 0;
    [[nodiscard]] virtual const MetainfoStore& metainfos() const = 0;
    /// The daemon ends: what stops now goes on at the next start.
    [[nodiscard]] virtual bool ending() const = 0;
    /// Its record has changed by itself.
    virtual void remember(Share& share) = 0;
    /// Another share that is in the host with the key of `link`: the host refuses a second one.
    [[nodiscard]] virtual std::optional<RecordId> twin_of(const Share& share, const wire::Link& link) const = 0;
    /// Whether another share than this one has the metainfo.
    [[nodiscard]] virtual bool others_have(const Share& share, const InfoHash& info_hash) const = 0;
    /// It has another link() than `before`. Not called for the one that it is constructed with.
    virtual void on_linked(Share& share, const std::optional<wire::Link>& before) = 0;
    virtual void on_changed(Share& share) = 0;
    virtual void on_share_notice(Share& share, const std::string& line) = 0;
    /// Nothing is left to do: the owner may destroy it.
    virtual void on_removed(Share& share) = 0;
  };

  /// The pools are for tasks that read whole shares, and for quick ones.
  Share(Owner& owner, ShareRecord record, net::TaskPool& hashing, net::TaskPool& quick);
  ~Share() override;
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  [[nodiscard]] const ShareRecord& record() const { return record_; }
  [[nodiscard]] const std::optional<wire::Link>& link() const { return link_; }
  [[nodiscard]] bool in_host() const { return running_.has_value(); }
  /// What it is called, as far as that is known; never empty.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] State state() const;
  /// Everything about it, but its peers (docs/api.md "A share").
  [[nodiscard]] nlohmann::json to_json() const;
  [[nodiscard]] nlohmann::json peers_json() const;

  /// It changes the record, and settle()s: the owner remembers it.
  void pause();
  void resume();  // also after an error
  /// The same in two steps: settle() removes it once the owner has remembered that, or it is kept.
  void mark_removed(bool with_data);
  void unmark_removed();
  /// Takes the next step towards what it should be doing.
  void settle();

  // net::ShareObserver
  [[nodiscard]] bool wants_status() const override { return false; }  // asked for when somebody looks
  void on_metainfo(const content::Metainfo& metainfo) override;
  void on_event(const transfer::SwarmEvent& event) override;
  void on_transfer(std::int64_t had, std::int64_t wanted) override;
  void on_complete() override;
  void on_notice(const std::string& line) override;
  void on_ended(const Result<net::Outcome>& outcome) override;

 private:
  [[nodiscard]] bool should_run() const;
  [[nodiscard]] State running_state(const net::ShareStatus& status) const;
  void start_seed();
  void remember_link();
  void start_get();
  void ended(const Result<net::Outcome>& outcome);
  /// What a download that does not run is: for its size and name.
  void look_up_metainfo();
  void remove_files();
  void fail(Error error);
  void warn(const std::string& line);

  Owner& owner_;
  ShareRecord record_;
  std::optional<wire::Link> link_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  std::optional<net::ShareId> running_;  // in the host
  bool preparing_ = false;
  bool leaving_ = false;
  bool removing_files_ = false;
  bool looked_up_ = false;
  std::optional<Error> error_;
  std::vector<std::string> warnings_;  // the latest
  /// Shared with the task that works for it.
  struct Work {
    std::atomic<bool> cancel = false;
    std::atomic<std::int64_t> done = 0;
    std::atomic<std::int64_t> total = 0;
  };
  std::shared_ptr<Work> work_ = std::make_shared<Work>();
  net::TaskQueue hashing_;
  net::TaskQueue quick_;
};

/// "hashing", …
[[nodiscard]] const char* to_string(Share::State state);

}  // namespace stp::daemon
