#include "net/engine.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/interrupts.h"
#include "core/version.h"
#include "crypto/random.h"
#include "net/clock.h"
#include "net/end_signals.h"
#include "tracker/tracker_url.h"

namespace stp::net {
namespace {

using boost::system::error_code;

constexpr std::size_t kIdleBuffersMax = SwarmDriver::kWriteBuffersMax;

std::uint64_t seed() {
  crypto::initialize();
  return crypto::random_seed();
}

SessionId draw_session_id() {
  SessionId id;
  crypto::random_fill(id.bytes);
  std::ranges::copy(peer_id_prefix(), id.bytes.begin());
  return id;
}

}  // namespace

Engine::Engine(SessionOptions options, Observer& observer)
    : options_(std::move(options)),
      observer_(observer),
      tracer_(options_.trace, trace::Module::net),
      rng_(seed()),
      session_id_(draw_session_id()),
      pool_(kIdleBuffersMax),
      io_(1),
      down_(io_, options_.down_bytes_per_second),
      up_(io_, options_.up_bytes_per_second),
      signals_(io_),
      core_timer_(io_),
      status_timer_(io_),
      end_timer_(io_) {}

Engine::~Engine() {
  network_.reset();
  acceptor_.reset();
  driver_.reset();  // before the tasks that it waits for, whose answers it then ignores
  discovery_.reset();
  tasks_.reset();
  background_.reset();
}

Status Engine::bind() {
  Result<Listening> bound = listen(io_, options_.listen);
  if (!bound) return bound.error();
  listening_.emplace(*std::move(bound));
  return Done{};
}

Result<Outcome> Engine::run(Job& job) {
  job_ = &job;
  raise_open_files_limit();
  tasks_ = std::make_unique<TaskThread>(io_);
  background_ = std::make_unique<TaskThread>(io_);
  if (options_.dht && !options_.state_dir.empty()) {
    Result<DhtState> state = DhtState::open(options_.state_dir);
    if (state) {
      dht_state_ = std::make_shared<DhtState>(*std::move(state));
    } else {
      observer_.on_notice("the DHT's state is not kept: " + state.error().message +
                          "; --state names another directory");
    }
  }
  add_end_signals(signals_);
  wait_for_signal();
  observer_.on_listening(listening_->endpoint);
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, steady_now(), "listening", {{"on", listening_->endpoint}});
  }
  network_ = std::make_unique<NetworkWatch>(io_, [this](const app::AddressChange& change) { on_addresses(change); });
  tick();
  job.begin();
  pump();
  io_.run();

  // The network thread's work is over: files may be touched here.
  tell_status();
  error_code ignored;
  signals_.clear(ignored);
  tasks_.reset();  // the queue is done; the job may go now
  background_.reset();
  driver_.reset();  // and with it the files, so that the next download can open them
  if (discovery_) discovery_->save_now();
  return *std::move(ending_);
}

// --- the session

app::SessionConfig Engine::session_config(const wire::Link* link, std::shared_ptr<const content::Metainfo> metainfo) {
  app::SessionConfig config;
  config.trace = options_.trace;
  // BEP 27: a torrent that is known to be private needs no node at all, nor local discovery. One that turns out to be
  // private later is kept out of both by its swarm (SwarmConfig::obeys_private_flag).
  const bool trackers_only = metainfo && metainfo->is_private() && link != nullptr && !link->is_private();
  if (options_.dht && !trackers_only) {
    const IpAddress& address = listening_->endpoint.address;
    config.node.emplace();
    config.node->ipv6 = address.is_v6();
    config.node->ipv4 = address.is_v4() || address.is_unspecified();
  }
  if (link == nullptr) return config;
  if (options_.lan && !trackers_only) config.lan.emplace();
  for (const std::string& text : options_.trackers) {
    Result<Url> url = tracker::parse_tracker_url(text);
    if (url) {
      tracker::ClientConfig tracker;
      tracker.url = *std::move(url);
      tracker.peer_id = session_id_;
      tracker.families = families_of(listening_->endpoint.address);
      config.trackers.push_back(std::move(tracker));
    } else {
      observer_.on_notice("a tracker is ignored: " + url.error().message);
    }
  }
  transfer::SwarmConfig swarm;
  swarm.info_hash = link->info_hash;
  swarm.key = link->swarm_key();
  swarm.session = session_id_;
  swarm.agent = options_.agent.substr(0, wire::kAgentBytesMax);
  swarm.metainfo = std::move(metainfo);
  swarm.obeys_private_flag = !link->is_private();
  swarm.connections_max = std::min(swarm.connections_max, connections_within_limit());
  swarm.connections_wanted = std::min(swarm.connections_wanted, swarm.connections_max);
  config.swarm = std::move(swarm);
  return config;
}

void Engine::restore_dht() {
  if (session_->node() == nullptr || !dht_state_) return;
  if (const std::optional<Bytes> saved = dht_state_->load(rng_)) (void)session_->node()->restore(*saved, steady_now());
}

void Engine::trace_event(const transfer::SwarmEvent& event) {
  if (!tracer_.on(trace::Level::warn)) return;
  const Instant now = steady_now();
  if (const auto* const lost = std::get_if<transfer::ChunkLost>(&event)) {
    tracer_.write(trace::Level::warn, now, "chunk lost",
                  {{"chunk", lost->chunk.value}, {"for_now", lost->for_now}, {"why", lost->reason}});
  } else if (const auto* const unusable = std::get_if<transfer::ShareUnusable>(&event)) {
    tracer_.write(trace::Level::warn, now, "share unusable", {{"why", unusable->error.message}});
  }
}

void Engine::on_write_failed(const Error& error) {
  if (tracer_.on(trace::Level::error)) {
    tracer_.write(trace::Level::error, steady_now(), "write failed", {{"why", error.message}});
  }
  job_->on_write_failed(error);
}

void Engine::start_session(const wire::Link* link, std::shared_ptr<const content::Metainfo> metainfo) {
  STP_ASSERT(!session_);
  const Instant now = steady_now();
  session_ = std::make_unique<app::Session>(session_config(link, std::move(metainfo)), rng_, now);
  restore_dht();
  DiscoveryIo::Parts parts{io_,
                           *tasks_,
                           *session_,
                           rng_,
                           listening_->endpoint.address,
                           options_.agent,
                           [this] { pump(); },
                           [this](const std::string& line) { observer_.on_notice(line); }};
  discovery_ = std::make_unique<DiscoveryIo>(std::move(parts), std::move(listening_->udp), dht_state_);
  if (link != nullptr) {
    const SwarmIdentity identity{link->is_private(), link->swarm_key(), link->psk(), session_id_};
    driver_ = std::make_unique<SwarmDriver>(
        SwarmDriver::Parts{io_, pool_, down_, up_, *tasks_, *session_->swarm(), *this, identity});
    acceptor_ = std::make_unique<PeerAcceptor>(std::move(listening_->acceptor),
                                               [this](boost::asio::ip::tcp::socket socket, const Endpoint& from) {
                                                 on_reached(from.address);
                                                 if (!ending_) driver_->accepted(std::move(socket), from);
                                               });
    acceptor_->start();
  }
  discovery_->start(options_.bootstrap, link != nullptr ? options_.peers : std::vector<std::string>());
  session_->start(listening_->endpoint.port, now);
}

// --- the loop

void Engine::pump() {
  pump_again_ = true;
  if (pumping_) return;
  pumping_ = true;
  while (std::exchange(pump_again_, false)) {
    if (!session_) continue;
    session_->settle(steady_now());
    discovery_->drain();
    if (driver_) drain_swarm();
  }
  pumping_ = false;
  arm_timer();
}

void Engine::drain_swarm() {
  transfer::Swarm& core = *session_->swarm();
  do {
    while (std::optional<transfer::Action> action = core.poll_action()) driver_->carry_out(std::move(*action));
    while (const std::optional<transfer::SwarmEvent> event = core.poll_event()) {
      if (const auto* const trouble = std::get_if<transfer::PeerTrouble>(&*event)) {
        troubles_.add(trouble->endpoint, trouble->reason);
      }
      trace_event(*event);
      observer_.on_event(*event);
      job_->on_event(*event);
    }
  } while (driver_->work());
}

void Engine::arm_timer() {
  const std::optional<Instant> next = session_ ? session_->next_timeout() : std::nullopt;
  // A timer that fires too early costs one check; moving it for each packet would cost more.
  if (!next || (timer_at_ && *timer_at_ <= *next)) return;
  timer_at_ = next;
  core_timer_.expires_at(to_steady(*next));
  core_timer_.async_wait([this](const error_code& error) {
    if (error) return;  // moved, or destroyed
    timer_at_.reset();
    look_for_pause();
    const Instant now = steady_now();
    const std::optional<Instant> due = session_->next_timeout();
    if (due && *due <= now) session_->handle_timeout(now);
    pump();
  });
}

void Engine::on_reached(const IpAddress& from) {
  if (reached_from_outside_ || from.is_local()) return;
  const std::optional<std::set<IpAddress>> own = machine_addresses();
  reached_from_outside_ = own && !own->contains(from);
}

void Engine::on_refused(const Endpoint& from, const std::string& reason) {
  if (tracer_.on(trace::Level::debug)) {
    tracer_.write(trace::Level::debug, steady_now(), "refused", {{"peer", from}, {"why", reason}});
  }
  observer_.on_event(transfer::PeerTrouble{from, reason});
}

// --- the network under us

void Engine::on_addresses(const app::AddressChange& change) {
  if (!session_ || ending_) return;
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, steady_now(), "addresses changed",
                  {{"lost", change.lost.size()}, {"gained", change.gained.size()}});
  }
  const IpAddress& own = listening_->endpoint.address;
  if (change.lost.contains(own)) {
    observer_.on_notice("this machine has lost " + own.to_string() + ", where we listen: nobody can connect to us");
  } else if (change.gained.contains(own)) {
    observer_.on_notice("this machine has " + own.to_string() + " again, where we listen");
  }
  if (driver_) driver_->close_lost(change.lost);
  discovery_->handle_network_change();
  session_->handle_network_change(steady_now());
  pump();
}

void Engine::look_for_pause() {
  if (!network_->look_for_pause() || !session_ || ending_) return;
  if (tracer_.on(trace::Level::info)) tracer_.write(trace::Level::info, steady_now(), "woken after a pause");
  discovery_->handle_network_change();
  session_->handle_woken(steady_now());
  pump();
}

// --- status

void Engine::tick() {
  status_timer_.expires_after(kStatusInterval);
  status_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    look_for_pause();
    job_->on_tick();
    tell_status();
    tick();
  });
}

std::string Engine::discovery_status(Instant now) const {
  std::string line = session_->discovery_status(now);
  if (const std::string trouble = discovery_->trouble(); !trouble.empty()) line += (line.empty() ? "" : "; ") + trouble;
  return line;
}

bool Engine::has_hope(const transfer::SwarmStatus& swarm) const {
  return swarm.peers + swarm.connecting + swarm.candidates > 0 || session_->may_find_peers();
}

void Engine::tell_status() {
  SessionStatus status;
  if (session_) {
    const Instant now = steady_now();
    if (session_->swarm() != nullptr) status.swarm = session_->swarm()->status(now);
    status.hope = has_hope(status.swarm);
    if (status.swarm.peers > 0) troubles_.clear();
    status.discovery = discovery_status(now);
    if (session_->node() != nullptr) status.dht_nodes = static_cast<std::uint32_t>(session_->node()->nodes());
  }
  status.trouble = troubles_.text();
  status.verified_bytes = job_->verified_bytes();
  status.verify_bytes = job_->verify_bytes();
  status.syncing = job_->syncing();
  status.pause = pause_;
  status.reached_from_outside = reached_from_outside_;
  status.ending = ending_.has_value();
  observer_.on_status(status);
}

// --- the end

void Engine::wait_for_signal() {
  signals_.async_wait([this](const error_code& error, int) {
    if (error) return;
    on_interrupt(true);
    wait_for_signal();
  });
}

void Engine::interrupt() {
  if (interrupt_requested_.exchange(true)) return;
  boost::asio::post(io_, [this] { on_interrupt(false); });
}

void Engine::on_interrupt(bool by_signal) {
  if (!ending_) {
    interrupted_at_ = steady_now();
    return end(job_->interrupted());
  }
  if (!by_signal) return;
  if (interrupted_at_ && steady_now() - *interrupted_at_ < kSameInterruptFor) return;
  if (interrupted_at_) ending_ = Outcome::killed;
  quit();
}

void Engine::end(Result<Outcome> result) {
  if (ending_) return;
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, steady_now(), "end", {{"result", result ? "done" : result.error().message}});
  }
  ending_ = std::move(result);
  end_by_ = steady_now() + kGoodbyeTimeout;
  job_->on_ending();
  if (session_) session_->stop(steady_now());
  pump();
  poll_end();
}

void Engine::poll_end() {
  const bool quiet = (!session_ || session_->stopped()) && (!driver_ || driver_->idle()) && tasks_->pending() == 0;
  if (quiet || steady_now() >= end_by_) return quit();
  end_timer_.expires_after(kEndPollInterval);
  end_timer_.async_wait([this](const error_code& error) {
    if (!error) poll_end();
  });
}

void Engine::quit() {
  io_.stop();
}

}  // namespace stp::net
