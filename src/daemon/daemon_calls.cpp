// Daemon: what it answers to the calls of its API, but for those that add a share (daemon_adding.cpp).

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/digits.h"
#include "core/shown_text.h"
#include "core/version.h"
#include "daemon/daemon.h"
#include "daemon/daemon_metrics.h"
#include "daemon/dht_json.h"
#include "daemon/folder_json.h"
#include "daemon/router_json.h"
#include "daemon/settings_json.h"
#include "daemon/swarm_json.h"
#include "daemon/torrent_json.h"
#include "net/clock.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

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
  const net::HostStatus status = host_->host_status();
  return {{"pid", ::getpid()},
          {"started", started_},
          {"listening", net::to_text(host_->listening())},
          {"state", options_.places.directory.parent_path().string()},
          {"shares", shares_.size()},
          {"dht", status.dht},
          {"router", router_json(status.router)},
          {"web", web_ ? json(web_->url()) : json(nullptr)},
          {"downloads", options_.downloads.string()},
          {"settings", settings_json(options_.host, host_->settings(), up_limit_, down_limit_)}};
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
  const ShareRecord& record = share->record();
  reply->respond(
      answer(200, {{"shared", shared_json(*shared, call.after, record.order.each, record.id, keys_of_files())}}));
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

FileService::KeyFor Daemon::keys_of_files() const {
  return [this](std::string_view path) { return web_ ? web_->key_for(path) : std::string(); };
}

FileService::Held Daemon::held(const Share& share) {
  return {share.record().id, share.metainfo(), share.running(), share.finished()};
}

FileService::HeldFolder Daemon::held_folder(const Share& share) {
  return {share.record().id, share.record().order.each, *share.shared_paths(), share.running_folder()};
}

void Daemon::take(const FilesCall& call, const Reply& reply) {
  const Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  if (share->shared_paths() != nullptr) return files_->list(held_folder(*share), call, keys_of_files(), reply);
  files_->list(held(*share), call, keys_of_files(), reply);
}

void Daemon::take(const FileCall& call, const Reply& reply) {
  const Share* const share = find(call.id, reply);
  if (share == nullptr) return;
  if (share->shared_paths() != nullptr) return files_->send(held_folder(*share), call, reply);
  files_->send(held(*share), call, reply);
}

void Daemon::take(const DhtCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"dht", dht_json(*host_, net::steady_now())}}));
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
  send_daemon();
  reply->respond(answer(200, {{"daemon", describe()}}));
}

void Daemon::take(const SettingsCall& call, const Reply& reply) {
  if (const Status changed = host_->change(call.changes); !changed) {
    const bool later = changed.error().kind == ErrorKind::busy;
    return reply->respond(refuse(later ? Refusal::not_ready : Refusal::bad_request, changed.error().message));
  }
  send_daemon();
  reply->respond(answer(200, {{"daemon", describe()}}));
}

void Daemon::send_daemon() {
  if (!events_.anybody()) return;
  events_.send("daemon", {{"api", kApiVersion}, {"version", std::string(version())}, {"daemon", describe()}});
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

}  // namespace stp::daemon
