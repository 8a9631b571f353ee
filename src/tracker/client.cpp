#include "tracker/client.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tracker/announce_query.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kUnreachableFirst = seconds(5);
constexpr Duration kUnreachableLongest = minutes(10);
constexpr Duration kRefusedFirst = seconds(30);
constexpr Duration kRefusedLongest = minutes(30);
constexpr Duration kRetryInMax = std::chrono::hours(24);
// The driver is asked to report a time-out itself; this much later the request counts as lost.
constexpr Duration kDriverGrace = seconds(5);
// A peer that accepts no connections has to name a port all the same, or trackers refuse it. Nobody listens on 1
// (tcpmux).
constexpr Port kNoPort = 1;
constexpr int kHttpOk = 200;

const char* event_text(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::started: return "started";
    case AnnounceEvent::completed: return "completed";
    case AnnounceEvent::stopped: return "stopped";
    case AnnounceEvent::none: break;
  }
  return nullptr;
}

std::string wait_text(Duration wait) {
  const auto whole = std::max(std::chrono::ceil<seconds>(wait), seconds(1));
  if (whole < minutes(2)) return std::to_string(whole.count()) + " s";
  return std::to_string(std::chrono::ceil<minutes>(whole).count()) + " min";
}

}  // namespace

Client::Client(ClientConfig config, Rng& rng)
    : config_(std::move(config)), rng_(rng), announce_key_(static_cast<std::uint32_t>(rng.next())) {}

void Client::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  const auto [at, is_new] = swarms_.try_emplace(key);
  Swarm& swarm = at->second;
  const discovery::Announcement before = std::exchange(swarm.self, self);
  const bool again = swarm.stopping;
  if (again) {
    swarm.stopping = swarm.completed = false;
    take_back_queued(swarm);
  }
  if (!is_new && !again && !before.is_seed() && self.is_seed()) swarm.completed = true;
  const bool moved = is_new || again || before.port != self.port;
  if (moved) swarm.started = false;
  // While the tracker fails, the back-off decides; what is new goes out with the next try.
  if ((moved || swarm.completed) && swarm.failures == 0) swarm.due = swarm.earliest = now;
  advance(now);
}

void Client::search(const SwarmKey& key, Instant now) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  Swarm& swarm = at->second;
  swarm.due = std::min(swarm.due, std::max(now, swarm.earliest));
  advance(now);
}

void Client::stop(const SwarmKey& key, Instant now) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return;
  Swarm& swarm = at->second;
  take_back_queued(swarm);
  if (!swarm.listed) {
    swarms_.erase(at);
  } else {
    swarm.stopping = true;
    swarm.found.clear();
    swarm.gives_up = now + kWithdrawTimeout;
  }
  advance(now);
}

std::optional<discovery::FoundPeer> Client::poll_peer(const SwarmKey& key) {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.found.empty()) return std::nullopt;
  const Endpoint peer = at->second.found.front();
  at->second.found.pop_front();
  return discovery::FoundPeer{peer, discovery::Source::tracker};
}

void Client::handle_timeout(Instant now) {
  advance(now);
}

std::optional<Instant> Client::next_timeout() const {
  Instant next = kNever;
  for (const auto& [key, swarm] : swarms_) {
    if (swarm.request || swarm.stopping) {
      next = earlier(next, swarm.gives_up);
    } else if (!swarm.never && in_flight_ < kRequestsMax) {
      next = earlier(next, swarm.due);
    }
  }
  if (next == kNever) return std::nullopt;
  return next;
}

bool Client::searching(const SwarmKey& key) const {
  const auto at = swarms_.find(key);
  if (at == swarms_.end() || at->second.stopping) return false;
  const Swarm& swarm = at->second;
  const bool waits_its_turn = !swarm.never && swarm.failures == 0 && swarm.due <= now_;
  return swarm.request.has_value() || !swarm.found.empty() || waits_its_turn;
}

bool Client::withdrawing() const {
  return std::any_of(swarms_.begin(), swarms_.end(), [](const auto& entry) { return entry.second.stopping; });
}

std::string Client::status(const SwarmKey& key, Instant now) const {
  std::string line = "tracker " + config_.url.to_string() + ": ";
  const auto at = swarms_.find(key);
  if (at == swarms_.end()) return line + "not announced";
  const Swarm& swarm = at->second;
  if (swarm.stopping) return line + "saying goodbye";
  if (!swarm.problem.empty()) {
    line += swarm.problem;
    if (swarm.never) return line + ", and not to try again";
    return line + (swarm.request ? ", trying again" : ", next try in " + wait_text(swarm.due - now));
  }
  if (!swarm.peers) return line + "asking";
  line += std::to_string(*swarm.peers) + (*swarm.peers == 1 ? " peer" : " peers");
  if (!swarm.warning.empty()) line += ", warning '" + printable(swarm.warning) + "'";
  return line;
}

std::optional<HttpRequest> Client::poll_request() {
  if (outbox_.empty()) return std::nullopt;
  HttpRequest request = std::move(outbox_.front());
  outbox_.pop_front();
  for (auto& [key, swarm] : swarms_) {
    if (swarm.request == request.id) swarm.listed = true;
  }
  return request;
}

void Client::handle_response(std::uint64_t id, const Result<HttpResponse>& response, Instant now) {
  const auto at = std::find_if(swarms_.begin(), swarms_.end(), [id](const auto& s) { return s.second.request == id; });
  if (at != swarms_.end()) ended(at, response, now);
  advance(now);
}

void Client::advance(Instant now) {
  now_ = std::max(now_, now);
  // First what has ended, then what its place in flight allows.
  for (auto at = swarms_.begin(); at != swarms_.end();) {
    Swarm& swarm = at->second;
    const bool given_up = (swarm.stopping || swarm.request) && now >= swarm.gives_up;
    if (given_up && swarm.stopping) {
      end_request(swarm);
      at = swarms_.erase(at);
    } else {
      at = given_up ? ended(at, Error{ErrorKind::io, "no answer"}, now) : std::next(at);
    }
  }
  for (auto& [key, swarm] : swarms_) {
    if (swarm.request) continue;
    const bool due = !swarm.never && swarm.due <= now && in_flight_ < kRequestsMax;
    if (swarm.stopping || due) ask(key, swarm, now);
  }
}

void Client::ask(const SwarmKey& key, Swarm& swarm, Instant now) {
  if (swarm.stopping) {
    swarm.event = AnnounceEvent::stopped;
  } else if (swarm.completed) {
    swarm.event = AnnounceEvent::completed;
  } else {
    swarm.event = swarm.started ? AnnounceEvent::none : AnnounceEvent::started;
  }
  swarm.port = swarm.self.port;
  const Duration timeout = swarm.stopping ? swarm.gives_up - now : config_.request_timeout;
  if (!swarm.stopping) swarm.gives_up = now + timeout + kDriverGrace;
  swarm.request = next_id_++;
  ++in_flight_;
  outbox_.push_back({*swarm.request, config_.url.host, config_.url.port, config_.url.authority(),
                     announce_target(key, swarm), timeout, kReplyBytesMax});
}

std::string Client::announce_target(const SwarmKey& key, const Swarm& swarm) const {
  const std::string& base = config_.url.target;
  const auto number = [](std::int64_t value) { return std::to_string(std::max<std::int64_t>(value, 0)); };
  std::string target = base + (base.find('?') == std::string::npos ? "?" : "&");
  target += "info_hash=" + percent_encode(key.span());
  target += "&peer_id=" + percent_encode(config_.peer_id.span());
  target += "&port=" + std::to_string(swarm.port != 0 ? swarm.port : kNoPort);
  target += "&uploaded=" + number(swarm.self.uploaded);
  target += "&downloaded=" + number(swarm.self.downloaded);
  target += "&left=" + number(swarm.self.left);
  char key_text[16];
  std::snprintf(key_text, sizeof key_text, "%08X", static_cast<unsigned>(announce_key_));
  target += std::string("&key=") + key_text;
  target += "&numwant=" + std::to_string(swarm.event == AnnounceEvent::stopped ? 0 : config_.numwant);
  target += "&compact=1&no_peer_id=1";
  if (const char* event = event_text(swarm.event)) target += std::string("&event=") + event;
  if (!swarm.tracker_id.empty()) target += "&trackerid=" + percent_encode(swarm.tracker_id);
  return target;
}

Client::Swarms::iterator Client::ended(Swarms::iterator at, const Result<HttpResponse>& response, Instant now) {
  Swarm& swarm = at->second;
  end_request(swarm);
  const bool was_goodbye = swarm.event == AnnounceEvent::stopped;
  if (swarm.stopping) {
    // The goodbye is said, or the announce that it waited for has ended and advance() sends it now; unless that
    // announce, our first, never arrived.
    return was_goodbye || (!response && !swarm.started) ? swarms_.erase(at) : std::next(at);
  }
  // A key that was started again while its goodbye was on the way: the answer to that tells nothing.
  if (!was_goodbye) take_response(swarm, response, now);
  return std::next(at);
}

void Client::take_response(Swarm& swarm, const Result<HttpResponse>& response, Instant now) {
  if (!response) {
    if (!swarm.started) swarm.listed = false;
    return fail(swarm, response.error().message, backoff(swarm, kUnreachableFirst, kUnreachableLongest), now);
  }
  Result<TrackerReply> reply = decode_announce_reply(response->body);
  const Duration patience = backoff(swarm, kRefusedFirst, kRefusedLongest);
  if (reply && reply->failure) {
    // Some trackers refuse with an HTTP error on top.
    swarm.never = reply->retry_never;
    const Duration retry_in =
        reply->retry_in ? std::clamp<Duration>(*reply->retry_in, kIntervalMin, kRetryInMax) : patience;
    return fail(swarm, "failure reason '" + printable(*reply->failure) + "'", retry_in, now);
  }
  if (response->status != kHttpOk) {
    return fail(swarm, "HTTP status " + std::to_string(response->status), patience, now);
  }
  if (!reply) return fail(swarm, reply.error().message, patience, now);
  take_reply(swarm, std::move(*reply), now);
}

void Client::take_reply(Swarm& swarm, TrackerReply reply, Instant now) {
  swarm.failures = 0;
  swarm.problem.clear();
  swarm.warning = std::move(reply.warning);
  if (!reply.tracker_id.empty()) swarm.tracker_id = std::move(reply.tracker_id);
  swarm.peers = reply.peers.size();
  swarm.found.assign(reply.peers.begin(), reply.peers.end());

  const Duration told = reply.interval ? Duration(*reply.interval) : kIntervalDefault;
  const Duration interval = std::clamp(told, kIntervalMin, kIntervalMax);
  const Duration wish = reply.min_interval ? Duration(*reply.min_interval) : kMinIntervalDefault;
  swarm.earliest = now + std::clamp(wish, kIntervalMin, interval);
  swarm.due = now + interval + Duration(rng_.below(static_cast<std::uint64_t>(interval.count() / 10)));

  if (swarm.event == AnnounceEvent::completed) swarm.completed = false;
  swarm.started = swarm.port == swarm.self.port;
  if (swarm.completed || !swarm.started) swarm.due = swarm.earliest = now;
}

void Client::fail(Swarm& swarm, std::string problem, Duration retry_in, Instant now) {
  ++swarm.failures;
  swarm.problem = std::move(problem);
  swarm.due = swarm.earliest = now + retry_in;
}

Duration Client::backoff(const Swarm& swarm, Duration first, Duration longest) {
  Duration delay = first;
  for (unsigned i = 0; i < swarm.failures && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  return delay * 3 / 4 + Duration(rng_.below(static_cast<std::uint64_t>(delay.count() / 2)));
}

void Client::end_request(Swarm& swarm) {
  if (!swarm.request) return;
  std::erase_if(outbox_, [&](const HttpRequest& queued) { return swarm.request == queued.id; });
  swarm.request.reset();
  --in_flight_;
}

void Client::take_back_queued(Swarm& swarm) {
  const bool queued = std::any_of(outbox_.begin(), outbox_.end(),
                                  [&](const HttpRequest& request) { return swarm.request == request.id; });
  if (queued) end_request(swarm);
}

void Client::check_invariants() const {
  std::size_t in_flight = 0;
  for (const auto& [key, swarm] : swarms_) {
    in_flight += swarm.request ? 1 : 0;
    STP_ASSERT(swarm.found.size() <= kReplyPeersMax);
    STP_ASSERT(swarm.stopping || swarm.earliest <= swarm.due);
    STP_ASSERT(!swarm.stopping || swarm.listed);
  }
  STP_ASSERT(in_flight == in_flight_);
  for (const HttpRequest& request : outbox_) {
    STP_ASSERT(std::any_of(swarms_.begin(), swarms_.end(),
                           [&](const auto& entry) { return entry.second.request == request.id; }));
  }
}

}  // namespace stp::tracker
