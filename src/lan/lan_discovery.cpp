#include "lan/lan_discovery.h"

#include <algorithm>
#include <utility>

#include "core/result.h"
#include "core/text.h"

namespace stp::lan {
namespace {

std::string draw_cookie(Rng& rng) {
  std::array<std::byte, 8> bytes{};
  rng.fill(bytes);
  return to_hex(bytes);
}

bool is_local(const IpAddress& address, std::span<const Network> on_link) {
  return address.is_local() ||
         std::any_of(on_link.begin(), on_link.end(), [&](const Network& network) { return network.contains(address); });
}

}  // namespace

LanDiscovery::LanDiscovery(const LanConfig& config, trace::Tracer tracer, Rng& rng)
    : config_(config),
      tracer_(tracer),
      rng_(rng),
      cookie_(draw_cookie(rng)),
      schedule_(config_, rng_),
      heard_(config_) {}

void LanDiscovery::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  if (private_keys_.contains(key)) return;
  const auto [found, fresh] = keys_.try_emplace(key);
  const Port port_before = std::exchange(found->second.self, self).port;
  if (self.port == 0) {
    schedule_.stop(key);
  } else if (fresh || port_before != self.port) {
    schedule_.start(key, now);
  }
  announce(now);
}

void LanDiscovery::update(const SwarmKey& key, const discovery::Announcement& self) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  const Port port = found->second.self.port;
  found->second.self = self;
  found->second.self.port = port;
}

void LanDiscovery::search(const SwarmKey& key, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  for (const Endpoint& peer : heard_.report_again(key, now)) report(key, found->second, peer, now);
  // A seed is found by those who announce because they need it.
  if (!found->second.self.is_seed()) schedule_.hurry(key, now);
  announce(now);
}

Duration LanDiscovery::search_pause(const SwarmKey& key) const {
  const auto found = keys_.find(key);
  const bool waits = found == keys_.end() || (found->second.self.is_seed() && !heard_.knows(key));
  return waits ? Duration::max() : Duration::zero();
}

void LanDiscovery::renew(const SwarmKey& key, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  heard_.forget(key);  // in another network they are others
  if (found->second.self.port != 0) schedule_.start(key, now);
  announce(now);
}

void LanDiscovery::stop(const SwarmKey& key, Instant /*now*/) {
  forget(key);
  private_keys_.erase(key);
}

void LanDiscovery::keep_private(const SwarmKey& key, Instant /*now*/) {
  forget(key);
  private_keys_.insert(key);
}

void LanDiscovery::forget(const SwarmKey& key) {
  schedule_.stop(key);
  heard_.forget(key);
  ready_.erase(key);
  keys_.erase(key);
}

std::optional<discovery::FoundPeer> LanDiscovery::poll_peer(const SwarmKey& key) {
  const auto found = keys_.find(key);
  if (found == keys_.end() || found->second.found.empty()) return std::nullopt;
  const Endpoint peer = found->second.found.front();
  found->second.found.pop_front();
  return discovery::FoundPeer{peer, discovery::Source::lan};
}

std::optional<SwarmKey> LanDiscovery::poll_ready() {
  if (ready_.empty()) return std::nullopt;
  return ready_.extract(ready_.begin()).value();
}

void LanDiscovery::handle_timeout(Instant now) {
  announce(now);
}

void LanDiscovery::announce(Instant now) {
  while (true) {
    const std::vector<SwarmKey> keys = schedule_.take(kKeysPerDatagram, now);
    if (keys.empty()) return;
    // Nearly always one port.
    std::map<Port, std::vector<SwarmKey>> by_port;
    for (const SwarmKey& key : keys) by_port[keys_.at(key).self.port].push_back(key);
    for (auto& [port, of_port] : by_port) announce(port, std::move(of_port), now);
  }
}

void LanDiscovery::announce(Port port, std::vector<SwarmKey> keys, Instant now) {
  if (tracer_.on(trace::Level::debug)) {
    tracer_.write(trace::Level::debug, now, "lan announce", {{"keys", keys.size()}, {"first", keys.front().hex()}});
  }
  const LanMessage message{port, std::move(keys), cookie_};
  if (config_.ipv4) transmits_.push_back({group_v4(), encode(message, group_v4())});
  if (config_.ipv6) transmits_.push_back({group_v6(), encode(message, group_v6())});
}

std::optional<Transmit> LanDiscovery::poll_transmit() {
  if (transmits_.empty()) return std::nullopt;
  Transmit transmit = std::move(transmits_.front());
  transmits_.pop_front();
  return transmit;
}

void LanDiscovery::handle_datagram(const Endpoint& from, std::span<const Network> on_link, ByteSpan datagram,
                                   Instant now) {
  const Result<LanMessage> message = decode(datagram);
  if (message && message->cookie == cookie_) return;
  const bool counts = message && is_local(from.address, on_link);
  if (!counts) {
    if (tracer_.on(trace::Level::debug)) {
      tracer_.write(trace::Level::debug, now, "lan ignored",
                    {{"from", from}, {"why", message ? "not in our network" : message.error().message}});
    }
    return;
  }
  const Endpoint peer{from.address, message->port};
  for (const SwarmKey& key : message->keys) {
    const auto found = keys_.find(key);
    if (found == keys_.end()) continue;
    const HeardPeers::News news = heard_.hear(key, peer, message->cookie, now);
    if (news.newcomer) schedule_.answer(key, now);
    if (news.report) report(key, found->second, peer, now);
  }
  announce(now);
}

void LanDiscovery::report(const SwarmKey& key, Key& state, const Endpoint& peer, Instant now) {
  if (tracer_.on(trace::Level::debug)) {
    tracer_.write(trace::Level::debug, now, "lan heard", {{"peer", peer}, {"key", key.hex()}});
  }
  std::list<Endpoint>& found = state.found;
  ready_.insert(key);
  if (std::find(found.begin(), found.end(), peer) == found.end()) found.push_back(peer);
  if (found.size() > config_.peers_per_key_max) found.pop_front();  // nobody polls
}

std::string LanDiscovery::status(const SwarmKey& key, Instant now) const {
  if (private_keys_.contains(key)) return {};
  if (!trouble_.empty()) return "lan: " + trouble_;
  const std::size_t peers = heard_.count(key, now);
  return "lan: " + format_count(peers, "peer", "peers");
}

void LanDiscovery::check_invariants() const {
  schedule_.check_invariants();
  heard_.check_invariants();
  for (const auto& [key, state] : keys_) STP_ASSERT(state.found.size() <= config_.peers_per_key_max);
}

}  // namespace stp::lan
