#include "content/finished_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "v1_share.h"

namespace stp::content {
namespace {

using test::pattern;
using test::V1File;

constexpr std::uint32_t kStepOfFile = 2 * kBlockBytes;
// "b" has bytes of the chunks 1 to 4 in v1, 2 to 4 in a hybrid or in v2.
const std::vector<V1File> kOfFinished = {{"a", kStepOfFile + 1000}, {"b", 3 * kStepOfFile}, {"c", 500}};
constexpr std::size_t kB = 1;

class FinishedFileTest : public ::testing::Test {
 protected:
  void SetUp() override { test::write_v1_files(dir_ / "s", kOfFinished); }

  [[nodiscard]] Result<std::shared_ptr<FinishedFile>> open(const std::shared_ptr<const Metainfo>& metainfo) const {
    return FinishedFile::open(dir_.path(), metainfo, ChunkHashes(metainfo), kB);
  }
  /// Chunks of the file that are right.
  static std::vector<std::uint32_t> right(const FinishedFile& file) {
    const FileEntry& entry = file.metainfo()->files()[kB];
    std::vector<ChunkIndex> all;
    for (std::uint32_t i = 0; i < entry.chunk_count; ++i) all.push_back({entry.first_chunk.value + i});
    const Result<Bitfield> good = file.verify(all, {});
    EXPECT_TRUE(good) << good.error().message;
    std::vector<std::uint32_t> numbers;
    for (const ChunkIndex chunk : all) {
      if (good->test(chunk)) numbers.push_back(chunk.value);
    }
    return numbers;
  }
  void spoil(const std::string& name, std::size_t at) {
    Bytes bytes = test::read_file(dir_ / ("s/" + name));
    bytes[at] ^= std::byte{1};
    test::write_file(dir_ / ("s/" + name), bytes);
  }

  const std::shared_ptr<const Metainfo> v1_ = test::parsed(test::v1_info(kOfFinished, kStepOfFile));
  const std::shared_ptr<const Metainfo> hybrid_ =
      test::parsed(test::hybrid_info(kOfFinished, test::padded(kOfFinished, kStepOfFile), kStepOfFile));
  test::TempDir dir_;
};

using Numbers = std::vector<std::uint32_t>;

TEST_F(FinishedFileTest, TellsRightChunksFromWrongOnes) {
  for (const auto& [metainfo, first] : {std::pair{v1_, 1U}, {hybrid_, 2U}}) {
    const auto file = open(metainfo);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE((*file)->knows_chunks());
    Numbers all;
    for (std::uint32_t i = 0; i < metainfo->files()[kB].chunk_count; ++i) all.push_back(first + i);
    EXPECT_EQ(right(**file), all);
    spoil("b", kStepOfFile + 5);
    const auto spoilt = open(metainfo);
    ASSERT_TRUE(spoilt) << "the size is the same";
    all.erase(all.begin() + 1);
    EXPECT_EQ(right(**spoilt), all);
    spoil("b", kStepOfFile + 5);
  }
}

TEST_F(FinishedFileTest, InV1ANeighbourMaySpoilOrMissAChunk) {
  spoil("a", kStepOfFile + 5);
  const auto file = open(v1_);
  ASSERT_TRUE(file);
  EXPECT_EQ(right(**file), (Numbers{2, 3, 4}));
  std::filesystem::remove(dir_ / "s/c");
  const auto alone = open(v1_);
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(right(**alone), (Numbers{2, 3}));
}

TEST_F(FinishedFileTest, WhereOnlyTheRootIsKnownAllOfItIsHashedOnce) {
  const Share share = test::share_of(dir_ / "s", kStepOfFile);
  ASSERT_FALSE(share.metainfo->has_v1());
  const auto file = open(share.metainfo);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->knows_chunks());
  ASSERT_TRUE((*file)->learn_hashes({}));
  EXPECT_TRUE((*file)->knows_chunks());
  EXPECT_EQ(right(**file), (Numbers{2, 3, 4}));
  const std::span<const Hash256> layer = (*file)->hashes().layer(kB);
  EXPECT_TRUE(std::ranges::equal(layer, share.hashes.layer(kB)));

  spoil("b", 5);
  const auto spoilt = open(share.metainfo);
  ASSERT_TRUE(spoilt);
  EXPECT_EQ((*spoilt)->learn_hashes({}).error().kind, ErrorKind::integrity);
}

TEST_F(FinishedFileTest, WhatChangesAfterItWasOpenedIsNotRead) {
  const auto file = open(hybrid_);
  ASSERT_TRUE(file);
  Bytes out(kStepOfFile);
  ASSERT_TRUE((*file)->storage()->read({{3}, 0, 2}, out));
  const Bytes all = pattern(kB, 3 * kStepOfFile);
  EXPECT_TRUE(std::ranges::equal(out, ByteSpan(all).subspan(kStepOfFile, kStepOfFile)));
  std::filesystem::last_write_time(dir_ / "s/b", std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_EQ((*file)->storage()->read({{3}, 0, 2}, out).error().kind, ErrorKind::integrity);
}

TEST_F(FinishedFileTest, WhatIsGoneOrHasAnotherSizeIsNotOpened) {
  test::write_file(dir_ / "s/b", "short");
  EXPECT_EQ(open(hybrid_).error().kind, ErrorKind::integrity);
  std::filesystem::remove(dir_ / "s/b");
  std::filesystem::create_symlink(dir_ / "s/a", dir_ / "s/b");
  EXPECT_FALSE(open(hybrid_)) << "no link is followed";
  std::filesystem::remove(dir_ / "s/b");
  EXPECT_EQ(open(hybrid_).error().kind, ErrorKind::not_found);
  std::filesystem::remove_all(dir_ / "s");
  EXPECT_EQ(open(hybrid_).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace stp::content
