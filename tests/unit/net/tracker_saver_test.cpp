#include "net/tracker_saver.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/sha256.h"
#include "io_test.h"
#include "net/clock.h"
#include "net/tracker_state.h"

namespace stp::net {
namespace {

namespace fs = std::filesystem;

constexpr Port kPort = 65000;
constexpr std::size_t kBytesMax = 1'000'000;

class TrackerSaverTest : public IoTest {
 protected:
  TrackerSaverTest() : directory_(fs::temp_directory_path() / ("stp-tracker-test-" + std::to_string(::getpid()))) {
    fs::remove_all(directory_);
    state_.emplace(*open_tracker_state(directory_, kPort));
  }
  ~TrackerSaverTest() override { fs::remove_all(directory_); }

  void announce(std::uint32_t swarm) {
    SwarmKey key;
    store_be(key.bytes.data(), swarm);
    const Endpoint peer{IpAddress::v4(0x0a000001), 6881};
    ASSERT_TRUE(registry_.announce({key, peer, tracker::AnnounceEvent::none, true, {}}, steady_now()).ok());
  }
  TrackerSaver saver() {
    return {io_, registry_, nullptr, *state_, [this](const std::string& line) { warnings_.push_back(line); }};
  }
  /// How many swarms the file holds.
  [[nodiscard]] std::size_t swarms_in_file() {
    Rng rng(2);
    tracker::Registry registry({}, rng);
    const std::optional<Bytes> snapshot = *state_->load(kBytesMax);
    if (!snapshot) return 0;
    EXPECT_TRUE(tracker::restore_snapshot(registry, *snapshot, unix_now(), steady_now()).ok());
    return registry.totals().swarms;
  }

  const fs::path directory_;
  std::optional<StateFile> state_;
  Rng rng_{1};
  tracker::Registry registry_{{}, rng_};
  std::vector<std::string> warnings_;
};

TEST_F(TrackerSaverTest, AChangeIsSavedSoon) {
  TrackerSaver saver = this->saver();
  announce(1);
  EXPECT_TRUE(run_until([&] { return state_->load(kBytesMax)->has_value(); }));
  EXPECT_EQ(swarms_in_file(), 1U);
  EXPECT_EQ(warnings_, std::vector<std::string>());
}

TEST_F(TrackerSaverTest, ANewNameIsAChange) {
  tracker::Catalogue names({}, registry_, rng_);
  const Bytes dictionary =
      to_bytes("d9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name4:film12:piece lengthi16384ee");
  const InfoHash info_hash{crypto::sha256(dictionary).bytes};
  const Endpoint peer{IpAddress::v4(0x0a000001), 6881};
  ASSERT_TRUE(
      registry_.announce({tracker::swarm_of(info_hash), peer, tracker::AnnounceEvent::none, true, {}}, steady_now())
          .ok());
  TrackerSaver saver(io_, registry_, &names, *state_, [](const std::string&) {});  // the announce counts as saved
  ASSERT_TRUE(names.put(info_hash, dictionary, peer.address, steady_now()).ok());
  saver.finish();
  Rng rng(2);
  tracker::Registry registry({}, rng);
  tracker::Catalogue restored({}, registry, rng);
  ASSERT_TRUE(tracker::restore_snapshot(registry, **state_->load(kBytesMax), unix_now(), steady_now(), &restored).ok());
  EXPECT_NE(restored.find(info_hash, steady_now()), std::nullopt);
}

TEST_F(TrackerSaverTest, TheEndSavesWhatIsNotSavedYet) {
  TrackerSaver saver = this->saver();
  announce(1);
  ASSERT_TRUE(run_until([&] { return swarms_in_file() == 1; }));
  announce(2);  // the next snapshot is seconds away
  saver.finish();
  EXPECT_EQ(swarms_in_file(), 2U);
}

TEST_F(TrackerSaverTest, WhoSawNobodyWritesNothing) {
  announce(1);  // restored, say
  TrackerSaver saver = this->saver();
  saver.finish();
  EXPECT_EQ(swarms_in_file(), 0U);
  EXPECT_FALSE(fs::exists(state_->path()));
}

TEST_F(TrackerSaverTest, WhatCannotBeWrittenIsToldOnce) {
  fs::create_directory(state_->path());  // in the way
  TrackerSaver saver = this->saver();
  announce(1);
  ASSERT_TRUE(run_until([&] { return !warnings_.empty(); }));
  saver.finish();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("tracker-65000.state"), std::string::npos) << warnings_[0];
}

TEST_F(TrackerSaverTest, OnlyTheOwnerMayReadTheFile) {
  ASSERT_TRUE(state_->save(as_bytes("peers")).ok());
  struct stat status {};
  ASSERT_EQ(::stat(state_->path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(TrackerSaverTest, AFileThatIsTooLargeIsNotRead) {
  ASSERT_TRUE(state_->save(as_bytes("peers")).ok());
  EXPECT_TRUE(state_->load(5).ok());
  EXPECT_EQ(state_->load(4).error().kind, ErrorKind::limit);
}

TEST_F(TrackerSaverTest, TrackersOfOnePortDoNotMixNorThoseOfTwo) {
  EXPECT_EQ(open_tracker_state(directory_, kPort).error().kind, ErrorKind::exists);
  const Result<StateFile> other = open_tracker_state(directory_, kPort + 1);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(state_->save(as_bytes("peers")).ok());
  EXPECT_FALSE(other->load(kBytesMax)->has_value());
  state_.reset();
  EXPECT_TRUE(open_tracker_state(directory_, kPort).ok());
}

}  // namespace
}  // namespace stp::net
