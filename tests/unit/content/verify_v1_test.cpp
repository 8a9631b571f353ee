#include <gtest/gtest.h>

#include "content/verify.h"
#include "v1_share.h"

namespace stp::content {
namespace {

using test::TempDir;
using test::V1File;

// Chunks of 10,000 bytes: 0 to 2 of a alone, 3 of a and b, 4 of b, the pad and c, 5 to 6 of c alone.
const std::vector<V1File> kV1Files = {
    {"a", 32'000}, {"d/b", 10'000}, {".pad/5", 5'000, true}, {"empty", 0}, {"c", 20'000}};
constexpr std::uint32_t kV1ChunkBytes = 10'000;

struct OnDisk {
  TempDir dir;
  std::shared_ptr<const Metainfo> metainfo;
  explicit OnDisk(const Bytes& info = test::v1_info(kV1Files, kV1ChunkBytes),
                  const std::vector<V1File>& files = kV1Files)
      : metainfo(test::parsed(info)) {
    test::write_v1_files(dir / "s", files);
  }
  void flip(const std::string& file, std::size_t offset) const {
    Bytes bytes = test::read_file(dir / ("s/" + file));
    bytes[offset] ^= std::byte{1};
    test::write_file(dir / ("s/" + file), bytes);
  }
  [[nodiscard]] VerifyReport verify(unsigned threads = 2) const {
    HashOptions options;
    options.threads = threads;
    Result<VerifyReport> report = verify_path(metainfo, ChunkHashes(metainfo), dir / "s", options);
    EXPECT_TRUE(report) << report.error().message;
    return std::move(*report);
  }
};

std::vector<std::uint32_t> wrong_chunks(const VerifyReport& report) {
  std::vector<std::uint32_t> wrong;
  for (std::uint32_t c = 0; c < report.good.size(); ++c) {
    if (!report.good.test({c})) wrong.push_back(c);
  }
  return wrong;
}
std::vector<std::size_t> wrong_files(const VerifyReport& report) {
  std::vector<std::size_t> files;
  for (const FileProblem& problem : report.problems) files.push_back(problem.file);
  return files;
}
using Chunks = std::vector<std::uint32_t>;
using Files = std::vector<std::size_t>;

TEST(VerifyV1, AnUnharmedShareIsAllGood) {
  const OnDisk share;
  ASSERT_EQ(share.metainfo->chunk_count(), 7U);
  const VerifyReport report = share.verify();
  EXPECT_TRUE(report.good.all());
  EXPECT_TRUE(report.all_right());
}

TEST(VerifyV1, AWrongByteSpoilsItsChunkForAllFilesInIt) {
  const OnDisk share;
  share.flip("a", 25'000);
  VerifyReport report = share.verify();
  EXPECT_EQ(wrong_chunks(report), Chunks{2});
  EXPECT_EQ(wrong_files(report), Files{0});
  EXPECT_EQ(report.problems[0].error.message, "a: 1 of 4 chunks differ");
  share.flip("a", 25'000);
  share.flip("d/b", 5);
  report = share.verify();
  EXPECT_EQ(wrong_chunks(report), Chunks{3});
  EXPECT_EQ(wrong_files(report), (Files{0, 1}));
}

TEST(VerifyV1, AMissingFileIsToBlameForItsChunks) {
  const OnDisk share;
  std::filesystem::remove(share.dir / "s/d/b");
  const VerifyReport report = share.verify();
  EXPECT_EQ(wrong_chunks(report), (Chunks{3, 4}));
  ASSERT_EQ(wrong_files(report), Files{1});
  EXPECT_EQ(report.problems[0].error.kind, ErrorKind::not_found);
}

TEST(VerifyV1, AFileThatIsTooShortHasItsFirstChunks) {
  const OnDisk share;
  std::filesystem::resize_file(share.dir / "s/c", 10'000);
  const VerifyReport report = share.verify();
  EXPECT_EQ(wrong_chunks(report), (Chunks{5, 6}));
  EXPECT_EQ(wrong_files(report), Files{3});
}

TEST(VerifyV1, SmallChunksAreHashedInAnyNumberOfThreads) {
  const std::vector<V1File> files = {{"a", 300'000}, {"b", 1}, {"c", 70'001}};
  const OnDisk share(test::v1_info(files, 7), files);
  for (const unsigned threads : {1U, 4U}) EXPECT_TRUE(share.verify(threads).all_right());
  share.flip("c", 70'000);
  EXPECT_EQ(wrong_chunks(share.verify()).size(), 1U);
}

TEST(VerifyV1, HolesAreZeros) {
  const std::vector<V1File> files = {{"a", 1000}};
  bencode::Encoder encoder;
  encoder.begin_dict().key("length").integer(3'000'000).key("name").string(std::string_view("f"));
  encoder.key("piece length").integer(1'000'000).key("pieces");
  encoder.string(test::v1_pieces(Bytes(3'000'000), 1'000'000));
  const auto metainfo = test::parsed(encoder.end().take());
  const TempDir dir;
  test::write_file(dir / "f", "");
  std::filesystem::resize_file(dir / "f", 3'000'000);
  const auto report = verify_path(metainfo, ChunkHashes(metainfo), dir / "f", {});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->all_right());
}

TEST(VerifyV1, SymlinksAreChecked) {
  const auto metainfo =
      test::parsed(to_bytes("d5:filesld4:attr1:l6:lengthi0e4:pathl1:ae12:symlink pathl1:beed6:lengthi0e4:pathl1:beee"
                            "4:name1:s12:piece lengthi100e6:pieces0:e"));
  const TempDir dir;
  test::write_file(dir / "s/b", "");
  const auto kind = [&]() -> std::optional<ErrorKind> {
    const auto report = verify_path(metainfo, ChunkHashes(metainfo), dir / "s", {});
    EXPECT_TRUE(report->problems.empty());
    EXPECT_EQ(report->all_right(), report->symlink_problems.empty());
    return report->all_right() ? std::nullopt : std::optional(report->symlink_problems.front().error.kind);
  };
  EXPECT_EQ(kind(), ErrorKind::not_found);
  test::write_file(dir / "s/a", "");
  EXPECT_EQ(kind(), ErrorKind::exists);
  std::filesystem::remove(dir / "s/a");
  std::filesystem::create_symlink("/etc/passwd", dir / "s/a");
  EXPECT_EQ(kind(), ErrorKind::integrity);
  std::filesystem::remove(dir / "s/a");
  std::filesystem::create_symlink("b", dir / "s/a");
  EXPECT_EQ(kind(), std::nullopt);
}

const std::vector<V1File> kFilesOfHybrid = {{"a", 3 * kBlockBytes + 9}, {"b", 5}, {"c", 2 * kBlockBytes}};

TEST(VerifyHybrid, AsksBothKindsOfHash) {
  constexpr std::uint32_t kBytes = 2 * kBlockBytes;
  const OnDisk share(test::hybrid_info(kFilesOfHybrid, test::padded(kFilesOfHybrid, kBytes), kBytes), kFilesOfHybrid);
  VerifyReport report = share.verify();
  EXPECT_TRUE(report.all_right());
  EXPECT_TRUE(report.hashes.complete());
  // With one wrong byte, SHA-1 still tells the chunks apart, though the layer is unknown.
  share.flip("a", 5);
  report = share.verify();
  EXPECT_EQ(wrong_chunks(report), Chunks{0});
  EXPECT_FALSE(report.hashes.layer_known(0));
}

TEST(VerifyHybrid, AChunkThatOnlyOneOfThemShowsIsWrong) {
  constexpr std::uint32_t kBytes = 2 * kBlockBytes;
  Bytes info = test::hybrid_info(kFilesOfHybrid, test::padded(kFilesOfHybrid, kBytes), kBytes);
  info[info.size() - 1 - 20] ^= std::byte{1};  // the last piece hash
  const OnDisk share(info, kFilesOfHybrid);
  EXPECT_EQ(wrong_chunks(share.verify()), Chunks{3});
}

}  // namespace
}  // namespace stp::content
