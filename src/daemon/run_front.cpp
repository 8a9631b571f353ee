#include "daemon/run_front.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "console/exit_code.h"
#include "core/shown_text.h"
#include "core/version.h"
#include "daemon/daemon_metrics.h"
#include "daemon/dht_json.h"
#include "daemon/folder_json.h"
#include "daemon/router_json.h"
#include "daemon/settings_json.h"
#include "daemon/share.h"
#include "daemon/swarm_json.h"
#include "net/clock.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

Share::State state_of(Kind kind, const net::ShareStatus& status, bool complete) {
  if (kind == Kind::seed) return Share::State::seeding;
  if (status.verified_bytes >= 0) return Share::State::checking;
  if (status.swarm.phase == transfer::Phase::complete && complete) return Share::State::seeding;
  return is_idle(status) ? Share::State::waiting : Share::State::downloading;
}

std::string name_of(const RunShare& share) {
  if (share.metainfo) return share.metainfo->name();
  return share.link.name.empty() ? share.link.info_hashes.hex() : share.link.name;
}

}  // namespace

RunFront::RunFront(net::Host& host, const net::HostOptions& options)
    : host_(host),
      options_(options),
      up_limit_(options.up_bytes_per_second),
      down_limit_(options.down_bytes_per_second),
      started_(net::unix_now()),
      files_(host),
      web_(static_cast<WebFront::Owner&>(*this)) {}

Status RunFront::open(const Endpoint& listen, bool port_is_fixed) {
  return web_.open(host_, listen, port_is_fixed);
}

// --- what the command reports

void RunFront::add(net::ShareId id, RunShare share) {
  Entry entry;
  entry.number = entries_.size() + 1;
  entry.id = id;
  entry.share = std::move(share);
  entries_.push_back(std::move(entry));
}

RunFolder& RunFront::add(net::FolderId id, RunFolderOrder folder) {
  return folder_.emplace(host_, entries_.size() + 1, id, std::move(folder));
}

RunFront::Entry* RunFront::find(net::ShareId id) {
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  return found == entries_.end() ? nullptr : &*found;
}

void RunFront::on_metainfo(net::ShareId id, const content::Metainfo& metainfo) {
  Entry* const entry = find(id);
  if (entry == nullptr || entry->share.metainfo) return;
  entry->share.metainfo = std::make_shared<const content::Metainfo>(metainfo);
}

void RunFront::on_complete(net::ShareId id) {
  if (Entry* const entry = find(id)) entry->complete = true;
}

void RunFront::on_ended(net::ShareId id, const Result<net::Outcome>& outcome) {
  Entry* const entry = find(id);
  if (entry == nullptr) return;
  entry->last = host_.status(id).value_or(entry->last);
  entry->ended = true;
  if (!outcome) entry->error = outcome.error();
  if (events_.anybody()) events_.send_share(entry->number, to_json(*entry));
}

void RunFront::note(const std::string& line) {
  log_.add(line, std::nullopt, net::unix_now());
  events_.send("notice", {{"message", line}});
}

void RunFront::send_daemon() {
  if (!events_.anybody()) return;
  events_.send("daemon", {{"api", kApiVersion}, {"version", std::string(version())}, {"daemon", describe()}});
}

void RunFront::tick() {
  if (!events_.anybody()) return;
  for (const Entry& entry : entries_) events_.send_share(entry.number, to_json(entry));
  if (folder_) events_.send_share(folder_->number(), folder_->to_json(started_));
}

void RunFront::end() {
  events_.end();
}

// --- calls

void RunFront::serve(const http::Request& request, std::shared_ptr<net::ControlReply> reply) {
  const std::variant<Call, http::Response> read = decode_call(request);
  if (const http::Response* const refused = std::get_if<http::Response>(&read)) return reply->respond(*refused);
  std::visit([&](const auto& call) { take(call, reply); }, std::get<Call>(read));
}

void RunFront::refuse_change(const Reply& reply) {
  reply->respond(
      refuse(Refusal::read_only, "this dashboard only shows what its command does; a daemon's changes things, too"));
}

const RunFolder* RunFront::find_folder(const std::string& id) const {
  return folder_ && folder_->is_called(id) ? &*folder_ : nullptr;
}

const RunFront::Entry* RunFront::find(const std::string& id, const Reply& reply) const {
  const auto matches = [&](const Entry& entry) {
    return std::to_string(entry.number) == id || name_of(entry.share) == id || entry.share.link.to_string() == id;
  };
  const auto found = std::ranges::find_if(entries_, matches);
  if (found != entries_.end()) return &*found;
  reply->respond(refuse(Refusal::not_found, "there is no share '" + escaped(id.substr(0, 200)) + "'"));
  return nullptr;
}

json RunFront::describe() const {
  const net::HostStatus status = host_.host_status();
  return {{"pid", ::getpid()},
          {"started", started_},
          {"listening", net::to_text(host_.listening())},
          {"state", options_.state_dir.string()},
          {"shares", entries_.size() + (folder_ ? 1 : 0)},
          {"dht", status.dht},
          {"router", router_json(status.router)},
          {"web", web_.url()},
          {"downloads", ""},
          {"read_only", true},
          {"settings", settings_json(options_, host_.settings(), up_limit_, down_limit_)}};
}

net::ShareStatus RunFront::status_of(const Entry& entry) const {
  return entry.ended ? entry.last : host_.status(entry.id).value_or(entry.last);
}

json RunFront::to_json(const Entry& entry) const {
  const RunShare& share = entry.share;
  const net::ShareStatus status = status_of(entry);
  const bool gets = share.kind == Kind::get;
  Share::State state = state_of(share.kind, status, entry.complete);
  if (entry.ended) state = entry.error ? Share::State::error : Share::State::complete;
  if (entry.ended && gets && !entry.complete && !entry.error) state = Share::State::paused;  // Ctrl-C
  json out = {{"id", entry.number},
              {"kind", to_string(share.kind)},
              {"name", name_of(share)},
              {"state", to_string(state)},
              {"added", started_},
              {"private", share.link.is_private()},
              {"error", nullptr},
              {"warnings", json::array()},
              {"link", share.link.to_string()},
              {"info_hash", share.link.info_hashes.hex()},
              {"bytes", share.metainfo ? json(share.metainfo->total_bytes()) : json(nullptr)},
              {"files", share.metainfo ? json(share.metainfo->files().size()) : json(nullptr)},
              {"downloaded", status.swarm.downloaded},
              {"uploaded", status.swarm.uploaded}};
  const bool checks = status.verified_bytes >= 0;
  out["done"] = checks ? status.verified_bytes : status.swarm.bytes_had;
  out["of"] = checks ? status.verify_bytes : status.swarm.bytes_wanted;
  if (gets) {
    out["directory"] = share.directory;
  } else {
    out["paths"] = share.paths;
  }
  if (entry.error) {
    out["error"] = {{"kind", console::name_of(entry.error->kind)}, {"message", entry.error->message}};
  }
  describe_swarm(out, status);
  return out;
}

void RunFront::take(const DescribeCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"daemon", describe()}}));
}

void RunFront::take(const ListCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"shares", shares_json()}}));
}

std::vector<json> RunFront::shares_json() const {
  std::vector<json> list;
  for (const Entry& entry : entries_) list.push_back(to_json(entry));
  if (folder_) list.push_back(folder_->to_json(started_));
  return list;
}

void RunFront::take(const ShowCall& call, const Reply& reply) {
  if (const RunFolder* const folder = find_folder(call.id)) {
    return reply->respond(answer(200, {{"share", folder->to_json(started_)}, {"peers", json::array()}}));
  }
  const Entry* const entry = find(call.id, reply);
  if (entry == nullptr) return;
  json peers = entry->ended ? json::array() : peers_json(host_, entry->id, entry->share.metainfo.get());
  reply->respond(answer(200, {{"share", to_json(*entry)}, {"peers", std::move(peers)}}));
}

void RunFront::take(const SharedCall& call, const Reply& reply) {
  if (const RunFolder* const folder = find_folder(call.id)) {
    json list = shared_json(folder->shared(), call.after, folder->each(), folder->number(), keys_of_files());
    return reply->respond(answer(200, {{"shared", std::move(list)}}));
  }
  if (find(call.id, reply) != nullptr) reply->respond(refuse(Refusal::bad_request, "this share is not a folder"));
}

void RunFront::take(const EventsCall& /*call*/, const Reply& reply) {
  const std::shared_ptr<net::EventListener> listener = events_.begin(*reply, describe());
  if (listener == nullptr) return;
  for (const json& share : shares_json()) EventHub::say_share(*listener, share);
  events_.welcomed(listener);
}

void RunFront::take(const ChunksCall& call, const Reply& reply) {
  if (find_folder(call.id) != nullptr) return reply->respond(answer(200, {{"chunks", no_chunks_json()}}));
  if (const Entry* const entry = find(call.id, reply)) {
    reply->respond(answer(200, {{"chunks", chunks_json(host_, entry->id, call.cells)}}));
  }
}

FileService::Held RunFront::held(const Entry& entry) {
  return {entry.number, entry.share.metainfo, entry.ended ? std::nullopt : std::optional(entry.id)};
}

FileService::KeyFor RunFront::keys_of_files() const {
  return [this](std::string_view path) { return web_.key_for(path); };
}

void RunFront::take(const FilesCall& call, const Reply& reply) {
  if (const RunFolder* const folder = find_folder(call.id)) {
    return files_.list(folder->held(), call, keys_of_files(), reply);
  }
  if (const Entry* const entry = find(call.id, reply)) files_.list(held(*entry), call, keys_of_files(), reply);
}

void RunFront::take(const FileCall& call, const Reply& reply) {
  if (const RunFolder* const folder = find_folder(call.id)) return files_.send(folder->held(), call, reply);
  if (const Entry* const entry = find(call.id, reply)) files_.send(held(*entry), call, reply);
}

void RunFront::take(const DhtCall& /*call*/, const Reply& reply) {
  reply->respond(answer(200, {{"dht", dht_json(host_, net::steady_now())}}));
}

void RunFront::take(const LogCall& call, const Reply& reply) {
  reply->respond(answer(200, {{"log", log_.after(call.after)}}));
}

void RunFront::take(const LimitsCall& call, const Reply& reply) {
  up_limit_ = call.up;
  down_limit_ = call.down;
  host_.set_limits(call.up, call.down);
  send_daemon();
  reply->respond(answer(200, {{"daemon", describe()}}));
}

void RunFront::take(const MetricsCall& call, const Reply& reply) {
  reply->respond(metrics_response(host_, shares_json(), call.form));
}

}  // namespace stp::daemon
