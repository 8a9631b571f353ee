// Replies of foreign trackers: bounds hold for every accepted reply, our own encoding of the peers reads back the same,
// and the client accepts any reply in any state.
#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/shown_text.h"
#include "core/utf8.h"
#include "tracker/client.h"
#include "tracker/tracker_reply.h"

namespace {

using namespace stp;
using namespace stp::tracker;

void check_bounds(const TrackerReply& reply) {
  STP_ASSERT(reply.peers.size() <= kReplyPeersMax);
  STP_ASSERT(std::set<Endpoint>(reply.peers.begin(), reply.peers.end()).size() == reply.peers.size());
  for (const Endpoint& peer : reply.peers) STP_ASSERT(peer.is_dialable());
  STP_ASSERT(reply.tracker_id.size() <= kTrackerIdBytesMax);
  STP_ASSERT(reply.warning.size() <= kReplyTextBytesMax);
  STP_ASSERT(!reply.failure || reply.failure->size() <= kReplyTextBytesMax);
  STP_ASSERT(!reply.interval || reply.interval->count() >= 0);
}

void check_round_trip(const TrackerReply& reply) {
  AnnounceReply ours;
  for (const Endpoint& peer : reply.peers) peer.append_compact(peer.address.is_v4() ? ours.peers : ours.peers6);
  std::vector<Endpoint> sorted = reply.peers;
  std::stable_partition(sorted.begin(), sorted.end(), [](const Endpoint& peer) { return peer.address.is_v4(); });
  for (const bool compact : {true, false}) {
    const Result<TrackerReply> again = decode_announce_reply(encode_announce_reply(ours, compact));
    STP_ASSERT(again.ok() && again->peers == sorted);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan body = std::as_bytes(std::span(data, size));
  if (const Result<TrackerReply> reply = decode_announce_reply(body)) {
    check_bounds(*reply);
    check_round_trip(*reply);
  }

  Rng rng(1);
  ClientConfig config;
  config.url = *parse_tracker_url("tracker.example");
  Client client(config, rng);
  const SwarmKey key{};
  Instant now{};
  client.start(key, {1, 0, 0, 1}, now);
  for (int round = 0; round < 3; ++round) {
    while (const std::optional<Request> request = client.poll_request()) {
      http::Response response;
      response.status = round == 1 ? 500 : 200;
      response.body = to_bytes(body);
      client.handle_response(request->id, response, now);
      client.check_invariants();
      const std::string status = client.status(key, now);
      STP_ASSERT(is_utf8(status) && status == one_line(status));  // a tracker's words, safe to show
      for (const char c : request->url.target) STP_ASSERT(c > ' ' && c < 0x7f);
    }
    while (client.poll_peer(key)) continue;
    if (const std::optional<Instant> due = client.next_timeout()) {
      STP_ASSERT(*due > now);
      now = *due;
      client.handle_timeout(now);
    }
  }
  client.stop(key, now);
  return 0;
}
