#include "sim/runner/fuzz_scenario.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <span>
#include <string>

#include "core/rng.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/random_policies.h"

namespace stp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint32_t kGroupHostsMax = 10;
constexpr std::uint32_t kCrowdHostsMax = 150;
constexpr std::int64_t kCrowdBytesMax = 256LL << 20;  // share × leeches: a run of it takes seconds
constexpr std::int64_t kSlowBytesMax = 12LL << 20;    // of a share for slow links
constexpr double kPolicySpread = 8;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : rng_(Rng(seed).fork("fuzz scenario")) {
    s_.name = "fuzz-" + std::to_string(seed);
    s_.about = "Made by stp-sim fuzz";
  }

  Scenario make() {
    s_.check_invariants = true;
    s_.duration = std::chrono::hours(4 + below(5));
    s_.until = chance(0.85) ? Until::complete : Until::duration;
    if (s_.until == Until::duration) s_.duration = minutes(10 + below(50));
    s_.sample_every = seconds(pick({10, 30, 60}));
    make_discovery();
    make_network();
    if (chance(0.25)) {
      make_ample_sources();
      make_several_ample();
      make_wires();
      return std::move(s_);
    }
    make_shares();
    make_groups();
    if (chance(0.15)) make_crowd();
    make_lans();
    make_lookups();
    make_events();
    make_several();
    make_wires();
    make_policies();
    return std::move(s_);
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(rng_.below(bound)); }
  bool chance(double p) { return rng_.unit() < p; }
  double between(double from, double to) { return from + (to - from) * rng_.unit(); }
  template <class T>
  T pick(std::initializer_list<T> values) {
    return *(values.begin() + below(static_cast<std::uint32_t>(values.size())));
  }
  /// Three digits: enough to differ, few enough to read in a shrunk scenario.
  double fraction(double to) { return static_cast<double>(below(static_cast<std::uint32_t>(to * 1000) + 1)) / 1000.0; }

  void make_discovery() {
    const std::uint32_t kind = below(4);  // DHT, tracker, or both (twice as often)
    s_.bootstrap_nodes = kind == 1 ? 0 : 1 + below(3);
    s_.trackers = kind == 0 ? 0 : 1 + below(2);
  }

  void make_network() {
    double quantile = between(1, 60);
    for (double& at : s_.network.latency.milliseconds) {
      at = static_cast<double>(static_cast<int>(quantile));
      quantile += between(0, 80);
    }
    if (chance(0.3)) std::fill_n(s_.network.latency.milliseconds, LatencyProfile::kQuantiles, 20.0);
    if (chance(0.3)) s_.network.jitter = fraction(0.5);
    if (chance(0.3)) s_.network.loss = fraction(0.1);
    if (chance(0.3)) s_.network.isps = 1 + below(4);
    s_.network.nat_mapping = seconds(pick({15, 60, 300}));
    if (chance(0.3)) s_.network.queue = milliseconds(pick({20, 100, 500, 2000}));
  }

  void make_shares() {
    s_.shares.clear();
    const std::uint32_t count = chance(0.7) ? 1 : 2 + below(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      ShareSpec share;
      share.name = "share-" + std::to_string(i + 1);
      share.chunks = 1 + below(chance(0.5) ? 4 : 60);
      share.chunk_bytes = (16U * 1024) << below(chance(0.8) ? 5 : 10);
      if (share.chunk_bytes > 256U * 1024) share.chunks = 1 + below(8);
      if (chance(0.3)) share.files = 1 + below(std::min(share.chunks, 5U));
      s_.shares.push_back(std::move(share));
    }
  }

  void make_groups() {
    for (const ShareSpec& share : s_.shares) {
      s_.groups.push_back(make_group("seeds-of-" + share.name, Role::seed, share.name));
      const std::uint32_t leech_groups = 1 + below(2);
      for (std::uint32_t i = 0; i < leech_groups; ++i) {
        s_.groups.push_back(
            make_group("leeches-" + std::to_string(i + 1) + "-of-" + share.name, Role::leech, share.name));
      }
    }
    if (s_.bootstrap_nodes > 0 && chance(0.4)) s_.groups.push_back(make_group("nodes", Role::node, ""));
  }

  AccessLink make_link() {
    AccessLink link;
    if (chance(0.2)) return make_slow_link();
    if (chance(0.9)) link.up = 1000.0 * (16 + below(2000));
    if (chance(0.7)) link.down = 1000.0 * (64 + below(8000));
    return link;
  }

  AccessLink make_slow_link() {
    AccessLink link;
    link.up = 1000.0 * (2 + below(30));
    link.down = 1000.0 * (4 + below(60));
    return link;
  }

  /// Many seeds with fast links, and leeches whose own downlink is the limit: some so slow that a block takes seconds.
  void make_ample_sources() {
    s_.until = Until::complete;
    s_.duration = std::chrono::hours(24);
    s_.network.loss = 0;
    ShareSpec share;
    share.name = "share-1";
    share.chunk_bytes = (16U * 1024) << below(8);
    share.chunks =
        1 + below(static_cast<std::uint32_t>(std::min<std::int64_t>(100, kSlowBytesMax / share.chunk_bytes)));
    s_.shares = {share};

    Group seeds = plain_group("seeds", Role::seed, 1 + below(chance(0.5) ? 5 : 50));
    Group slow = plain_group("slow", Role::leech, 1 + below(3));
    slow.links = {{1, make_slow_link()}};
    std::vector<Group> leeches = {slow};
    if (chance(0.5)) {
      Group fast = plain_group("fast", Role::leech, 1 + below(chance(0.5) ? 5 : 60));
      AccessLink link;
      link.up = 1000.0 * (10 + below(1000));
      link.down = 1000.0 * (100 + below(2000));
      fast.links = {{1, link}};
      leeches.push_back(fast);
    }
    double demand = 0;
    for (const Group& group : leeches) demand += group.count * group.links.front().link.down;
    AccessLink link;
    link.up = static_cast<double>(static_cast<std::int64_t>(demand * between(0.6, 3)));
    seeds.links = {{1, link}};
    s_.groups = {seeds};
    s_.groups.insert(s_.groups.end(), leeches.begin(), leeches.end());
  }

  /// The same with several shares for each leech, from seeds that have them all. Draws from a stream of its own.
  void make_several_ample() {
    Rng draw = rng_.fork("several");
    if (draw.unit() > 0.3) return;
    const auto count = static_cast<std::uint32_t>(2 + draw.below(3));
    s_.shares.front().chunks = std::max(1U, s_.shares.front().chunks / count);
    for (std::uint32_t i = 2; i <= count; ++i) {
      s_.shares.push_back(s_.shares.front());
      s_.shares.back().name = "share-" + std::to_string(i);
    }
    for (Group& group : s_.groups) {
      group.share.clear();
      group.shares.emplace();
      if (group.role == Role::leech) make_choice(group, draw);
    }
  }

  /// Some leeches want several shares, or have some to begin with. Draws from a stream of its own.
  void make_several() {
    Rng draw = rng_.fork("several");
    if (draw.unit() > 0.35) return;
    const auto more = static_cast<std::uint32_t>(s_.shares.size() > 1 ? 0 : 1 + draw.below(3));
    for (std::uint32_t i = 0; i < more; ++i) {
      ShareSpec share;
      share.name = "more-" + std::to_string(i + 1);
      share.chunks = static_cast<std::uint32_t>(1 + draw.below(8));
      share.chunk_bytes = 16U * 1024;
      s_.shares.push_back(std::move(share));
    }
    for (ShareSpec& share : s_.shares) share.is_private = draw.below(4) == 0;
    bool all_seeded = false;
    for (Group& group : s_.groups) {
      if (group.role == Role::seed && (!all_seeded || draw.below(2) == 0)) {
        all_seeded = true;
        group.share.clear();
        group.shares.emplace();
      }
      if (group.role != Role::leech || group.count > kGroupHostsMax || draw.below(4) == 0) continue;
      group.share.clear();
      group.shares.emplace();
      make_choice(group, draw);
    }
  }

  /// What the members of a group of leeches want.
  void make_choice(Group& group, Rng& draw) {
    const auto shares = static_cast<std::uint32_t>(s_.shares.size());
    ShareChoice& choice = *group.shares;
    if (draw.below(3) == 0) {
      for (const ShareSpec& share : s_.shares) {
        if (draw.below(2) == 0) choice.among.push_back(share.name);
      }
    }
    const auto among = choice.among.empty() ? shares : static_cast<std::uint32_t>(choice.among.size());
    if (draw.below(2) == 0) {
      choice.draw = static_cast<std::uint32_t>(1 + draw.below(among));
      choice.zipf = static_cast<double>(draw.below(3)) / 2;
    }
    if (draw.below(3) == 0) group.at_a_time = static_cast<std::uint32_t>(1 + draw.below(2));
    const bool may_have_others = choice.among.empty() && choice.draw > 0 && choice.draw < shares;
    if (may_have_others && draw.below(3) == 0) {
      group.also_seeds = ShareChoice{.draw = static_cast<std::uint32_t>(1 + draw.below(shares - choice.draw))};
    }
  }

  /// Some speak BitTorrent's wire. Draws from a stream of its own.
  void make_wires() {
    Rng draw = rng_.fork("wires");
    if (draw.unit() > 0.35) return;
    for (const ShareSpec& share : s_.shares) {
      if (share.is_private) return;
    }
    for (Group& group : s_.groups) {
      if (group.role != Role::node && draw.below(2) == 0) group.wire = Wire::bittorrent;
    }
  }

  /// Policies, near the usual ones, as runs with others take very long. They promise nothing about when anybody
  /// completes, so the run ends soon. Draws from a stream of its own.
  void make_policies() {
    Rng draw = rng_.fork("policies");
    if (draw.unit() > 0.15) return;
    s_.until = Until::duration;
    s_.duration = minutes(10);
    std::erase_if(s_.events, [&](const ScenarioEvent& event) { return event.at >= s_.duration; });
    if (draw.below(3) > 0) s_.transfer = random_transfer_policies(kPolicySpread, draw);
    if (draw.below(3) == 0) s_.dht = random_dht_policies(kPolicySpread, draw);
    Group& group = s_.groups[draw.below(s_.groups.size())];
    const Scenario before = s_;
    if (draw.below(2) == 0) group.transfer = random_transfer_policies(kPolicySpread, draw);
    if (draw.below(2) == 0) group.dht = random_dht_policies(kPolicySpread, draw);
    // Those of a group come on top of the scenario's, and need not fit them.
    if (!check_policies(s_)) s_ = before;
    drop_idle_settings(s_);
  }

  Group plain_group(std::string name, Role role, std::uint32_t count) {
    Group group;
    group.name = std::move(name);
    group.role = role;
    group.count = count;
    group.share = "share-1";
    group.connections_max = group.upload_slots = 200;
    group.connections_wanted = role == Role::leech ? 150 : 30;
    make_discovery_of(group);
    group.discovery.given = false;
    if (role == Role::leech) {
      group.knows_metainfo = chance(0.3);
      if (chance(0.3)) group.arrivals.from = seconds(below(300));
      if (chance(0.3)) group.after_complete = AfterComplete::leave;
    }
    return group;
  }

  /// Makes one group of leeches large, and its share small enough for that.
  void make_crowd() {
    const auto group = std::ranges::find(s_.groups, Role::leech, &Group::role);
    group->count = kGroupHostsMax + below(kCrowdHostsMax - kGroupHostsMax);
    const auto share = std::ranges::find(s_.shares, group->share, &ShareSpec::name);
    while (share->bytes() * group->count > kCrowdBytesMax && share->chunks > 1) share->chunks = (share->chunks + 1) / 2;
    share->files = std::min(share->files, share->chunks);
    group->replaced = false;  // thousands of stays, each with a start of its own, would take minutes
  }

  Distribution make_time(double low, double high) {
    const double middle = static_cast<double>(static_cast<int>(between(low, high)));
    switch (below(5)) {
      case 0: return Distribution::constant(middle);
      case 1: return Distribution::uniform(low, middle + 1);
      case 2: return Distribution::exponential(middle);
      case 3: return Distribution::weibull(0.5, middle);
      default: return Distribution::lognormal(middle, 1);
    }
  }

  Group make_group(std::string name, Role role, const std::string& share) {
    Group group;
    group.name = std::move(name);
    group.role = role;
    group.share = share;
    group.count = 1 + below(role == Role::seed ? 3 : kGroupHostsMax);
    const std::uint32_t links = 1 + below(2);
    for (std::uint32_t i = 0; i < links; ++i) group.links.push_back({static_cast<double>(1 + below(4)), make_link()});
    if (chance(0.3)) group.nat = fraction(1);
    make_arrivals(group);
    make_churn(group);
    make_habits(group);
    make_discovery_of(group);
    return group;
  }

  void make_arrivals(Group& group) {
    group.arrivals.from = seconds(chance(0.5) ? 0 : below(300));
    if (chance(0.6)) return;
    group.arrivals.until = group.arrivals.from + seconds(1 + below(600));
    group.arrivals.kind = chance(0.5) ? Arrivals::Kind::spread : Arrivals::Kind::poisson;
    if (group.arrivals.kind == Arrivals::Kind::poisson) {
      group.arrivals.per_second = static_cast<double>(1 + below(50)) / 100.0;
    }
  }

  void make_churn(Group& group) {
    if (!chance(group.role == Role::seed ? 0.2 : 0.4)) return;
    group.session = make_time(30, 1800);
    if (chance(0.5)) group.away = make_time(10, 600);
    // A newcomer for every peer that leaves for good: such a run would not end by itself.
    group.replaced = !group.away && s_.until == Until::duration && chance(0.5);
    group.stationary = group.arrivals.kind == Arrivals::Kind::at_once && chance(0.3);
    group.goodbye = fraction(1);
  }

  void make_habits(Group& group) {
    if (group.role == Role::leech) {
      group.after_complete = chance(0.4) ? AfterComplete::leave : AfterComplete::stay;
      if (group.after_complete == AfterComplete::stay && chance(0.4)) group.stay = make_time(1, 300);
      if (chance(0.3)) {
        group.behaviour = pick(
            {Behaviour::free_rider, Behaviour::polluter, Behaviour::liar, Behaviour::silent, Behaviour::large_view});
      }
    }
    if (group.role == Role::node && chance(0.5)) group.behaviour = pick({Behaviour::dht_liar, Behaviour::sybil});
    if (group.behaviour == Behaviour::polluter) group.pollution = std::max(0.01, fraction(1));
    group.knows_metainfo = chance(0.3);
    group.pick = pick({transfer::PickPolicy::rarest_first, transfer::PickPolicy::rarest_first,
                       transfer::PickPolicy::random, transfer::PickPolicy::sequential});
    group.upload_slots = 1 + below(10);
    group.connections_max = 8 + below(50);
    group.connections_wanted = 2 + below(group.connections_max - 2);
  }

  void make_discovery_of(Group& group) {
    group.discovery.dht = s_.bootstrap_nodes > 0 && (s_.trackers == 0 || chance(0.7) || group.role == Role::node);
    group.discovery.tracker = s_.trackers > 0 && group.role != Role::node && (!group.discovery.dht || chance(0.7));
    group.discovery.given = group.role == Role::leech && has_seeds(group.share) && chance(0.2);
  }

  /// Draws from a stream of its own.
  void make_lans() {
    Rng draw = rng_.fork("lans");
    if (draw.unit() > 0.2) return;
    for (Group& group : s_.groups) {
      if (group.role == Role::node || draw.unit() > 0.7) continue;
      if (draw.unit() < 0.5) {
        group.lan.name = "lan";
      } else {
        group.lan.hosts = 2 + static_cast<std::uint32_t>(draw.below(6));
      }
      group.discovery.lan = draw.unit() < 0.9;
    }
  }

  [[nodiscard]] bool has_seeds(const std::string& share) const {
    return std::ranges::any_of(s_.groups, [&](const Group& g) { return g.role == Role::seed && g.share == share; });
  }

  void make_lookups() {
    if (s_.bootstrap_nodes == 0 || !chance(0.3)) return;
    const auto asks = std::ranges::find_if(s_.groups, [](const Group& g) { return g.discovery.dht; });
    if (asks == s_.groups.end()) return;
    s_.lookups.group = asks->name;
    s_.lookups.every = seconds(10 + below(110));
    s_.lookups.from = seconds(below(300));
    s_.lookups.keys = chance(0.5) ? 0 : 1 + below(5);
  }

  Duration soon() { return seconds(1 + below(900)); }

  void make_events() {
    if (!chance(0.5)) return;
    const std::uint32_t count = 1 + below(3);
    for (std::uint32_t i = 0; i < count; ++i) make_event();
    std::erase_if(s_.events, [&](const ScenarioEvent& event) { return event.at >= s_.duration; });
    std::ranges::stable_sort(s_.events, {}, &ScenarioEvent::at);
  }

  /// One fault, usually with its end.
  void make_event() {
    ScenarioEvent event;
    event.at = soon();
    switch (below(5)) {
      case 0:
        event.deed = chance(0.5) ? Deed::vanish : Deed::leave;
        event.group = s_.groups[below(static_cast<std::uint32_t>(s_.groups.size()))].name;
        event.fraction = std::max(0.01, fraction(1));
        s_.events.push_back(event);
        return;
      case 1:
        if (s_.trackers == 0) return;
        event.deed = Deed::tracker_down;
        return with_end(event, Deed::tracker_up);
      case 2:
        event.deed = Deed::split;
        event.fraction = 0.1 + fraction(0.8);
        return with_end(event, Deed::heal);
      case 3:
        event.deed = Deed::set_link;
        event.group = s_.groups[below(static_cast<std::uint32_t>(s_.groups.size()))].name;
        event.link = make_link();
        s_.events.push_back(event);
        return;
      default: {
        event.deed = Deed::set_loss;
        event.fraction = fraction(0.5);
        s_.events.push_back(event);
        ScenarioEvent end = event;
        end.at = event.at + soon();
        end.fraction = s_.network.loss;
        s_.events.push_back(end);
        return;
      }
    }
  }

  void with_end(const ScenarioEvent& event, Deed end_deed) {
    s_.events.push_back(event);
    if (chance(0.1)) return;
    ScenarioEvent end;
    end.at = event.at + soon();
    end.deed = end_deed;
    s_.events.push_back(end);
  }

  Rng rng_;
  Scenario s_;
};

}  // namespace

Scenario random_scenario(std::uint64_t seed) {
  return Maker(seed).make();
}

}  // namespace stp::sim
