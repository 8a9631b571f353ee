#include "tracker/udp_client.h"

#include <algorithm>
#include <set>
#include <utility>

namespace stp::tracker {

Duration udp_patience(const UdpClientConfig& config) {
  return config.first_timeout * ((1 << (config.repeats_max + 1)) - 1);
}

void UdpClient::start(std::uint64_t id, const Endpoint& server, AnnounceRequest request, std::string url_data,
                      Instant deadline, Instant now) {
  if (exchanges_.size() >= kExchangesMax) {
    outcomes_.push_back({id, Error{ErrorKind::limit, "too many announces at once"}});
    return;
  }
  Exchange& exchange = exchanges_[id];
  exchange = {server, std::move(request), std::move(url_data), deadline};
  send(exchange, now);
}

void UdpClient::cancel(std::uint64_t id) {
  exchanges_.erase(id);
}

void UdpClient::handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now) {
  const std::optional<UdpReply> reply = decode_udp_reply(datagram, from.address.is_v6());
  if (!reply) return;
  const auto at = std::find_if(exchanges_.begin(), exchanges_.end(), [&](const auto& entry) {
    return entry.second.transaction == reply->transaction && entry.second.server == from;
  });
  if (at == exchanges_.end()) return;
  Exchange& exchange = at->second;
  if (const auto* const connected = std::get_if<UdpConnected>(&reply->body)) {
    if (exchange.announcing) return;
    remember(from, connected->connection, now);
    exchange.repeats = 0;
    send(exchange, now);
    return;
  }
  const TrackerReply& answer = std::get<TrackerReply>(reply->body);
  if (answer.failure) {
    connections_.erase(from);
  } else if (!exchange.announcing) {
    return;  // an unsolicited answer
  }
  finish(at, answer);
}

void UdpClient::handle_unreachable(const Endpoint& server, const Error& error) {
  for (auto at = exchanges_.begin(); at != exchanges_.end();) {
    at = at->second.server == server ? finish(at, error) : std::next(at);
  }
}

void UdpClient::handle_timeout(Instant now) {
  for (auto at = exchanges_.begin(); at != exchanges_.end();) {
    Exchange& exchange = at->second;
    const bool silent = now >= exchange.repeat_at;
    if (now >= exchange.deadline || (silent && exchange.repeats >= config_.repeats_max)) {
      at = finish(at, Error{ErrorKind::io, "does not answer"});
      continue;
    }
    if (silent) {
      ++exchange.repeats;
      send(exchange, now);
    }
    ++at;
  }
}

std::optional<Instant> UdpClient::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& [id, exchange] : exchanges_) {
    const Instant due = earlier(exchange.repeat_at, exchange.deadline);
    next = next ? earlier(*next, due) : due;
  }
  return next;
}

std::optional<UdpClient::Datagram> UdpClient::poll_transmit() {
  if (outbox_.empty()) return std::nullopt;
  Datagram datagram = std::move(outbox_.front());
  outbox_.pop_front();
  return datagram;
}

std::optional<UdpClient::Outcome> UdpClient::poll_outcome() {
  if (outcomes_.empty()) return std::nullopt;
  Outcome outcome = std::move(outcomes_.front());
  outcomes_.pop_front();
  return outcome;
}

void UdpClient::send(Exchange& exchange, Instant now) {
  const Connection* const known = connection(exchange.server, now);
  // A repeated request keeps its transaction: the first reply counts.
  if (exchange.transaction == 0 || exchange.announcing != (known != nullptr)) {
    exchange.transaction = draw_transaction();
  }
  exchange.announcing = known != nullptr;
  exchange.repeat_at = now + config_.first_timeout * (1 << exchange.repeats);
  outbox_.push_back({exchange.server, known != nullptr ? encode_udp_announce(known->id, exchange.transaction,
                                                                             exchange.request, exchange.url_data)
                                                       : encode_udp_connect(exchange.transaction)});
}

const UdpClient::Connection* UdpClient::connection(const Endpoint& server, Instant now) const {
  const auto at = connections_.find(server);
  return at != connections_.end() && now < at->second.until ? &at->second : nullptr;
}

void UdpClient::remember(const Endpoint& server, std::uint64_t id, Instant now) {
  std::erase_if(connections_, [now](const auto& entry) { return now >= entry.second.until; });
  if (connections_.size() >= kConnectionsMax) connections_.erase(connections_.begin());
  connections_[server] = {id, now + config_.connection_lifetime};
}

UdpClient::Exchanges::iterator UdpClient::finish(Exchanges::iterator at, Result<TrackerReply> reply) {
  outcomes_.push_back({at->first, std::move(reply)});
  return exchanges_.erase(at);
}

std::uint32_t UdpClient::draw_transaction() {
  for (;;) {
    const auto drawn = static_cast<std::uint32_t>(rng_.next());
    const bool taken = std::any_of(exchanges_.begin(), exchanges_.end(),
                                   [drawn](const auto& entry) { return entry.second.transaction == drawn; });
    if (drawn != 0 && !taken) return drawn;
  }
}

void UdpClient::check_invariants() const {
  STP_ASSERT(exchanges_.size() <= kExchangesMax && connections_.size() <= kConnectionsMax);
  std::set<std::uint32_t> transactions;
  for (const auto& [id, exchange] : exchanges_) STP_ASSERT(transactions.insert(exchange.transaction).second);
}

}  // namespace stp::tracker
