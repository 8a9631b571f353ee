// The production tracker and its clients, with HTTP reduced to its round trips.

#include <string>

#include "http/request_parser.h"
#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {

void World::Impl::ask_trackers(Host& host) {
  const std::vector<app::TrackerId>& trackers = host.participant->trackers();
  for (std::size_t i = 0; i < trackers.size(); ++i) {
    while (auto request = host.participant->tracker(trackers[i])->poll_request()) {
      Exchange exchange;
      exchange.client = host.number;
      exchange.stay = host.stay;
      exchange.client_tracker = trackers[i];
      exchange.tracker = i;  // every participant lists all trackers, in their order
      exchange.deadline = now_ + request->timeout;
      exchange.request = std::move(*request);
      const Host& server = *hosts_[trackers_[i].host];
      const auto bytes = static_cast<std::int64_t>(exchange.request.url.target.size() + 200);
      count_message(kTrackerRequest, bytes);
      // Connecting takes a round trip, the request half of one.
      push(3 * latency(host, server), EventKind::tracker_request, server.number, exchanges_.put(std::move(exchange)));
    }
  }
}

void World::Impl::tracker_request(std::uint32_t slot) {
  Exchange& exchange = exchanges_[slot];
  Tracker& tracker = trackers_[exchange.tracker];
  const Host& client = *hosts_[exchange.client];
  const Host& server = *hosts_[tracker.host];
  Duration reply_in = latency(client, server);
  if (!trackers_up_ || !connected(client, server)) {
    exchange.problem = "timed out";
    reply_in = std::max(reply_in, exchange.deadline - now_);
  } else {
    trace("tracker request", client.number, server.number);
    const std::string text =
        "GET " + exchange.request.url.target + " HTTP/1.1\r\nHost: " + exchange.request.url.authority() + "\r\n\r\n";
    const http::ParsedRequest parsed = http::parse_request(text);
    STP_ASSERT(parsed.outcome == http::ParsedRequest::Outcome::complete);
    exchange.response = tracker.responder->respond(parsed.request, address_of(client.number), now_);
  }
  push(reply_in, EventKind::tracker_reply, client.number, slot);
}

void World::Impl::tracker_reply(std::uint32_t slot) {
  Exchange exchange = exchanges_.take(slot);
  Host& host = *hosts_[exchange.client];
  if (!host.online || host.stay != exchange.stay) return;
  Result<http::Response> response = exchange.response ? Result<http::Response>(std::move(*exchange.response))
                                                      : Result<http::Response>(Error{ErrorKind::io, exchange.problem});
  hash_.add(exchange.request.id);
  if (exchange.response) {
    trace("tracker reply", trackers_[exchange.tracker].host, host.number,
          static_cast<std::int64_t>(exchange.response->body.size()));
  }
  tracker::Client* const client = host.participant->tracker(exchange.client_tracker);
  if (client != nullptr) client->handle_response(exchange.request.id, response, now_);
  settle(host);
  if (host.leaving && !host.participant->withdrawing()) end_stay(host, true);
}

}  // namespace stp::sim
