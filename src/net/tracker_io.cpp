#include "net/tracker_io.h"

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "net/address.h"
#include "net/clock.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;
using tracker::Family;

/// Errors of sending that will not go away on retry.
bool is_no_way(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT ||
         error == EINVAL || error == EACCES;
}

const char* name_of(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

}  // namespace

Family family_of(const IpAddress& address) {
  return address.is_v4() ? Family::ipv4 : Family::ipv6;
}

std::vector<Family> families_of(const IpAddress& address) {
  if (address.is_v4()) return {Family::ipv4};
  if (address.is_unspecified()) return {Family::ipv4, Family::ipv6};
  return {Family::ipv6};
}

TrackerIo::TrackerIo(Parts parts)
    : parts_(std::move(parts)), http_(parts_.io), udp_({}, parts_.rng), udp_timer_(parts_.io) {}

void TrackerIo::drain() {
  for (const app::TrackerId id : parts_.participant.trackers()) {
    tracker::Client& client = *parts_.participant.tracker(id);
    while (std::optional<tracker::Request> request = client.poll_request()) ask(id, *std::move(request));
    while (const std::optional<tracker::Client::Lookup> lookup = client.poll_lookup()) look_up(id, *lookup);
  }
  drain_udp();
}

void TrackerIo::handle_network_change() {
  udp_.forget_connections();
  for (std::unique_ptr<UdpSocket>& port : ports_) port.reset();
}

std::optional<IpAddress> TrackerIo::source() const {
  if (parts_.listen.is_unspecified()) return std::nullopt;
  return parts_.listen;
}

// --- where to

void TrackerIo::ask(app::TrackerId id, tracker::Request request) {
  const HostPort server{request.url.host, request.url.port};
  Asked asked{id, std::move(request)};
  // Answered later, so that the caller of drain() is not called from inside.
  parts_.resolver.resolve(server, [this, asked = std::move(asked)](const Result<std::vector<Endpoint>>& found) {
    const Result<std::vector<Endpoint>> servers =
        found ? usable(asked.request, *found) : Result<std::vector<Endpoint>>(found.error());
    if (!servers) {
      fail(asked, servers.error());
    } else if (asked.request.url.scheme == Url::Scheme::udp) {
      ask_udp(asked, servers->front());
    } else {
      ask_http(asked, *servers);
    }
  });
}

Result<std::vector<Endpoint>> TrackerIo::usable(const tracker::Request& request,
                                                const std::vector<Endpoint>& found) const {
  const std::vector<Family> ours = families_of(parts_.listen);
  const bool any_family =
      request.family == Family::any ||
      (request.redirects.length() > 0 && (is_ipv6_literal(request.url.host) || IpAddress::parse(request.url.host)));
  std::vector<Endpoint> servers;
  for (const Endpoint& each : found) {
    const Family family = family_of(each.address);
    if (std::find(ours.begin(), ours.end(), family) == ours.end()) continue;
    if (!any_family && request.family != family) continue;
    servers.push_back(each);
  }
  if (!servers.empty()) return request.redirects.allowed(servers);
  const std::string& host = request.url.host;
  const std::string wanted = request.family == Family::any ? name_of(ours.front()) : name_of(request.family);
  return Error{ErrorKind::unsupported,
               host + " has no " + wanted + " address" + (ours.size() == 1 ? ", and we listen on no other" : "")};
}

void TrackerIo::fail(const Asked& asked, const Error& error) {
  respond(asked.tracker, asked.request.id, error);
}

// A client may be gone: nobody uses that tracker any more.
void TrackerIo::respond(app::TrackerId id, std::uint64_t request, const Result<http::Response>& response) {
  if (tracker::Client* const client = parts_.participant.tracker(id)) {
    client->handle_response(request, response, steady_now());
    parts_.turn();
  }
}

// --- HTTP

void TrackerIo::ask_http(const Asked& asked, std::vector<Endpoint> servers) {
  HttpRequest get;
  get.url = asked.request.url;
  get.servers = std::move(servers);
  get.source = source();
  get.agent = parts_.agent;
  get.timeout = asked.request.timeout;
  get.body_bytes_max = asked.request.body_bytes_max;
  http_.send(std::move(get), [this, tracker = asked.tracker, id = asked.request.id](
                                 const Result<http::Response>& response) { respond(tracker, id, response); });
}

// --- UDP

void TrackerIo::ask_udp(const Asked& asked, const Endpoint& server) {
  const Instant now = steady_now();
  const std::uint64_t id = next_exchange_++;
  asked_udp_.emplace(id, asked);
  udp_.start(id, server, asked.request.announce, asked.request.url.target, now + asked.request.timeout, now);
  drain_udp();
}

Result<UdpSocket*> TrackerIo::port_for(const Endpoint& server) {
  std::unique_ptr<UdpSocket>& port = ports_[server.address.is_v4() ? 0 : 1];
  if (port) return port.get();
  const udp::endpoint local =
      source() ? to_asio<udp>({*source(), 0}) : udp::endpoint(server.address.is_v4() ? udp::v4() : udp::v6(), 0);
  error_code error;
  udp::socket socket(parts_.io);
  socket.open(local.protocol(), error);
  if (!error && local.protocol() == udp::v6()) socket.set_option(boost::asio::ip::v6_only(true), error);
  if (!error) socket.bind(local, error);
  if (!error) socket.non_blocking(true, error);
  if (error) return Error{ErrorKind::unsupported, error.message()};
  port = std::make_unique<UdpSocket>(
      std::move(socket),
      [this](const Endpoint& from, ByteSpan datagram) { udp_.handle_datagram(from, datagram, steady_now()); },
      [this] { drain_udp(); });
  port->start();
  return port.get();
}

void TrackerIo::drain_udp() {
  // Exchanges that are no longer waited for: a goodbye that was given up, an announce that was restarted.
  for (auto at = asked_udp_.begin(); at != asked_udp_.end();) {
    const Asked& asked = at->second;
    const tracker::Client* const client = parts_.participant.tracker(asked.tracker);
    if (client != nullptr && client->in_flight(asked.request.id)) {
      ++at;
    } else {
      udp_.cancel(at->first);
      at = asked_udp_.erase(at);
    }
  }
  while (const std::optional<tracker::UdpClient::Datagram> datagram = udp_.poll_transmit()) {
    const Result<UdpSocket*> port = port_for(datagram->to);
    if (!port) {
      udp_.handle_unreachable(datagram->to, port.error());
    } else if (const int error = (*port)->send(datagram->to, datagram->payload); is_no_way(error)) {
      udp_.handle_unreachable(datagram->to, {ErrorKind::unsupported, std::generic_category().message(error)});
    }
  }
  bool any = false;
  while (const std::optional<tracker::UdpClient::Outcome> outcome = udp_.poll_outcome()) {
    const auto at = asked_udp_.find(outcome->id);
    if (at == asked_udp_.end()) continue;
    const Asked asked = std::move(at->second);
    asked_udp_.erase(at);
    if (tracker::Client* const client = parts_.participant.tracker(asked.tracker)) {
      client->handle_reply(asked.request.id, outcome->reply, steady_now());
      any = true;
    }
  }
  if (const std::optional<Instant> next = udp_.next_timeout()) {
    udp_timer_.expires_at(to_steady(*next));
    udp_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      udp_.handle_timeout(steady_now());
      drain_udp();
    });
  }
  if (any) parts_.turn();
}

// --- peers by name

void TrackerIo::look_up(app::TrackerId id, const tracker::Client::Lookup& lookup) {
  parts_.resolver.resolve(lookup.name, [this, id, key = lookup.key](const Result<std::vector<Endpoint>>& found) {
    tracker::Client* const client = parts_.participant.tracker(id);
    if (!found || client == nullptr) return;
    client->handle_lookup(key, *found);
    parts_.turn();
  });
}

}  // namespace stp::net
