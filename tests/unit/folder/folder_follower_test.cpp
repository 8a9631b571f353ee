#include "folder/folder_follower.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/rng.h"

namespace stp::folder {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

InfoHash hash_of(const std::string& path, std::uint64_t contents) {
  InfoHash hash;
  const std::string name = path.substr(path.rfind('/') + 1);  // the folder is not in the info dictionary
  std::uint64_t mixed = contents * 0x9e3779b97f4a7c15U + std::hash<std::string>()(name);
  for (std::byte& byte : hash.bytes) byte = static_cast<std::byte>((mixed = mixed * 6364136223846793005U + 1) >> 56);
  return hash;
}

// A folder, what happens in it, and everything around a follower of it; in virtual time.
class Folder {
 public:
  struct OnDisk {
    content::FileSignature signature;
    std::uint64_t contents = 0;
    Instant changed;
  };

  explicit Folder(FollowerConfig config = {}) : follower(config, now) {}

  void put(const std::string& path, std::uint64_t contents) {
    OnDisk& file = disk[path];
    if (file.signature.inode == 0) file.signature.inode = ++inodes_;
    file.contents = contents;
    file.signature.bytes = static_cast<std::int64_t>(contents % 1000);
    file.signature.mtime_ns = file.signature.ctime_ns = ++times_;
    file.changed = now;
  }
  void move(const std::string& from, const std::string& to) {
    disk[to] = disk.at(from);
    disk.erase(from);
    disk[to].signature.ctime_ns = ++times_;
    disk[to].changed = now;
  }
  void write(const std::string& path, std::uint64_t contents) {
    put(path, contents);
    event(path, Change::written);
    event(path, Change::closed);
  }
  void event(const std::string& path, Change change) { follower.handle_change(path, change, now); }

  [[nodiscard]] std::vector<SeenFile> look(const Scan& scan) const {
    std::map<std::string, SeenFile> found;
    for (const std::string& asked : scan.paths) {
      for (const auto& [path, file] : disk) {
        if (!asked.empty() && path != asked && !path.starts_with(asked + "/")) continue;
        found[path] = {path, file.signature, false, now - file.changed};
      }
    }
    std::vector<SeenFile> files;
    for (auto& [path, seen] : found) files.push_back(seen);
    return files;
  }
  [[nodiscard]] std::vector<HashedFile> hash(const Hash& asked) {
    std::vector<HashedFile> hashed;
    for (const SeenFile& file : asked.files) {
      ++hashes;
      const auto found = disk.find(file.path);
      if (found == disk.end()) {
        hashed.push_back({file.path, Error{ErrorKind::not_found, "gone"}, {}});
      } else {
        hashed.push_back({file.path, hash_of(file.path, found->second.contents), found->second.signature});
      }
    }
    return hashed;
  }

  // Carries out what is wanted; answers at once, unless `busy` puts a scan or hash off.
  void drain() {
    while (std::optional<Action> action = follower.poll_action()) {
      follower.check_invariants();
      if (auto* const scan = std::get_if<Scan>(&*action)) {
        ++scans;
        scan_.emplace(*scan);
      } else if (auto* const asked = std::get_if<Hash>(&*action)) {
        hash_.emplace(*asked);
      } else if (auto* const share = std::get_if<Share>(&*action)) {
        EXPECT_EQ(share->is_new, announced.insert({share->path, share->info_hash}).second) << share->path;
        if (share->start) {
          EXPECT_TRUE(serving.try_emplace(share->info_hash, share->path).second) << "started twice";
        } else {
          EXPECT_TRUE(serving.contains(share->info_hash)) << share->path;
        }
      } else if (auto* const gone = std::get_if<Withdraw>(&*action)) {
        EXPECT_EQ(announced.erase(gone->path), 1U) << gone->path;
        ++withdrawn;
      } else {
        EXPECT_EQ(serving.erase(std::get<Stop>(*action).info_hash), 1U);
      }
      if (!busy) answer();
    }
  }
  void answer() {
    if (scan_) {
      const Scan scan = *std::exchange(scan_, std::nullopt);
      follower.handle_scanned(look(scan), now);
    }
    if (hash_) {
      const Hash asked = *std::exchange(hash_, std::nullopt);
      follower.handle_hashed(hash(asked), now);
    }
  }
  void advance(Duration time) {
    const Instant end = now + time;
    drain();
    while (follower.next_timeout() && *follower.next_timeout() <= end) {
      now = std::max(now, *follower.next_timeout());
      follower.handle_timeout(now);
      drain();
    }
    now = end;
  }
  void settle() {
    busy = false;
    answer();
    drain();
    for (int i = 0; i < 100 && !follower.settled(); ++i) advance(seconds(1));
    EXPECT_TRUE(follower.settled());
  }
  void expect_exactly_the_files() {
    std::map<std::string, InfoHash> expected;
    std::set<InfoHash> hashes_expected;
    for (const auto& [path, file] : disk) {
      expected[path] = hash_of(path, file.contents);
      hashes_expected.insert(expected[path]);
    }
    EXPECT_EQ(announced, expected);
    EXPECT_EQ(follower.shared(), expected.size());
    std::set<InfoHash> served;
    for (const auto& [info_hash, path] : serving) {
      served.insert(info_hash);
      EXPECT_EQ(announced.at(path), info_hash);
      EXPECT_EQ(follower.source_of(info_hash), path);
    }
    EXPECT_EQ(served, hashes_expected);
  }

  Instant now{std::chrono::hours(1)};
  std::map<std::string, OnDisk> disk;
  std::map<std::string, InfoHash> announced;
  std::map<InfoHash, std::string> serving;  // from which path
  int hashes = 0;
  int scans = 0;
  int withdrawn = 0;
  bool busy = false;
  FolderFollower follower;

 private:
  std::uint64_t inodes_ = 0;
  std::int64_t times_ = 0;
  std::optional<Scan> scan_;
  std::optional<Hash> hash_;
};

TEST(FolderFollower, WhatIsThereIsSharedAtOnce) {
  Folder folder;
  folder.put("a", 1);
  folder.put("sub/b", 2);
  folder.now += seconds(10);
  folder.drain();
  EXPECT_EQ(folder.announced.size(), 2U);
  folder.expect_exactly_the_files();
  EXPECT_TRUE(folder.follower.settled());
}

TEST(FolderFollower, AFreshFileIsSharedWhenItHasBeenQuietForTwoSeconds) {
  Folder folder;
  folder.put("a", 1);
  folder.advance(milliseconds(1990));
  EXPECT_TRUE(folder.announced.empty());
  folder.advance(milliseconds(20));
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, WithoutFollowingEverythingIsSharedAsItIs) {
  FollowerConfig config;
  config.follow = false;
  Folder folder(config);
  folder.put("a", 1);
  folder.drain();
  folder.expect_exactly_the_files();
  folder.write("b", 2);
  folder.advance(seconds(60));
  EXPECT_EQ(folder.announced.size(), 1U);
  EXPECT_EQ(folder.scans, 1);
}

TEST(FolderFollower, AClosedFileIsSharedSoonAndAnOpenOneLater) {
  Folder folder;
  folder.settle();
  folder.write("closed", 1);
  folder.put("open", 2);
  folder.event("open", Change::written);
  folder.advance(milliseconds(260));
  EXPECT_EQ(folder.announced.size(), 1U);
  EXPECT_TRUE(folder.announced.contains("closed"));
  folder.advance(seconds(2));
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, AFileThatIsWrittenAllTheTimeIsNotShared) {
  Folder folder;
  folder.settle();
  for (std::uint64_t i = 0; i < 20; ++i) {
    folder.put("log", i);
    folder.event("log", Change::written);
    folder.advance(seconds(1));
  }
  EXPECT_EQ(folder.hashes, 0);
  folder.advance(seconds(2));
  EXPECT_EQ(folder.hashes, 1);
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, AChangedFileIsWithdrawnBeforeItIsSharedAgain) {
  Folder folder;
  folder.write("a", 1);
  folder.settle();
  const InfoHash before = folder.announced.at("a");
  folder.write("a", 2);
  folder.settle();
  EXPECT_EQ(folder.withdrawn, 1);
  EXPECT_NE(folder.announced.at("a"), before);
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, OtherTimesAndPermissionsWithdrawNothing) {
  Folder folder;
  folder.write("a", 1);
  folder.settle();
  folder.disk["a"].signature.ctime_ns += 1;
  folder.event("a", Change::written);
  folder.settle();
  EXPECT_EQ(folder.hashes, 2);
  EXPECT_EQ(folder.withdrawn, 0);
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, AFolderThatGoesTakesItsFilesAlong) {
  Folder folder;
  folder.write("f/a", 1);
  folder.write("f/g/b", 2);
  folder.write("f-2", 3);
  folder.settle();
  folder.disk.erase("f/a");
  folder.disk.erase("f/g/b");
  folder.event("f", Change::closed);
  folder.settle();
  EXPECT_EQ(folder.withdrawn, 2);
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, AFileReplacedByAFolderIsWithdrawn) {
  Folder folder;
  folder.write("x", 1);
  folder.settle();
  folder.disk.erase("x");
  folder.write("x/y", 2);
  folder.event("x", Change::closed);
  folder.settle();
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, LostEventsAreMadeUpForByAScanOfEverything) {
  Folder folder;
  folder.write("a", 1);
  folder.write("b", 2);
  folder.settle();
  folder.disk.erase("a");
  folder.put("b", 3);
  folder.put("c", 4);
  folder.follower.handle_lost(folder.now);
  folder.settle();
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, WithoutEventsItLooksFromTimeToTime) {
  Folder folder;
  folder.settle();
  folder.follower.set_rescan(seconds(10), folder.now);
  folder.put("a", 1);
  folder.advance(seconds(9));
  EXPECT_TRUE(folder.announced.empty());
  folder.advance(seconds(4));
  folder.expect_exactly_the_files();
  folder.disk.erase("a");
  folder.advance(seconds(11));
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, EqualFilesAreOneShareThatOutlivesItsSource) {
  Folder folder;
  folder.write("a/x", 1);
  folder.write("b/x", 1);
  folder.write("c/x", 1);
  folder.settle();
  EXPECT_EQ(folder.announced.size(), 3U);
  ASSERT_EQ(folder.serving.size(), 1U);
  const std::string source = folder.serving.begin()->second;
  folder.disk.erase(source);
  folder.event(source, Change::closed);
  folder.settle();
  EXPECT_EQ(folder.withdrawn, 1);
  folder.expect_exactly_the_files();
  EXPECT_NE(folder.serving.begin()->second, source);
}

TEST(FolderFollower, TooManyEventsBecomeOneScan) {
  FollowerConfig config;
  config.waiting_paths_max = 10;
  Folder folder(config);
  folder.settle();
  const int scans = folder.scans;
  for (std::uint64_t i = 0; i < 11; ++i) folder.write(std::to_string(i), i);
  folder.advance(seconds(1));
  EXPECT_EQ(folder.scans, scans + 1);
  folder.settle();
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, AFileThatCanNotBeHashedIsTriedAgainWhileItIsInUse) {
  Folder folder;
  folder.busy = true;
  folder.write("a", 1);
  folder.advance(milliseconds(300));
  folder.answer();  // the scan of everything
  folder.drain();
  folder.answer();  // the scan of the file
  folder.drain();
  folder.busy = false;
  folder.disk.erase("a");  // gone between scan and hash, and back
  folder.answer();
  folder.drain();
  folder.put("a", 5);
  folder.settle();
  folder.expect_exactly_the_files();
}

TEST(FolderFollower, BatchesAreBounded) {
  FollowerConfig config;
  config.hash_files_max = 3;
  config.hash_bytes_max = 1000;
  Folder folder(config);
  for (std::uint64_t i = 0; i < 20; ++i) folder.put(std::to_string(i), i == 7 ? 999 : i);
  folder.now += seconds(10);
  while (std::optional<Action> action = folder.follower.poll_action()) {
    if (const auto* const scan = std::get_if<Scan>(&*action)) {
      folder.follower.handle_scanned(folder.look(*scan), folder.now);
    } else if (const auto* const hash = std::get_if<Hash>(&*action)) {
      std::int64_t bytes = 0;
      for (const SeenFile& file : hash->files) bytes += file.signature.bytes;
      EXPECT_LE(hash->files.size(), 3U);
      EXPECT_LE(bytes, 1000);
      folder.follower.handle_hashed(folder.hash(*hash), folder.now);
    }
  }
  EXPECT_EQ(folder.follower.shared(), 20U);
}

// Against a random writer: whatever it does, and whatever events are lost if that is said, the shares end as its files.
TEST(FolderFollower, EndsWithExactlyTheFilesOfARandomWriter) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    FollowerConfig config;
    config.hash_files_max = 1 + rng.below(4);
    config.scan_paths_max = 1 + rng.below(4);
    config.waiting_paths_max = 2 + rng.below(20);
    Folder folder(config);
    const auto any_path = [&] {
      const char* const folders[] = {"", "d/", "d/e/", "f/"};
      return folders[rng.below(4)] + std::string(1, static_cast<char>('a' + rng.below(4)));
    };
    const auto any_file = [&]() -> std::string {
      auto file = folder.disk.begin();
      std::advance(file, static_cast<std::ptrdiff_t>(rng.below(folder.disk.size())));
      return file->first;
    };
    bool lost = false;
    for (int step = 0; step < 200; ++step) {
      const bool heard = rng.below(20) != 0;
      lost = lost || !heard;
      const auto event = [&](const std::string& path, Change change) {
        if (heard) folder.event(path, change);
      };
      const std::uint64_t what = rng.below(10);
      if (what < 4 || folder.disk.empty()) {
        const std::string path = any_path();
        folder.put(path, rng.below(4));
        event(path, Change::written);
        if (rng.below(10) < 7) event(path, Change::closed);
      } else if (what < 6) {
        const std::string path = any_file();
        folder.disk.erase(path);
        event(path, Change::closed);
      } else if (what < 8) {
        const std::string from = any_file();
        const std::string to = any_path();
        if (from != to) folder.move(from, to);
        event(from, Change::closed);
        event(to, Change::closed);
      } else if (what == 8) {
        std::erase_if(folder.disk, [](const auto& file) { return file.first.starts_with("d/"); });
        event("d", Change::closed);
      } else if (lost) {
        folder.follower.handle_lost(folder.now);
        lost = false;
      }
      folder.busy = rng.below(2) == 0;
      if (rng.below(2) == 0) folder.answer();
      folder.advance(milliseconds(rng.below(1500)));
      folder.follower.check_invariants();
    }
    if (lost) folder.follower.handle_lost(folder.now);
    folder.settle();
    folder.expect_exactly_the_files();
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace stp::folder
