#include "net/discovery_io.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "net/clock.h"

namespace stp::net {

DiscoveryIo::DiscoveryIo(Parts parts, boost::asio::ip::udp::socket udp, std::shared_ptr<const DhtState> state)
    : parts_(std::move(parts)),
      resolver_(parts_.io),
      trackers_({parts_.io, parts_.participant, resolver_, parts_.rng, parts_.listen, parts_.agent, parts_.turn}),
      udp_(
          std::move(udp),
          [this](const Endpoint& from, ByteSpan datagram) {
            strangers_.on_received(from.address);
            parts_.participant.handle_datagram(from, datagram, steady_now());
          },
          [this] { parts_.turn(); }),
      state_(std::move(state)),
      save_timer_(parts_.io),
      saving_(parts_.tasks) {}

void DiscoveryIo::start(const std::vector<std::string>& bootstrap) {
  if (lan::LanDiscovery* const lan = parts_.participant.lan()) {
    lan_ = std::make_unique<LanIo>(parts_.io, *lan, parts_.listen, parts_.turn);
  }
  if (parts_.participant.node() == nullptr) return;
  udp_.start();
  save_later();
  for (const std::string& text : bootstrap) {
    if (const std::optional<HostPort> name = HostPort::parse(text)) {
      resolve(std::nullopt, *name, kResolveAgainFirst);
    } else {
      parts_.notice("'" + text + "' is ignored: it is not HOST:PORT");
    }
  }
}

void DiscoveryIo::resolve_peers(app::ShareId share, const std::vector<std::string>& peers, ShareObserver& observer) {
  for (const std::string& text : peers) {
    if (const std::optional<HostPort> name = HostPort::parse(text)) {
      shares_.insert(share);
      resolve(share, *name, kResolveAgainFirst);
    } else {
      observer.on_notice("'" + text + "' is ignored: it is not HOST:PORT");
    }
  }
}

void DiscoveryIo::forget(app::ShareId share) {
  if (shares_.erase(share) == 0) return;
  std::erase_if(unresolved_, [&](const auto& entry) { return entry.first.first == share; });
}

void DiscoveryIo::drain() {
  if (dht::Node* const node = parts_.participant.node()) {
    while (const std::optional<dht::Transmit> transmit = node->poll_transmit()) {
      strangers_.on_sent(transmit->to.address);
      udp_.send(transmit->to, transmit->payload);
    }
  }
  if (lan_) lan_->drain();
  trackers_.drain();
}

// --- names

void DiscoveryIo::use(const Asker& asker, const Endpoint& endpoint) {
  if (asker) {
    parts_.participant.add_peer(*asker, endpoint);
  } else {
    parts_.participant.node()->add_bootstrap(endpoint, steady_now());
  }
}

void DiscoveryIo::resolve(const Asker& asker, const HostPort& name, Duration pause) {
  resolver_.resolve(name, [this, asker, name, pause](const Result<std::vector<Endpoint>>& found) {
    if (asker && !shares_.contains(*asker)) return;
    if (found) {
      unresolved_.erase({asker, name.to_string()});
      for (const Endpoint& endpoint : *found) use(asker, endpoint);
      return parts_.turn();
    }
    unresolved_[{asker, name.to_string()}] = found.error().message;
    const auto timer = std::make_shared<boost::asio::steady_timer>(parts_.io, pause);
    resolving_.insert(timer);
    timer->async_wait([this, timer, asker, name, pause](const boost::system::error_code& cut_short) {
      resolving_.erase(timer);
      resolve(asker, name, cut_short ? kResolveAgainFirst : std::min(2 * pause, kResolveAgainMax));
    });
  });
}

void DiscoveryIo::handle_network_change() {
  if (lan_) lan_->handle_network_change();
  trackers_.handle_network_change();
  for (const auto& timer : resolving_) timer->cancel();
}

std::string DiscoveryIo::trouble(app::ShareId share) const {
  std::string first;
  std::size_t others = 0;
  for (const auto& [name, why] : unresolved_) {
    if (name.first && name.first != share) continue;
    if (first.empty()) {
      first = why;
    } else {
      ++others;
    }
  }
  if (others > 0) first += ", nor " + format_count(others, "other name", "other names");
  return first;
}

// --- state

void DiscoveryIo::save_later() {
  if (!state_) return;
  save_timer_.expires_after(kSaveInterval);
  save_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (parts_.participant.node()->nodes() > 0) {
      saving_.run([state = state_, bytes = parts_.participant.node()->save_state()] { (void)state->save(bytes); });
    }
    save_later();
  });
}

void DiscoveryIo::save_now() {
  const dht::Node* const node = parts_.participant.node();
  if (state_ && node != nullptr && node->nodes() > 0) (void)state_->save(node->save_state());
}

}  // namespace stp::net
