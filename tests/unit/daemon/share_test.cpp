// A share of the daemon and the journal: nothing happens to it before the owner has written that down.
#include "daemon/share.h"

#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stp::daemon {
namespace {

/// Counts what shares report; they are on their own.
class LoneOwner : public Share::Owner {
 public:
  int removed = 0;

 private:
  net::Host& host() override { throw std::logic_error("a share of this test has no host"); }
  const Places& places() const override { return places_; }
  const MetainfoStore& metainfos() const override { return metainfos_; }
  bool ending() const override { return false; }
  void remember(Share& /*share*/) override {}
  std::optional<RecordId> twin_of(const Share& /*share*/, const wire::Link& /*link*/) const override { return {}; }
  bool others_have(const Share& /*share*/, const InfoHash& /*info_hash*/) const override { return false; }
  void on_linked(Share& /*share*/, const std::optional<wire::Link>& /*before*/) override {}
  void on_changed(Share& /*share*/) override {}
  void on_share_notice(Share& /*share*/, const std::string& /*line*/) override {}
  void on_removed(Share& /*share*/) override { ++removed; }

  const Places places_;
  const MetainfoStore metainfos_{{}};
};

/// Is prepared when the test says so, and then runs until it is told to leave.
class TestShare : public Share {
 public:
  TestShare(Owner& owner, ShareRecord record) : Share(owner, std::move(record)) {}

  bool preparing = false;
  bool runs = false;

  void end_preparation() {
    preparing = false;
    if (prepared()) runs = true;
    settle();
  }
  bool in_host() const override { return runs; }

 private:
  void start() override { preparing = true; }
  void leave() override {
    runs = false;
    (void)left(Done{});
    settle();
  }
  void clean_up() override { owner_.on_removed(*this); }
  State running_state() const override { return State::seeding; }
  void describe(nlohmann::json& /*out*/) const override {}
  void take_figures() override {}
};

ShareRecord seed_record() {
  ShareRecord record;
  record.id = 1;
  record.order.kind = Kind::seed;
  record.order.paths = {"/shared/file"};
  return record;
}

TEST(DaemonShare, IsNotRemovedBeforeThatIsWrittenDown) {
  LoneOwner owner;
  TestShare share(owner, seed_record());
  share.settle();
  ASSERT_TRUE(share.preparing);
  share.mark_removed(false);
  share.end_preparation();
  EXPECT_EQ(owner.removed, 0) << "the answer would be that there is no such share";
  EXPECT_FALSE(share.runs);
  share.proceed();
  EXPECT_EQ(owner.removed, 1);
}

TEST(DaemonShare, GoesOnIfItsRemovalCannotBeWrittenDown) {
  LoneOwner owner;
  TestShare share(owner, seed_record());
  share.settle();
  share.end_preparation();
  ASSERT_TRUE(share.runs);
  share.mark_removed(true);
  share.settle();
  EXPECT_TRUE(share.runs);
  EXPECT_EQ(share.state(), Share::State::removing);
  share.unmark_removed();
  EXPECT_TRUE(share.runs);
  EXPECT_EQ(share.state(), Share::State::seeding);
  EXPECT_EQ(owner.removed, 0);
}

TEST(DaemonShare, DoesNotBeginBeforeItIsWrittenDown) {
  LoneOwner owner;
  TestShare share(owner, seed_record());
  share.wait_for_journal();
  share.resume();  // by somebody who saw it in the list
  EXPECT_FALSE(share.preparing);
  share.proceed();
  EXPECT_TRUE(share.preparing);
}

}  // namespace
}  // namespace stp::daemon
