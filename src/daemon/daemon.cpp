#include "daemon/daemon.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/shown_text.h"
#include "daemon/shared_folder.h"
#include "daemon/swarm_share.h"
#include "net/clock.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

std::optional<InfoHashes> names_of(const std::optional<wire::Link>& link) {
  return link ? std::optional(link->info_hashes) : std::nullopt;
}

}  // namespace

Daemon::Daemon(DaemonOptions options, DaemonLock lock, Journal::Opened opened)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      journal_(std::move(opened.journal)),
      metainfos_(options_.places.directory / "metainfos"),
      notices_(std::move(opened.notices)),
      next_id_(opened.next_id),
      up_limit_(options_.host.up_bytes_per_second),
      down_limit_(options_.host.down_bytes_per_second) {
  for (auto& [id, record] : opened.records) restored_.push_back(std::move(record));
}

Daemon::~Daemon() {
  // No task reports back any more. Those in progress are waited for; the shares' end cancels the long ones.
  ending_ = true;
  control_.reset();
  web_.reset();
  events_ = {};
  shares_.clear();
  finished_.reset();
  journal_tasks_.reset();
  away_.reset();
  hashing_.reset();
  quick_.reset();
}

Result<std::unique_ptr<Daemon>> Daemon::open(DaemonOptions options) {
  Result<DaemonLock> lock = DaemonLock::take(options.places.directory);
  if (!lock) return lock.error();
  if (Status fits = net::check_socket_path(options.socket); !fits) return fits.error();
  Result<Journal::Opened> opened = Journal::open(options.places.directory);
  if (!opened) return opened.error();
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options), *std::move(lock), *std::move(opened)));
  Result<std::unique_ptr<net::Host>> host = net::Host::open(daemon->options_.host, *daemon);
  if (!host) return host.error();
  daemon->host_ = *std::move(host);
  daemon->hashing_ = daemon->host_->make_task_pool(kHashingTasks);
  daemon->quick_ = daemon->host_->make_task_pool(kQuickTasks);
  daemon->finished_.emplace(*daemon->hashing_, *daemon->quick_, daemon->metainfos_);
  daemon->files_.emplace(*daemon->host_, &*daemon->finished_);
  daemon->journal_tasks_.emplace(*daemon->quick_);
  AwaySearch::Owner& owner = *daemon;
  daemon->away_.emplace(*daemon->quick_, owner);
  return daemon;
}

Result<net::Outcome> Daemon::run() {
  started_ = net::unix_now();
  figures_stored_ = net::steady_now();
  const net::Outcome outcome = host_->run();
  if (!failed_) return failed_;
  return outcome;
}

// --- what the host reports

void Daemon::on_listening(const Endpoint& endpoint) {
  for (const std::string& notice : std::exchange(notices_, {})) options_.on_notice(notice);
  // The host is about to run: what begins here waits for that.
  host_->post([this, endpoint] {
    for (ShareRecord& record : std::exchange(restored_, {})) hold(std::move(record));
    if (const Status opened = open_sockets(); !opened) {
      failed_ = opened.error();
      return host_->interrupt();
    }
    for (auto& [id, share] : shares_) share->settle();
    DaemonReady ready{endpoint, shares_.size(), std::nullopt, ""};
    if (web_) {
      ready.web = web_->listening();
      ready.web_token = web_->token();
    }
    options_.on_ready(ready);
  });
}

Status Daemon::open_sockets() {
  Result<std::unique_ptr<net::ControlSocket>> control = host_->open_control(options_.socket, *this);
  if (!control) return control.error();
  control_ = *std::move(control);
  if (!options_.web) return Done{};
  WebFront::Owner& owner = *this;
  return web_.emplace(owner).open(*host_, *options_.web, options_.web_port_is_fixed);
}

void Daemon::on_notice(const std::string& line) {
  options_.on_notice(line);
  note(line, std::nullopt);
}

void Daemon::note(const std::string& line, std::optional<RecordId> id) {
  log_.add(line, id, net::unix_now());
  json event = {{"message", line}};
  if (id) event["id"] = *id;
  events_.send("notice", event);
}

void Daemon::on_router(const portmap::RouterStatus& router) {
  if (const std::string text = text_of(router); !text.empty()) on_notice(text);
  send_daemon();
}

void Daemon::on_ending() {
  store_figures();
  ending_ = true;
  events_.end();
}

void Daemon::on_host_status(const net::HostStatus& /*status*/) {
  if (net::steady_now() - figures_stored_ >= options_.figures_interval) store_figures();
  away_->look(net::steady_now());
  if (!events_.anybody()) return;
  events_.begin_round(shares_.size());
  for (auto& [id, share] : shares_) {
    if (events_.due(id)) send_share(*share);
  }
}

// --- events

void Daemon::send_share(Share& share) {
  if (events_.anybody()) events_.send_share(share.record().id, share.to_json());
}

// --- what shares report

void Daemon::remember(Share& share) {
  store(share.record(), [this](const Status& status) {
    if (!status) on_notice("what has changed could not be stored: " + status.error().message);
  });
}

void Daemon::on_changed(Share& share) {
  send_share(share);
}

void Daemon::on_share_notice(Share& share, const std::string& line) {
  options_.on_notice(escaped(share.name()) + ": " + line);
  note(line, share.record().id);
}

void Daemon::on_removed(Share& share) {
  const RecordId id = share.record().id;
  const auto work = [this, id] { (void)journal_.erase(id); };  // else it is removed again after a restart
  journal_tasks_->run(work, nullptr);
  forget(share);
}

void Daemon::on_linked(Share& share, const std::optional<wire::Link>& before) {
  index_.move(share.record().id, names_of(before), names_of(share.link()));
}

void Daemon::on_away(Share& share) {
  away_->add(share.record().id, net::steady_now());
}

std::optional<std::vector<std::string>> Daemon::missing_paths(RecordId id) const {
  const auto found = shares_.find(id);
  if (found == shares_.end() || found->second->state() != Share::State::error) return std::nullopt;
  return found->second->record().order.paths;
}

void Daemon::on_back(RecordId id) {
  if (const auto found = shares_.find(id); found != shares_.end()) found->second->look_again();
}

// --- what is held

Share& Daemon::hold(ShareRecord record) {
  const RecordId id = record.id;
  std::unique_ptr<Share>& held = shares_[id];
  Share::Owner& owner = *this;
  if (record.order.kind == Kind::folder) {
    held = std::make_unique<SharedFolder>(owner, std::move(record), *quick_);
  } else {
    held = std::make_unique<SwarmShare>(owner, std::move(record), *hashing_, *quick_);
  }
  on_linked(*held, std::nullopt);
  return *held;
}

void Daemon::forget(const Share& share) {
  const RecordId id = share.record().id;
  events_.send("removed", {{"id", id}});
  index_.move(id, names_of(share.link()), std::nullopt);
  away_->remove(id);
  events_.forget(id);
  shares_.erase(id);
}

std::vector<Share*> Daemon::shares_of(const InfoHashes& names) const {
  std::vector<Share*> found;
  for (const RecordId id : index_.find(names)) found.push_back(shares_.at(id).get());
  return found;
}

std::optional<RecordId> Daemon::twin_of(const Share& share, const wire::Link& link) const {
  for (const Share* const other : shares_of(link.info_hashes)) {
    const bool stays = other->in_host() && other->state() != Share::State::error;
    if (other != &share && stays && other->link()->meets(link)) return other->record().id;
  }
  return std::nullopt;
}

bool Daemon::others_have(const Share& share, const InfoHashes& names) const {
  return std::ranges::any_of(shares_of(names), [&](const Share* other) { return other != &share; });
}

void Daemon::store(const ShareRecord& record, std::function<void(const Status&)> done) {
  const auto status = std::make_shared<Status>(Done{});
  const auto work = [this, record, status] { *status = journal_.put(record); };
  journal_tasks_->run(work, [status, done = std::move(done)] { done(*status); });
}

void Daemon::store_figures() {
  figures_stored_ = net::steady_now();
  std::vector<ShareRecord> changed;
  for (const auto& [id, share] : shares_) {
    if (share->note_figures()) changed.push_back(share->record());
  }
  if (changed.empty()) return;
  // A failure loses figures only; the next ones contain them.
  journal_tasks_->run([this, changed = std::move(changed)] { (void)journal_.put(changed); });
}

void Daemon::store(const ShareRecord& record, const Reply& reply, std::function<void(Share&, const Status&)> done) {
  store(record, [this, id = record.id, reply, done = std::move(done)](const Status& status) {
    const auto found = shares_.find(id);
    if (found == shares_.end()) return reply->respond(refuse(Refusal::not_found, "it was removed meanwhile"));
    done(*found->second, status);
  });
}

}  // namespace stp::daemon
