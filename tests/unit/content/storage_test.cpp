#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "content/open_files.h"
#include "content/source_storage.h"
#include "content/target_storage.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::entry_of;
using test::metainfo_of;
using test::pattern;
using test::TempDir;

Bytes read_run(Storage& storage, const Metainfo& metainfo, const BlockRun& run) {
  Bytes out(metainfo.bytes_of(run));
  const Status status = storage.read(run, out);
  EXPECT_TRUE(status) << status.error().message;
  return out;
}

// A share of two files on disk, and its storage.
struct Sourced {
  TempDir dir;
  Share share;
  SourceStorage storage;
  Sourced() : share(make(dir)), storage(share.metainfo, share.sources) {}
  static Share make(const TempDir& dir) {
    test::write_file(dir / "s/a", pattern(0, 3 * kBlockBytes + 9));
    test::write_file(dir / "s/b", pattern(1, 100));
    test::write_file(dir / "s/empty", "");
    return test::share_of(dir / "s", 2 * kBlockBytes);
  }
};

TEST(SourceStorage, ReadsRunsOfEveryFile) {
  Sourced sourced;
  const Bytes a = pattern(0, 3 * kBlockBytes + 9);
  const Metainfo& metainfo = *sourced.share.metainfo;
  EXPECT_EQ(read_run(sourced.storage, metainfo, {{0}, 0, 2}), Bytes(a.begin(), a.begin() + 2 * kBlockBytes));
  EXPECT_EQ(read_run(sourced.storage, metainfo, {{1}, 1, 1}), Bytes(a.begin() + 3 * kBlockBytes, a.end()));
  EXPECT_EQ(read_run(sourced.storage, metainfo, {{2}, 0, 1}), pattern(1, 100));
}

TEST(SourceStorage, MayReadOnOverChunksOfTheSameFile) {
  Sourced sourced;
  Bytes out(3 * kBlockBytes + 9);
  ASSERT_TRUE(sourced.storage.read({{0}, 0, 2}, out));
  EXPECT_EQ(out, pattern(0, out.size()));
}

TEST(SourceStorage, WritesNothing) {
  Sourced sourced;
  EXPECT_EQ(sourced.storage.write({{0}, 0, 1}, {}).error().kind, ErrorKind::denied);
}

TEST(SourceStorage, AChangedFileIsAnIntegrityErrorThatNamesIt) {
  Sourced sourced;
  Bytes out(kBlockBytes);
  ASSERT_TRUE(sourced.storage.read({{0}, 0, 1}, out));
  std::ofstream(sourced.dir / "s/a", std::ios::app) << "more";
  const Status status = sourced.storage.read({{0}, 0, 1}, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::integrity);
  EXPECT_NE(status.error().message.find("s/a"), std::string::npos);
}

// Puts another file, with these bytes but the same modification time, in the place of b.
void replace_b(const Sourced& sourced, const Bytes& bytes) {
  const auto time = std::filesystem::last_write_time(sourced.dir / "s/b");
  test::write_file(sourced.dir / "other", bytes);
  std::filesystem::last_write_time(sourced.dir / "other", time);
  std::filesystem::rename(sourced.dir / "other", sourced.dir / "s/b");
}

TEST(SourceStorage, AFileOfTheSameSizeAndTimeButOtherIdentityIsNotTaken) {
  Sourced sourced;
  replace_b(sourced, pattern(9, 100));
  Bytes out(100);
  EXPECT_EQ(sourced.storage.read({{2}, 0, 1}, out).error().kind, ErrorKind::io);
  const std::atomic<bool> cancel = false;
  EXPECT_EQ(sourced.storage.recheck(1, cancel).error().kind, ErrorKind::integrity);
  EXPECT_FALSE(sourced.storage.read({{2}, 0, 1}, out));
}

TEST(SourceStorage, TheSameBytesUnderAnotherIdentityAreTakenOnceTheyWereHashed) {
  Sourced sourced;
  replace_b(sourced, pattern(1, 100));
  Bytes out(100);
  EXPECT_EQ(sourced.storage.read({{2}, 0, 1}, out).error().kind, ErrorKind::io);
  const std::atomic<bool> cancel = false;
  ASSERT_TRUE(sourced.storage.recheck(1, cancel));
  EXPECT_TRUE(sourced.storage.read({{2}, 0, 1}, out));
}

TEST(SourceStorage, AFileThatIsLinkedOrGetsOtherRightsMayBeTheSame) {
  Sourced sourced;
  std::filesystem::create_hard_link(sourced.dir / "s/a", sourced.dir / "link");
  Bytes out(kBlockBytes);
  EXPECT_EQ(sourced.storage.read({{0}, 0, 1}, out).error().kind, ErrorKind::io);
  const std::atomic<bool> cancel = false;
  ASSERT_TRUE(sourced.storage.recheck(0, cancel));
  EXPECT_TRUE(sourced.storage.read({{0}, 0, 1}, out));
}

TEST(SourceStorage, ACancelledRecheckIsNotFinal) {
  Sourced sourced;
  replace_b(sourced, pattern(9, 100));
  const std::atomic<bool> cancel = true;
  const Status status = sourced.storage.recheck(1, cancel);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().kind, ErrorKind::integrity);
}

TEST(SourceStorage, AFileThatIsPutBackIsReadAgain) {
  Sourced sourced;
  std::filesystem::rename(sourced.dir / "s/b", sourced.dir / "away");
  Bytes out(100);
  const std::atomic<bool> cancel = false;
  EXPECT_EQ(sourced.storage.recheck(1, cancel).error().kind, ErrorKind::not_found);
  std::filesystem::rename(sourced.dir / "away", sourced.dir / "s/b");
  ASSERT_TRUE(sourced.storage.recheck(1, cancel));
  EXPECT_TRUE(sourced.storage.read({{2}, 0, 1}, out));
}

TEST(SourceStorage, AVanishedFileIsNotFound) {
  Sourced sourced;
  std::filesystem::remove(sourced.dir / "s/b");
  Bytes out(100);
  const Status status = sourced.storage.read({{2}, 0, 1}, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::not_found);
  EXPECT_NE(status.error().message.find("s/b"), std::string::npos);
}

TEST(SourceStorage, ServesSeveralThreads) {
  TempDir dir;
  for (std::size_t i = 0; i < 40; ++i) test::write_file(dir / ("s/" + std::to_string(10 + i)), pattern(i, 1000 + i));
  const Share share = test::share_of(dir / "s");
  SourceStorage storage(share.metainfo, share.sources);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      Rng rng(seed);
      for (int i = 0; i < 300; ++i) {
        const auto chunk = static_cast<std::uint32_t>(rng.below(40));
        Bytes out(1000 + chunk);
        if (!storage.read({{chunk}, 0, 1}, out) || out != pattern(chunk, out.size())) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(OpenFiles, KeepsOnlyTheMostRecentlyUsed) {
  const TempDir dir;
  test::write_file(dir / "f", "x");
  int opened = 0;
  const auto open = [&] {
    ++opened;
    return open_source(dir / "f");
  };
  OpenFiles files(2);
  ASSERT_TRUE(files.get(1, open));
  ASSERT_TRUE(files.get(2, open));
  ASSERT_TRUE(files.get(1, open));  // 2 is the oldest now
  EXPECT_EQ(opened, 2);
  ASSERT_TRUE(files.get(3, open));
  EXPECT_EQ(files.size(), 2U);
  ASSERT_TRUE(files.get(1, open));
  EXPECT_EQ(opened, 3);
  ASSERT_TRUE(files.get(2, open));
  EXPECT_EQ(opened, 4);
}

TEST(OpenFiles, ADescriptorInUseStaysOpen) {
  const TempDir dir;
  test::write_file(dir / "f", "x");
  const auto open = [&] { return open_source(dir / "f"); };
  OpenFiles files(1);
  const auto first = files.get(1, open);
  ASSERT_TRUE(files.get(2, open));
  Bytes out(1);
  EXPECT_TRUE(read_at(**first, 0, out, "f"));
}

// The process's limit of open files while this lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(::rlim_t files) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const ::rlimit now{files, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &now), 0);
  }
  ~DescriptorLimit() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  ::rlimit before_{};
};

TEST(OpenFiles, AreAsManyAsTheLimitLeavesRoomFor) {
  const TempDir dir;
  test::write_file(dir / "f", "x");
  OpenFiles files;
  const auto open = [&] { return open_source(dir / "f"); };
  const DescriptorLimit limit(64);
  for (std::size_t i = 0; i < 40; ++i) ASSERT_TRUE(files.get(i, open));
  EXPECT_EQ(files.size(), 64 / OpenFiles::kShareOfLimit);
}

TEST(OpenFiles, AreGivenUpForAnotherWhenNoDescriptorIsLeft) {
  const TempDir dir;
  test::write_file(dir / "f", "x");
  OpenFiles files;
  int failures = 0;
  const auto open = [&]() -> Result<Fd> {
    if (files.size() < 3) return open_source(dir / "f");
    ++failures;
    return file_error("open", "f", EMFILE);
  };
  for (std::size_t i = 0; i < 10; ++i) ASSERT_TRUE(files.get(i, open)) << i;
  EXPECT_GT(failures, 0);
  OpenFiles none;
  const auto never = [&]() -> Result<Fd> { return file_error("open", "f", ENFILE); };
  EXPECT_EQ(none.get(1, never).error().kind, ErrorKind::busy);
}

TEST(OpenFiles, FailuresAreNotKept) {
  const TempDir dir;
  OpenFiles files;
  EXPECT_FALSE(files.get(1, [&] { return open_source(dir / "f"); }));
  test::write_file(dir / "f", "x");
  EXPECT_TRUE(files.get(1, [&] { return open_source(dir / "f"); }));
}

TargetStorage target(const TempDir& dir, std::shared_ptr<const Metainfo> metainfo, const std::string& root,
                     TargetStorage::Mode mode = TargetStorage::Mode::read_write) {
  return TargetStorage(std::move(metainfo), std::move(*open_directory(dir.path())), root, mode);
}

Status write_run(Storage& storage, const BlockRun& run, ByteSpan bytes) {
  return storage.write(run, std::span(&bytes, 1));
}

TEST(TargetStorage, MakesFilesSparseAndOfFullLengthWhenFirstWritten) {
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"d", "a"}, 500 * kBlockBytes), entry_of({"b"}, 5)});
  TargetStorage storage = target(dir, metainfo, "s.part");
  EXPECT_FALSE(test::exists(dir / "s.part"));
  ASSERT_TRUE(write_run(storage, {{3}, 0, 1}, pattern(0, kBlockBytes)));
  struct ::stat status {};
  ASSERT_EQ(::stat((dir / "s.part/d/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 500 * kBlockBytes);
  EXPECT_LT(status.st_blocks * 512, 10 * kBlockBytes);
  EXPECT_FALSE(test::exists(dir / "s.part/b"));
  EXPECT_FALSE(storage.look(0).has_value());  // "b" comes before "d"
  EXPECT_TRUE(storage.look(1).has_value());
  EXPECT_EQ(read_run(storage, *metainfo, {{3}, 0, 1}), pattern(0, kBlockBytes));
  EXPECT_EQ(read_run(storage, *metainfo, {{2}, 0, 1}), Bytes(kBlockBytes));
}

std::int64_t allocated(const std::string& path) {
  struct ::stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_blocks * 512;
}

TEST(TargetStorage, ZerosBecomeHoles) {
  const TempDir dir;
  const auto metainfo = metainfo_of("f", {entry_of({"f"}, 64 * kBlockBytes + 5)}, 16 * kBlockBytes);
  TargetStorage storage = target(dir, metainfo, "f.part");
  Bytes bytes(64 * kBlockBytes + 5);
  const Bytes data = pattern(0, kBlockBytes);
  std::copy(data.begin(), data.end(), bytes.begin() + 20 * kBlockBytes);
  bytes.back() = std::byte{7};
  const std::vector<ByteSpan> buffers{ByteSpan(bytes).first(16 * kBlockBytes),
                                      ByteSpan(bytes).subspan(16 * kBlockBytes)};
  ASSERT_TRUE(storage.write({{0}, 0, 1}, buffers));
  EXPECT_EQ(test::read_file(dir / "f.part"), bytes);
  EXPECT_LE(allocated(dir / "f.part"), 4 * kBlockBytes);
}

TEST(TargetStorage, ZerosReplaceWhatAnEarlierDownloadLeft) {
  const TempDir dir;
  test::write_file(dir / "f.part", pattern(0, 8 * kBlockBytes));
  const auto metainfo = metainfo_of("f", {entry_of({"f"}, 8 * kBlockBytes)}, 8 * kBlockBytes);
  TargetStorage storage = target(dir, metainfo, "f.part");
  Bytes expected = pattern(0, 8 * kBlockBytes);
  std::fill(expected.begin() + 2 * kBlockBytes, expected.begin() + 6 * kBlockBytes, std::byte{0});
  ASSERT_TRUE(write_run(storage, {{0}, 2, 4}, Bytes(4 * kBlockBytes)));
  EXPECT_EQ(test::read_file(dir / "f.part"), expected);
}

TEST(TargetStorage, AFileThatIsRemovedIsNoticedByTheNextWrite) {
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"a"}, 5), entry_of({"b"}, 5)});
  TargetStorage storage = target(dir, metainfo, "s.part");
  ASSERT_TRUE(write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa")));
  std::filesystem::remove(dir / "s.part/a");
  for (int i = 0; i < 2; ++i) {  // through the open file, and by its name
    const Status status = write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa"));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::not_found);
    EXPECT_FALSE(test::exists(dir / "s.part/a"));
  }
}

TEST(TargetStorage, WhatWasThereBeforeIsNotMadeASecondTimeEither) {
  const TempDir dir;
  test::write_file(dir / "s.part/a", "12345");
  const auto metainfo = metainfo_of("s", {entry_of({"a"}, 5), entry_of({"b"}, 5)});
  TargetStorage storage = target(dir, metainfo, "s.part");
  EXPECT_TRUE(storage.look(0));
  std::filesystem::remove(dir / "s.part/a");
  EXPECT_EQ(write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa")).error().kind, ErrorKind::not_found);
  std::filesystem::remove_all(dir / "s.part");
  EXPECT_EQ(write_run(storage, {{1}, 0, 1}, as_bytes("bbbbb")).error().kind, ErrorKind::not_found);
}

TEST(TargetStorage, ARootThatIsGoneIsNeverMadeASecondTime) {
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"a"}, 5), entry_of({"b"}, 5)});
  TargetStorage storage = target(dir, metainfo, "s.part");
  EXPECT_TRUE(storage.check_root());  // nothing was written yet
  ASSERT_TRUE(write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa")));
  EXPECT_TRUE(storage.check_root());
  std::filesystem::rename(dir / "s.part", dir / "moved");
  EXPECT_EQ(storage.check_root().error().kind, ErrorKind::not_found);
  EXPECT_EQ(write_run(storage, {{1}, 0, 1}, as_bytes("bbbbb")).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(test::exists(dir / "s.part"));
  std::filesystem::create_directory(dir / "s.part");
  EXPECT_EQ(storage.check_root().error().kind, ErrorKind::not_found);
}

TEST(TargetStorage, WritesBuffersOverChunkBorders) {
  const TempDir dir;
  const auto metainfo = metainfo_of("f", {entry_of({"f"}, 4 * kBlockBytes + 3)});
  TargetStorage storage = target(dir, metainfo, "f.part");
  const Bytes bytes = pattern(0, 4 * kBlockBytes + 3);
  const std::vector<ByteSpan> buffers{ByteSpan(bytes).subspan(kBlockBytes, 2 * kBlockBytes),
                                      ByteSpan(bytes).subspan(3 * kBlockBytes)};
  ASSERT_TRUE(storage.write({{1}, 0, 1}, buffers));
  ASSERT_TRUE(write_run(storage, {{0}, 0, 1}, ByteSpan(bytes).first(kBlockBytes)));
  EXPECT_EQ(test::read_file(dir / "f.part"), bytes);
}

TEST(TargetStorage, ReadingWhatIsNotThereIsNotFound) {
  const TempDir dir;
  TargetStorage storage = target(dir, metainfo_of("f", {entry_of({"f"}, 5)}), "f.part");
  Bytes out(5);
  EXPECT_EQ(storage.read({{0}, 0, 1}, out).error().kind, ErrorKind::not_found);
}

TEST(TargetStorage, FollowsNoLinkThatSomebodyPutInItsWay) {
  const TempDir outside;
  test::write_file(outside / "a", "precious");
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"d", "a"}, 5), entry_of({"e"}, 5)});
  std::filesystem::create_directory(dir / "s.part");
  std::filesystem::create_directory_symlink(outside.path(), dir / "s.part/d");
  std::filesystem::create_symlink(outside / "a", dir / "s.part/e");
  TargetStorage storage = target(dir, metainfo, "s.part");
  Bytes out(5);
  for (const std::uint32_t chunk : {0U, 1U}) {
    EXPECT_EQ(write_run(storage, {{chunk}, 0, 1}, out).error().kind, ErrorKind::denied);
    EXPECT_EQ(storage.read({{chunk}, 0, 1}, out).error().kind, ErrorKind::denied);
  }
  EXPECT_EQ(as_text(test::read_file(outside / "a")), "precious");
}

TEST(TargetStorage, ItsRootIsNoLinkEither) {
  const TempDir outside;
  const TempDir dir;
  std::filesystem::create_directory_symlink(outside.path(), dir / "s.part");
  TargetStorage storage = target(dir, metainfo_of("s", {entry_of({"a"}, 5)}), "s.part");
  EXPECT_FALSE(write_run(storage, {{0}, 0, 1}, Bytes(5)));
  EXPECT_FALSE(test::exists(outside / "a"));
}

TEST(TargetStorage, ReadOnlyWritesAndMakesNothing) {
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"a"}, 5), entry_of({"b"}, 0)});
  TargetStorage storage = target(dir, metainfo, "s", TargetStorage::Mode::read_only);
  EXPECT_EQ(write_run(storage, {{0}, 0, 1}, Bytes(5)).error().kind, ErrorKind::denied);
  EXPECT_FALSE(storage.make_empty_file(1));
  EXPECT_FALSE(test::exists(dir / "s"));
}

TEST(TargetStorage, IsReadOnUnderItsFinalName) {
  const TempDir dir;
  const auto metainfo = metainfo_of("s", {entry_of({"a"}, 5), entry_of({"b"}, 6)});
  TargetStorage storage = target(dir, metainfo, "s.part");
  ASSERT_TRUE(write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa")));
  ASSERT_TRUE(write_run(storage, {{1}, 0, 1}, as_bytes("bbbbbb")));
  EXPECT_EQ(as_text(read_run(storage, *metainfo, {{0}, 0, 1})), "aaaaa");
  ASSERT_TRUE(storage.finish("s"));
  EXPECT_FALSE(test::exists(dir / "s.part"));
  EXPECT_EQ(as_text(read_run(storage, *metainfo, {{0}, 0, 1})), "aaaaa");   // was open
  EXPECT_EQ(as_text(read_run(storage, *metainfo, {{1}, 0, 1})), "bbbbbb");  // was not
  EXPECT_FALSE(write_run(storage, {{0}, 0, 1}, as_bytes("xxxxx")));
}

TEST(TargetStorage, NeverReplacesWhenItFinishes) {
  const TempDir dir;
  TargetStorage storage = target(dir, metainfo_of("f", {entry_of({"f"}, 5)}), "f.part");
  ASSERT_TRUE(write_run(storage, {{0}, 0, 1}, as_bytes("aaaaa")));
  test::write_file(dir / "f", "mine");
  EXPECT_EQ(storage.finish("f").error().kind, ErrorKind::exists);
  EXPECT_EQ(as_text(test::read_file(dir / "f")), "mine");
  EXPECT_TRUE(write_run(storage, {{0}, 0, 1}, as_bytes("bbbbb")));
}

}  // namespace
}  // namespace stp::content
