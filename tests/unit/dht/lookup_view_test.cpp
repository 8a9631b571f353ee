// What Node::lookups() says of look-ups that are under way and that have ended.
#include "dht/lookup_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dht_network.h"

namespace stp::dht {
namespace {

using namespace std::chrono_literals;
using For = LookupView::Purpose;
using Stage = LookupView::Stage;

SwarmKey swarm_key_of(std::uint8_t number) {
  SwarmKey key;
  key.bytes[0] = std::byte{number};
  return key;
}

bool is_over(const LookupView& view) {
  return view.ended.has_value();
}

struct LookupViews : testing::Test {
  test::DhtNetwork net{{}};
  NodeConfig keeps;
  std::size_t us = 0;

  void SetUp() override {
    keeps.ended_lookups_kept = 3;
    net.grow(12, 1s);
    us = net.join(0, Family::v4, keeps);
    net.drop_discovery(us);
    net.run_for(1min);
  }
  [[nodiscard]] std::vector<LookupView> of_user() {
    std::vector<LookupView> views = net.node(us).lookups(100);
    std::erase_if(views, [](const LookupView& view) { return view.purpose == For::upkeep; });
    return views;
  }
};

TEST_F(LookupViews, OneIsSeenWhileItRunsAndAfterItsEnd) {
  const LookupId id = *net.node(us).start_announce(swarm_key_of(1), {4000}, net.now());
  const Instant started = net.now();
  ASSERT_EQ(of_user().size(), 1U);
  LookupView view = of_user().front();
  EXPECT_EQ(view.id, id);
  EXPECT_EQ(view.target, id_of(swarm_key_of(1)));
  EXPECT_EQ(view.purpose, For::announce);
  EXPECT_EQ(view.stage, Stage::looking);
  EXPECT_GT(view.asked, 0U);
  EXPECT_EQ(view.answered, 0U);
  EXPECT_FALSE(view.closest_prefix);
  EXPECT_FALSE(view.ended);

  net.settle(us);
  net.run_for(30s);
  ASSERT_EQ(of_user().size(), 1U) << "its result was not polled, and yet it is there once";
  view = of_user().front();
  EXPECT_EQ(view.stage, Stage::done);
  EXPECT_EQ(view.started, started);
  ASSERT_TRUE(view.ended);
  EXPECT_GT(*view.ended, started);
  EXPECT_LT(*view.ended, net.now());
  EXPECT_GE(view.answered, 8U);
  EXPECT_EQ(view.announced, 8U);
  std::size_t closest = 0;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (i != us) closest = std::max(closest, common_prefix(net.node(i).status(net.now()).ids[0], view.target));
  }
  EXPECT_EQ(view.closest_prefix, closest);
}

TEST_F(LookupViews, ThatOfTheTableIsUpkeep) {
  const std::vector<LookupView> views = net.node(us).lookups(100);
  EXPECT_TRUE(std::ranges::any_of(views, [](const LookupView& view) {
    return view.purpose == For::upkeep && view.stage == Stage::done && view.answered > 0;
  })) << "it has looked around after joining";
}

TEST_F(LookupViews, TheLatestEndedComeFirstAndNoMoreAreKeptThanWanted) {
  for (std::uint8_t number = 1; number <= 5; ++number) {
    static_cast<void>(net.node(us).start_get_peers(swarm_key_of(number), net.now()));
    net.settle(us);
    net.run_for(10s);
  }
  const std::vector<LookupView> views = net.node(us).lookups(100);
  EXPECT_LE(static_cast<std::size_t>(std::ranges::count_if(views, is_over)), keeps.ended_lookups_kept);
  ASSERT_FALSE(of_user().empty());
  EXPECT_EQ(of_user().front().target, id_of(swarm_key_of(5)));
  EXPECT_EQ(of_user().front().purpose, For::peers);
  EXPECT_EQ(net.node(us).lookups(1).size(), 1U);
  EXPECT_TRUE(net.node(0).lookups(100).empty() || std::ranges::none_of(net.node(0).lookups(100), is_over))
      << "nothing is kept unless it is asked for";
}

TEST_F(LookupViews, OneThatIsCancelledSaysSo) {
  const LookupId id = *net.node(us).start_get_peers(swarm_key_of(1), net.now());
  net.node(us).cancel(id, net.now());
  ASSERT_EQ(of_user().size(), 1U);
  EXPECT_EQ(of_user().front().stage, Stage::cancelled);
  EXPECT_TRUE(of_user().front().ended);
}

TEST_F(LookupViews, ThoseThatWaitComeInTheOrderOfTheirTurns) {
  const std::size_t active = net.node(us).policy().lookups.active_max;
  std::vector<LookupId> waiting;
  for (std::size_t number = 0; number < active + 5; ++number) {
    const LookupId id = *net.node(us).start_get_peers(swarm_key_of(static_cast<std::uint8_t>(number)), net.now());
    if (number >= active) waiting.push_back(id);
  }
  std::vector<LookupId> seen;
  for (const LookupView& view : net.node(us).lookups(active + 3)) {
    if (view.stage == Stage::waiting) seen.push_back(view.id);
  }
  EXPECT_LE(seen.size(), 3U) << "as many as there is room for, besides those that have ended";
  seen.clear();
  for (const LookupView& view : net.node(us).lookups(1000)) {
    if (view.stage == Stage::waiting) seen.push_back(view.id);
  }
  EXPECT_EQ(seen, waiting);
}

}  // namespace
}  // namespace stp::dht
