#include "daemon/event_hub.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/api.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

class FakeListener final : public net::EventListener {
 public:
  void send(std::string_view event) override { events += event; }
  void send_first(std::string_view event) override { events += event; }
  void end() override { ended = true; }
  [[nodiscard]] bool gone() const override { return ended; }

  std::string events;
  bool ended = false;
};

class FakeReply final : public net::ControlReply {
 public:
  void send(http::Response /*head*/, std::int64_t /*bytes*/, std::unique_ptr<net::BodySource> /*body*/) override {}
  void respond(http::Response response) override { status = response.status; }
  std::shared_ptr<net::EventListener> stream() override { return listener; }

  std::shared_ptr<FakeListener> listener = std::make_shared<FakeListener>();
  unsigned status = 0;
};

std::shared_ptr<FakeListener> join(EventHub& hub) {
  FakeReply reply;
  const std::shared_ptr<net::EventListener> listener = hub.begin(reply, json::object());
  EXPECT_EQ(listener, reply.listener);
  hub.welcomed(listener);
  return reply.listener;
}

TEST(EventHub, TellsAboutAShareOnlyWhatIsNew) {
  EventHub hub;
  const auto listener = join(hub);
  listener->events.clear();
  hub.send_share(1, {{"a", 1}});
  hub.send_share(1, {{"a", 1}});
  hub.send_share(1, {{"a", 2}});
  EXPECT_EQ(listener->events, "event: share\ndata: {\"a\":1}\n\nevent: share\ndata: {\"a\":2}\n\n");
}

TEST(EventHub, AFewSharesAreLookedAtInEveryRound) {
  EventHub hub;
  const auto listener = join(hub);
  for (int round = 0; round < 4; ++round) {
    hub.begin_round(400);
    for (RecordId id = 1; id <= 400; ++id) {
      EXPECT_TRUE(hub.due(id));
      hub.send_share(id, {{"a", 1}});
    }
  }
}

TEST(EventHub, OfManySharesThoseAtRestAreLookedAtInTurn) {
  EventHub hub;
  const auto listener = join(hub);
  std::map<RecordId, int> looks;
  for (int round = 0; round < 9; ++round) {
    hub.begin_round(1000);
    for (RecordId id = 1; id <= 1000; ++id) {
      if (!hub.due(id)) continue;
      if (round > 0) ++looks[id];
      hub.send_share(id, {{"a", id == 7 ? round : 0}});
    }
  }
  EXPECT_EQ(looks.at(7), 8);  // it moves
  // Once because it was new, and twice in its turn: one of the two may be the same look.
  for (const auto& [id, count] : looks) EXPECT_TRUE(id == 7 || count == 2 || count == 3) << id << " " << count;
  EXPECT_EQ(looks.size(), 1000U);
}

TEST(EventHub, HasRoomForSoManyListeners) {
  EventHub hub;
  std::vector<std::shared_ptr<FakeListener>> listeners;
  for (std::size_t i = 0; i < kListenersMax; ++i) listeners.push_back(join(hub));
  FakeReply refused;
  EXPECT_EQ(hub.begin(refused, json::object()), nullptr);
  EXPECT_EQ(refused.status, 503U);
  listeners.front()->ended = true;
  (void)join(hub);
  hub.end();
  EXPECT_TRUE(listeners.back()->ended);
  EXPECT_FALSE(hub.anybody());
}

}  // namespace
}  // namespace stp::daemon
