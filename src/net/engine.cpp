#include "net/engine.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/interrupts.h"
#include "core/version.h"
#include "crypto/random.h"
#include "net/clock.h"
#include "net/each_run.h"
#include "net/end_signals.h"
#include "net/share_run.h"
#include "net/whole_run.h"

namespace stp::net {
namespace {

using boost::system::error_code;

constexpr std::size_t kIdleBuffersMax = DiskPool::kWritesMax;

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

/// What listing shares by name takes.
struct Engine::Listing {
  explicit Listing(Engine& engine)
      : resolver(engine.io_),
        http(engine.io_),
        catalogues({engine.io_, resolver, http, engine.listening_.address, engine.options_.agent,
                    [&engine](const std::string& line) { engine.observer_.on_notice(line); }}) {}
  Resolver resolver;
  HttpClient http;
  CatalogueListing catalogues;
};

Engine::Engine(HostOptions options, HostObserver& observer)
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
      end_timer_(io_),
      connection_parts_{pool_, down_, up_},
      tasks_(std::in_place, io_, kTaskThreads),
      background_(std::in_place, io_, kBackgroundThreads),
      disk_(io_, kDiskThreads),
      web_seed_names_(io_),
      web_seed_parts_{io_, web_seed_names_, pool_, down_, std::nullopt, options_.agent},
      driver_parts_{io_, connection_parts_, disk_, *background_, web_seed_parts_} {}

Engine::~Engine() {
  listing_.reset();
  router_.reset();
  closing_router_.reset();
  network_.reset();
  acceptor_.reset();
  tasks_.reset();
  background_.reset();
  runs_.clear();
  folders_.clear();
}

Status Engine::bind() {
  Result<Listening> bound = listen(io_, options_.listen);
  if (!bound) return bound.error();
  listening_ = bound->endpoint;
  sockets_.emplace(*std::move(bound));
  return Done{};
}

// --- start and end

app::ParticipantConfig Engine::participant_config() const {
  app::ParticipantConfig config;
  config.trace = options_.trace;
  config.session = session_id_;
  config.families = families_of(listening_.address);
  config.seats_max = std::min(config.seats_max, connections_within_limit());
  if (options_.lan) config.lan.emplace();
  if (options_.dht) {
    config.node.emplace();
    config.node->ended_lookups_kept = kEndedLookupsKept;
    config.node->ipv6 = listening_.address.is_v6();
    config.node->ipv4 = listening_.address.is_v4() || listening_.address.is_unspecified();
  }
  return config;
}

void Engine::open_dht_state() {
  if (!options_.dht || options_.state_dir.empty()) return;
  Result<DhtState> state = DhtState::open(options_.state_dir);
  if (!state) {
    observer_.on_notice("the DHT's state is not kept: " + state.error().message + "; --state names another directory");
    return;
  }
  dht_state_ = std::make_shared<DhtState>(*std::move(state));
  if (const std::optional<Bytes> saved = dht_state_->load(rng_)) {
    (void)participant_->node()->restore(*saved, steady_now());
  }
}

void Engine::start() {
  participant_ = std::make_unique<app::Participant>(participant_config(), rng_, steady_now());
  open_dht_state();
  DiscoveryIo::Parts parts{io_,
                           *tasks_,
                           *participant_,
                           rng_,
                           listening_.address,
                           options_.agent,
                           [this] { pump(); },
                           [this](const std::string& line) { observer_.on_notice(line); }};
  if (!listening_.address.is_unspecified()) web_seed_parts_.source = listening_.address;
  discovery_ = std::make_unique<DiscoveryIo>(std::move(parts), std::move(sockets_->udp), dht_state_);
  incoming_ = std::make_unique<IncomingConnections>(connection_parts_, *this);
  acceptor_ = std::make_unique<PeerAcceptor>(std::move(sockets_->acceptor),
                                             [this](boost::asio::ip::tcp::socket socket, const Endpoint& from) {
                                               on_reached(from.address);
                                               if (!ending_) incoming_->accepted(std::move(socket), from);
                                             });
  sockets_.reset();
  network_ = std::make_unique<NetworkWatch>(io_, [this](const app::AddressChange& change) { on_addresses(change); });
  acceptor_->start();
  discovery_->start(options_.bootstrap);
  participant_->start(listening_.port, steady_now());
  running_ = true;
  start_router();
}

Outcome Engine::run(Until until) {
  until_ = until;
  raise_open_files_limit();
  add_end_signals(signals_);
  wait_for_signal();
  observer_.on_listening(listening_);
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, steady_now(), "listening", {{"on", listening_}});
  }
  start();
  if (router_) on_router();
  for (auto& [id, run] : runs_) run->begin();
  for (auto& [id, folder] : folders_) folder->begin();
  pump();
  tick();
  io_.run();
  finish();
  return killed_ ? Outcome::killed : Outcome::done;
}

// Files may be touched here.
void Engine::finish() {
  for (auto& [id, run] : runs_) {
    if (!killed_) run->wait_no_longer();
    run->report_end(killed_);
  }
  for (auto& [id, folder] : folders_) {
    folder->leave();
    folder->report_end();
  }
  error_code ignored;
  signals_.clear(ignored);
  tasks_.reset();  // what is queued is done; the shares may go now
  background_.reset();
  runs_.clear();  // and with them the files, so that the next download can open them
  folders_.clear();
  discovery_->save_now();
}

// --- shares

ShareId Engine::add(const MakeRun& make) {
  const ShareId id = next_id_;
  ++next_id_;
  ShareRun& run = *(runs_[id] = make(id));
  if (run.ticks()) ticking_.insert(id);
  if (running_) {
    run.begin();
    pump();
  }
  return id;
}

void Engine::remove(ShareId id) {
  const auto found = runs_.find(id);
  if (found != runs_.end()) found->second->leave();
}

FolderId Engine::add_folder(FolderJob job, FolderObserver& observer) {
  const FolderId id = next_folder_;
  ++next_folder_;
  std::unique_ptr<FolderRun> made;
  if (job.each) {
    made = std::make_unique<EachRun>(*this, std::move(job), observer);
  } else {
    made = std::make_unique<WholeRun>(*this, std::move(job), observer);
  }
  FolderRun& folder = *(folders_[id] = std::move(made));
  if (running_) folder.begin();
  return id;
}

void Engine::remove_folder(FolderId id) {
  const auto found = folders_.find(id);
  if (found != folders_.end()) found->second->leave();
}

FolderTotals Engine::folder_totals(FolderId id) const {
  const auto found = folders_.find(id);
  return found == folders_.end() ? FolderTotals() : found->second->totals();
}

std::optional<SharedOfFolder> Engine::shared_of(FolderId id, const InfoHash& info_hash) const {
  const auto found = folders_.find(id);
  return found == folders_.end() ? std::nullopt : found->second->find(info_hash);
}

void Engine::share_ends(ShareId id) {
  ending_shares_.insert(id);
  poll_end_soon();
}

void Engine::poll_end_soon() {
  if (!std::exchange(polling_end_, true)) boost::asio::post(io_, [this] { poll_end(); });
}

void Engine::list(const std::vector<std::string>& trackers, const std::shared_ptr<const content::Metainfo>& metainfo,
                  const CatalogueListing::OnListed& on_listed) {
  if (trackers.empty()) return;
  if (!listing_) listing_ = std::make_unique<Listing>(*this);
  for (const std::string& tracker : trackers) listing_->catalogues.add(tracker, metainfo, on_listed);
}

void Engine::unlist(const InfoHash& info_hash) {
  if (listing_) listing_->catalogues.remove(info_hash);
}

// --- the loop

void Engine::pump() {
  pump_again_ = true;
  if (pumping_ || !participant_) return;
  pumping_ = true;
  while (std::exchange(pump_again_, false)) {
    participant_->settle(steady_now());
    discovery_->drain();
    while (const std::optional<ShareId> id = participant_->poll_touched()) {
      const auto found = runs_.find(*id);
      if (found != runs_.end()) found->second->drain();
    }
  }
  pumping_ = false;
  arm_timer();
}

void Engine::arm_timer() {
  const std::optional<Instant> next = participant_->next_timeout();
  // A timer that fires too early costs one check; moving it for each packet would cost more.
  if (!next || (timer_at_ && *timer_at_ <= *next)) return;
  timer_at_ = next;
  core_timer_.expires_at(to_steady(*next));
  core_timer_.async_wait([this](const error_code& error) {
    if (error) return;  // moved, or destroyed
    timer_at_.reset();
    look_for_pause();
    const Instant now = steady_now();
    const std::optional<Instant> due = participant_->next_timeout();
    if (due && *due <= now) participant_->handle_timeout(now);
    pump();
  });
}

void Engine::on_reached(const IpAddress& from) {
  if (reached_from_outside_ || from.is_local()) return;
  const std::optional<std::set<IpAddress>> own = machine_addresses();
  reached_from_outside_ = own && !own->contains(from);
}

void Engine::on_refused(SwarmDriver* driver, const Endpoint& from, const std::string& reason) {
  if (tracer_.on(trace::Level::debug)) {
    tracer_.write(trace::Level::debug, steady_now(), "refused", {{"peer", from}, {"why", reason}});
  }
  if (driver != nullptr) {
    driver->report_refused(from, reason);
  } else {
    observer_.on_refused(from, reason);
  }
}

// --- the network under us

void Engine::on_addresses(const app::AddressChange& change) {
  if (ending_) return;
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, steady_now(), "addresses changed",
                  {{"lost", change.lost.size()}, {"gained", change.gained.size()}});
  }
  const IpAddress& own = listening_.address;
  if (change.lost.contains(own)) {
    observer_.on_notice("this machine has lost " + own.to_string() + ", where we listen: nobody can connect to us");
  } else if (change.gained.contains(own)) {
    observer_.on_notice("this machine has " + own.to_string() + " again, where we listen");
  }
  incoming_->close_lost(change.lost);
  for (auto& [id, run] : runs_) run->close_lost(change.lost);
  if (router_) router_->handle_network_change();
  discovery_->handle_network_change();
  participant_->handle_network_change(steady_now());
  pump();
}

void Engine::look_for_pause() {
  if (!network_->look_for_pause() || ending_) return;
  if (tracer_.on(trace::Level::info)) tracer_.write(trace::Level::info, steady_now(), "woken after a pause");
  if (router_) router_->handle_network_change();
  discovery_->handle_network_change();
  participant_->handle_woken(steady_now());
  pump();
}

void Engine::tick() {
  status_timer_.expires_after(kStatusInterval);
  status_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    look_for_pause();
    for (const ShareId id : ticking_) runs_.at(id)->tick();
    for (auto& [id, folder] : folders_) folder->tick();
    observer_.on_host_status(host_status());
    tick();
  });
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

void Engine::post(std::function<void()> work) {
  boost::asio::post(io_, std::move(work));
}

void Engine::on_interrupt(bool by_signal) {
  const bool alone_ends =
      until_ == Until::all_ended && folders_.empty() && !runs_.empty() && ending_shares_.size() == runs_.size();
  if (!ending_ && !alone_ends) {
    interrupted_at_ = steady_now();
    return end();
  }
  if (!by_signal) return;
  if (interrupted_at_ && steady_now() - *interrupted_at_ < kSameInterruptFor) return;
  killed_ = interrupted_at_.has_value();
  quit();
}

void Engine::end() {
  if (std::exchange(ending_, true)) return;
  if (tracer_.on(trace::Level::info)) tracer_.write(trace::Level::info, steady_now(), "end");
  end_by_ = steady_now() + kGoodbyeTimeout;
  observer_.on_ending();
  listing_.reset();
  if (router_) router_->stop();
  for (auto& [id, folder] : folders_) folder->leave();
  for (auto& [id, run] : runs_) run->leave();
  pump();
  poll_end_soon();
}

void Engine::poll_end() {
  std::erase_if(ending_shares_, [this](ShareId id) {
    ShareRun& run = *runs_.at(id);
    if (!run.is_gone()) return false;
    run.report_end(false);
    ticking_.erase(id);
    runs_.erase(id);
    return true;
  });
  std::erase_if(folders_, [](const auto& entry) {
    if (!entry.second->is_gone()) return false;
    entry.second->report_end();
    return true;
  });
  if (until_ == Until::all_ended && runs_.empty() && folders_.empty() && !ending_) end();
  const bool closed = (!router_ || router_->finished()) && (!closing_router_ || closing_router_->finished());
  const bool left = runs_.empty() && folders_.empty();
  const bool quiet = closed && left && !participant_->withdrawing() && tasks_->pending() == 0;
  if (ending_ && (quiet || steady_now() >= end_by_)) return quit();
  const bool folder_ends = std::ranges::any_of(folders_, [](const auto& entry) { return entry.second->ending(); });
  polling_end_ = ending_ || folder_ends || !ending_shares_.empty();
  if (!polling_end_) return;
  end_timer_.expires_after(kEndPollInterval);
  end_timer_.async_wait([this](const error_code& error) {
    if (!error) poll_end();
  });
}

void Engine::quit() {
  io_.stop();
}

}  // namespace stp::net
