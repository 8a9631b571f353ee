// RunFront: the dashboard of a command (`share`, `get` and `node` with --web). It answers the calls of the daemon's API
// (api.h) that look at something, for the shares, or the folder, of one host; what changes something is refused (Refusal::read_only),
// except the limits. So the page, its checks (web_front.h) and whoever else reads the API need no second one.
//
// The command says which shares there are and what is reported of them. Figures are looked at in tick(), only while
// somebody listens. Lives on the network thread, but is made and opened before the host runs; the host must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "content/metainfo.h"
#include "daemon/api.h"
#include "daemon/event_hub.h"
#include "daemon/file_service.h"
#include "daemon/notice_log.h"
#include "daemon/run_folder.h"
#include "daemon/web_front.h"
#include "net/host.h"

namespace stp::daemon {

/// What a command says of a share when it begins.
struct RunShare {
  Kind kind = Kind::seed;  // seed or get
  wire::Link link;
  std::vector<std::string> paths;                     // of a seed
  std::string directory;                              // of a get
  std::shared_ptr<const content::Metainfo> metainfo;  // null while unknown
};

class RunFront final : private WebFront::Owner {
 public:
  /// `options`: what the host was opened with.
  RunFront(net::Host& host, const net::HostOptions& options);
  ~RunFront() override = default;

  /// See WebFront::open().
  [[nodiscard]] Status open(const Endpoint& listen, bool port_is_fixed);
  [[nodiscard]] Endpoint listening() const { return web_.listening(); }
  [[nodiscard]] const std::string& token() const { return web_.token(); }

  void add(net::ShareId id, RunShare share);
  /// The folder that it shares, instead of shares: it is told what is reported of that. Once.
  RunFolder& add(net::FolderId id, RunFolderOrder folder);
  void on_metainfo(net::ShareId id, const content::Metainfo& metainfo);
  void on_complete(net::ShareId id);
  /// The host is about to forget it: its last figures stay.
  void on_ended(net::ShareId id, const Result<net::Outcome>& outcome);
  /// What the host reports of itself has changed, e.g. of the router.
  void send_daemon();
  /// A line worth showing.
  void note(const std::string& line);
  /// About twice a second.
  void tick();
  /// The host ends.
  void end();

 private:
  using Reply = std::shared_ptr<net::ControlReply>;
  struct Entry {
    RecordId number = 0;
    net::ShareId id;
    RunShare share;
    net::ShareStatus last;  // while it has no other
    bool complete = false;
    bool ended = false;
    std::optional<Error> error;
  };

  void serve(const http::Request& request, std::shared_ptr<net::ControlReply> reply) override;
  void take(const DescribeCall& call, const Reply& reply);
  void take(const ListCall& call, const Reply& reply);
  void take(const ShowCall& call, const Reply& reply);
  void take(const EventsCall& call, const Reply& reply);
  void take(const ChunksCall& call, const Reply& reply);
  void take(const FilesCall& call, const Reply& reply);
  void take(const FileCall& call, const Reply& reply);
  void take(const DhtCall& call, const Reply& reply);
  void take(const LogCall& call, const Reply& reply);
  void take(const LimitsCall& call, const Reply& reply);
  void take(const MetricsCall& call, const Reply& reply);
  void take(const SharedCall& call, const Reply& reply);
  template <class Change>
  void take(const Change& /*call*/, const Reply& reply) {
    refuse_change(reply);
  }
  static void refuse_change(const Reply& reply);

  /// The folder, if it is that; otherwise find() looks for a share.
  [[nodiscard]] const RunFolder* find_folder(const std::string& id) const;
  [[nodiscard]] std::vector<nlohmann::json> shares_json() const;
  [[nodiscard]] FileService::KeyFor keys_of_files() const;
  /// By number, name or link; null: the refusal was sent.
  [[nodiscard]] const Entry* find(const std::string& id, const Reply& reply) const;
  [[nodiscard]] Entry* find(net::ShareId id);
  [[nodiscard]] static FileService::Held held(const Entry& entry);
  [[nodiscard]] nlohmann::json describe() const;
  [[nodiscard]] nlohmann::json to_json(const Entry& entry) const;
  [[nodiscard]] net::ShareStatus status_of(const Entry& entry) const;

  net::Host& host_;
  const net::HostOptions options_;
  std::int64_t up_limit_;
  std::int64_t down_limit_;
  const std::int64_t started_;  // seconds since 1970
  std::vector<Entry> entries_;
  std::optional<RunFolder> folder_;
  EventHub events_;
  NoticeLog log_;
  FileService files_;
  WebFront web_;
};

}  // namespace stp::daemon
