#include "content/hash_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>

#include "content/share_builder.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::pattern;
using test::TempDir;

constexpr std::int64_t kSecond = 1'000'000'000;

// A time at which files made just now are settled.
std::int64_t later() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count() + 60 * kSecond;
}

struct Cached {
  TempDir dir;
  TempDir cache_dir;
  HashCache cache{cache_dir / "cache"};
  std::string root = dir / "s";
  Cached() {
    test::write_file(dir / "s/a", pattern(0, 5 * kBlockBytes));
    test::write_file(dir / "s/b", pattern(1, 100));
    test::write_file(dir / "s/empty", "");
  }
  Share build(std::int64_t now_ns, std::uint32_t chunk_bytes = kChunkBytesMin, bool private_flag = false) const {
    BuildOptions options;
    options.chunk_bytes = chunk_bytes;
    options.private_flag = private_flag;
    options.cache = &cache;
    options.now_ns = now_ns;
    Result<Share> share = build_share(*scan(std::span(&root, 1)), options);
    EXPECT_TRUE(share) << share.error().message;
    return std::move(*share);
  }
  [[nodiscard]] std::string entry() const {
    for (const auto& file : std::filesystem::directory_iterator(cache_dir / "cache")) return file.path().string();
    ADD_FAILURE() << "no cache entry";
    return {};
  }
};

TEST(HashCache, UnchangedFilesAreNotReadAgain) {
  const Cached cached;
  const Share first = cached.build(later());
  EXPECT_EQ(first.bytes_hashed, 5 * kBlockBytes + 100);
  const Share second = cached.build(later());
  EXPECT_EQ(second.bytes_hashed, 0);
  EXPECT_EQ(second.metainfo->info_hash(), first.metainfo->info_hash());
  EXPECT_TRUE(second.hashes.complete());
  EXPECT_TRUE(ChunkHashes(second.metainfo).set_layer(0, second.hashes.layer(0)));
}

TEST(HashCache, OnlyChangedFilesAreReadAgain) {
  const Cached cached;
  cached.build(later());
  test::write_file(cached.dir / "s/b", pattern(7, 100));
  test::write_file(cached.dir / "s/c", "new");
  const Share share = cached.build(later());
  EXPECT_EQ(share.bytes_hashed, 103);
  EXPECT_EQ(share.metainfo->files()[1].root, crypto::sha256(pattern(7, 100)));
  EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
}

TEST(HashCache, ThePrivateFlagNeedsNoReading) {
  const Cached cached;
  const Share open = cached.build(later());
  const Share closed = cached.build(later(), kChunkBytesMin, true);
  EXPECT_EQ(closed.bytes_hashed, 0);
  EXPECT_NE(closed.metainfo->info_hash(), open.metainfo->info_hash());
}

TEST(HashCache, LargerChunksAreMadeFromSmallerOnes) {
  for (const std::uint32_t factor : {2U, 4U, 8U}) {
    const Cached cached;
    cached.build(later());
    const Share larger = cached.build(later(), factor * kChunkBytesMin);
    EXPECT_EQ(larger.bytes_hashed, 0);
    const Share read = test::share_of(cached.root, factor * kChunkBytesMin);
    EXPECT_EQ(larger.metainfo->info_hash(), read.metainfo->info_hash());
    EXPECT_EQ(to_hex(std::as_bytes(larger.hashes.layer(0))), to_hex(std::as_bytes(read.hashes.layer(0))));
  }
}

TEST(HashCache, SmallerChunksAreReadAgain) {
  const Cached cached;
  cached.build(later(), 4 * kChunkBytesMin);
  const Share smaller = cached.build(later());
  EXPECT_EQ(smaller.bytes_hashed, 5 * kBlockBytes);  // the other file is one chunk either way
  EXPECT_EQ(smaller.metainfo->info_hash(), test::share_of(cached.root).metainfo->info_hash());
}

TEST(HashCache, FilesModifiedJustBeforeAreNotTrusted) {
  const Cached cached;
  const std::int64_t now = later() - 60 * kSecond;
  EXPECT_GT(cached.build(now).bytes_hashed, 0);
  EXPECT_GT(cached.build(now).bytes_hashed, 0);
}

TEST(HashCache, SettledMeansTwoSecondsOld) {
  FileSignature signature;
  signature.mtime_ns = signature.ctime_ns = 100 * kSecond;
  EXPECT_FALSE(HashCache::is_settled(signature, 100 * kSecond));
  EXPECT_FALSE(HashCache::is_settled(signature, 102 * kSecond - 1));
  EXPECT_TRUE(HashCache::is_settled(signature, 102 * kSecond));
  signature.mtime_ns = 1;  // set back by hand, but changed just now
  EXPECT_FALSE(HashCache::is_settled(signature, 101 * kSecond));
  signature.mtime_ns = 1000 * kSecond;  // in the future
  EXPECT_TRUE(HashCache::is_settled(signature, 200 * kSecond));
}

TEST(HashCache, AFileChangedWithinItsOldTimesIsNoticedByItsChangeTime) {
  const Cached cached;
  cached.build(later());
  const auto time = std::filesystem::last_write_time(cached.dir / "s/b");
  test::write_file(cached.dir / "s/b", pattern(7, 100));
  std::filesystem::last_write_time(cached.dir / "s/b", time);
  EXPECT_EQ(cached.build(later()).bytes_hashed, 100);
}

TEST(HashCache, ADamagedEntryIsAsGoodAsNone) {
  const Cached cached;
  cached.build(later());
  const Bytes good = test::read_file(cached.entry());
  for (const std::size_t offset : {std::size_t{0}, std::size_t{20}, good.size() / 2, good.size() - 1}) {
    Bytes bytes = good;
    bytes[offset] ^= std::byte{1};
    test::write_file(cached.entry(), bytes);
    EXPECT_EQ(cached.build(later()).bytes_hashed, 5 * kBlockBytes + 100);
  }
  test::write_file(cached.entry(), "");
  EXPECT_EQ(cached.build(later()).bytes_hashed, 5 * kBlockBytes + 100);
}

TEST(HashCache, EveryTruncationIsRefused) {
  const Cached cached;
  cached.build(later());
  const Bytes good = test::read_file(cached.entry());
  ASSERT_TRUE(decode_cached_share(good));
  EXPECT_EQ(encode_cached_share(*decode_cached_share(good)), good);
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_FALSE(decode_cached_share(ByteSpan(good).first(size))) << size;
  }
}

TEST(HashCache, OtherPathsAndNamesHaveEntriesOfTheirOwn) {
  const Cached cached;
  cached.build(later());
  BuildOptions options;
  options.chunk_bytes = kChunkBytesMin;
  options.cache = &cached.cache;
  options.now_ns = later();
  EXPECT_GT(build_share(*scan(std::span(&cached.root, 1), "other"), options)->bytes_hashed, 0);
  const std::string one = cached.dir / "s/a";
  EXPECT_GT(build_share(*scan(std::span(&one, 1)), options)->bytes_hashed, 0);
  EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
}

TEST(HashCache, WithoutADirectoryToWriteToTheShareIsAsGood) {
  Cached cached;
  cached.cache = HashCache(cached.cache_dir / "no/such/folder");
  EXPECT_TRUE(cached.build(later()).hashes.complete());
}

TEST(HashCache, ForgetsTheOldestEntries) {
  const Cached cached;
  const std::string cache_dir = cached.cache_dir / "cache";
  const auto now = std::filesystem::file_time_type::clock::now();
  for (std::size_t i = 0; i < HashCache::kEntriesMax; ++i) {
    const std::string entry = cache_dir + "/" + std::to_string(i) + ".hashes";
    test::write_file(entry, "");
    std::filesystem::last_write_time(entry, now - std::chrono::hours(1 + i));
  }
  test::write_file(cache_dir + "/not-ours", "");
  cached.build(later());
  EXPECT_FALSE(test::exists(cache_dir + "/" + std::to_string(HashCache::kEntriesMax - 1) + ".hashes"));
  EXPECT_TRUE(test::exists(cache_dir + "/" + std::to_string(HashCache::kEntriesMax - 2) + ".hashes"));
  EXPECT_TRUE(test::exists(cache_dir + "/not-ours"));
  EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
}

}  // namespace
}  // namespace stp::content
