#include "daemon/shared_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rng.h"

namespace stp::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InfoHash hash_of(std::uint64_t number) {
  InfoHash made;
  made.bytes[0] = static_cast<std::byte>(number);
  return made;
}

std::vector<std::string> paths_after(const SharedPaths& shared, std::uint64_t number, std::size_t count = 100) {
  std::vector<std::string> paths;
  for (const SharedPaths::Entry* const entry : shared.after(number, count)) paths.push_back(entry->path);
  return paths;
}

TEST(SharedPaths, AreReadFromANumberOn) {
  SharedPaths shared;
  for (const char* path : {"b", "a", "c"}) shared.put({0, path, "link", hash_of(1), 10, 1});
  EXPECT_THAT(paths_after(shared, 0), ElementsAre("b", "a", "c"));
  EXPECT_THAT(paths_after(shared, 0, 2), ElementsAre("b", "a"));
  EXPECT_THAT(paths_after(shared, 2), ElementsAre("c"));
  EXPECT_THAT(paths_after(shared, shared.latest()), IsEmpty());
  EXPECT_EQ(shared.bytes(), 30);
}

TEST(SharedPaths, AreFoundByTheirWholePath) {
  SharedPaths shared;
  for (const char* path : {"a/b", "c"}) shared.put({0, path, std::string("of ") + path, hash_of(1), 10, 1});
  ASSERT_NE(shared.find("a/b"), nullptr);
  EXPECT_EQ(shared.find("a/b")->link, "of a/b");
  for (const char* path : {"", "a", "a/", "a/b/", "/a/b", "b"}) EXPECT_EQ(shared.find(path), nullptr) << path;
  shared.erase("c", hash_of(1));
  EXPECT_EQ(shared.find("c"), nullptr);
}

TEST(SharedPaths, AChangedOneHasANewNumber) {
  SharedPaths shared;
  for (const char* path : {"a", "b"}) shared.put({0, path, "old", hash_of(1), 10, 1});
  const std::uint64_t read = shared.latest();
  shared.put({0, "a", "new", hash_of(2), 5, 1});
  ASSERT_THAT(paths_after(shared, read), ElementsAre("a"));
  EXPECT_EQ(shared.after(read, 1).front()->link, "new");
  EXPECT_EQ(shared.size(), 2U);
  EXPECT_EQ(shared.bytes(), 15);
}

TEST(SharedPaths, AWithdrawalOfWhatItIsNoLongerChangesNothing) {
  SharedPaths shared;
  shared.put({0, "a", "new", hash_of(2), 5, 1});
  shared.erase("a", hash_of(1));
  shared.erase("b", hash_of(2));
  EXPECT_EQ(shared.size(), 1U);
  shared.erase("a", hash_of(2));
  EXPECT_EQ(shared.size(), 0U);
  EXPECT_EQ(shared.bytes(), 0);
}

// Whoever reads now and then has in the end what is there, whatever has come and gone.
TEST(SharedPaths, AReaderThatFollowsMissesNothing) {
  Rng rng(20'241'130);
  SharedPaths shared;
  std::map<std::string, InfoHash> model;
  std::map<std::string, std::string> seen;
  std::uint64_t read = 0;
  for (int step = 0; step < 3000; ++step) {
    const std::string path(1, static_cast<char>('a' + rng.below(20)));
    const InfoHash info_hash = hash_of(rng.below(3));
    if (rng.below(3) > 0) {
      shared.put({0, path, info_hash.hex(), info_hash, static_cast<std::int64_t>(rng.below(100)), 1});
      model[path] = info_hash;
    } else {
      shared.erase(path, info_hash);
      if (const auto found = model.find(path); found != model.end() && found->second == info_hash) model.erase(found);
    }
    if (rng.below(200) == 0) {
      shared.clear();
      model.clear();
    }
    shared.check_invariants();
    ASSERT_EQ(shared.size(), model.size());
    while (rng.below(4) == 0) {
      const std::vector<const SharedPaths::Entry*> entries = shared.after(read, 1 + rng.below(3));
      if (entries.empty()) break;
      for (const SharedPaths::Entry* const entry : entries) seen[entry->path] = entry->link;
      read = entries.back()->number;
    }
  }
  for (const SharedPaths::Entry* const entry : shared.after(read, 100)) seen[entry->path] = entry->link;
  for (const auto& [path, info_hash] : model) EXPECT_EQ(seen[path], info_hash.hex()) << path;
}

}  // namespace
}  // namespace stp::daemon
