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
  int away = 0;
  int remembered = 0;

 private:
  net::Host& host() override { throw std::logic_error("a share of this test has no host"); }
  const Places& places() const override { return places_; }
  const MetainfoStore& metainfos() const override { return metainfos_; }
  bool ending() const override { return false; }
  void remember(Share& /*share*/) override { ++remembered; }
  std::optional<RecordId> twin_of(const Share& /*share*/, const wire::Link& /*link*/) const override { return {}; }
  bool others_have(const Share& /*share*/, const InfoHashes& /*names*/) const override { return false; }
  void on_linked(Share& /*share*/, const std::optional<wire::Link>& /*before*/) override {}
  void on_away(Share& /*share*/) override { ++away; }
  void on_changed(Share& /*share*/) override {}
  void on_share_notice(Share& /*share*/, const std::string& /*line*/) override {}
  void on_removed(Share& /*share*/) override { ++removed; }

  const Places places_{};
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
  void fail_preparation(Error error) {
    preparing = false;
    if (prepared()) fail(std::move(error));
  }
  void know_metainfo(const InfoHashes& names) { learn(names); }
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

TEST(DaemonShare, WhatIsNotThereIsLookedForAgain) {
  LoneOwner owner;
  TestShare share(owner, seed_record());
  share.settle();
  share.fail_preparation({ErrorKind::not_found, "there is no such file"});
  EXPECT_EQ(owner.away, 1);
  EXPECT_EQ(share.state(), Share::State::error);
  share.look_again();
  EXPECT_TRUE(share.preparing);
  share.fail_preparation({ErrorKind::denied, "it may not be read"});
  EXPECT_EQ(owner.away, 1) << "that does not pass by itself";
  share.look_again();
  EXPECT_FALSE(share.preparing);
}

TEST(DaemonShare, WhatIsPausedMeanwhileStaysSoWhenItIsThereAgain) {
  LoneOwner owner;
  TestShare share(owner, seed_record());
  share.settle();
  share.fail_preparation({ErrorKind::not_found, "there is no such file"});
  share.pause();
  share.look_again();
  EXPECT_FALSE(share.preparing);
  EXPECT_EQ(share.state(), Share::State::paused);
}

TEST(DaemonShare, ADownloadKnowsAllNamesOfItsShareOnceItHasTheMetainfo) {
  ShareRecord record;
  record.id = 1;
  record.order.kind = Kind::get;
  record.order.link = "magnet:?xt=urn:btih:" + std::string(40, 'a') + "&dn=name";
  LoneOwner owner;
  TestShare share(owner, record);
  InfoHashes both = share.link()->info_hashes;
  both.v2 = InfoHash{};
  share.know_metainfo(both);
  EXPECT_EQ(share.link()->info_hashes, both);
  EXPECT_EQ(owner.remembered, 1);
  share.know_metainfo(both);
  EXPECT_EQ(owner.remembered, 1);
  // After a restart, too; everything else is as the order says.
  const TestShare again(owner, share.record());
  EXPECT_EQ(again.link()->info_hashes, both);
  EXPECT_EQ(again.link()->name, "name");
}

TEST(DaemonShare, APrivateLinkKeepsTheOneNameThatItsMembersKnow) {
  ShareRecord record;
  record.id = 1;
  record.order.kind = Kind::get;
  wire::Link link;
  link.info_hashes.v2 = InfoHash{};
  link.secret = crypto::Secret{};
  record.order.link = link.to_string();
  record.link = "magnet:?xt=urn:btih:" + std::string(40, 'a') + "&xt=urn:btmh:1220" + std::string(64, '0');
  LoneOwner owner;
  const TestShare share(owner, record);
  EXPECT_EQ(share.link()->info_hashes, link.info_hashes);
}

}  // namespace
}  // namespace stp::daemon
