#include "daemon/daemon.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "content/small_file.h"
#include "core/digits.h"
#include "core/shown_text.h"
#include "core/version.h"
#include "daemon/daemon_metrics.h"
#include "daemon/dht_json.h"
#include "daemon/shared_folder.h"
#include "daemon/swarm_json.h"
#include "daemon/swarm_share.h"
#include "daemon/torrent_json.h"
#include "net/clock.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

std::optional<InfoHashes> names_of(const std::optional<wire::Link>& link) {
  return link ? std::optional(link->info_hashes) : std::nullopt;
}

/// Whether no share can have all of these hashes.
bool contradict(const InfoHashes& a, const InfoHashes& b) {
  return (a.v1 && b.v1 && a.v1 != b.v1) || (a.v2 && b.v2 && a.v2 != b.v2);
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
  daemon->files_.emplace(*daemon->host_);
  daemon->hashing_ = daemon->host_->make_task_pool(kHashingTasks);
  daemon->quick_ = daemon->host_->make_task_pool(kQuickTasks);
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

// --- calls

void Daemon::on_request(const http::Request& request, std::shared_ptr<net::ControlReply> reply) {
  take(read_call(request), reply);
}

void Daemon::serve(const http::Request& request, std::shared_ptr<net::ControlReply> reply) {
  take(decode_call(request), reply);
}

void Daemon::take(const std::variant<Call, http::Response>& read, const Reply& reply) {
  if (const http::Response* const refused = std::get_if<http::Response>(&read)) return reply->respond(*refused);
  if (ending_) return reply->respond(refuse(Refusal::ending, "the daemon ends; it answers again when it is started"));
  std::visit([&](const auto& call) { take(call, reply); }, std::get<Call>(read));
}

json Daemon::describe() const {
  return {{"pid", ::getpid()},
          {"started", started_},
          {"listening", net::to_text(host_->listening())},
          {"state", options_.places.directory.parent_path().string()},
          {"shares", shares_.size()},
          {"dht", host_->host_status().dht},
          {"web", web_ ? json(web_->url()) : json(nullptr)},
          {"downloads", options_.downloads.string()},
          {"settings", settings_json(options_.host, up_limit_, down_limit_)}};
}

void Daemon::take(const DescribeCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"daemon", describe()}}));
}

void Daemon::take(const ListCall& /*call*/, const Reply& reply) {
  json list = json::array();
  for (const auto& [id, share] : shares_) list.push_back(share->to_json());
  reply->respond(answer(200, {{"shares", std::move(list)}}));
}

void Daemon::take(const ShowCall& call, const Reply& reply) {
  const Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  reply->respond(answer(200, {{"share", share->to_json()}, {"peers", share->peers_json()}}));
}

void Daemon::take(const SharedCall& call, const Reply& reply) {
  const Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  const SharedPaths* const shared = share->shared_paths();
  if (shared == nullptr) {
    return reply->respond(refuse(Refusal::bad_request, escaped(share->name()) + " is not a folder"));
  }
  json list = json::array();
  for (const SharedPaths::Entry* const entry : shared->after(call.after, kSharedMax)) {
    list.push_back({{"number", entry->number},
                    {"path", entry->path},
                    {"link", entry->link},
                    {"info_hash", entry->info_hash.hex()},
                    {"bytes", entry->bytes},
                    {"files", entry->files}});
  }
  reply->respond(answer(200, {{"shared", std::move(list)}}));
}

void Daemon::take(const PauseCall& call, const Reply& reply) {
  Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  share->pause();
  store_and_answer(share->record(), reply, json::object());
}

void Daemon::take(const ResumeCall& call, const Reply& reply) {
  Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  share->resume();
  store_and_answer(share->record(), reply, json::object());
}

void Daemon::take(const RemoveCall& call, const Reply& reply) {
  Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  if (call.with_data && share->record().order.kind != Kind::get) {
    return reply->respond(refuse(Refusal::own_files, escaped(share->name()) +
                                                         " was shared from where it is; only what was downloaded is "
                                                         "deleted. Remove it without its data"));
  }
  if (call.with_data && share->record().complete && !share->record().fetched) {
    return reply->respond(refuse(Refusal::own_files, escaped(share->name()) +
                                                         " was there already, nothing of it was downloaded. Remove it "
                                                         "without its data"));
  }
  // In the journal first: after a kill in the middle, the rest of it is done.
  share->mark_removed(call.with_data);
  store(share->record(), reply, [reply, with_data = call.with_data](Share& marked, const Status& status) {
    if (!status) {
      marked.unmark_removed();
      return reply->respond(refuse(Refusal::not_stored, "it is not removed: " + status.error().message));
    }
    marked.mark_removed(with_data);  // again: another removal may have failed meanwhile
    marked.proceed();
    reply->respond(answer(200, {{"share", marked.to_json()}}));
  });
}

void Daemon::take(const EventsCall& /*call*/, const Reply& reply) {
  const std::shared_ptr<net::EventListener> listener = events_.begin(*reply, describe());
  if (listener == nullptr) return;
  for (const auto& [id, share] : shares_) EventHub::say_share(*listener, share->to_json());
  events_.welcomed(listener);
}

void Daemon::take(const ChunksCall& call, const Reply& reply) {
  const Share* const share = find(call.id, reply);
  if (share != nullptr) reply->respond(answer(200, {{"chunks", share->chunks_json(call.cells)}}));
}

std::optional<FileService::Held> Daemon::find_files(const std::string& id, const Reply& reply) {
  const Share* const share = find(id, reply);
  if (share == nullptr) return std::nullopt;
  if (share->record().order.kind == Kind::folder) {
    reply->respond(refuse(Refusal::bad_request, escaped(share->name()) +
                                                    " is a folder that is shared from where it is; "
                                                    "its files are not served here"));
    return std::nullopt;
  }
  return FileService::Held{share->record().id, share->metainfo(), share->running()};
}

void Daemon::take(const FilesCall& call, const Reply& reply) {
  const auto key_for = [this](std::string_view path) { return web_ ? web_->key_for(path) : std::string(); };
  if (const auto held = find_files(call.id, reply)) files_->list(*held, call, key_for, *reply);
}

void Daemon::take(const FileCall& call, const Reply& reply) {
  if (const auto held = find_files(call.id, reply)) files_->send(*held, call, *reply);
}

void Daemon::take(const DhtCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"dht", dht_json(host_->dht_node(), net::steady_now())}}));
}

void Daemon::take(const LogCall& call, const Reply& reply) {
  reply->respond(answer(200, {{"log", log_.after(call.after)}}));
}

void Daemon::take(const MetricsCall& call, const Reply& reply) {
  std::vector<json> shares;
  shares.reserve(shares_.size());
  for (const auto& [id, share] : shares_) shares.push_back(share->to_json());
  reply->respond(metrics_response(*host_, shares, call.form));
}

void Daemon::take(const LimitsCall& call, const Reply& reply) {
  up_limit_ = call.up;
  down_limit_ = call.down;
  host_->set_limits(call.up, call.down);
  const json daemon = describe();
  events_.send("daemon", {{"api", kApiVersion}, {"version", std::string(version())}, {"daemon", daemon}});
  reply->respond(answer(200, {{"daemon", daemon}}));
}

void Daemon::take(const TorrentCall& call, const Reply& reply) {
  const auto fields = std::make_shared<Result<json>>(json());
  const auto work = [this, fields, bytes = call.torrent] { *fields = keep_torrent(metainfos_, bytes); };
  journal_tasks_->run(work, [fields, reply] {
    reply->respond(*fields ? answer(200, **fields) : refuse(Refusal::bad_request, fields->error().message));
  });
}

void Daemon::store_and_answer(const ShareRecord& record, const Reply& reply, const json& fields) {
  store(record, reply, [reply, fields](const Share& share, const Status& status) {
    if (!status) {
      return reply->respond(refuse(
          Refusal::not_stored, "it is done, but will be forgotten when the daemon ends: " + status.error().message));
    }
    json out = fields;
    out["share"] = share.to_json();
    reply->respond(answer(200, std::move(out)));
  });
}

// --- adding

void Daemon::take(const AddCall& call, const Reply& reply) {
  if (shares_.size() >= kSharesMax) {
    return reply->respond(refuse(Refusal::full, "the daemon holds " + std::to_string(kSharesMax) + " shares already"));
  }
  ShareOrder order = call.order;
  std::optional<wire::Link> link;
  if (order.kind == Kind::get) {
    Result<wire::Link> parsed = wire::Link::parse(order.link);
    if (!parsed) return reply->respond(refuse(Refusal::bad_request, parsed.error().message));
    link = *std::move(parsed);
  }
  if (Share* const same = find_same(order, link)) return answer_held(*same, order, link, reply);
  if (order.torrent.empty()) return add(std::move(order), {}, reply);
  const auto status = std::make_shared<Status>(Done{});
  const auto found = std::make_shared<wire::Link>();
  const auto read = [this, status, found, file = order.torrent, asked = link ? link->info_hashes : InfoHashes()] {
    // Nothing that blocks: neither a FIFO nor a device.
    if (const Result<content::Fd> source = content::open_source(file); !source) return void(*status = source.error());
    const Result<std::string> bytes = content::read_small_file(file, content::kTorrentBytesMax);
    if (!bytes) return void(*status = bytes.error());
    const Result<content::TorrentFile> torrent = content::decode_torrent(as_bytes(*bytes));
    if (!torrent) return void(*status = torrent.error());
    if (!torrent->metainfo->check_names(asked)) {
      return void(*status = Error{ErrorKind::malformed, "'torrent' is of another share than 'link'"});
    }
    *found = net::link_of(*torrent);
    *status = metainfos_.save(*torrent);
  };
  journal_tasks_->run(read, [this, status, found, order, link, reply] {
    if (!*status) return reply->respond(refuse(Refusal::bad_request, status->error().message));
    if (Share* const same = find_same(order, link)) return answer_held(*same, order, link, reply);  // meanwhile
    ShareOrder known = order;
    if (order.kind == Kind::get) known.torrent.clear();
    add(std::move(known), found->to_string(), reply);
  });
}

void Daemon::answer_held(Share& same, const ShareOrder& order, const std::optional<wire::Link>& link,
                         const Reply& reply) {
  const ShareOrder& held = same.record().order;
  const std::string id = std::to_string(same.record().id);
  const auto otherwise = [&](const std::string& how) {
    reply->respond(refuse(Refusal::held_otherwise, escaped(same.name()) + " is fetched already, as " + id + how));
  };
  if (link && contradict(link->info_hashes, same.link()->info_hashes)) {
    return otherwise(
        ", and this link's two info-hashes are of different shares; ask for a link that names one of them");
  }
  if (link) {
    if (held.directory != order.directory) return otherwise(", into " + escaped(held.directory));
    const content::FileChoice has{held.only, same.link()->selection};
    const content::FileChoice asks{order.only, link->selection};
    if (!has.all() && has != asks) {
      return otherwise(
          ", with another choice of files; to get others, too, remove it (its files stay) and ask again, "
          "with --repair, for all that you want");
    }
  }
  if (order.kind == Kind::folder && held != order) {
    return reply->respond(refuse(Refusal::held_otherwise, escaped(held.paths.front()) + " is held already, as " +
                                                              std::to_string(same.record().id) +
                                                              ", with other settings; remove that first"));
  }
  if (order.repair && !same.in_host()) {
    same.repair();
    return store_and_answer(same.record(), reply, {{"held", true}});
  }
  reply->respond(answer(200, {{"share", same.to_json()}, {"held", true}}));
}

void Daemon::add(ShareOrder order, const std::string& link, const Reply& reply) {
  ShareRecord record;
  record.id = next_id_++;
  record.link = link;
  record.hybrids = true;
  record.order = std::move(order);
  record.added = net::unix_now();
  Share& added = hold(record);
  added.wait_for_journal();
  store(record, reply, [this, reply](Share& share, const Status& status) {
    if (!status) {
      forget(share);
      return reply->respond(refuse(Refusal::not_stored, "it is not held: " + status.error().message));
    }
    reply->respond(answer(201, {{"share", share.to_json()}}));
    share.proceed();
  });
  send_share(added);
}

Share* Daemon::find_same(const ShareOrder& order, const std::optional<wire::Link>& link) {
  if (link) {
    for (Share* const share : shares_of(link->info_hashes)) {
      const ShareRecord& record = share->record();
      const bool same = record.order.kind == order.kind && share->link()->meets(*link);
      if (same && !record.removing) return share;
    }
    return nullptr;
  }
  // Of a folder with other settings, every share would be there twice.
  const auto is_same = [&](const ShareOrder& held) {
    if (held == order) return true;
    return order.kind == Kind::folder && held.kind == Kind::folder && held.paths == order.paths &&
           held.each == order.each;
  };
  for (const auto& [id, share] : shares_) {
    if (!share->record().removing && is_same(share->record().order)) return share.get();
  }
  return nullptr;
}

Share* Daemon::find(const std::string& id, const Reply& reply) {
  if (const std::optional<RecordId> number = parse_digits<RecordId>(id)) {
    if (const auto found = shares_.find(*number); found != shares_.end()) return found->second.get();
  }
  std::vector<Share*> matches;
  if (const Result<wire::Link> link = wire::Link::parse(id); link && wire::looks_like_link(id)) {
    matches = shares_of(link->info_hashes);
    std::erase_if(matches, [&](const Share* share) { return !share->link()->meets(*link); });
  } else {
    for (const auto& [number, share] : shares_) {
      if (share->name() == id) matches.push_back(share.get());
    }
  }
  if (matches.size() == 1) return matches.front();
  if (matches.empty()) {
    reply->respond(refuse(Refusal::not_found, "the daemon holds no share '" + escaped(id.substr(0, 200)) + "'"));
    return nullptr;
  }
  std::string numbers;
  for (const Share* const match : matches) {
    if (numbers.size() > 100) break;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(match->record().id);
  }
  reply->respond(refuse(Refusal::ambiguous, "several shares are called '" + escaped(id.substr(0, 200)) +
                                                "'; name one by its number: " + numbers));
  return nullptr;
}

}  // namespace stp::daemon
