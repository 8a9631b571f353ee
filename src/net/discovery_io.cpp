#include "net/discovery_io.h"

#include <algorithm>
#include <utility>

#include "net/clock.h"

namespace stp::net {

DiscoveryIo::DiscoveryIo(Parts parts, boost::asio::ip::udp::socket udp, std::shared_ptr<const DhtState> state)
    : parts_(std::move(parts)),
      resolver_(parts_.io),
      trackers_({parts_.io, parts_.session, resolver_, parts_.rng, parts_.listen, parts_.agent, parts_.turn}),
      udp_(
          std::move(udp),
          [this](const Endpoint& from, ByteSpan datagram) {
            parts_.session.handle_datagram(from, datagram, steady_now());
          },
          [this] { parts_.turn(); }),
      state_(std::move(state)),
      save_timer_(parts_.io) {}

void DiscoveryIo::start(const std::vector<std::string>& bootstrap, const std::vector<std::string>& peers) {
  if (dht::Node* const node = parts_.session.node()) {
    udp_.start();
    save_later();
    resolve_all(bootstrap, [node](const Endpoint& endpoint) { node->add_bootstrap(endpoint, steady_now()); });
  }
  if (lan::LanDiscovery* const lan = parts_.session.lan()) {
    lan_ = std::make_unique<LanIo>(parts_.io, *lan, parts_.listen, parts_.turn);
  }
  resolve_all(peers, [this](const Endpoint& endpoint) { parts_.session.given().add(endpoint); });
}

void DiscoveryIo::drain() {
  if (dht::Node* const node = parts_.session.node()) {
    while (const std::optional<dht::Transmit> transmit = node->poll_transmit())
      udp_.send(transmit->to, transmit->payload);
  }
  if (lan_) lan_->drain();
  trackers_.drain();
}

// --- names

void DiscoveryIo::resolve_all(const std::vector<std::string>& texts, const Use& use) {
  for (const std::string& text : texts) {
    if (const std::optional<HostPort> name = HostPort::parse(text)) {
      resolve(*name, use, kResolveAgainFirst);
    } else {
      parts_.notice("'" + text + "' is ignored: it is not HOST:PORT");
    }
  }
}

void DiscoveryIo::resolve(const HostPort& name, const Use& use, Duration pause) {
  resolver_.resolve(name, [this, name, use, pause](const Result<std::vector<Endpoint>>& found) {
    if (found) {
      unresolved_.erase(name.to_string());
      for (const Endpoint& endpoint : *found) use(endpoint);
      return parts_.turn();
    }
    unresolved_[name.to_string()] = found.error().message;
    const auto timer = std::make_shared<boost::asio::steady_timer>(parts_.io, pause);
    resolving_.insert(timer);
    timer->async_wait([this, timer, name, use, pause](const boost::system::error_code& cut_short) {
      resolving_.erase(timer);
      resolve(name, use, cut_short ? kResolveAgainFirst : std::min(2 * pause, kResolveAgainMax));
    });
  });
}

void DiscoveryIo::handle_network_change() {
  if (lan_) lan_->handle_network_change();
  trackers_.handle_network_change();
  for (const auto& timer : resolving_) timer->cancel();
}

std::string DiscoveryIo::trouble() const {
  if (unresolved_.empty()) return {};
  const std::size_t others = unresolved_.size() - 1;
  const std::string& why = unresolved_.begin()->second;
  return others == 0 ? why : why + ", nor " + std::to_string(others) + (others == 1 ? " other name" : " other names");
}

// --- state

void DiscoveryIo::save_later() {
  if (!state_) return;
  save_timer_.expires_after(kSaveInterval);
  save_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (parts_.session.node()->nodes() > 0) {
      parts_.tasks.run([state = state_, bytes = parts_.session.node()->save_state()] { (void)state->save(bytes); });
    }
    save_later();
  });
}

void DiscoveryIo::save_now() {
  const dht::Node* const node = parts_.session.node();
  if (state_ && node != nullptr && node->nodes() > 0) (void)state_->save(node->save_state());
}

}  // namespace stp::net
