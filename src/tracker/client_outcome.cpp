// tracker::Client: what becomes of an announce: redirects, replies, failures, and when the next one is due.
#include <algorithm>
#include <utility>

#include "core/shown_text.h"
#include "tracker/client.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kUnreachableFirst = seconds(5);
constexpr Duration kUnreachableLongest = minutes(10);
constexpr Duration kRefusedFirst = seconds(30);
constexpr Duration kRefusedLongest = minutes(30);
constexpr Duration kRetryInMax = std::chrono::hours(24);

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_permanent_redirect(int status) {
  return status == 301 || status == 308;
}

bool is_redirect(int status) {
  return is_permanent_redirect(status) || status == 302 || status == 303 || status == 307;
}

}  // namespace

void Client::handle_response(std::uint64_t id, const Result<http::Response>& response, Instant now) {
  const std::optional<InFlight> at = find(id);
  if (!at) return advance(now);
  now_ = std::max(now_, now);
  if (response && is_redirect(response->status)) {
    if (const Status followed = follow(*at->leg, *response); !followed) {
      Outcome refused;
      refused.problem = followed.error().message;
      refused.reached = true;
      refused.retry_after = response->retry_after;
      ended(at->swarm->second, *at->leg, refused, now);
    }
  } else {
    ended(at->swarm->second, *at->leg, outcome_of(response), now);
  }
  offer_found(at->swarm->first, at->swarm->second);
  enqueue(at->swarm->first, at->swarm->second);
  advance(now);
}

void Client::handle_reply(std::uint64_t id, const Result<TrackerReply>& reply, Instant now) {
  if (const std::optional<InFlight> at = find(id)) {
    Outcome outcome;
    outcome.reached = reply.ok();
    if (reply) {
      outcome.reply = *reply;
    } else {
      outcome.problem = reply.error().message;
      outcome.absent = reply.error().kind == ErrorKind::unsupported;
    }
    ended(at->swarm->second, *at->leg, outcome, now);
    offer_found(at->swarm->first, at->swarm->second);
    enqueue(at->swarm->first, at->swarm->second);
  }
  advance(now);
}

Client::Outcome Client::outcome_of(const Result<http::Response>& response) {
  Outcome outcome;
  if (!response) {
    outcome.problem = response.error().message;
    outcome.absent = response.error().kind == ErrorKind::unsupported;
    return outcome;
  }
  outcome.reached = true;
  outcome.retry_after = response->retry_after;
  Result<TrackerReply> reply = decode_announce_reply(response->body);
  // Some trackers refuse with an additional HTTP error.
  if (reply && (reply->failure || is_success(response->status))) {
    outcome.reply = *std::move(reply);
  } else {
    outcome.problem =
        is_success(response->status) ? reply.error().message : "HTTP status " + std::to_string(response->status);
  }
  return outcome;
}

Status Client::follow(Leg& leg, const http::Response& response) {
  const auto refuse = [](const std::string& why) { return Error{ErrorKind::unsupported, why}; };
  if (response.location.empty()) {
    return refuse("HTTP status " + std::to_string(response.status) + " without a Location");
  }
  Result<Url> next = leg.redirects.follow(leg.hop ? *leg.hop : leg.place, response.location, response.from);
  if (next) next = parse_tracker_url(next->to_string());  // one without a path is a tracker's
  if (!next) return refuse(next.error().message);
  leg.hop = *next;
  leg.redirects_permanent = leg.redirects_permanent && is_permanent_redirect(response.status);
  auto request = requests_.extract(*leg.request);
  leg.request = request.key() = next_id_++;
  requests_.insert(std::move(request));
  outbox_.push_back(*leg.request);
  return Done{};
}

void Client::ended(Swarm& swarm, Leg& leg, const Outcome& outcome, Instant now) {
  const bool was_goodbye = leg.polled && leg.said.event == AnnounceEvent::stopped;
  end_request(leg);
  if (swarm.stopping) {
    // Either the goodbye is done, or the announce that it waited for has ended and advance() now sends it, unless that
    // announce was our first and never arrived.
    if (was_goodbye || (!outcome.reached && !leg.started)) leg.said_goodbye = true;
    if (leg.said.event == AnnounceEvent::completed) swarm.completed = false;
    return;
  }
  // If a key was started again while its goodbye was on the way, the answer to the goodbye is of no use.
  if (!was_goodbye) take_outcome(swarm, leg, outcome, now);
}

void Client::take_outcome(Swarm& swarm, Leg& leg, const Outcome& outcome, Instant now) {
  leg.absent = outcome.absent;
  if (!outcome.reached) {
    if (!leg.started) leg.listed = false;
    return fail(leg, outcome.problem,
                outcome.absent ? kAbsentRetry : backoff(leg, kUnreachableFirst, kUnreachableLongest), now);
  }
  if (outcome.reply && !outcome.reply->failure) {
    if (leg.hop && leg.redirects_permanent) {
      leg.place = *leg.hop;
      leg.place.target = without_announce(leg.place.target);
    }
    return take_reply(swarm, leg, *outcome.reply, now);
  }
  Duration retry_in = backoff(leg, kRefusedFirst, kRefusedLongest);
  if (outcome.retry_after) retry_in = std::clamp<Duration>(*outcome.retry_after, kIntervalMin, kRetryInMax);
  if (!outcome.reply) return fail(leg, outcome.problem, retry_in, now);
  leg.never = outcome.reply->retry_never;
  if (outcome.reply->retry_in) {
    retry_in = std::clamp<Duration>(*outcome.reply->retry_in, kIntervalMin, kRetryInMax);
  }
  fail(leg, "failure reason '" + escaped(*outcome.reply->failure) + "'", retry_in, now);
}

void Client::take_reply(Swarm& swarm, Leg& leg, const TrackerReply& reply, Instant now) {
  leg.failures = 0;
  leg.problem.clear();
  leg.warning = reply.warning;
  if (!reply.tracker_id.empty()) leg.tracker_id = reply.tracker_id;
  leg.answered = true;
  leg.peers = reply.peers;
  for (const Endpoint& peer : reply.peers) {
    const bool known = std::find(swarm.found.begin(), swarm.found.end(), peer) != swarm.found.end();
    if (!known && swarm.found.size() < kReplyPeersMax) swarm.found.push_back(peer);
  }
  for (const HostPort& name : reply.names) {
    const bool known = std::find(swarm.names.begin(), swarm.names.end(), name) != swarm.names.end();
    if (!known && swarm.names.size() < kReplyNamesMax) swarm.names.push_back(name);
  }

  if (config_.tracer.on(trace::Level::debug)) {
    config_.tracer.write(
        trace::Level::debug, now, "reply",
        {{"tracker", config_.url.to_string()}, {"peers", reply.peers.size()}, {"took", now - leg.asked_at}});
  }

  const Duration told = reply.interval ? Duration(*reply.interval) : kIntervalDefault;
  const Duration interval = std::clamp(told, kIntervalMin, kIntervalMax);
  const Duration wish = reply.min_interval ? Duration(*reply.min_interval) : kMinIntervalDefault;
  leg.earliest = now + std::clamp(wish, kIntervalMin, interval);
  leg.due = now + interval + Duration(rng_.below(static_cast<std::uint64_t>(interval.count() / 10)));

  if (leg.said.event == AnnounceEvent::completed) swarm.completed = false;
  leg.started = leg.said.port == port_to_say(swarm, leg);
  const bool stale = (leg.said.left == 0) != swarm.self.is_seed();
  if (says_completed(swarm, leg) || stale || !leg.started) leg.due = leg.earliest = now;
}

void Client::fail(Leg& leg, std::string problem, Duration retry_in, Instant now) {
  ++leg.failures;
  leg.problem = std::move(problem);
  leg.place = config_.url;
  leg.due = leg.earliest = now + retry_in;
  if (config_.tracer.on(trace::Level::warn)) {
    config_.tracer.write(trace::Level::warn, now, "no reply",
                         {{"tracker", config_.url.to_string()}, {"why", leg.problem}, {"retry_in", retry_in}});
  }
}

Duration Client::backoff(const Leg& leg, Duration first, Duration longest) {
  Duration delay = first;
  for (unsigned i = 0; i < leg.failures && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  return delay * 3 / 4 + Duration(rng_.below(static_cast<std::uint64_t>(delay.count() / 2)));
}

}  // namespace stp::tracker
