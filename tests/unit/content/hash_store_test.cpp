#include "content/hash_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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
  HashStore store{cache_dir / "cache"};
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
    options.store = &store;
    options.now_ns = now_ns;
    Result<Share> share = build_share(*scan(std::span(&root, 1)), options);
    EXPECT_TRUE(share) << share.error().message;
    return std::move(*share);
  }
  /// The shards written so far.
  [[nodiscard]] std::vector<std::string> shards() const {
    std::vector<std::string> paths;
    for (const auto& file : std::filesystem::directory_iterator(cache_dir / "cache")) {
      if (file.path().extension() == ".hashes") paths.push_back(file.path().string());
    }
    EXPECT_FALSE(paths.empty());
    return paths;
  }
};

TEST(HashStore, UnchangedFilesAreNotReadAgain) {
  const Cached cached;
  const Share first = cached.build(later());
  EXPECT_EQ(first.bytes_hashed, 5 * kBlockBytes + 100);
  const Share second = cached.build(later());
  EXPECT_EQ(second.bytes_hashed, 0);
  EXPECT_EQ(second.metainfo->info_hash(), first.metainfo->info_hash());
  EXPECT_TRUE(second.hashes.complete());
  EXPECT_TRUE(ChunkHashes(second.metainfo).set_layer(0, second.hashes.layer(0)));
}

TEST(HashStore, OnlyChangedFilesAreReadAgain) {
  const Cached cached;
  cached.build(later());
  test::write_file(cached.dir / "s/b", pattern(7, 100));
  test::write_file(cached.dir / "s/c", "new");
  const Share share = cached.build(later());
  EXPECT_EQ(share.bytes_hashed, 103);
  EXPECT_EQ(share.metainfo->files()[1].root, crypto::sha256(pattern(7, 100)));
  EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
}

TEST(HashStore, ThePrivateFlagNeedsNoReading) {
  const Cached cached;
  const Share open = cached.build(later());
  const Share closed = cached.build(later(), kChunkBytesMin, true);
  EXPECT_EQ(closed.bytes_hashed, 0);
  EXPECT_NE(closed.metainfo->info_hash(), open.metainfo->info_hash());
}

TEST(HashStore, LargerChunksAreMadeFromSmallerOnes) {
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

TEST(HashStore, SmallerChunksAreReadAgain) {
  const Cached cached;
  cached.build(later(), 4 * kChunkBytesMin);
  const Share smaller = cached.build(later());
  EXPECT_EQ(smaller.bytes_hashed, 5 * kBlockBytes);  // the other file is one chunk either way
  EXPECT_EQ(smaller.metainfo->info_hash(), test::share_of(cached.root).metainfo->info_hash());
}

std::int64_t changed_at(const std::string& path) {
  struct ::stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return FileSignature::of(status).ctime_ns;
}

TEST(HashStore, FilesModifiedJustBeforeAreNotTrusted) {
  const Cached cached;
  const std::int64_t now = changed_at(cached.root + "/a");
  EXPECT_GT(cached.build(now).bytes_hashed, 0);
  EXPECT_GT(cached.build(now).bytes_hashed, 0);
}

TEST(HashStore, SettledMeansOlderThanTheClockOfTheFileSystemTicks) {
  FileSignature coarse;
  coarse.mtime_ns = coarse.ctime_ns = 100 * kSecond;
  EXPECT_FALSE(HashStore::is_settled(coarse, 100 * kSecond));
  EXPECT_FALSE(HashStore::is_settled(coarse, 102 * kSecond - 1));
  EXPECT_TRUE(HashStore::is_settled(coarse, 102 * kSecond));
  FileSignature fine;
  fine.mtime_ns = fine.ctime_ns = 100 * kSecond + 1;
  EXPECT_FALSE(HashStore::is_settled(fine, fine.ctime_ns + HashStore::kRacyNs - 1));
  EXPECT_TRUE(HashStore::is_settled(fine, fine.ctime_ns + HashStore::kRacyNs));
  coarse.mtime_ns = 1;  // set back by hand, but changed just now
  EXPECT_FALSE(HashStore::is_settled(coarse, 101 * kSecond));
  coarse.mtime_ns = 1000 * kSecond;  // in the future
  EXPECT_TRUE(HashStore::is_settled(coarse, 200 * kSecond));
}

TEST(HashStore, AFileChangedWithinItsOldTimesIsNoticedByItsChangeTime) {
  const Cached cached;
  cached.build(later());
  const auto time = std::filesystem::last_write_time(cached.dir / "s/b");
  test::write_file(cached.dir / "s/b", pattern(7, 100));
  std::filesystem::last_write_time(cached.dir / "s/b", time);
  EXPECT_EQ(cached.build(later()).bytes_hashed, 100);
}

TEST(HashStore, ARenamedFileIsNotReadAgain) {
  const Cached cached;
  cached.build(later());
  std::filesystem::create_directories(cached.dir / "s/sub");
  std::filesystem::rename(cached.dir / "s/a", cached.dir / "s/sub/other");
  EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
  // Under its new path it was remembered: from now on a change within its old times is one.
  const auto time = std::filesystem::last_write_time(cached.dir / "s/sub/other");
  test::write_file(cached.dir / "s/sub/other", pattern(7, 5 * kBlockBytes));
  std::filesystem::last_write_time(cached.dir / "s/sub/other", time);
  EXPECT_EQ(cached.build(later()).bytes_hashed, 5 * kBlockBytes);
}

TEST(HashStore, AnotherFileWithTheSameInodeIsNotTheRenamedOne) {
  const TempDir dir;
  const HashStore store(dir / "hashes");
  test::write_file(dir / "old", "old");
  struct ::stat status {};
  ASSERT_EQ(::stat((dir / "old").c_str(), &status), 0);
  FileHashes hashes{kChunkBytesMin, crypto::sha256(as_bytes("old")), {}};
  HashStore::File old{dir / "old", FileSignature::of(status)};
  ASSERT_TRUE(store.remember({{old, hashes}}, later()));
  // Only the path is another one: a link to it, whose times are the same.
  ASSERT_TRUE(store.find(std::vector{HashStore::File{dir / "link", old.signature}})[0]);
  // Another change time under the same path: edited, and given its old times.
  HashStore::File edited = old;
  edited.signature.ctime_ns += kSecond;
  EXPECT_FALSE(store.find(std::vector{edited})[0]);
  // A file that was not born at the same moment, where the file system says so, as none at this path was.
  HashStore::File reused{dir / "no-such-file", edited.signature};
  struct ::statx born {};
  ASSERT_EQ(::statx(AT_FDCWD, old.path.c_str(), 0, STATX_BTIME, &born), 0);
  const bool says_birth = (born.stx_mask & STATX_BTIME) != 0;
  EXPECT_TRUE(!says_birth || !store.find(std::vector{reused})[0]);
  reused.path = dir / "old2";
  std::filesystem::rename(dir / "old", dir / "old2");
  const std::optional<HashStore::Known> renamed = store.find(std::vector{reused})[0];
  ASSERT_TRUE(renamed);
  EXPECT_TRUE(renamed->renamed);
  EXPECT_EQ(renamed->hashes.root, hashes.root);
  reused.signature.mtime_ns += 1;
  EXPECT_FALSE(store.find(std::vector{reused})[0]);
}

TEST(HashStore, ADamagedShardIsAsGoodAsNone) {
  for (const std::size_t place : {0U, 20U, 60U}) {
    const Cached cached;
    cached.build(later());
    for (const std::string& shard : cached.shards()) {
      Bytes bytes = test::read_file(shard);
      bytes[place] ^= std::byte{1};
      test::write_file(shard, bytes);
    }
    EXPECT_EQ(cached.build(later()).bytes_hashed, 5 * kBlockBytes + 100);
    EXPECT_EQ(cached.build(later()).bytes_hashed, 0);
  }
}

TEST(HashStore, AFileIsKnownInAnyShare) {
  const Cached cached;
  cached.build(later());
  BuildOptions options;
  options.chunk_bytes = kChunkBytesMin;
  options.store = &cached.store;
  options.now_ns = later();
  EXPECT_EQ(build_share(*scan(std::span(&cached.root, 1), "other"), options)->bytes_hashed, 0);
  const std::string one = cached.dir / "s/a";
  EXPECT_EQ(build_share(*scan(std::span(&one, 1)), options)->bytes_hashed, 0);
  const auto each = build_each(scan(std::span(&cached.root, 1))->files, options);
  ASSERT_TRUE(each);
  for (const Result<Share>& share : *each) EXPECT_EQ(share->bytes_hashed, 0);
}

TEST(HashStore, WithoutADirectoryToWriteToTheShareIsAsGood) {
  Cached cached;
  cached.store = HashStore(cached.cache_dir / "no/such/folder");
  EXPECT_TRUE(cached.build(later()).hashes.complete());
}

TEST(HashStore, ForgetsWhatWasWrittenLongestAgo) {
  const TempDir dir;
  const HashStore store(dir / "hashes");
  std::vector<HashStore::File> files;
  std::vector<HashStore::Hashed> hashed;
  for (std::size_t i = 0; i <= HashStore::kRecordsMax; ++i) {
    HashStore::File file{dir / std::to_string(i), {}};
    file.signature.bytes = 1;
    file.signature.inode = (i + 1) * HashStore::kShards;  // all in one shard
    files.push_back(file);
  }
  for (std::size_t i = 0; i < HashStore::kRecordsMax; ++i) hashed.push_back({files[i], {kChunkBytesMin, {}, {}}});
  ASSERT_TRUE(store.remember(hashed, 10 * kSecond));
  EXPECT_TRUE(store.find(files)[0]);
  ASSERT_TRUE(store.remember({{files.back(), {kChunkBytesMin, {}, {}}}}, 10 * kSecond));
  const auto found = store.find(files);
  EXPECT_FALSE(found[0]);
  EXPECT_TRUE(found[1]);
  EXPECT_TRUE(found.back());
}

TEST(HashStore, EachFileIsAShareOfItsOwn) {
  const Cached cached;
  BuildOptions options;
  std::vector<ScannedFile> files = scan(std::span(&cached.root, 1))->files;
  files.push_back({{"gone"}, cached.dir / "s/gone", files[0].signature, false});
  const auto each = build_each(files, options);
  ASSERT_TRUE(each);
  ASSERT_EQ(each->size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string source = files[i].source;
    const Result<Share>& share = (*each)[i];
    ASSERT_TRUE(share) << share.error().message;
    EXPECT_EQ(share->metainfo->info_hash(), test::share_of(source, 0).metainfo->info_hash());
    EXPECT_TRUE(share->hashes.complete());
    EXPECT_EQ(share->sources[0].path, source);
  }
  ASSERT_FALSE((*each)[3]);
  EXPECT_EQ((*each)[3].error().kind, ErrorKind::not_found);
}

TEST(HashShard, EveryTruncationIsRefused) {
  std::vector<HashRecord> records(2);
  records[0].signature = {100, 1, 2, 3, 4};
  records[0].hashes = {kChunkBytesMin, crypto::sha256({}), {}};
  records[1].signature = {kChunkBytesMin * std::int64_t{2} + 1, -1, -2, ~std::uint64_t{0}, 5};
  records[1].hashes = {kChunkBytesMin, crypto::sha256({}), std::vector<Hash256>(3, crypto::sha256({}))};
  records[1].hashes.pieces = {{kChunkBytesMin, std::vector<Hash160>(3), {}}, {kChunkBytesMax, {Hash160()}, {}}};
  records[1].born_ns = 7;
  const Bytes good = encode_shard(records);
  const auto decoded = decode_shard(good);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode_shard(*decoded), good);
  EXPECT_EQ((*decoded)[1].signature, records[1].signature);
  EXPECT_EQ((*decoded)[1].hashes.layer, records[1].hashes.layer);
  EXPECT_EQ((*decoded)[1].hashes.pieces, records[1].hashes.pieces);
  for (std::size_t size = 0; size < good.size(); ++size) ASSERT_FALSE(decode_shard(ByteSpan(good).first(size))) << size;
}

}  // namespace
}  // namespace stp::content
