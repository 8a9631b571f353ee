// Daemon: a participant with everything that it held before, steered through its control socket.
//
//   open()  takes the directory's lock, reads the journal, binds the ports
//   run()   starts every share, answers calls (daemon_calls.cpp, daemon_adding.cpp), until it is interrupted
//
// A change is answered when it is in the journal on stable storage: what was answered survives `kill -9` and a power
// failure. The journal is written by one task after another, off the network thread.
//
// Events go to everybody who listens at /api/events (kListenersMax at most): first the present state, then changes.
// Figures that move are looked at twice a second, only while somebody listens, and sent where they differ from what was
// sent last.
//
// open() and run() belong to one thread, which becomes the network thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/api.h"
#include "daemon/away_search.h"
#include "daemon/event_hub.h"
#include "daemon/file_service.h"
#include "daemon/journal.h"
#include "daemon/lock.h"
#include "daemon/notice_log.h"
#include "daemon/prepare.h"
#include "daemon/record.h"
#include "daemon/share.h"
#include "daemon/share_index.h"
#include "daemon/web_front.h"
#include "net/control_socket.h"
#include "net/host.h"
#include "net/task_queue.h"

namespace stp::daemon {

struct DaemonReady {
  Endpoint listening;
  std::size_t shares = 0;
  std::optional<Endpoint> web;  // where the dashboard is
  std::string web_token;        // that it needs; empty: none
};

struct DaemonOptions {
  net::HostOptions host;
  std::optional<Endpoint> web;                        // the dashboard's port; nullopt: there is none
  bool web_port_is_fixed = false;                     // otherwise the next free one is taken
  std::filesystem::path downloads;                    // where a page suggests to put downloads; may be empty
  Places places;                                      // its directory exists, and is private
  std::filesystem::path socket;                       // its directory exists, and is private
  std::function<void(const DaemonReady&)> on_ready;   // calls are answered from now on
  std::function<void(const std::string&)> on_notice;  // a line worth showing
  /// The figures of shares that run (ShareRecord::had …) are stored this often, where they have changed.
  Duration figures_interval = std::chrono::minutes(5);
};

class Daemon final : private net::HostObserver,
                     private net::ControlHandler,
                     private WebFront::Owner,
                     private Share::Owner,
                     private AwaySearch::Owner {
 public:
  /// Threads that read whole shares, each with all cores, and that do short work.
  static constexpr std::size_t kHashingTasks = 2;
  static constexpr std::size_t kQuickTasks = 2;

  /// Errors: exists (another daemon runs; the message says which), as Journal::open(), or of listening.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> open(DaemonOptions options);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Until interrupted (net::Host::run()). An error: the control socket can't be opened. Once.
  [[nodiscard]] Result<net::Outcome> run();

 private:
  using Reply = std::shared_ptr<net::ControlReply>;

  Daemon(DaemonOptions options, DaemonLock lock, Journal::Opened opened);

  // net::HostObserver
  void on_listening(const Endpoint& endpoint) override;
  void on_host_status(const net::HostStatus& status) override;
  void on_router(const portmap::RouterStatus& router) override;
  void on_ending() override;
  void on_notice(const std::string& line) override;

  // net::ControlHandler
  void on_request(const http::Request& request, std::shared_ptr<net::ControlReply> reply) override;
  [[nodiscard]] http::Response refusal_of(unsigned status) override { return refuse_status(status); }

  // WebFront::Owner
  void serve(const http::Request& request, std::shared_ptr<net::ControlReply> reply) override;

  // Share::Owner
  [[nodiscard]] net::Host& host() override { return *host_; }
  [[nodiscard]] const Places& places() const override { return options_.places; }
  [[nodiscard]] const MetainfoStore& metainfos() const override { return metainfos_; }
  [[nodiscard]] bool ending() const override { return ending_; }
  void remember(Share& share) override;
  [[nodiscard]] std::optional<RecordId> twin_of(const Share& share, const wire::Link& link) const override;
  [[nodiscard]] bool others_have(const Share& share, const InfoHashes& names) const override;
  void on_linked(Share& share, const std::optional<wire::Link>& before) override;
  void on_away(Share& share) override;
  void on_changed(Share& share) override;
  void on_share_notice(Share& share, const std::string& line) override;
  void on_removed(Share& share) override;

  // AwaySearch::Owner
  [[nodiscard]] std::optional<std::vector<std::string>> missing_paths(RecordId id) const override;
  void on_back(RecordId id) override;

  void take(const DescribeCall& call, const Reply& reply);
  void take(const ListCall& call, const Reply& reply);
  void take(const ShowCall& call, const Reply& reply);
  void take(const SharedCall& call, const Reply& reply);
  void take(const AddCall& call, const Reply& reply);
  void take(const PauseCall& call, const Reply& reply);
  void take(const ResumeCall& call, const Reply& reply);
  void take(const RemoveCall& call, const Reply& reply);
  void take(const EventsCall& call, const Reply& reply);
  void take(const ChunksCall& call, const Reply& reply);
  void take(const FilesCall& call, const Reply& reply);
  void take(const FileCall& call, const Reply& reply);
  void take(const DhtCall& call, const Reply& reply);
  void take(const LogCall& call, const Reply& reply);
  void take(const LimitsCall& call, const Reply& reply);
  void take(const SettingsCall& call, const Reply& reply);
  void take(const TorrentCall& call, const Reply& reply);
  void take(const MetricsCall& call, const Reply& reply);
  void take(const std::variant<Call, http::Response>& read, const Reply& reply);

  /// The share with this number, name or link; if there is not exactly one, the refusal was sent and it is null.
  [[nodiscard]] Share* find(const std::string& id, const Reply& reply);
  [[nodiscard]] FileService::KeyFor keys_of_files() const;
  /// As file_service.h wants it.
  [[nodiscard]] static FileService::Held held(const Share& share);
  [[nodiscard]] static FileService::HeldFolder held_folder(const Share& share);
  /// One that is already what `order` asks for; null: none.
  [[nodiscard]] Share* find_same(const ShareOrder& order, const std::optional<wire::Link>& link);
  /// The answer to `order` when there is `same` already.
  void answer_held(Share& same, const ShareOrder& order, const std::optional<wire::Link>& link, const Reply& reply);
  Share& hold(ShareRecord record);
  /// Says that it is removed, and destroys it.
  void forget(const Share& share);
  /// In the order of their numbers.
  [[nodiscard]] std::vector<Share*> shares_of(const InfoHashes& names) const;
  /// Writes `record` into the journal, then calls `done`.
  void store(const ShareRecord& record, std::function<void(const Status&)> done);
  /// The same with its share; if that was removed meanwhile, this is the answer instead.
  void store(const ShareRecord& record, const Reply& reply, std::function<void(Share&, const Status&)> done);
  void store_figures();
  /// `link`: ShareRecord::link, if it is known already.
  void add(ShareOrder order, const std::string& link, const Reply& reply);
  /// Writes `record` into the journal, then answers with its share, or says that it could not be stored. `fields`: added
  /// to the answer.
  void store_and_answer(const ShareRecord& record, const Reply& reply, const nlohmann::json& fields);
  [[nodiscard]] nlohmann::json describe() const;
  /// Something of describe() is another: whoever listens gets it.
  void send_daemon();
  /// For calls, and for the dashboard if there is to be one.
  [[nodiscard]] Status open_sockets();
  /// Remembers and sends a line.
  void note(const std::string& line, std::optional<RecordId> id);
  void send_share(Share& share);

  const DaemonOptions options_;
  const DaemonLock lock_;
  Journal journal_;
  const MetainfoStore metainfos_;
  std::vector<ShareRecord> restored_;  // until run()
  std::vector<std::string> notices_;   // until run()
  RecordId next_id_;
  std::unique_ptr<net::Host> host_;
  std::unique_ptr<net::TaskPool> hashing_;
  std::unique_ptr<net::TaskPool> quick_;
  std::optional<net::TaskQueue> journal_tasks_;
  std::optional<AwaySearch> away_;
  std::map<RecordId, std::unique_ptr<Share>> shares_;
  ShareIndex index_;  // of shares_, those that have a link
  std::unique_ptr<net::ControlSocket> control_;
  std::optional<WebFront> web_;
  std::optional<FinishedFiles> finished_;
  std::optional<FileService> files_;
  NoticeLog log_;
  std::int64_t up_limit_;  // bytes per second; 0: none
  std::int64_t down_limit_;
  Result<net::Outcome> failed_ = net::Outcome::done;
  EventHub events_;
  std::int64_t started_ = 0;  // seconds since 1970
  Instant figures_stored_;
  bool ending_ = false;
};

}  // namespace stp::daemon
