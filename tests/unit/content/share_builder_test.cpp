#include "content/share_builder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "content/merkle.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::pattern;
using test::TempDir;

TEST(ShareBuilder, MakesWhatLibtorrentMakes) {
  for (const auto& vector : test::bep52_vectors()) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const TempDir dir;
    BuildOptions options;
    options.chunk_bytes = vector["chunk_bytes"];
    options.private_flag = vector["private"];
    const Share share = test::share_of(test::write_vector(dir, vector), options);
    EXPECT_EQ(share.metainfo->info_hash().hex(), vector["info_hash"]);
    EXPECT_EQ(to_hex(share.metainfo->info_bytes()), vector["info"]);
    ASSERT_TRUE(share.hashes.complete());
    for (std::size_t i = 0; i < share.metainfo->files().size(); ++i) {
      const FileEntry& file = share.metainfo->files()[i];
      if (file.chunk_count < 2) continue;
      EXPECT_EQ(to_hex(std::as_bytes(share.hashes.layer(i))), vector["layers"][file.root.hex()]);
    }
  }
}

// Files around the sizes at which the hasher steps: a read, a unit of work, a chunk.
TEST(ShareBuilder, AnyNumberOfThreadsGivesTheSame) {
  const TempDir dir;
  const std::size_t sizes[] = {0,
                               1,
                               kBlockBytes,
                               ParallelHasher::kReadBytes - 1,
                               ParallelHasher::kReadBytes + 1,
                               4 * 1024 * 1024,
                               4 * 1024 * 1024 + 1,
                               9 * 1024 * 1024 + 12345};
  for (std::size_t i = 0; i < std::size(sizes); ++i)
    test::write_file(dir / ("s/" + std::to_string(i)), pattern(i, sizes[i]));
  for (const std::uint32_t chunk_bytes : {kChunkBytesMin, 256 * 1024U, 8 * 1024 * 1024U, kChunkBytesMax}) {
    const Share one = test::share_of(dir / "s", chunk_bytes, 1);
    for (std::size_t i = 0; i < std::size(sizes); ++i) {
      if (sizes[i] == 0) continue;
      const std::vector<Hash256> leaves = test::leaves_of(pattern(i, sizes[i]));
      ASSERT_EQ(one.metainfo->files()[i].root, test::naive_root(leaves, tree_width(leaves.size()))) << sizes[i];
    }
    for (const unsigned threads : {2U, 5U}) {
      const Share more = test::share_of(dir / "s", chunk_bytes, threads);
      EXPECT_EQ(more.metainfo->info_hash(), one.metainfo->info_hash());
      ChunkHashes checked(more.metainfo);
      for (std::size_t i = 0; i < std::size(sizes); ++i) {
        if (sizes[i] == 0) continue;
        EXPECT_TRUE(checked.set_layer(i, more.hashes.layer(i)));
      }
    }
  }
}

TEST(ShareBuilder, ManySmallFilesAreSharedWhole) {
  const TempDir dir;
  for (std::size_t i = 0; i < 500; ++i) test::write_file(dir / ("s/" + std::to_string(i)), pattern(i, i));
  const Share share = test::share_of(dir / "s", kChunkBytesMin, 3);
  ASSERT_EQ(share.metainfo->files().size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) {
    const FileEntry& file = share.metainfo->files()[i];
    const auto number = static_cast<std::size_t>(file.bytes);
    EXPECT_EQ(file.path[0], std::to_string(number));
    EXPECT_EQ(file.root, number > 0 ? crypto::sha256(pattern(number, number)) : Hash256{});
  }
}

// Calls `change` when the hasher has read its first bytes, and each time it reads on when `every_time`.
HashOptions hashing_while(std::function<void()> change, bool every_time = false) {
  HashOptions options;
  options.threads = 1;
  options.progress = [change = std::move(change), every_time, done = std::make_shared<bool>(false)](std::int64_t,
                                                                                                    std::int64_t) {
    if (!std::exchange(*done, true) || every_time) change();
  };
  return options;
}

void append_to_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(ShareBuilder, AFileThatChangedSinceTheScanIsTakenAsItIs) {
  const TempDir dir;
  test::write_file(dir / "s/stays", "x");
  test::write_file(dir / "s/grows", "x");
  const std::string root = dir / "s";
  const auto listed = scan(std::span(&root, 1));
  append_to_file(dir / "s/grows", "more");
  const auto share = build_share(*listed, {});
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_TRUE(share->warnings.empty());
  EXPECT_EQ(share->metainfo->info_hash(), test::share_of(root, 0).metainfo->info_hash());
}

TEST(ShareBuilder, AFileThatChangesWhileItIsReadIsHashedAgain) {
  const TempDir dir;
  test::write_file(dir / "s", pattern(0, 3 * ParallelHasher::kReadBytes));
  const std::string root = dir / "s";
  BuildOptions options;
  options.hashing = hashing_while([&] { std::fstream(root, std::ios::in | std::ios::out) << "changed"; });
  const auto share = build_share(*scan(std::span(&root, 1)), options);
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_EQ(share->metainfo->info_hash(), test::share_of(root, 0).metainfo->info_hash());
}

TEST(ShareBuilder, AFileThatChangesAfterItWasReadIsHashedAgain) {
  const TempDir dir;
  test::write_file(dir / "s/a", "first in the order");
  test::write_file(dir / "s/b", pattern(0, 3 * ParallelHasher::kReadBytes));
  const std::string root = dir / "s";
  BuildOptions options;
  const auto listed = scan(std::span(&root, 1));
  int calls = 0;
  options.hashing.threads = 1;
  options.hashing.progress = [&](std::int64_t, std::int64_t) {
    if (++calls == 3) append_to_file(dir / "s/a", ", and longer");
  };
  const auto share = build_share(*listed, options);
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_EQ(share->metainfo->info_hash(), test::share_of(root, 0).metainfo->info_hash());
  EXPECT_EQ(share->sources[0].signature.bytes, 30);
}

TEST(ShareBuilder, TheChunkSizeFollowsAFileThatGrows) {
  const TempDir dir;
  test::write_file(dir / "s/a", "x");
  const std::string root = dir / "s";
  const auto listed = scan(std::span(&root, 1));
  std::filesystem::resize_file(dir / "s/a", 200'000'000);
  const auto share = build_share(*listed, {});
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_EQ(share->metainfo->chunk_bytes(), choose_chunk_bytes(200'000'000));
  EXPECT_EQ(share->bytes_hashed, 200'000'000);
}

TEST(ShareBuilder, AFileThatKeepsChangingIsLeftOut) {
  const TempDir dir;
  test::write_file(dir / "s/log", pattern(0, 2 * ParallelHasher::kReadBytes));
  test::write_file(dir / "s/stays", "x");
  const std::string root = dir / "s";
  BuildOptions options;
  options.hashing = hashing_while([&] { append_to_file(dir / "s/log", "more"); }, true);
  const auto share = build_share(*scan(std::span(&root, 1)), options);
  ASSERT_TRUE(share) << share.error().message;
  ASSERT_EQ(share->metainfo->files().size(), 1U);
  EXPECT_EQ(share->metainfo->files()[0].path, std::vector<std::string>{"stays"});
  ASSERT_EQ(share->warnings.size(), 1U);
  EXPECT_NE(share->warnings[0].find("s/log: it keeps changing"), std::string::npos) << share->warnings[0];
}

TEST(ShareBuilder, AFileThatVanishesIsLeftOut) {
  const TempDir dir;
  test::write_file(dir / "s/a", pattern(0, 2 * ParallelHasher::kReadBytes));
  test::write_file(dir / "s/b", "x");
  test::write_file(dir / "s/c", "");
  const std::string root = dir / "s";
  BuildOptions options;
  options.hashing = hashing_while([&] {
    std::filesystem::remove(dir / "s/b");
    std::filesystem::remove(dir / "s/c");
  });
  const auto share = build_share(*scan(std::span(&root, 1)), options);
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_EQ(share->metainfo->files().size(), 1U);
  EXPECT_EQ(share->sources.size(), 1U);
  EXPECT_EQ(share->warnings.size(), 2U);
  EXPECT_EQ(share->bytes_hashed, share->metainfo->total_bytes());
}

TEST(ShareBuilder, NothingButAFileThatVanishedIsNotFound) {
  const TempDir dir;
  test::write_file(dir / "s/a", "x");
  const std::string root = dir / "s";
  const auto listed = scan(std::span(&root, 1));
  std::filesystem::remove(dir / "s/a");
  const auto share = build_share(*listed, {});
  EXPECT_EQ(share.error().kind, ErrorKind::not_found);
  EXPECT_NE(share.error().message.find("s/a"), std::string::npos);
}

TEST(ShareBuilder, TimesAreToldOnlyWhenAskedFor) {
  const TempDir dir;
  test::write_file(dir / "s/a", "x");
  const std::string root = dir / "s";
  const Share plain = test::share_of(root);
  const Share timed = test::share_of(root, kChunkBytesMin, 1, true);
  EXPECT_EQ(plain.metainfo->files()[0].mtime, 0);
  EXPECT_EQ(timed.metainfo->files()[0].mtime, timed.sources[0].signature.mtime_ns / 1'000'000'000);
  const ::timespec times[2] = {{0, UTIME_OMIT}, {1'600'000'000, 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (dir / "s/a").c_str(), times, 0), 0);
  EXPECT_EQ(test::share_of(root).metainfo->info_hash(), plain.metainfo->info_hash());
  const Share touched = test::share_of(root, kChunkBytesMin, 1, true);
  EXPECT_EQ(touched.metainfo->files()[0].mtime, 1'600'000'000);
  EXPECT_EQ(test::share_of(root, kChunkBytesMin, 1, true).metainfo->info_hash(), touched.metainfo->info_hash());
}

TEST(ShareBuilder, CanBeCancelled) {
  const TempDir dir;
  test::write_file(dir / "s", "x");
  const std::string root = dir / "s";
  const std::atomic<bool> cancel{true};
  BuildOptions options;
  options.hashing.cancel = &cancel;
  const auto share = build_share(*scan(std::span(&root, 1)), options);
  ASSERT_FALSE(share);
  EXPECT_EQ(share.error().message, "interrupted");
}

TEST(ShareBuilder, ABadChunkSizeIsRefused) {
  const TempDir dir;
  test::write_file(dir / "s", "x");
  const std::string root = dir / "s";
  for (const std::uint32_t chunk_bytes : {1U, 8192U, 16385U, 32U * 1024 * 1024}) {
    BuildOptions options;
    options.chunk_bytes = chunk_bytes;
    EXPECT_EQ(build_share(*scan(std::span(&root, 1)), options).error().kind, ErrorKind::usage);
  }
}

TEST(ShareBuilder, MoreChunksThanAllowedAreRefusedBeforeReading) {
  const TempDir dir;
  test::write_file(dir / "s", "x");
  std::filesystem::resize_file(dir / "s", std::uintmax_t{kChunksMax} * kChunkBytesMin + 1);  // sparse
  const std::string root = dir / "s";
  BuildOptions options;
  options.chunk_bytes = kChunkBytesMin;
  EXPECT_EQ(build_share(*scan(std::span(&root, 1)), options).error().kind, ErrorKind::limit);
}

TEST(ChooseChunkBytes, AimsAtOneToTwoThousandChunks) {
  EXPECT_EQ(choose_chunk_bytes(0), kChunkBytesMin);
  EXPECT_EQ(choose_chunk_bytes(1), kChunkBytesMin);
  EXPECT_EQ(choose_chunk_bytes(std::int64_t{1} << 50), kChunkBytesMax);
  for (std::int64_t total = 64 << 20; total < (std::int64_t{16} << 30); total += total / 3) {
    const std::uint32_t chunk_bytes = choose_chunk_bytes(total);
    EXPECT_EQ(chunk_bytes & (chunk_bytes - 1), 0U);
    EXPECT_LE(total / chunk_bytes, 2001);
    EXPECT_GE(total / chunk_bytes, 999);
  }
}

}  // namespace
}  // namespace stp::content
