#include "transfer/web_seeds.h"

#include <algorithm>
#include <utility>

#include "transfer/wait_text.h"

namespace stp::transfer {
namespace {

/// Chunks that are judged long after their web seed has left and come back are rare.
constexpr std::size_t kHandlesKept = 16;
/// A server that wishes for less gets this.
constexpr Duration kRetryAfterMin = std::chrono::seconds(1);

auto is_joined_as(PeerHandle peer) {
  return [peer](const auto& source) { return source.peer == peer; };
}

}  // namespace

WebSeeds::WebSeeds(const SwarmConfig& config, Outbox& outbox, Host& host)
    : policy_(config.policy->web_seeds), outbox_(outbox), host_(host) {
  for (const content::WebSeed& seed : config.web_seeds) {
    if (sources_.size() == content::kWebSeedsUsedMax) break;
    const bool twice = std::ranges::any_of(sources_, [&](const Source& other) { return other.seed == seed; });
    if (!twice) sources_.push_back({seed, std::nullopt, {}, {}, {}, {}, false});
  }
}

void WebSeeds::join_due(Instant now) {
  for (Source& source : sources_) {
    if (source.peer || source.given_up || now < source.retry_at) continue;
    const PeerHandle peer = host_.add_web_seed(source.seed, now);
    source.peer = peer;
    host_.web_seed_joined(peer, now);
  }
}

void WebSeeds::leave(Source& source, const std::string& why, Instant now) {
  const PeerHandle peer = *std::exchange(source.peer, std::nullopt);
  source.before.push_back(peer);
  if (source.before.size() > kHandlesKept) source.before.erase(source.before.begin());
  host_.web_seed_left(peer, why, now);
}

void WebSeeds::leave_all(const std::string& why, Instant now) {
  for (Source& source : sources_) {
    if (source.peer) leave(source, why, now);
  }
}

void WebSeeds::fail(PeerHandle peer, const WebSeedFailure& failure, Instant now) {
  const auto found = std::ranges::find_if(sources_, is_joined_as(peer));
  if (found == sources_.end()) return;
  if (failure.for_good) return give_up(*found, failure.reason, false, now);
  found->reason = failure.reason;
  found->pause = std::clamp<Duration>(2 * found->pause, policy_.retry_first, policy_.retry_max);
  Duration pause = found->pause;
  if (failure.retry_after) pause = std::clamp<Duration>(*failure.retry_after, kRetryAfterMin, policy_.retry_after_max);
  found->retry_at = now + pause;
  outbox_.report(WebSeedTrouble{content::shown_web_seed(found->seed), failure.reason, false, pause});
  leave(*found, failure.reason, now);
}

void WebSeeds::ban(PeerHandle peer, const std::string& why, Instant now) {
  for (Source& source : sources_) {
    if (source.had(peer) && !source.given_up) give_up(source, why, true, now);
  }
}

void WebSeeds::give_up(Source& source, const std::string& why, bool banned, Instant now) {
  source.given_up = true;
  source.reason = why;
  outbox_.report(WebSeedTrouble{content::shown_web_seed(source.seed), why, banned, std::nullopt});
  if (source.peer) leave(source, why, now);
}

void WebSeeds::note_data(PeerHandle peer) {
  const auto found = std::ranges::find_if(sources_, is_joined_as(peer));
  if (found == sources_.end()) return;
  found->pause = {};
  found->reason.clear();
}

bool WebSeeds::Source::had(PeerHandle handle) const {
  return peer == handle || std::ranges::find(before, handle) != before.end();
}

bool WebSeeds::contains(PeerHandle peer) const {
  return std::ranges::any_of(sources_, is_joined_as(peer));
}

bool WebSeeds::had(PeerHandle peer) const {
  return std::ranges::any_of(sources_, [peer](const Source& source) { return source.had(peer); });
}

std::uint32_t WebSeeds::joined() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(sources_, [](const Source& source) { return source.peer.has_value(); }));
}

std::uint32_t WebSeeds::waiting() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      sources_, [](const Source& source) { return !source.peer && !source.given_up && !source.reason.empty(); }));
}

std::string WebSeeds::trouble(Instant now) const {
  const Source* chosen = nullptr;
  for (const Source& source : sources_) {
    if (source.peer || source.reason.empty()) continue;
    const auto rank = [](const Source& of) { return of.given_up ? kNever : of.retry_at; };
    if (chosen == nullptr || rank(source) < rank(*chosen)) chosen = &source;
  }
  if (chosen == nullptr) return {};
  std::string text = "web seed " + content::shown_web_seed(chosen->seed) + ": " + chosen->reason;
  if (chosen->given_up) return text + ", not used any more";
  return text + ", trying again " + wait_text(chosen->retry_at - now);
}

Instant WebSeeds::next_timeout() const {
  Instant next = kNever;
  for (const Source& source : sources_) {
    if (!source.peer && !source.given_up) next = earlier(next, source.retry_at);
  }
  return next;
}

}  // namespace stp::transfer
