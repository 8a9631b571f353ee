#include "daemon/share.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <variant>

#include "console/exit_code.h"
#include "content/control_file.h"
#include "content/glob.h"
#include "content/posix_file.h"
#include "content/source_storage.h"
#include "core/shown_text.h"
#include "net/clock.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

void add_new(std::vector<std::string>& list, const std::string& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

/// Those of the order and of the link.
net::ShareSources sources_of(const ShareOrder& order, const wire::Link* link) {
  net::ShareSources sources{order.trackers, order.peers};
  if (link != nullptr) {
    for (const std::string& tracker : link->trackers) add_new(sources.trackers, tracker);
    for (const HostPort& peer : link->peers) add_new(sources.peers, peer.to_string());
  }
  if (order.only_dht) sources.trackers.clear();
  return sources;
}

Error held_as(RecordId twin) {
  return {ErrorKind::exists, "the daemon has the same contents already, as " + std::to_string(twin)};
}

std::int64_t whole(double rate) {
  return static_cast<std::int64_t>(std::llround(rate));
}

}  // namespace

const char* to_string(Share::State state) {
  switch (state) {
    case Share::State::hashing: return "hashing";
    case Share::State::checking: return "checking";
    case Share::State::waiting: return "waiting";
    case Share::State::downloading: return "downloading";
    case Share::State::seeding: return "seeding";
    case Share::State::complete: return "complete";
    case Share::State::paused: return "paused";
    case Share::State::error: return "error";
    case Share::State::removing: return "removing";
  }
  return "";
}

Share::Share(Owner& owner, ShareRecord record, net::TaskPool& hashing, net::TaskPool& quick)
    : owner_(owner), record_(std::move(record)), hashing_(hashing), quick_(quick) {
  const bool gets = record_.order.kind == Kind::get;
  if (!gets && record_.link.empty()) return;
  Result<wire::Link> link = wire::Link::parse(gets ? record_.order.link : record_.link);
  if (link) {
    link_ = *std::move(link);
  } else if (gets) {
    error_ = link.error();
  }
}

Share::~Share() {
  work_->cancel = true;
}

// --- what it should do

bool Share::should_run() const {
  const bool done = record_.complete && !record_.order.seed_after;
  return !record_.paused && !record_.removing && !error_ && !done && !owner_.ending();
}

void Share::pause() {
  record_.paused = true;
  settle();
}

void Share::resume() {
  record_.paused = false;
  if (link_ || record_.order.kind == Kind::seed) error_.reset();
  settle();
}

void Share::mark_removed(bool with_data) {
  record_.removing = true;
  record_.with_data = with_data;
}

void Share::unmark_removed() {
  record_.removing = record_.with_data = false;
  settle();
}

void Share::settle() {
  owner_.on_changed(*this);
  if (preparing_) {
    if (!should_run()) work_->cancel = true;
    return;
  }
  if (running_) {
    if (!should_run() && !owner_.ending() && !std::exchange(leaving_, true)) owner_.host().remove(*running_);
    return;
  }
  if (owner_.ending() || removing_files_) return;
  if (record_.removing) return remove_files();
  if (!should_run()) return look_up_metainfo();
  record_.order.kind == Kind::seed ? start_seed() : start_get();
  owner_.on_changed(*this);
}

void Share::fail(Error error) {
  error_ = std::move(error);
  settle();
}

void Share::warn(const std::string& line) {
  if (std::ranges::find(warnings_, line) != warnings_.end()) return;
  if (warnings_.size() >= kWarningsMax) warnings_.erase(warnings_.begin());
  warnings_.push_back(line);
  owner_.on_share_notice(*this, line);
}

// --- starting

void Share::start_seed() {
  preparing_ = true;
  work_ = std::make_shared<Work>();
  const auto prepared = std::make_shared<std::optional<Result<PreparedSeed>>>();
  const OwnAddresses own{owner_.host().listening(), owner_.host().host_status().router.reachable_at()};
  const auto task = [work = work_, prepared, order = record_.order, places = owner_.places(), own] {
    if (work->cancel) return;
    content::HashOptions hashing;
    hashing.cancel = &work->cancel;
    hashing.progress = [work](std::int64_t done, std::int64_t total) {
      work->done = done;
      work->total = total;
    };
    *prepared = prepare_seed(order, places, own, std::move(hashing));
  };
  hashing_.run(task, [this, prepared, work = work_] {
    preparing_ = false;
    if (!*prepared || work->cancel) return settle();
    if (!**prepared) return fail((*prepared)->error());
    PreparedSeed seed = std::move(***prepared);
    for (const std::string& warning : seed.share.warnings) warn(warning);
    if (const auto twin = owner_.twin_of(*this, seed.link)) return fail(held_as(*twin));
    owner_.on_linked(*this, std::exchange(link_, seed.link));
    metainfo_ = seed.share.metainfo;
    remember_link();
    net::SeedJob job{std::move(seed.link),
                     metainfo_,
                     std::move(seed.share.hashes),
                     std::make_unique<content::SourceStorage>(metainfo_, std::move(seed.share.sources)),
                     !record_.order.unlisted,
                     sources_of(record_.order, nullptr)};
    running_ = owner_.host().add(std::move(job), *this);
    settle();
  });
}

/// So that it can be named by its link while it is paused, or hashed again after a restart.
void Share::remember_link() {
  wire::Link lasting = *link_;
  lasting.peers.clear();
  std::string text = lasting.to_string();
  if (record_.link == text) return;
  record_.link = std::move(text);
  owner_.remember(*this);
}

void Share::start_get() {
  preparing_ = true;
  const auto found = std::make_shared<std::optional<content::TorrentFile>>();
  const auto failure = std::make_shared<Status>(Done{});
  const auto task = [found, failure, &store = owner_.metainfos(), info_hash = link_->info_hash(),
                     directory = record_.order.directory] {
    *found = store.load(info_hash);
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) *failure = content::file_error("create the directory", directory, error.value());
  };
  quick_.run(task, [this, found, failure] {
    preparing_ = false;
    if (!*failure) return fail(failure->error());
    if (!should_run()) return settle();
    if (const auto twin = owner_.twin_of(*this, *link_)) return fail(held_as(*twin));
    const ShareOrder& order = record_.order;
    net::GetJob job;
    job.link = *link_;
    if (*found) {
      metainfo_ = job.metainfo = (*found)->metainfo;
      if ((*found)->hashes.complete()) job.hashes = std::move((*found)->hashes);
    }
    job.directory = order.directory;
    if (!order.only.empty()) {
      job.wanted = [only = order.only](const content::Metainfo& metainfo, std::size_t file) {
        return content::matches_any(only, metainfo.files()[file]);
      };
    }
    job.repair = order.repair && !record_.complete;
    job.seed_after = order.seed_after;
    job.seed_ratio = order.seed_ratio;
    job.sources = sources_of(order, &*link_);
    running_ = owner_.host().add(std::move(job), *this);
    settle();
  });
}

void Share::look_up_metainfo() {
  if (metainfo_ || !link_ || record_.order.kind == Kind::seed || std::exchange(looked_up_, true)) return;
  const auto found = std::make_shared<std::optional<content::TorrentFile>>();
  quick_.run([found, &store = owner_.metainfos(), info_hash = link_->info_hash()] { *found = store.load(info_hash); },
             [this, found] {
               if (!*found || metainfo_) return;
               metainfo_ = (*found)->metainfo;
               owner_.on_changed(*this);
             });
}

// --- what the host reports

void Share::on_metainfo(const content::Metainfo& metainfo) {
  if (metainfo_) return;
  metainfo_ = std::make_shared<const content::Metainfo>(metainfo);
  const std::string& expected = record_.order.name;
  if (record_.order.kind == Kind::get && !expected.empty() && expected != metainfo_->name()) {
    error_ = Error{ErrorKind::integrity, "the tracker lists this share as " + escaped(expected) +
                                             ", but it is called " + escaped(metainfo_->name())};
    return owner_.host().post([this] { settle(); });  // the host is in the middle of something
  }
  quick_.run([&store = owner_.metainfos(), metainfo = metainfo_] {
    // Without it, peers are asked again after a restart.
    (void)store.save({metainfo, content::ChunkHashes(metainfo), {}});
  });
  owner_.on_changed(*this);
}

void Share::on_event(const transfer::SwarmEvent& event) {
  if (const auto* const lost = std::get_if<transfer::ChunkLost>(&event)) {
    warn(lost->reason + ": its chunks are " +
         (lost->for_now ? "not offered until it can be read again" : "no longer offered"));
  } else if (const auto* const banned = std::get_if<transfer::PeerBanned>(&event)) {
    warn(net::to_text(banned->endpoint) + " is banned: " + banned->reason);
  }
}

void Share::on_transfer(std::int64_t /*had*/, std::int64_t /*wanted*/) {
  if (!std::exchange(record_.fetched, true)) owner_.remember(*this);
}

void Share::on_complete() {
  if (!std::exchange(record_.complete, true)) {
    record_.completed = net::unix_now();
    owner_.remember(*this);
  }
  owner_.on_changed(*this);
}

void Share::on_notice(const std::string& line) {
  warn(line);
}

void Share::on_ended(const Result<net::Outcome>& outcome) {
  if (owner_.ending()) return;
  // The host forgets the share after this call.
  owner_.host().post([this, outcome] { ended(outcome); });
}

void Share::ended(const Result<net::Outcome>& outcome) {
  running_.reset();
  const bool asked_to = std::exchange(leaving_, false);
  if (!asked_to && !outcome) error_ = outcome.error();
  if (!asked_to && outcome && record_.complete && record_.order.seed_after) {
    record_.order.seed_after = false;  // the ratio is reached
    owner_.remember(*this);
  }
  settle();
}

// --- the end

void Share::remove_files() {
  removing_files_ = true;
  const bool with_data = record_.with_data && record_.order.kind == Kind::get;
  const auto failure = std::make_shared<Status>(Done{});
  const bool last = !link_ || !owner_.others_have(*this, link_->info_hash());
  const Downloaded downloaded{record_.order.directory, record_.order.only, record_.complete, record_.completed};
  const auto task = [failure, with_data, last, downloaded, link = link_, metainfo = metainfo_,
                     &store = owner_.metainfos()]() mutable {
    if (!link) return;
    if (!metainfo) {
      if (auto stored = store.load(link->info_hash())) metainfo = stored->metainfo;
    }
    if (!metainfo) {
      auto control = content::find_control_file(downloaded.directory, link->info_hash());
      if (control && *control) metainfo = (*control)->metainfo;
    }
    if (with_data && metainfo) *failure = remove_download(downloaded, *metainfo);
    if (with_data && !metainfo && downloaded.complete) {
      *failure = Error{ErrorKind::not_found, "what it consists of is not known any more; its files stay"};
    }
    if (last) store.erase(link->info_hash());
  };
  quick_.run(task, [this, failure] {
    if (!*failure) warn(failure->error().message);
    owner_.on_removed(*this);
  });
}

// --- looking

std::string Share::name() const {
  if (metainfo_) return metainfo_->name();
  if (!record_.order.name.empty()) return record_.order.name;
  if (link_ && !link_->name.empty()) return link_->name;
  if (!record_.order.paths.empty()) {
    std::filesystem::path path(record_.order.paths.front());
    if (!path.has_filename()) path = path.parent_path();
    if (path.has_filename()) return path.filename().string();
    return record_.order.paths.front();
  }
  return link_ ? link_->info_hash().hex() : std::to_string(record_.id);
}

Share::State Share::running_state(const net::ShareStatus& status) const {
  if (record_.order.kind == Kind::seed) return State::seeding;
  if (status.verified_bytes >= 0) return State::checking;
  if (status.swarm.phase == transfer::Phase::complete) return record_.complete ? State::seeding : State::downloading;
  const bool idle = status.swarm.down_rate < 1 || !status.pause.empty() || !status.swarm.reason.empty();
  return idle && !status.syncing ? State::waiting : State::downloading;
}

Share::State Share::state() const {
  if (record_.removing) return State::removing;
  if (error_) return State::error;
  if (record_.paused) return State::paused;
  if (record_.complete && !record_.order.seed_after) return State::complete;
  if (running_) {
    if (const std::optional<net::ShareStatus> status = owner_.host().status(*running_)) return running_state(*status);
  }
  return record_.order.kind == Kind::seed ? State::hashing : State::checking;
}

json Share::to_json() const {
  const ShareOrder& order = record_.order;
  json out = {{"id", record_.id},       {"kind", to_string(order.kind)},
              {"name", name()},         {"state", to_string(state())},
              {"added", record_.added}, {"private", link_ ? link_->is_private() : order.private_share},
              {"error", nullptr},       {"reason", ""},
              {"warnings", warnings_}};
  out["link"] = link_ ? json(link_->to_string()) : json(nullptr);
  out["info_hash"] = link_ ? json(link_->info_hash().hex()) : json(nullptr);
  if (order.kind == Kind::seed) {
    out["paths"] = order.paths;
  } else {
    out["directory"] = order.directory;
  }
  if (error_) out["error"] = {{"kind", console::name_of(error_->kind)}, {"message", error_->message}};
  out["bytes"] = metainfo_ ? json(metainfo_->total_bytes()) : json(nullptr);
  out["files"] = metainfo_ ? json(metainfo_->files().size()) : json(nullptr);

  net::ShareStatus status;
  if (running_) status = owner_.host().status(*running_).value_or(status);
  const transfer::SwarmStatus& swarm = status.swarm;
  std::int64_t done = swarm.bytes_had;
  std::int64_t of = swarm.bytes_wanted;
  if (preparing_) {
    done = work_->done;
    of = work_->total;
  } else if (status.verified_bytes >= 0) {
    done = status.verified_bytes;
    of = status.verify_bytes;
  }
  out["done"] = done;
  out["of"] = of;
  out["down_rate"] = whole(swarm.down_rate);
  out["up_rate"] = whole(swarm.up_rate);
  out["downloaded"] = swarm.downloaded;
  out["uploaded"] = swarm.uploaded;
  out["peers"] = swarm.peers;
  out["seeds"] = swarm.seeds;
  out["connecting"] = swarm.connecting;
  out["trouble"] = status.trouble;
  out["discovery"] = status.discovery;
  out["reason"] = status.syncing ? "writing to disk" : status.pause.empty() ? swarm.reason : status.pause;
  return out;
}

json Share::peers_json() const {
  json list = json::array();
  if (!running_) return list;
  const std::uint32_t chunks = metainfo_ ? metainfo_->chunk_count() : 0;
  for (const transfer::PeerStatus& peer : owner_.host().peers(*running_)) {
    list.push_back({{"address", net::to_text(peer.endpoint)},
                    {"client", peer.agent},
                    {"found_by", discovery::to_string(peer.source)},
                    {"incoming", peer.incoming},
                    {"chunks", peer.has_all ? chunks : peer.chunks},
                    {"of_chunks", chunks},
                    {"down_rate", whole(peer.down_rate)},
                    {"up_rate", whole(peer.up_rate)}});
  }
  return list;
}

}  // namespace stp::daemon
