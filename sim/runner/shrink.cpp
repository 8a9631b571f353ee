#include "sim/runner/shrink.h"

#include <algorithm>
#include <chrono>

#include "sim/scenario/share_choice.h"

namespace stp::sim {
namespace {

constexpr std::uint32_t kChunkBytesMin = 16 * 1024;

/// Collects variants; one that equals the original is left out.
class Variants {
 public:
  explicit Variants(const Scenario& original) : original_(original) {}

  template <class Change>
  void add(std::string how, const Change& change) {
    Scenario scenario = original_;
    change(scenario);
    if (!(scenario == original_)) list_.push_back({std::move(how), std::move(scenario)});
  }

  std::vector<SimplerScenario> take() { return std::move(list_); }

 private:
  const Scenario& original_;
  std::vector<SimplerScenario> list_;
};

/// Whole groups and events go first: what remains is faster to try.
void drop_parts(Variants& variants, const Scenario& s) {
  if (s.events.size() > 1) variants.add("without events", [](Scenario& v) { v.events.clear(); });
  for (std::size_t i = 0; i < s.groups.size(); ++i) {
    if (s.groups.size() == 1) break;
    variants.add("without group " + s.groups[i].name, [i](Scenario& v) {
      const std::string name = v.groups[i].name;
      v.groups.erase(v.groups.begin() + static_cast<std::ptrdiff_t>(i));
      std::erase_if(v.events, [&](const ScenarioEvent& e) { return e.group == name; });
      if (v.lookups.group == name) v.lookups = {};
    });
  }
  for (std::size_t i = 0; i < s.events.size(); ++i) {
    variants.add("without event " + std::to_string(i + 1),
                 [i](Scenario& v) { v.events.erase(v.events.begin() + static_cast<std::ptrdiff_t>(i)); });
  }
  for (std::size_t i = 0; i < s.shares.size(); ++i) {
    const std::string& name = s.shares[i].name;
    const bool first = i == 0;
    const auto chooses = [&](const std::optional<ShareChoice>& choice) {
      if (!choice) return false;
      // In a draw of all, one less changes what the others are.
      return choice->among.empty() || std::ranges::find(choice->among, name) != choice->among.end();
    };
    const bool used = std::ranges::any_of(s.groups, [&](const Group& g) {
      return g.share == name || (first && g.share.empty()) || chooses(g.shares) || chooses(g.also_seeds);
    });
    if (used || s.shares.size() == 1) continue;
    variants.add("without share " + name,
                 [i](Scenario& v) { v.shares.erase(v.shares.begin() + static_cast<std::ptrdiff_t>(i)); });
  }
  variants.add("usual policies", [](Scenario& v) {
    v.transfer.clear();
    v.dht.clear();
    for (Group& group : v.groups) {
      group.transfer.clear();
      group.dht.clear();
    }
  });
  variants.add("without lookups", [](Scenario& v) { v.lookups = {}; });
}

/// `value` towards `floor`: half the way, and by one.
template <class Number, class Reach>
void lower(Variants& variants, const std::string& what, Number value, Number floor, const Reach& reach) {
  if (value <= floor) return;
  const auto half = static_cast<Number>(std::max<Number>(floor, value / 2));
  variants.add("half " + what, [&](Scenario& v) { reach(v) = half; });
  if (value - 1 != half)
    variants.add("one less " + what, [&](Scenario& v) { reach(v) = static_cast<Number>(value - 1); });
}

void lower_sizes(Variants& variants, const Scenario& s) {
  for (std::size_t i = 0; i < s.groups.size(); ++i) {
    lower(
        variants, "of " + s.groups[i].name, s.groups[i].count,
        1U, [i](Scenario & v) -> auto& { return v.groups[i].count; });
  }
  for (std::size_t i = 0; i < s.shares.size(); ++i) {
    const ShareSpec& share = s.shares[i];
    variants.add("one file in " + share.name, [i](Scenario& v) { v.shares[i].files = 1; });
    lower(
        variants, "of the chunks of " + share.name, share.chunks,
        share.files, [i](Scenario & v) -> auto& { return v.shares[i].chunks; });
    variants.add("smallest chunks in " + share.name, [i](Scenario& v) { v.shares[i].chunk_bytes = kChunkBytesMin; });
  }
  lower(
      variants, "of the bootstrap nodes", s.bootstrap_nodes, 0U,
      [](Scenario & v) -> auto& { return v.bootstrap_nodes; });
  lower(
      variants, "of the trackers", s.trackers, 0U, [](Scenario & v) -> auto& { return v.trackers; });
  if (s.duration > std::chrono::minutes(1)) {
    variants.add("half of the time", [](Scenario& v) {
      v.duration = std::chrono::floor<std::chrono::seconds>(v.duration / 2);
      std::erase_if(v.events, [&](const ScenarioEvent& e) { return e.at > v.duration; });
    });
  }
}

void make_network_plain(Variants& variants) {
  variants.add("constant latency", [](Scenario& v) { v.network.latency = {}; });
  variants.add("no jitter", [](Scenario& v) { v.network.jitter = 0; });
  variants.add("no loss", [](Scenario& v) { v.network.loss = 0; });
  variants.add("one ISP", [](Scenario& v) { v.network.isps = 1; });
}

std::size_t first_share(const Scenario& s, const Group& group) {
  const MemberShares shares = possible_shares(s, group);
  const std::vector<std::size_t>& main = group.role == Role::seed ? shares.seeds : shares.wants;
  return main.empty() ? 0 : main.front();
}

void make_groups_plain(Variants& variants, const Scenario& s) {
  const Group plain;
  for (std::size_t i = 0; i < s.groups.size(); ++i) {
    const std::string& name = s.groups[i].name;
    const auto reset = [&](const char* what, auto Group::*member) {
      variants.add(name + " " + what, [&, i](Scenario& v) { v.groups[i].*member = plain.*member; });
    };
    reset("honest", &Group::behaviour);
    reset("wrong in every block", &Group::pollution);
    reset("on stp's wire", &Group::wire);
    reset("without NAT", &Group::nat);
    reset("not replaced", &Group::replaced);
    reset("not stationary", &Group::stationary);
    reset("without return", &Group::away);
    reset("without sessions", &Group::session);
    reset("staying", &Group::stay);
    reset("staying when complete", &Group::after_complete);
    reset("always with goodbye", &Group::goodbye);
    reset("all at once", &Group::arrivals);
    reset("without metainfo", &Group::knows_metainfo);
    reset("rarest first", &Group::pick);
    reset("usual slots", &Group::upload_slots);
    reset("usual connections", &Group::connections_max);
    reset("usual dialling", &Group::connections_wanted);
    reset("seeding nothing else", &Group::also_seeds);
    reset("fetching all at once", &Group::at_a_time);
    if (s.groups[i].shares) {
      variants.add(name + " with one share", [&, i](Scenario& v) {
        v.groups[i].shares.reset();
        v.groups[i].also_seeds.reset();
        v.groups[i].share = v.shares[first_share(s, s.groups[i])].name;
      });
      variants.add(name + " without popularity", [i](Scenario& v) { v.groups[i].shares->zipf = 0; });
      variants.add(name + " without a draw", [i](Scenario& v) { v.groups[i].shares->draw = 0; });
    }
    if (s.groups[i].links.size() > 1) {
      variants.add(name + " of one link class", [i](Scenario& v) { v.groups[i].links.resize(1); });
    }
    variants.add(name + " without tracker", [i](Scenario& v) { v.groups[i].discovery.tracker = false; });
    variants.add(name + " without DHT", [i](Scenario& v) { v.groups[i].discovery.dht = false; });
    variants.add(name + " without given address", [i](Scenario& v) { v.groups[i].discovery.given = false; });
  }
}

}  // namespace

std::vector<SimplerScenario> simpler_scenarios(const Scenario& scenario) {
  Variants variants(scenario);
  drop_parts(variants, scenario);
  lower_sizes(variants, scenario);
  make_network_plain(variants);
  make_groups_plain(variants, scenario);
  return variants.take();
}

Shrunk shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails, std::size_t attempts_max) {
  Shrunk result{std::move(scenario), 0, 0};
  std::size_t position = 0;   // continues where the last step was found: what just failed to help rarely helps now
  std::size_t fruitless = 0;  // variants tried since then
  std::vector<SimplerScenario> variants = simpler_scenarios(result.scenario);
  while (fruitless < variants.size() && result.attempts < attempts_max) {
    position %= variants.size();
    ++result.attempts;
    if (!fails(variants[position].scenario)) {
      ++position;
      ++fruitless;
      continue;
    }
    result.scenario = std::move(variants[position].scenario);
    ++result.steps;
    fruitless = 0;
    variants = simpler_scenarios(result.scenario);
  }
  return result;
}

}  // namespace stp::sim
