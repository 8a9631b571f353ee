#include "tracker/client.h"

#include <algorithm>
#include <utility>

namespace stp::tracker {
namespace {

using std::chrono::seconds;

// The driver is expected to report a time-out itself; this much later the request counts as lost.
constexpr Duration kDriverGrace = seconds(5);
// A peer that accepts no connections still has to name a port, or trackers refuse it. Nobody listens on 1 (tcpmux).
constexpr Port kNoPort = 1;

}  // namespace

Client::Client(ClientConfig config, Rng& rng)
    : config_(std::move(config)), rng_(rng), announce_key_(static_cast<std::uint32_t>(rng.next())) {
  STP_ASSERT(!config_.families.empty());
}

void Client::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  const auto [at, is_new] = swarms_.try_emplace(key);
  Swarm& swarm = at->second;
  const discovery::Announcement before = std::exchange(swarm.self, self);
  if (is_new) {
    for (const Family family : config_.families) {
      Leg& leg = swarm.legs.emplace_back();
      leg.family = family;
      leg.place = config_.url;
    }
  }
  const bool again = std::exchange(swarm.stopping, false);
  if (again) {
    --stopping_;
    swarm.completed = false;
  }
  if (!is_new && !again && self.completed && !before.completed) swarm.completed = true;
  for (Leg& leg : swarm.legs) {
    if (again) {
      take_back_queued(leg);
      if (std::exchange(leg.said_goodbye, false)) leg.listed = false;
    }
    const bool v6 = leg.family == Family::ipv6;
    const bool moved = is_new || again || before.port_for(v6) != self.port_for(v6);
    if (moved) leg.started = false;
    const bool grown = leg.started && self.is_seed() != (leg.said.left == 0);
    // While the tracker fails, the back-off decides; changes go out with the next try.
    if ((moved || swarm.completed || grown) && leg.failures == 0) leg.due = leg.earliest = now;
  }
  enqueue(key, swarm);
  advance(now);
}

void Client::update(const SwarmKey& key, const discovery::Announcement& self) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end()) return;
  const discovery::Announcement before = std::exchange(at->second.self, self);
  // start() decides what is announced at once.
  at->second.self.port = before.port;
  at->second.self.port_v6 = before.port_v6;
  at->second.self.completed = before.completed;
}

void Client::search(const SwarmKey& key, Instant now) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  for (Leg& leg : at->second.legs) leg.due = std::min(leg.due, std::max(now, leg.earliest));
  enqueue(key, at->second);
  advance(now);
}

Duration Client::search_pause(const SwarmKey& /*key*/) const {
  return config_.pace == nullptr ? Duration::zero() : config_.pace->time_for(static_cast<double>(swarms_.size()));
}

void Client::renew(const SwarmKey& key, Instant now) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  for (Leg& leg : at->second.legs) {
    end_request(leg);  // its answer goes to our old address
    leg.started = leg.absent = false;
    leg.failures = 0;
    leg.problem.clear();
    leg.due = leg.earliest = now;
  }
  enqueue(key, at->second);
  advance(now);
}

void Client::stop(const SwarmKey& key, Instant now) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  Swarm& swarm = at->second;
  swarm.stopping = true;
  ++stopping_;
  swarm.goodbye_until = now + kWithdrawTimeout;
  swarm.found.clear();
  swarm.names.clear();
  ready_.erase(key);
  named_.erase(key);
  for (Leg& leg : swarm.legs) {
    take_back_queued(leg);
    if (leg.request) leg.gives_up = earlier(leg.gives_up, swarm.goodbye_until);
  }
  enqueue(key, swarm);
  advance(now);
}

std::optional<discovery::FoundPeer> Client::poll_peer(const SwarmKey& key) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.found.empty()) return std::nullopt;
  const Endpoint peer = at->second.found.front();
  at->second.found.pop_front();
  return discovery::FoundPeer{peer, discovery::Source::tracker};
}

std::optional<SwarmKey> Client::poll_ready() {
  if (ready_.empty()) return std::nullopt;
  return ready_.extract(ready_.begin()).value();
}

void Client::handle_timeout(Instant now) {
  advance(now);
}

std::optional<Instant> Client::next_timeout() const {
  Instant next = timeouts_.next();
  Instant ask = goodbyes_.empty() ? kNever : now_;
  if (!due_.empty() && requests_.size() < kRequestsMax) ask = earlier(ask, due_.next());
  if (ask != kNever) next = earlier(next, std::max(ask, paced_until_));
  if (next == kNever) return std::nullopt;
  return next;
}

bool Client::may_find(const SwarmKey& key) const {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return false;
  return std::any_of(at->second.legs.begin(), at->second.legs.end(),
                     [](const Leg& leg) { return !leg.never && !leg.absent && leg.problem.empty(); });
}

bool Client::withdrawing() const {
  return stopping_ > 0;
}

std::optional<Request> Client::poll_request() {
  if (outbox_.empty()) return std::nullopt;
  const std::uint64_t id = outbox_.front();
  outbox_.pop_front();
  const std::optional<InFlight> at = find(id);
  STP_ASSERT(at.has_value());
  Leg& leg = *at->leg;
  // A redirected announce repeats the same content.
  if (!leg.hop) leg.said = compose(at->swarm->first, at->swarm->second, leg);
  leg.polled = leg.listed = true;
  Request request;
  request.id = id;
  request.family = leg.family;
  request.url = leg.hop ? *leg.hop : leg.place;
  if (request.url.scheme != Url::Scheme::udp) request.url.target = announce_target(request.url.target, leg.said);
  request.announce = leg.said;
  request.timeout = leg.gives_up - now_ - (at->swarm->second.stopping ? Duration{} : kDriverGrace);
  request.redirects = leg.redirects;
  return request;
}

void Client::offer_found(const SwarmKey& key, const Swarm& swarm) {
  if (!swarm.found.empty()) ready_.insert(key);
  if (!swarm.names.empty()) named_.insert(key);
}

bool Client::in_flight(std::uint64_t id) const {
  return requests_.contains(id);
}

std::optional<Client::Lookup> Client::poll_lookup() {
  if (named_.empty()) return std::nullopt;
  const SwarmKey key = *named_.begin();
  Swarm& swarm = swarms_.at(key);
  Lookup lookup{key, std::move(swarm.names.front())};
  swarm.names.pop_front();
  if (swarm.names.empty()) named_.erase(key);
  return lookup;
}

void Client::handle_lookup(const SwarmKey& key, const std::vector<Endpoint>& found) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  for (const Endpoint& peer : found) {
    if (at->second.found.size() < kReplyPeersMax && peer.is_dialable()) at->second.found.push_back(peer);
  }
  ready_.insert(key);
}

// --- the announces

// First requests that have ended, then those that may take their place.
void Client::advance(Instant now) {
  now_ = std::max(now_, now);
  end_overdue(now);
  ask_first(goodbyes_, now, [&] { return may_ask(now); });
  ask_first(due_, now, [&] { return requests_.size() < kRequestsMax && may_ask(now); });
}

void Client::end_overdue(Instant now) {
  while (const SwarmKey* const first = timeouts_.first_due(now)) {
    const SwarmKey key = *first;
    Swarm& swarm = swarms_.at(key);
    Outcome lost;
    lost.problem = "no answer";
    for (Leg& leg : swarm.legs) {
      if (leg.request && now >= leg.gives_up) ended(swarm, leg, lost, now);
    }
    const bool over = swarm.stopping && (now >= swarm.goodbye_until || is_gone(swarm));
    if (over) {
      for (Leg& leg : swarm.legs) end_request(leg);
    }
    enqueue(key, swarm);
    if (!over) continue;
    timeouts_.move(key, swarm.in_timeouts, kNever);
    goodbyes_.move(key, swarm.in_goodbyes, kNever);
    --stopping_;
    swarms_.erase(key);
  }
}

template <class More>
void Client::ask_first(DueQueue<SwarmKey>& queue, Instant now, More more) {
  while (queue.first_due(now) != nullptr && more()) {
    const SwarmKey key = *queue.first_due(now);
    Swarm& swarm = swarms_.at(key);
    for (std::size_t i = 0; i < swarm.legs.size(); ++i) {
      if (wants_to_ask(swarm, swarm.legs[i], now) && more()) ask(key, swarm, i, now);
    }
    enqueue(key, swarm);
  }
}

bool Client::wants_to_ask(const Swarm& swarm, const Leg& leg, Instant now) {
  if (leg.request) return false;
  return swarm.stopping ? leg.listed && !leg.said_goodbye : !leg.never && leg.due <= now;
}

bool Client::may_ask(Instant now) {
  if (config_.pace == nullptr || config_.pace->ready(now)) return true;
  paced_until_ = config_.pace->ready_at(now);
  return false;
}

void Client::enqueue(const SwarmKey& key, Swarm& swarm) {
  Instant timeout = kNever;
  Instant due = kNever;
  bool goodbye = false;
  for (const Leg& leg : swarm.legs) {
    if (leg.request) {
      timeout = earlier(timeout, leg.gives_up);
    } else if (swarm.stopping) {
      goodbye = goodbye || (leg.listed && !leg.said_goodbye);
    } else if (!leg.never) {
      due = earlier(due, leg.due);
    }
  }
  if (swarm.stopping) timeout = is_gone(swarm) ? Instant() : earlier(timeout, swarm.goodbye_until);
  timeouts_.move(key, swarm.in_timeouts, timeout);
  due_.move(key, swarm.in_due, due);
  goodbyes_.move(key, swarm.in_goodbyes, goodbye ? Instant() : kNever);
}

bool Client::is_gone(const Swarm& swarm) {
  return std::all_of(swarm.legs.begin(), swarm.legs.end(),
                     [](const Leg& leg) { return !leg.request && (!leg.listed || leg.said_goodbye); });
}

void Client::ask(const SwarmKey& key, Swarm& swarm, std::size_t leg_index, Instant now) {
  Leg& leg = swarm.legs[leg_index];
  const Duration patience = config_.url.scheme == Url::Scheme::udp ? udp_patience() : config_.request_timeout;
  leg.request = next_id_++;
  leg.polled = false;
  leg.asked_at = now;
  leg.gives_up = swarm.stopping ? swarm.goodbye_until : now + patience + kDriverGrace;
  leg.hop.reset();
  leg.redirects = {};
  leg.redirects_permanent = true;
  requests_.emplace(*leg.request, std::pair(key, leg_index));
  outbox_.push_back(*leg.request);
  if (config_.pace != nullptr) config_.pace->spend(1);
  if (config_.tracer.on(trace::Level::debug)) {
    config_.tracer.write(
        trace::Level::debug, now, "announce",
        {{"tracker", config_.url.to_string()}, {"left", swarm.self.left}, {"goodbye", swarm.stopping}});
  }
}

bool Client::says_completed(const Swarm& swarm, const Leg& leg) const {
  return swarm.completed && std::none_of(swarm.legs.begin(), swarm.legs.end(), [&](const Leg& other) {
           return &other != &leg && other.request && other.polled && other.said.event == AnnounceEvent::completed;
         });
}

Port Client::port_to_say(const Swarm& swarm, const Leg& leg) {
  const Port port = swarm.self.port_for(leg.family == Family::ipv6);
  return port != 0 ? port : kNoPort;
}

AnnounceRequest Client::compose(const SwarmKey& key, const Swarm& swarm, const Leg& leg) const {
  AnnounceRequest request;
  request.swarm = key;
  request.peer_id = config_.peer_id;
  request.port = port_to_say(swarm, leg);
  request.uploaded = swarm.self.uploaded;
  request.downloaded = swarm.self.downloaded;
  request.left = swarm.self.left;
  request.key = announce_key_;
  request.numwant = swarm.stopping ? 0 : config_.numwant;
  request.tracker_id = leg.tracker_id;
  if (says_completed(swarm, leg)) {
    request.event = AnnounceEvent::completed;  // even before the goodbye
  } else if (swarm.stopping) {
    request.event = AnnounceEvent::stopped;
  } else if (!leg.started) {
    request.event = AnnounceEvent::started;
  } else if (swarm.self.paused) {
    request.event = AnnounceEvent::paused;
  }
  return request;
}

std::optional<Client::InFlight> Client::find(std::uint64_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return std::nullopt;
  const auto at = swarms_.find(found->second.first);
  return InFlight{at, &at->second.legs[found->second.second]};
}

void Client::end_request(Leg& leg) {
  if (!leg.request) return;
  std::erase(outbox_, *leg.request);
  requests_.erase(*leg.request);
  leg.request.reset();
}

void Client::take_back_queued(Leg& leg) {
  if (!leg.polled) end_request(leg);
}

void Client::check_invariants() const {
  std::size_t in_flight = 0;
  std::size_t stopping = 0;
  for (const auto& [key, swarm] : swarms_) {
    STP_ASSERT(swarm.found.size() <= kReplyPeersMax && swarm.names.size() <= kReplyNamesMax);
    stopping += swarm.stopping ? 1 : 0;
    for (std::size_t i = 0; i < swarm.legs.size(); ++i) {
      const Leg& leg = swarm.legs[i];
      in_flight += leg.request ? 1 : 0;
      STP_ASSERT(!leg.request || requests_.at(*leg.request) == std::pair(key, i));
      STP_ASSERT(swarm.stopping || leg.earliest <= leg.due);
      STP_ASSERT(!swarm.stopping || !leg.request || leg.listed);
      STP_ASSERT(!leg.request || swarm.in_timeouts <= leg.gives_up);
      STP_ASSERT(leg.request || swarm.stopping || leg.never || swarm.in_due <= leg.due);
    }
    STP_ASSERT(timeouts_.agrees(key, swarm.in_timeouts));
    STP_ASSERT(due_.agrees(key, swarm.in_due));
    STP_ASSERT(goodbyes_.agrees(key, swarm.in_goodbyes));
    STP_ASSERT(swarm.names.empty() || named_.contains(key));
  }
  STP_ASSERT(in_flight == requests_.size());
  STP_ASSERT(stopping == stopping_);
  for (const std::uint64_t id : outbox_) STP_ASSERT(requests_.contains(id));
}

}  // namespace stp::tracker
