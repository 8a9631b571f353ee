#include "net/tracker_probe.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "core/rng.h"
#include "core/version.h"
#include "crypto/random.h"
#include "net/address.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "net/udp_socket.h"
#include "tracker/announce_request.h"
#include "tracker/tracker_reply.h"
#include "tracker/udp_client.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;

tracker::AnnounceRequest goodbye(Port port) {
  tracker::AnnounceRequest request;
  crypto::random_fill(request.swarm.bytes);
  crypto::random_fill(request.peer_id.bytes);
  std::ranges::copy(peer_id_prefix(), request.peer_id.bytes.begin());
  request.port = port == 0 ? Port{1} : port;
  request.left = 1;
  request.event = tracker::AnnounceEvent::stopped;
  return request;
}

/// One probe: its parts end before the io_context.
class Probe {
 public:
  Probe(boost::asio::io_context& io, const Url& tracker, const ProbeOptions& options)
      : io_(io),
        url_(tracker),
        options_(options),
        resolver_(io),
        http_(io),
        timer_(io),
        rng_(crypto::random_seed()),
        udp_({std::chrono::seconds(1)}, rng_) {
    timer_.expires_after(options.timeout);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) end(Error{ErrorKind::io, "its name is not resolved in time"});
    });
    resolver_.resolve({tracker.host, tracker.port}, [this](const Result<std::vector<Endpoint>>& found) {
      timer_.cancel();
      if (!found) return end(found.error());
      asked_at_ = steady_now();
      if (url_.scheme == Url::Scheme::udp) {
        ask_udp(found->front());
      } else {
        ask_http(*found);
      }
    });
  }

  std::optional<Result<TrackerAnswer>> outcome;

 private:
  void end(const Result<tracker::TrackerReply>& reply) {
    if (!outcome) {
      if (!reply) {
        outcome.emplace(reply.error());
      } else if (reply->failure) {
        outcome.emplace(Error{ErrorKind::other, "it refuses: " + *reply->failure});
      } else {
        outcome.emplace(TrackerAnswer{steady_now() - asked_at_, server_clock_});
      }
    }
    io_.stop();
  }

  void ask_http(const std::vector<Endpoint>& servers) {
    HttpRequest request;
    request.url = url_;
    request.url.target = tracker::announce_target(url_.target, goodbye(options_.port));
    request.servers = servers;
    request.agent = options_.agent;
    request.timeout = options_.timeout;
    request.body_bytes_max = tracker::kReplyBytesMax;
    request.on_date = [this](std::int64_t seconds) { server_clock_ = seconds; };
    http_.send(std::move(request), [this](const Result<http::Response>& response) {
      if (!response) return end(response.error());
      if (response->status >= 300 && response->status < 400) {
        return end(Error{ErrorKind::other, "it redirects elsewhere (HTTP " + std::to_string(response->status) + ")"});
      }
      const Result<tracker::TrackerReply> reply = tracker::decode_announce_reply(response->body);
      if (!reply && response->status != 200) {
        return end(Error{ErrorKind::other, "it answers HTTP " + std::to_string(response->status)});
      }
      end(reply);
    });
  }

  void ask_udp(const Endpoint& server) {
    boost::system::error_code error;
    udp::socket socket(io_);
    socket.open(server.address.is_v4() ? udp::v4() : udp::v6(), error);
    if (!error) socket.bind(udp::endpoint(server.address.is_v4() ? udp::v4() : udp::v6(), 0), error);
    if (!error) socket.non_blocking(true, error);
    if (error) return end(Error{ErrorKind::io, error.message()});
    socket_ = std::make_unique<UdpSocket>(
        std::move(socket),
        [this](const Endpoint& from, ByteSpan datagram) { udp_.handle_datagram(from, datagram, steady_now()); },
        [this] { drain_udp(); });
    socket_->start();
    const Instant now = steady_now();
    udp_.start(1, server, goodbye(options_.port), url_.target, now + options_.timeout, now);
    drain_udp();
  }

  void drain_udp() {
    while (const std::optional<tracker::UdpClient::Datagram> datagram = udp_.poll_transmit()) {
      if (const int failed = socket_->send(datagram->to, datagram->payload); failed != 0) {
        udp_.handle_unreachable(datagram->to, {ErrorKind::io, std::generic_category().message(failed)});
      }
    }
    if (const std::optional<tracker::UdpClient::Outcome> result = udp_.poll_outcome()) return end(result->reply);
    if (const std::optional<Instant> next = udp_.next_timeout()) {
      timer_.expires_at(to_steady(*next));
      timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        udp_.handle_timeout(steady_now());
        drain_udp();
      });
    }
  }

  boost::asio::io_context& io_;
  const Url url_;
  const ProbeOptions options_;
  Resolver resolver_;
  HttpClient http_;
  boost::asio::steady_timer timer_;
  Rng rng_;
  tracker::UdpClient udp_;
  std::unique_ptr<UdpSocket> socket_;
  Instant asked_at_{};
  std::optional<std::int64_t> server_clock_;
};

}  // namespace

Result<TrackerAnswer> probe_tracker(const Url& tracker, const ProbeOptions& options) {
  boost::asio::io_context io(1);
  Probe probe(io, tracker, options);
  io.run();
  if (!probe.outcome) return Error{ErrorKind::io, "no answer"};
  return *std::move(probe.outcome);
}

}  // namespace stp::net
