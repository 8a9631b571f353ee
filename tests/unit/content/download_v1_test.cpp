#include <gtest/gtest.h>

#include "content/compare_existing.h"
#include "content/download.h"
#include "content/repair.h"
#include "v1_share.h"

namespace stp::content {
namespace {

using test::TempDir;
using test::V1File;

// Chunks of 10,000 bytes: 0 to 2 of a alone, 3 of a and b, 4 of b, the pad and c, 5 to 6 of c alone.
const std::vector<V1File> kFiles = {
    {"a", 32'000}, {"d/b", 10'000}, {".pad/5", 5'000, true}, {"empty", 0}, {"c", 20'000}};
constexpr std::uint32_t kChunkBytes = 10'000;
const WantedFiles kOnlyB = {false, true, false, false};

struct V1Target {
  TempDir dir;
  std::shared_ptr<const Metainfo> metainfo = test::parsed(test::v1_info(kFiles, kChunkBytes));
  Bytes stream = test::v1_stream(kFiles);

  [[nodiscard]] std::unique_ptr<Download> open(WantedFiles wanted = {}) const {
    auto download = Download::open(dir.path(), metainfo, "boot-1", std::move(wanted));
    EXPECT_TRUE(download) << download.error().message;
    return std::move(*download);
  }
  // In two writes, the second of which ends in the middle of a block.
  void fetch(Download& download, ChunkIndex chunk) const {
    const ByteSpan bytes = ByteSpan(stream).subspan(std::size_t{chunk.value} * kChunkBytes, metainfo->bytes_of(chunk));
    const ByteSpan parts[] = {bytes.first(3000), bytes.subspan(3000)};
    const Status status = download.storage().write({chunk, 0, metainfo->blocks_of(chunk)}, parts);
    ASSERT_TRUE(status) << status.error().message;
    ASSERT_TRUE(download.mark(chunk));
  }
  void fetch_missing(Download& download) const {
    for (ChunkIndex c; c.value < metainfo->chunk_count(); ++c) {
      if (download.wanted().test(c) && !download.verified().test(c)) fetch(download, c);
    }
  }
  void expect_files(const std::string& folder) const {
    std::size_t number = 0;
    for (const V1File& file : kFiles) {
      if (file.pad) continue;
      EXPECT_EQ(test::read_file(dir / (folder + "/" + file.path)), test::pattern(number++, file.bytes)) << file.path;
    }
    EXPECT_FALSE(test::exists(dir / (folder + "/.pad")));
  }
};

TEST(DownloadV1, ChunksOverSeveralFilesAreWrittenAndRead) {
  const V1Target target;
  const auto download = target.open();
  target.fetch_missing(*download);
  EXPECT_TRUE(download->complete());
  for (ChunkIndex c; c.value < target.metainfo->chunk_count(); ++c) {
    Bytes out(target.metainfo->bytes_of(c));
    ASSERT_TRUE(download->storage().read({c, 0, 1}, out));
    EXPECT_TRUE(std::equal(out.begin(), out.end(), target.stream.begin() + c.value * kChunkBytes));
  }
  Bytes all(target.stream.size());
  ASSERT_TRUE(download->storage().read({{0}, 0, 1}, all));  // on over all chunks
  EXPECT_EQ(all, target.stream);
  const auto missing = download->finish();
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_TRUE(missing->none());
  target.expect_files("s");
}

TEST(DownloadV1, IsResumed) {
  const V1Target target;
  target.fetch(*target.open(), {3});
  const auto download = target.open();
  EXPECT_EQ(download->verified().count(), 1U);
  EXPECT_EQ(download->bytes_missing(), 62'000 - 10'000);
  target.fetch_missing(*download);
  ASSERT_TRUE(download->finish());
  target.expect_files("s");
}

TEST(DownloadV1, AFileThatWasChangedSpoilsOnlyChunksWithBytesOfIt) {
  const V1Target target;
  {
    const auto download = target.open();
    target.fetch_missing(*download);
  }
  Bytes b = test::read_file(target.dir / "s.part/d/b");
  b[0] ^= std::byte{1};  // in the chunk that it shares with a
  test::write_file(target.dir / "s.part/d/b", b);
  const auto download = target.open();
  EXPECT_EQ(download->to_verify().count(), 2U);
  ASSERT_TRUE(download->reverify({}));
  EXPECT_EQ(download->verified().count(), 6U);
  EXPECT_FALSE(download->verified().test({3}));
  target.fetch_missing(*download);
  ASSERT_TRUE(download->finish());
  target.expect_files("s");
}

TEST(DownloadV1, AFileThatIsGoneTakesTheSharedChunksWithIt) {
  const V1Target target;
  {
    const auto download = target.open();
    target.fetch_missing(*download);
  }
  std::filesystem::remove(target.dir / "s.part/d/b");
  const auto download = target.open();
  EXPECT_EQ(download->verified().count(), 5U);
  target.fetch_missing(*download);
  ASSERT_TRUE(download->finish());
  target.expect_files("s");
}

TEST(DownloadV1, OfOneFileKeepsWhatItsChunksHaveOfTheOthers) {
  const V1Target target;
  const auto download = target.open(kOnlyB);
  EXPECT_EQ(download->wanted().count(), 2U);
  EXPECT_EQ(download->bytes_missing(), 2000 + 10'000 + 3000);
  target.fetch_missing(*download);
  ASSERT_TRUE(download->finish());
  EXPECT_EQ(test::read_file(target.dir / "s/d/b"), test::pattern(1, 10'000));
  EXPECT_FALSE(test::exists(target.dir / "s/empty"));
  const Bytes a = test::read_file(target.dir / "s/a");  // as long as it will be, and empty but for its end
  ASSERT_EQ(a.size(), 32'000U);
  EXPECT_TRUE(std::equal(a.begin() + 30'000, a.end(), target.stream.begin() + 30'000));
  const auto again = compare_existing(target.dir.path(), target.metainfo, kOnlyB, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->has_value());
}

TEST(DownloadV1, WhatIsWrongIsRepaired) {
  const V1Target target;
  test::write_v1_files(target.dir / "s", kFiles);
  Bytes c = test::read_file(target.dir / "s/c");
  c[19'999] ^= std::byte{1};
  test::write_file(target.dir / "s/c", c);
  const auto repaired = repair(target.dir.path(), target.metainfo, ChunkHashes(target.metainfo), {}, "s", "boot-1", {});
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_FALSE(repaired->existing);
  const auto download = target.open();
  EXPECT_EQ(download->verified().count(), 6U);
  target.fetch_missing(*download);
  ASSERT_TRUE(download->finish());
  target.expect_files("s");
}

}  // namespace
}  // namespace stp::content
