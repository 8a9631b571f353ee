// The client in virtual time against the real server side without sockets: its request target goes through the query
// parser, the registry and the reply encoder, and comes back as the body of a response.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tracker/announce_query.h"
#include "tracker/client.h"
#include "tracker/responder.h"
#include "unit/tracker/peers.h"

namespace stp::tracker::test {

using std::chrono::minutes;
using std::chrono::seconds;

inline const IpAddress kClientAddress = IpAddress::v4(0xc0000201);  // 192.0.2.1
inline const IpAddress kClientAddress6 = *IpAddress::parse("2001:db8::1");

class ClientTest : public ::testing::Test {
 protected:
  struct Seen {
    Instant when;
    AnnounceQuery query;
    std::string target;
    std::string origin;
    Request request;
  };
  enum class Tracker { answers, refuses_connections, says_nothing };

  void start(const SwarmKey& swarm, std::int64_t left, Port port = 64500) {
    discovery::Announcement self{port, 10, 20, left};
    // A download has ended when we were a leech before.
    self.completed = left == 0 && leeches.contains(swarm);
    if (left != 0) leeches.insert(swarm);
    client.start(swarm, self, now);
    serve();
  }
  void stop(const SwarmKey& swarm) {
    client.stop(swarm, now);
    serve();
  }
  void search(const SwarmKey& swarm) {
    client.search(swarm, now);
    serve();
  }

  /// Makes every request that the client wants made.
  void serve() {
    client.check_invariants();
    while (const std::optional<Request> request = client.poll_request()) {
      const std::string& target = request->url.target;
      const Result<AnnounceQuery> query = parse_announce_query(target.substr(target.find('?') + 1));
      EXPECT_TRUE(query.ok());
      seen.push_back({now, *query, target, request->url.origin(), *request});
      if (tracker == Tracker::says_nothing) {
        unanswered.push_back(request->id);
        continue;
      }
      client.handle_response(request->id, answer(*request), now);
      client.check_invariants();
    }
  }

  static http::Response http(int status, std::string_view body) {
    http::Response response;
    response.status = status;
    response.body = to_bytes(body);
    return response;
  }
  static http::Response redirect(int status, std::string location) {
    http::Response response = http(status, "");
    response.location = std::move(location);
    return response;
  }

  Result<http::Response> answer(const Request& request) {
    if (tracker == Tracker::refuses_connections) return Error{ErrorKind::io, "connection refused"};
    if (absent == request.family) return Error{ErrorKind::unsupported, "no such address"};
    const auto moved = redirects.find(request.url.origin());
    if (moved != redirects.end()) return moved->second;
    if (fixed_reply) {
      http::Response response = http(fixed_status, *fixed_reply);
      response.retry_after = retry_after;
      return response;
    }
    http::Request head;
    head.target = request.url.target;
    const http::Response reply =
        responder.respond(head, request.family == Family::ipv6 ? kClientAddress6 : kClientAddress, now);
    return http(static_cast<int>(reply.status), as_text(reply.body));
  }

  /// Lets virtual time pass, with every timer at its moment.
  void run(Duration duration) {
    const Instant end = now + duration;
    while (true) {
      const std::optional<Instant> due = client.next_timeout();
      if (!due || *due > end) break;
      ASSERT_GT(*due, now) << "a timer that is due must have been served";
      now = *due;
      client.handle_timeout(now);
      serve();
    }
    now = end;
    client.handle_timeout(now);
    serve();
  }

  std::vector<Endpoint> found(const SwarmKey& swarm) {
    std::vector<Endpoint> peers;
    while (const std::optional<discovery::FoundPeer> peer = client.poll_peer(swarm)) {
      EXPECT_EQ(peer->source, discovery::Source::tracker);
      peers.push_back(peer->endpoint);
    }
    return peers;
  }

  void add_others(std::uint32_t count, const SwarmKey& swarm = key(1)) {
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_TRUE(registry.announce({swarm, peer4(i + 1), AnnounceEvent::started, false, 0}, now).ok());
    }
  }

  explicit ClientTest(std::vector<Family> families = {Family::any}) : client(client_config(std::move(families)), rng) {}

  static ClientConfig client_config(std::vector<Family> families = {Family::any}) {
    ClientConfig config;
    config.families = std::move(families);
    config.url = *parse_tracker_url("tracker.example");
    config.peer_id.bytes.fill(std::byte{'p'});
    return config;
  }

  /// Anything in any order: nothing is left hanging, and the invariants hold.
  void survive_random_operations() {
    Rng script(77);
    for (int step = 0; step < 20'000; ++step) {
      const SwarmKey swarm = key(static_cast<std::uint32_t>(script.below(8)));
      switch (script.below(12)) {
        case 0: start(swarm, static_cast<std::int64_t>(script.below(2)), static_cast<Port>(script.below(3))); break;
        case 1: stop(swarm); break;
        case 2: search(swarm); break;
        case 3: found(swarm); break;
        case 4: tracker = static_cast<Tracker>(script.below(3)); break;
        case 5:
          if (unanswered.empty()) break;
          client.handle_response(unanswered.front(), http(200, "d8:intervali30e5:peers6:aaaabbe"), now);
          unanswered.pop_front();
          break;
        default: run(seconds(script.below(40))); break;
      }
      client.check_invariants();
      EXPECT_FALSE(client.status(swarm, now).empty());
    }
    tracker = Tracker::answers;
    for (std::uint32_t i = 0; i < 8; ++i) client.stop(key(i), now);
    run(seconds(6));
    EXPECT_FALSE(client.withdrawing());
    EXPECT_EQ(client.next_timeout(), std::nullopt);
  }

  Rng rng{21};
  Registry registry{{}, rng};
  Responder responder{registry};
  Client client;
  Instant now = test::at(seconds(0));
  Tracker tracker = Tracker::answers;
  std::optional<std::string> fixed_reply;
  int fixed_status = 200;
  std::optional<seconds> retry_after;
  std::map<std::string, http::Response> redirects;  // by origin
  std::optional<Family> absent;
  std::set<SwarmKey> leeches;
  std::vector<Seen> seen;
  std::deque<std::uint64_t> unanswered;
};

}  // namespace stp::tracker::test
