#include "net/folder_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace stp::net {
namespace {

namespace fs = std::filesystem;
using folder::Change;

class FolderWatchTest : public ::testing::Test, protected FolderWatch::Owner {
 protected:
  FolderWatchTest() : root_(fs::temp_directory_path() / ("stp-watch-test-" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "sub/deep");
    EXPECT_TRUE(watch_.open());
    EXPECT_TRUE(watch_.watch(root_, ""));
    EXPECT_TRUE(watch_.watch(root_ / "sub", "sub"));
    EXPECT_TRUE(watch_.watch(root_ / "sub/deep", "sub/deep"));
  }
  ~FolderWatchTest() override { fs::remove_all(root_); }

  void on_folder_change(const std::string& path, Change change) override {
    changes_.insert({path, change});
    ever_.insert(path);
  }
  void on_folder_lost() override { ++lost_; }
  void on_folder_turn_end() override {}

  void write(const std::string& path) { std::ofstream(root_ / path) << "x"; }
  /// Runs until this was told.
  void expect_told(const std::string& path, Change change) {
    boost::asio::steady_timer deadline(io_, std::chrono::seconds(30));
    const auto late = std::make_shared<bool>(false);  // the handler of a timer that is cancelled runs later
    deadline.async_wait([late](const boost::system::error_code& error) { *late = !error; });
    while (!*late && !changes_.contains({path, change})) io_.run_one();
    EXPECT_FALSE(*late) << path;
    deadline.cancel();
    changes_.clear();
  }

  const fs::path root_;
  boost::asio::io_context io_;
  std::set<std::pair<std::string, Change>> changes_;
  std::set<std::string> ever_;  // paths that were told of at any time
  int lost_ = 0;
  FolderWatch watch_{io_, *this};
};

TEST_F(FolderWatchTest, TellsOfWritingClosingMovingAndRemoving) {
  write("a");
  expect_told("a", Change::closed);
  fs::rename(root_ / "a", root_ / "sub/b");
  expect_told("sub/b", Change::closed);
  fs::remove(root_ / "sub/b");
  expect_told("sub/b", Change::closed);
  std::ofstream open(root_ / "sub/deep/c");
  open << "x" << std::flush;
  expect_told("sub/deep/c", Change::written);
  fs::create_directories(root_ / "new");
  expect_told("new", Change::closed);
  EXPECT_EQ(lost_, 0);
}

TEST_F(FolderWatchTest, AMovedFolderIsWatchedUnderItsNewPath) {
  fs::rename(root_ / "sub", root_ / "other");
  expect_told("other", Change::closed);
  EXPECT_TRUE(watch_.watch(root_ / "other", "other"));  // as a scan of it does
  EXPECT_TRUE(watch_.watch(root_ / "other/deep", "other/deep"));
  write("other/deep/a");
  expect_told("other/deep/a", Change::closed);
}

TEST_F(FolderWatchTest, AFolderThatWasMovedAwayIsNotWatchedAnyMore) {
  const fs::path away = root_.string() + "-away";
  fs::rename(root_ / "sub", away);
  expect_told("sub", Change::closed);
  std::ofstream(away / "deep/a") << "x";
  write("last");
  expect_told("last", Change::written);
  EXPECT_FALSE(ever_.contains("sub/deep/a"));
  fs::remove_all(away);
}

TEST_F(FolderWatchTest, TheLossOfTheFolderItselfIsTold) {
  fs::remove_all(root_);
  boost::asio::steady_timer deadline(io_, std::chrono::seconds(30));
  deadline.async_wait([](const boost::system::error_code&) {});
  while (lost_ == 0 && deadline.expiry() > std::chrono::steady_clock::now()) io_.run_one();
  EXPECT_GE(lost_, 1);
}

TEST_F(FolderWatchTest, WhatIsGoneIsNoLimit) {
  EXPECT_TRUE(watch_.watch(root_ / "no-such", "no-such"));
}

}  // namespace
}  // namespace stp::net
