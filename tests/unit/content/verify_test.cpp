#include "content/verify.h"

#include <gtest/gtest.h>

#include "content/merkle.h"
#include "content/path_rules.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::pattern;
using test::TempDir;

// a: 5 chunks of two blocks, the last short; b: one chunk; empty.
struct Shared {
  TempDir dir;
  Share share;
  Shared() : share(make(dir)) {}
  static Share make(const TempDir& dir) {
    test::write_file(dir / "s/a", pattern(0, 9 * kBlockBytes + 77));
    test::write_file(dir / "s/b", pattern(1, 100));
    test::write_file(dir / "s/empty", "");
    return test::share_of(dir / "s", 2 * kBlockBytes);
  }
  void flip(const std::string& file, std::int64_t offset) const {
    Bytes bytes = test::read_file(dir / ("s/" + file));
    bytes[static_cast<std::size_t>(offset)] ^= std::byte{1};
    test::write_file(dir / ("s/" + file), bytes);
  }
  [[nodiscard]] VerifyReport verify(const ChunkHashes& hashes, unsigned threads = 2) const {
    HashOptions options;
    options.threads = threads;
    Result<VerifyReport> report = verify_path(share.metainfo, hashes, dir / "s", options);
    EXPECT_TRUE(report) << report.error().message;
    return std::move(*report);
  }
  [[nodiscard]] ChunkHashes unknown() const { return ChunkHashes(share.metainfo); }
};

TEST(Verify, AnUnharmedShareIsAllGood) {
  const Shared shared;
  for (const ChunkHashes& hashes : {shared.share.hashes, shared.unknown()}) {
    const VerifyReport report = shared.verify(hashes);
    EXPECT_TRUE(report.good.all());
    EXPECT_TRUE(report.problems.empty());
    EXPECT_TRUE(report.hashes.complete());
  }
}

TEST(Verify, FindsTheChunkThatDiffers) {
  const Shared shared;
  for (std::uint32_t c = 0; c < 5; ++c) {
    shared.flip("a", std::int64_t{c} * 2 * kBlockBytes + 50);
    const VerifyReport report = shared.verify(shared.share.hashes);
    for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(report.good.test({i}), i != c);
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_EQ(report.problems[0].file, 0U);
    EXPECT_EQ(report.problems[0].error.kind, ErrorKind::integrity);
    shared.flip("a", std::int64_t{c} * 2 * kBlockBytes + 50);
  }
}

TEST(Verify, WithoutChunkHashesTheWholeFileCounts) {
  const Shared shared;
  shared.flip("a", 5);
  const VerifyReport report = shared.verify(shared.unknown());
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_FALSE(report.good.test({i}));
  EXPECT_TRUE(report.good.test({5}));
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_FALSE(report.hashes.layer_known(0));
}

TEST(Verify, MissingFilesAreProblems) {
  const Shared shared;
  for (const char* file : {"a", "b", "empty"}) std::filesystem::remove(shared.dir / (std::string("s/") + file));
  const VerifyReport report = shared.verify(shared.share.hashes);
  EXPECT_TRUE(report.good.none());
  ASSERT_EQ(report.problems.size(), 3U);
  for (const FileProblem& problem : report.problems) EXPECT_EQ(problem.error.kind, ErrorKind::not_found);
}

TEST(Verify, EmptyFoldersThatAreMissingAreProblems) {
  const TempDir dir;
  test::write_file(dir / "s/f", "x");
  for (const char* folder : {"s/gone", "s/stays", "s/in/file", "s/link"}) {
    std::filesystem::create_directories(dir / folder);
  }
  const Share share = test::share_of(dir / "s");
  const auto problems = [&] {
    const auto report = verify_path(share.metainfo, share.hashes, dir / "s", {});
    EXPECT_TRUE(report && report->problems.empty() && report->all_right() == report->folder_problems.empty());
    std::vector<std::pair<std::string, ErrorKind>> found;
    for (const FolderProblem& problem : report->folder_problems) {
      found.emplace_back(join_path(share.metainfo->empty_folders()[problem.folder]), problem.error.kind);
    }
    return found;
  };
  EXPECT_TRUE(problems().empty());
  std::filesystem::remove(dir / "s/gone");
  std::filesystem::remove_all(dir / "s/in");
  test::write_file(dir / "s/in", "a file above an empty folder");
  std::filesystem::remove(dir / "s/link");
  std::filesystem::create_directory_symlink(dir / "s/stays", dir / "s/link");  // a folder for whoever looks
  test::write_file(dir / "s/stays/more", "no longer empty, but a folder");
  EXPECT_EQ(problems(), (std::vector<std::pair<std::string, ErrorKind>>{{"gone", ErrorKind::not_found},
                                                                        {"in/file", ErrorKind::exists}}));
  std::filesystem::remove(dir / "s/in");
  std::filesystem::create_directories(dir / "s/in");
  test::write_file(dir / "s/in/file", "in the place of the empty folder");
  EXPECT_EQ(problems()[1].second, ErrorKind::exists);
}

TEST(Verify, AChunkThatCouldNotBeReadIsNotGoodEvenIfItsHashIsZero) {
  // Nothing hashes to zero, but a metainfo made by hand may say so.
  const std::vector<Hash256> zeros(2);
  FileEntry entry = test::entry_of({"f"}, 2 * kBlockBytes);
  entry.root = root_of(zeros, 0, 2);
  const auto metainfo = test::metainfo_of("s", {entry});
  ChunkHashes hashes(metainfo);
  ASSERT_TRUE(hashes.set_layer(0, zeros));
  const TempDir dir;
  const auto report = verify_path(metainfo, hashes, dir.path(), {});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->good.none());
  EXPECT_EQ(report->problems.size(), 1U);
}

TEST(Verify, AFileThatGrewIsAProblemThoughItsChunksAreRight) {
  const Shared shared;
  std::ofstream(shared.dir / "s/a", std::ios::app) << "more";
  std::ofstream(shared.dir / "s/empty", std::ios::app) << "more";
  const VerifyReport report = shared.verify(shared.share.hashes);
  EXPECT_TRUE(report.good.all());
  EXPECT_EQ(report.problems.size(), 2U);
}

TEST(Verify, AFileThatWasCutKeepsTheChunksThatAreThereInFull) {
  const Shared shared;
  std::filesystem::resize_file(shared.dir / "s/a", 5 * kBlockBytes);
  const VerifyReport report = shared.verify(shared.share.hashes);
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(report.good.test({i}), i < 2 || i == 5) << i;
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].error.message, "a has 81920 bytes instead of 147533: 3 of 5 chunks differ");
}

TEST(Verify, AProblemSaysHowManyChunksDiffer) {
  const Shared shared;
  shared.flip("a", 5);
  shared.flip("b", 5);
  const VerifyReport report = shared.verify(shared.share.hashes);
  ASSERT_EQ(report.problems.size(), 2U);
  EXPECT_EQ(report.problems[0].error.message, "a: 1 of 5 chunks differ");
  EXPECT_EQ(report.problems[1].error.message, "b: 1 of 1 chunk differs");
  EXPECT_EQ(shared.verify(shared.unknown()).problems[0].error.message, "a differs");
}

TEST(Verify, LooksOnlyAtTheChunksAskedFor) {
  const Shared shared;
  shared.flip("a", 5);
  shared.flip("b", 5);
  Bitfield which(6);
  which.set({1});
  which.set({4});
  const OpenFile open = [&](std::size_t file) {
    EXPECT_EQ(file, 0U);
    return open_source(shared.dir / "s/a");
  };
  const auto report = verify_chunks(shared.share.metainfo, shared.share.hashes, which, false, open, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->good, which);
  EXPECT_TRUE(report->problems.empty());
  // Without their hashes single chunks can't be told right.
  EXPECT_TRUE(verify_chunks(shared.share.metainfo, shared.unknown(), which, false, open, {})->good.none());
}

TEST(Verify, ASingleFileIsVerifiedByItsPath) {
  const TempDir dir;
  test::write_file(dir / "f", pattern(0, 3 * kBlockBytes));
  const Share share = test::share_of(dir / "f");
  std::filesystem::rename(dir / "f", dir / "elsewhere");
  EXPECT_TRUE(verify_path(share.metainfo, share.hashes, dir / "elsewhere", {})->good.all());
  EXPECT_EQ(verify_path(share.metainfo, share.hashes, dir / "f", {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(verify_path(share.metainfo, share.hashes, dir.path(), {}).error().kind, ErrorKind::usage);
}

TEST(Verify, ProgressReachesTheTotal) {
  const Shared shared;
  std::atomic<std::int64_t> most{0};
  std::atomic<std::int64_t> of{0};
  HashOptions options;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    std::int64_t seen = most;
    while (seen < done && !most.compare_exchange_weak(seen, done)) {
    }
    of = total;
  };
  ASSERT_TRUE(verify_path(shared.share.metainfo, shared.share.hashes, shared.dir / "s", options));
  EXPECT_EQ(most, shared.share.metainfo->total_bytes());
  EXPECT_EQ(of, shared.share.metainfo->total_bytes());
}

TEST(Verify, CanBeCancelledOnTheWay) {
  const Shared shared;
  std::atomic<bool> cancel{false};
  HashOptions options;
  options.threads = 1;
  options.progress = [&](std::int64_t, std::int64_t) { cancel = true; };
  options.cancel = &cancel;
  const auto report = verify_path(shared.share.metainfo, shared.share.hashes, shared.dir / "s", options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "interrupted");
}

}  // namespace
}  // namespace stp::content
