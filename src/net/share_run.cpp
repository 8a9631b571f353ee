#include "net/share_run.h"

#include <algorithm>
#include <utility>

#include "core/shown_text.h"
#include "net/clock.h"
#include "tracker/tracker_url.h"

namespace stp::net {

ShareRun::ShareRun(Engine& engine, ShareId id, ShareObserver& observer, ShareSources sources)
    : engine_(engine),
      id_(id),
      observer_(observer),
      sources_(std::move(sources)),
      tasks_(engine.tasks()),
      background_(engine.background()) {}

ShareRun::~ShareRun() = default;

// --- the swarm

app::ShareConfig ShareRun::share_config(const wire::Link& link, std::shared_ptr<const content::Metainfo> metainfo) {
  app::ShareConfig config;
  // BEP 27: a torrent that is known to be private keeps out of the DHT and is not announced on the local network. One
  // that turns out to be private later is kept out by its swarm (SwarmConfig::obeys_private_flag).
  config.asks_strangers = !metainfo || !metainfo->is_private() || link.is_private();
  for (const std::string& text : sources_.trackers) {
    Result<Url> url = tracker::parse_tracker_url(text);
    if (!url) {
      observer_.on_notice("a tracker is ignored: " + url.error().message);
    } else if (std::ranges::find(config.trackers, *url) == config.trackers.end()) {
      config.trackers.push_back(*std::move(url));
    }
  }
  transfer::SwarmConfig& swarm = config.swarm;
  swarm.info_hashes = link.info_hashes;
  swarm.keys = link.swarm_keys();
  swarm.session = engine_.session();
  swarm.agent = engine_.options().agent.substr(0, wire::kAgentBytesMax);
  swarm.metainfo = std::move(metainfo);
  swarm.obeys_private_flag = !link.is_private();
  swarm.pick = pick();
  using Kind = content::WebSeed::Kind;
  for (const auto& [kind, texts] :
       {std::pair(Kind::files, &sources_.web_seeds), std::pair(Kind::pieces, &sources_.http_seeds)}) {
    for (const std::string& text : *texts) {
      Result<content::WebSeed> seed = content::parse_web_seed(kind, text);
      if (seed) {
        swarm.web_seeds.push_back(*std::move(seed));
      } else {
        observer_.on_notice("a web seed is ignored: " + seed.error().message);
      }
    }
  }
  swarm.connections_max = std::min(swarm.connections_max, connections_within_limit());
  swarm.connections_wanted = std::min(swarm.connections_wanted, swarm.connections_max);
  return config;
}

bool ShareRun::join(wire::Link link, std::shared_ptr<const content::Metainfo> metainfo) {
  if (metainfo) {
    if (Status named = metainfo->check_names(link.info_hashes); !named) {
      end(named.error());
      return false;
    }
    if (!link.is_private()) link.info_hashes = metainfo->info_hashes();
  }
  const bool private_torrent = metainfo && metainfo->is_private();
  if (!engine_.participant().add(id_, share_config(link, std::move(metainfo)), steady_now())) {
    end(Error{ErrorKind::exists, "this program shares or fetches that already"});
    return false;
  }
  joined_ = true;
  called_ = link.name.empty() ? link.info_hashes.hex() : link.name;
  const SwarmIdentity identity{link.is_private(),
                               link.accesses(),
                               engine_.session(),
                               id_.value,
                               engine_.options().must_hide && !link.is_private(),
                               engine_.participant().node() != nullptr && !link.is_private() && !private_torrent};
  driver_ = std::make_unique<SwarmDriver>(SwarmDriver::Parts{engine_.driver_parts(), swarm(), *this, identity});
  engine_.incoming().add(*driver_);
  engine_.discovery().resolve_peers(id_, sources_.peers, observer_);
  return true;
}

std::string ShareRun::name() const {
  const transfer::Swarm* const core = std::as_const(engine_).participant().swarm(id_);
  return core != nullptr && core->metainfo() ? core->metainfo()->name() : called_;
}

void ShareRun::set_must_hide(bool must_hide) {
  if (driver_ && !driver_->identity().is_private) driver_->set_must_hide(must_hide);
}

transfer::Swarm& ShareRun::swarm() {
  return *engine_.participant().swarm(id_);
}

void ShareRun::add_keys(const content::Metainfo& metainfo) {
  if (driver_->identity().is_private) return;
  wire::Link link;
  link.info_hashes = metainfo.info_hashes();
  for (const wire::SwarmAccess& access : link.accesses()) {
    if (driver_->identity().find(access.key)) continue;
    engine_.participant().add_key(id_, access.key, steady_now());
    if (engine_.participant().find(access.key) == id_) driver_->add_access(access);
  }
  engine_.incoming().add(*driver_);
}

void ShareRun::list_by_name(std::shared_ptr<const content::Metainfo> metainfo) {
  listed_ = std::move(metainfo);
  engine_.list(sources_.trackers, listed_, [this](const Url& tracker) {
    observer_.on_notice("listed as " + escaped(listed_->name()) + " at " + tracker::shown_tracker(tracker));
  });
}

void ShareRun::pump() {
  engine_.participant().touch(id_);
  engine_.pump();
}

void ShareRun::drain() {
  if (!driver_) return;
  transfer::Swarm& core = swarm();
  do {
    while (std::optional<transfer::Action> action = core.poll_action()) driver_->carry_out(std::move(*action));
    while (const std::optional<transfer::SwarmEvent> event = core.poll_event()) {
      if (const auto* const trouble = std::get_if<transfer::PeerTrouble>(&*event)) {
        troubles_.add(trouble->endpoint, trouble->reason);
      }
      if (const auto* const known = std::get_if<transfer::MetainfoKnown>(&*event)) add_keys(*known->metainfo);
      trace_event(*event);
      observer_.on_event(*event);
      on_event(*event);
    }
  } while (driver_->work());
  if (readers_) readers_->look();
  engine_.participant().drained(id_);
}

void ShareRun::trace_event(const transfer::SwarmEvent& event) {
  const trace::Tracer& tracer = engine_.tracer();
  if (!tracer.on(trace::Level::warn)) return;
  const Instant now = steady_now();
  if (const auto* const lost = std::get_if<transfer::ChunkLost>(&event)) {
    tracer.write(trace::Level::warn, now, "chunk lost",
                 {{"chunk", lost->chunk.value}, {"for_now", lost->for_now}, {"why", lost->reason}});
  } else if (const auto* const unusable = std::get_if<transfer::ShareUnusable>(&event)) {
    tracer.write(trace::Level::warn, now, "share unusable", {{"why", unusable->error.message}});
  }
}

void ShareRun::on_write_failed(const Error& error) {
  if (engine_.tracer().on(trace::Level::error)) {
    engine_.tracer().write(trace::Level::error, steady_now(), "write failed", {{"why", error.message}});
  }
  write_failed(error);
}

void ShareRun::on_dht_node(const Endpoint& node) {
  if (dht::Node* const ours = engine_.participant().node()) ours->introduce(node, steady_now());
}

void ShareRun::on_refused(const Endpoint& from, const std::string& reason) {
  observer_.on_event(transfer::PeerTrouble{from, reason});
}

void ShareRun::close_lost(const std::set<IpAddress>& lost) {
  if (driver_) driver_->close_lost(lost);
}

// --- files that are read while they arrive

std::unique_ptr<BodySource> ShareRun::read_file(std::size_t file, std::int64_t begin, std::int64_t end) {
  if (ending() || !driver_ || !driver_->target().storage || swarm().had().size() == 0) return nullptr;
  if (!readers_) {
    const SwarmDriver::Shared& parts = engine_.driver_parts();
    FileReaders::Share& share = *this;
    readers_ = std::make_unique<FileReaders>(share, FileReaders::Pools{parts.io, parts.disk, parts.connections.pool},
                                             transfer::kTransferDefaults.urgent);
  }
  return readers_->open(driver_->target().metainfo->files()[file], begin, end);
}

FileReaders::Chunk ShareRun::state_of(ChunkIndex chunk) const {
  const transfer::Swarm& core = *std::as_const(engine_).participant().swarm(id_);
  if (core.had().test(chunk)) return FileReaders::Chunk::here;
  return core.wanted().test(chunk) ? FileReaders::Chunk::coming : FileReaders::Chunk::lost;
}

void ShareRun::want_first(std::vector<ChunkIndex> chunks) {
  if (ending()) return;
  swarm().want_first(std::move(chunks), steady_now());
  pump();
}

void ShareRun::keep_readers() {
  if (readers_) readers_->keep();
}

// --- status

void ShareRun::tick() {
  if (cleaning_) return;
  if (!ending()) on_tick();
  if (observer_.wants_status()) tell_status();
}

bool ShareRun::has_hope(const transfer::SwarmStatus& swarm) const {
  return swarm.peers + swarm.connecting + swarm.candidates + swarm.web_seeds + swarm.web_seeds_waiting > 0 ||
         engine_.participant().may_find_peers(id_);
}

void ShareRun::tell_status() {
  const transfer::Swarm* const swarm = std::as_const(engine_).participant().swarm(id_);
  const ShareStatus now = status();
  if (swarm != nullptr && now.swarm.peers > 0) troubles_.clear();
  observer_.on_status(now);
}

ShareStatus ShareRun::status() const {
  ShareStatus status;
  const Instant now = steady_now();
  const app::Participant& participant = std::as_const(engine_).participant();
  if (const transfer::Swarm* const swarm = participant.swarm(id_)) {
    status.swarm = swarm->status(now);
    status.hope = has_hope(status.swarm);
    status.discovery = participant.discovery_status(id_, now);
    const std::string unresolved = engine_.discovery().trouble(id_);
    if (!unresolved.empty()) status.discovery += (status.discovery.empty() ? "" : "; ") + unresolved;
  }
  if (participant.node() != nullptr) status.dht_nodes = static_cast<std::uint32_t>(participant.node()->nodes());
  if (status.swarm.peers == 0) status.trouble = troubles_.text();  // they were troubles on the way to a peer
  status.verified_bytes = verified_bytes();
  status.verify_bytes = verify_bytes();
  status.syncing = syncing();
  status.pause = pause_;
  status.reached_from_outside = engine_.reached_from_outside();
  status.ending = ending();
  return status;
}

// --- the end

void ShareRun::end(Result<Outcome> result) {
  if (outcome_) return;
  if (engine_.tracer().on(trace::Level::info)) {
    engine_.tracer().write(trace::Level::info, steady_now(), "share ends",
                           {{"result", result ? "done" : result.error().message}});
  }
  outcome_ = std::move(result);
  end_by_ = steady_now() + kGoodbyeTimeout;
  on_ending();
  if (readers_) readers_->end();
  if (joined_) engine_.participant().leave(id_, steady_now());
  if (listed_) engine_.unlist(listed_->info_hash());
  engine_.pump();
  engine_.share_ends(id_);
}

bool ShareRun::is_gone() {
  if (!cleaning_) {
    const bool quiet = (!driver_ || driver_->idle()) && tasks_.pending() + background_.pending() == 0;
    if (!quiet && steady_now() < end_by_) return false;
    cleaning_ = true;
    tell_status();
    if (driver_) engine_.incoming().remove(*driver_);
    driver_.reset();
    if (joined_) engine_.participant().erase(id_);
    engine_.discovery().forget(id_);
    clean_up();
  }
  return tasks_.pending() + background_.pending() == 0;
}

void ShareRun::wait_no_longer() {
  end_by_ = steady_now();
  (void)is_gone();
}

void ShareRun::report_end(bool killed) {
  if (!cleaning_) tell_status();
  observer_.on_ended(killed || !outcome_ ? Result<Outcome>(Outcome::killed) : *outcome_);
}

}  // namespace stp::net
