#include "daemon/swarm_share.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <variant>

#include "content/control_file.h"
#include "content/file_choice.h"
#include "content/posix_file.h"
#include "content/source_storage.h"
#include "core/shown_text.h"
#include "daemon/swarm_json.h"
#include "net/clock.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

Error held_as(RecordId twin) {
  return {ErrorKind::exists, "the daemon has the same contents already, as " + std::to_string(twin)};
}

}  // namespace

SwarmShare::SwarmShare(Owner& owner, ShareRecord record, net::TaskPool& hashing, net::TaskPool& quick)
    : Share(owner, std::move(record)), hashing_(hashing), quick_(quick) {}

// --- starting and leaving

void SwarmShare::start() {
  record_.order.kind == Kind::seed ? start_seed() : start_get();
}

void SwarmShare::run(net::ShareId id) {
  running_ = id;
  downloaded_before_ = record_.downloaded;
  uploaded_before_ = record_.uploaded;
  settle();
}

void SwarmShare::leave() {
  owner_.host().remove(*running_);
}

void SwarmShare::start_seed() {
  const auto made = std::make_shared<std::optional<Result<PreparedSeed>>>();
  const OwnAddresses own{owner_.host().listening(), owner_.host().host_status().router.reachable_at()};
  ShareOrder as_before = record_.order;
  // A link that is v2 alone was given to others, by an stp that did not make hybrids: the share keeps it.
  if (link_ && !link_->info_hashes.v1) as_before.v2_only = true;
  const auto task = [work = work_, made, order = std::move(as_before), places = owner_.places(), own,
                     &store = owner_.metainfos(), names = link_ ? link_->info_hashes : InfoHashes()] {
    if (work->cancel) return;
    content::HashOptions hashing;
    hashing.cancel = &work->cancel;
    hashing.progress = [work](std::int64_t done, std::int64_t total) {
      work->done = done;
      work->total = total;
    };
    if (order.torrent.empty()) return void(*made = prepare_seed(order, places, own, std::move(hashing)));
    const auto torrent = names.any() ? store.load(names.name()) : std::nullopt;
    if (!torrent) {
      return void(*made = Error{ErrorKind::malformed,
                                "what it was shared as is not known any more: remove it, and share it "
                                "again with its .torrent"});
    }
    *made = prepare_described(order, *torrent, places, own, hashing);
  };
  hashing_.run(task, [this, made] {
    if (!prepared()) return;
    if (!**made) return fail((*made)->error());
    PreparedSeed seed = std::move(***made);
    for (const std::string& warning : seed.share.warnings) warn(warning);
    if (const auto twin = owner_.twin_of(*this, seed.link)) return fail(held_as(*twin));
    become(seed.link);
    metainfo_ = seed.share.metainfo;
    net::SeedJob job{std::move(seed.link),
                     metainfo_,
                     std::move(seed.share.hashes),
                     std::make_unique<content::SourceStorage>(metainfo_, std::move(seed.share.sources)),
                     !record_.order.unlisted,
                     std::move(seed.sources)};
    run(owner_.host().add(std::move(job), *this));
  });
}

void SwarmShare::start_get() {
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
    if (!prepared()) return;
    if (!*failure) return fail(failure->error());
    if (const auto twin = owner_.twin_of(*this, *link_)) return fail(held_as(*twin));
    const ShareOrder& order = record_.order;
    net::GetJob job;
    job.link = *link_;
    if (*found) {
      metainfo_ = job.metainfo = (*found)->metainfo;
      if ((*found)->hashes.complete()) job.hashes = std::move((*found)->hashes);
    }
    job.directory = order.directory;
    if (content::FileChoice choice{order.only, link_->selection}; !choice.all()) {
      job.wanted = [choice](const content::Metainfo& metainfo, std::size_t file) {
        return choice.wants(metainfo, file);
      };
    }
    job.repair = order.repair && !record_.complete;
    job.seed_after = order.seed_after;
    job.seed_ratio = order.seed_ratio;
    job.uploaded_before = record_.uploaded;
    job.sources = sources_of(order, &*link_, *found ? &**found : nullptr);
    run(owner_.host().add(std::move(job), *this));
  });
}

void SwarmShare::look_up_metainfo() {
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

void SwarmShare::on_metainfo(const content::Metainfo& metainfo) {
  if (record_.order.kind == Kind::get) {
    learn(metainfo.info_hashes());
    if (const auto twin = owner_.twin_of(*this, *link_)) {
      error_ = held_as(*twin);
      return owner_.host().post([this] { settle(); });  // the host is in the middle of something
    }
  }
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

void SwarmShare::on_event(const transfer::SwarmEvent& event) {
  if (const auto* const lost = std::get_if<transfer::ChunkLost>(&event)) {
    warn(lost->reason + ": its chunks are " +
         (lost->for_now ? "not offered until it can be read again" : "no longer offered"));
  } else if (const auto* const banned = std::get_if<transfer::PeerBanned>(&event)) {
    warn(net::to_text(banned->endpoint) + " is banned: " + banned->reason);
  } else if (const auto* const trouble = std::get_if<transfer::WebSeedTrouble>(&event)) {
    if (!trouble->retry_in) warn("web seed " + escaped(trouble->server) + " is given up: " + escaped(trouble->reason));
  }
}

void SwarmShare::on_transfer(std::int64_t /*had*/, std::int64_t /*wanted*/) {
  if (!std::exchange(record_.fetched, true)) owner_.remember(*this);
}

void SwarmShare::on_complete() {
  if (!std::exchange(record_.complete, true)) {
    record_.completed = net::unix_now();
    owner_.remember(*this);
  }
  owner_.on_changed(*this);
}

void SwarmShare::on_ended(const Result<net::Outcome>& outcome) {
  if (owner_.ending()) return;
  // The host forgets the share after this call.
  owner_.host().post([this, outcome] { ended(outcome); });
}

void SwarmShare::ended(const Result<net::Outcome>& outcome) {
  running_.reset();
  const bool asked_to = left(outcome ? Status(Done{}) : Status(outcome.error()));
  if (!asked_to && outcome && record_.complete && record_.order.seed_after) {
    record_.order.seed_after = false;  // the ratio is reached
    owner_.remember(*this);
  }
  settle();
}

// --- the end

void SwarmShare::clean_up() {
  const bool with_data = record_.with_data && record_.order.kind == Kind::get;
  const auto failure = std::make_shared<Status>(Done{});
  const bool last = !link_ || !owner_.others_have(*this, link_->info_hashes);
  const content::FileChoice chosen{record_.order.only, link_ ? link_->selection : std::vector<FileRange>()};
  const Downloaded downloaded{record_.order.directory, chosen, record_.complete, record_.completed};
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

std::string SwarmShare::name() const {
  return metainfo_ ? metainfo_->name() : Share::name();
}

Share::State SwarmShare::running_state() const {
  const bool seeds = record_.order.kind == Kind::seed;
  const std::optional<net::ShareStatus> status = running_ ? owner_.host().status(*running_) : std::nullopt;
  if (!status) return seeds ? State::hashing : State::checking;
  if (seeds) return State::seeding;
  if (status->verified_bytes >= 0) return State::checking;
  if (status->swarm.phase == transfer::Phase::complete) return record_.complete ? State::seeding : State::downloading;
  return is_idle(*status) ? State::waiting : State::downloading;
}

void SwarmShare::take_figures() {
  if (const std::optional<net::ShareStatus> status = owner_.host().status(*running_)) take_figures(*status);
}

void SwarmShare::take_figures(const net::ShareStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  if (swarm.bytes_wanted > 0 && status.verified_bytes < 0) {
    record_.had = swarm.bytes_had;
    record_.wanted = swarm.bytes_wanted;
  }
  // Not less: one that is not in its swarm, or not any more, has none.
  record_.downloaded = std::max(record_.downloaded, downloaded_before_ + swarm.downloaded);
  record_.uploaded = std::max(record_.uploaded, uploaded_before_ + swarm.uploaded);
}

void SwarmShare::describe(json& out) const {
  const bool remembered = record_.order.kind == Kind::seed && record_.wanted > 0;  // all of it is wanted
  out["bytes"] = metainfo_ ? json(metainfo_->total_bytes()) : remembered ? json(record_.wanted) : json(nullptr);
  out["files"] = metainfo_ ? json(metainfo_->files().size()) : json(nullptr);

  net::ShareStatus status;
  if (running_) status = owner_.host().status(*running_).value_or(status);
  const transfer::SwarmStatus& swarm = status.swarm;
  std::int64_t done = running_ ? swarm.bytes_had : record_.had;
  std::int64_t of = running_ ? swarm.bytes_wanted : record_.wanted;
  if (preparing_) {
    done = work_->done;
    of = work_->total;
  } else if (status.verified_bytes >= 0) {
    done = status.verified_bytes;
    of = status.verify_bytes;
  }
  out["done"] = done;
  out["of"] = of;
  out["downloaded"] = std::max(record_.downloaded, downloaded_before_ + swarm.downloaded);
  out["uploaded"] = std::max(record_.uploaded, uploaded_before_ + swarm.uploaded);
  describe_swarm(out, status);
}

std::optional<FinishedDownload> SwarmShare::finished() const {
  if (!record_.complete || record_.removing || running_ || record_.order.kind != Kind::get) return std::nullopt;
  return FinishedDownload{record_.order.directory,
                          {record_.order.only, link_ ? link_->selection : std::vector<FileRange>()}};
}

json SwarmShare::peers_json() const {
  if (!running_) return Share::peers_json();
  return daemon::peers_json(owner_.host(), *running_, metainfo_.get());
}

json SwarmShare::chunks_json(std::size_t cells) const {
  if (!running_) return Share::chunks_json(cells);
  return daemon::chunks_json(owner_.host(), *running_, cells);
}

}  // namespace stp::daemon
