// Symbolic links of a share (BEP 47) on their way to the disk, and there: v1, v2 and hybrid.
#include <gtest/gtest.h>

#include "content/compare_existing.h"
#include "content/download.h"
#include "content/other_files.h"
#include "content/repair.h"
#include "content/verify.h"
#include "v1_share.h"

namespace stp::content {
namespace {

using test::TempDir;

constexpr std::uint32_t kLinkedChunkBytes = kBlockBytes;
constexpr std::size_t kLinkedBytes = 2 * kBlockBytes;

// Besides the file "a": links beside it, in folders of their own, to a folder, and out of the share.
struct LinkRow {
  std::vector<std::string> path;
  std::vector<std::string> target;
  const char* text;  // on disk; nullptr: it is not made
};
const LinkRow kLinkRows[] = {
    {{"d", "deep", "up"}, {"a"}, "../../a"},
    {{"e"}, {"d"}, "d"},
    {{"out"}, {"..", "secret"}, nullptr},
    {{"z"}, {"z"}, nullptr},
};

void encode_path(bencode::Encoder& encoder, const char* key, const std::vector<std::string>& path) {
  encoder.key(key).begin_list();
  for (const std::string& component : path) encoder.string(component);
  encoder.end();
}

void encode_tree(bencode::Encoder& encoder, const Bytes& a) {
  encoder.key("file tree").begin_dict();
  const std::vector<Hash256> leaves = test::leaves_of(a);
  encoder.key("a").begin_dict().key("").begin_dict().key("length").integer(kLinkedBytes);
  encoder.key("pieces root").string(root_of(leaves, 0, tree_width(leaves.size())).span()).end().end();
  for (const LinkRow& link : kLinkRows) {
    for (const std::string& component : link.path) encoder.key(component).begin_dict();
    encoder.key("").begin_dict().key("attr").string("l").key("length").integer(0);
    encode_path(encoder, "symlink path", link.target);
    encoder.end();
    for (std::size_t i = 0; i < link.path.size(); ++i) encoder.end();
  }
  encoder.end();
}

void encode_list(bencode::Encoder& encoder) {
  encoder.key("files").begin_list();
  encoder.begin_dict().key("length").integer(kLinkedBytes);
  encode_path(encoder, "path", {"a"});
  encoder.end();
  for (const LinkRow& link : kLinkRows) {
    encoder.begin_dict().key("attr").string("l").key("length").integer(0);
    encode_path(encoder, "path", link.path);
    encode_path(encoder, "symlink path", link.target);
    encoder.end();
  }
  encoder.end();
}

enum class ShareKind { v1, v2, hybrid };

class Symlinks : public testing::TestWithParam<ShareKind> {
 protected:
  Symlinks() {
    const bool v1 = GetParam() != ShareKind::v2;
    const bool v2 = GetParam() != ShareKind::v1;
    bencode::Encoder encoder;
    encoder.begin_dict();
    if (v2) encode_tree(encoder, a_);
    if (v1) encode_list(encoder);
    if (v2) encoder.key("meta version").integer(2);
    encoder.key("name").string("s").key("piece length").integer(kLinkedChunkBytes);
    if (v1) encoder.key("pieces").string(test::v1_pieces(a_, kLinkedChunkBytes));
    metainfo_ = test::parsed(encoder.end().take());
    if (!v2) return;
    const std::vector<Hash256> leaves = test::leaves_of(a_);
    EXPECT_TRUE(hashes().set_layer(0, leaves));
  }

  [[nodiscard]] ChunkHashes& hashes() {
    if (!hashes_) hashes_.emplace(metainfo_);
    return *hashes_;
  }
  [[nodiscard]] std::unique_ptr<Download> open(WantedFiles wanted = {}) {
    auto download = Download::open(dir_.path(), metainfo_, "boot-1", std::move(wanted));
    EXPECT_TRUE(download) << download.error().message;
    EXPECT_TRUE((*download)->store_hashes(hashes()));
    return std::move(*download);
  }
  void fetch_all(Download& download) {
    for (ChunkIndex chunk; chunk.value < metainfo_->chunk_count(); ++chunk) {
      const ByteSpan bytes = ByteSpan(a_).subspan(std::size_t{chunk.value} * kLinkedChunkBytes, kLinkedChunkBytes);
      ASSERT_TRUE(download.storage().write({chunk, 0, 1}, std::span(&bytes, 1)));
      ASSERT_TRUE(download.mark(chunk));
    }
  }
  void download_all() {
    const auto download = open();
    fetch_all(*download);
    const auto missing = download->finish();
    ASSERT_TRUE(missing) << missing.error().message;
  }
  [[nodiscard]] std::string on_disk(const LinkRow& link, const std::string& root = "s") const {
    return dir_ / (root + "/" + join_path(link.path));
  }
  void expect_whole() const {
    EXPECT_EQ(test::read_file(dir_ / "s/a"), a_);
    for (const LinkRow& link : kLinkRows) {
      SCOPED_TRACE(join_path(link.path));
      ASSERT_EQ(test::exists(on_disk(link)), link.text != nullptr);
      if (link.text == nullptr) continue;
      ASSERT_TRUE(std::filesystem::is_symlink(on_disk(link)));
      EXPECT_EQ(std::filesystem::read_symlink(on_disk(link)).string(), link.text);
    }
    EXPECT_EQ(test::read_file(on_disk(kLinkRows[0])), a_);
  }
  [[nodiscard]] VerifyReport verified() {
    Result<VerifyReport> report = verify_path(metainfo_, hashes(), dir_ / "s", {});
    EXPECT_TRUE(report) << report.error().message;
    return std::move(*report);
  }
  [[nodiscard]] Result<Repaired> try_repair() {
    return repair(dir_.path(), metainfo_, hashes(), {}, "s", "boot-1", {});
  }

  const Bytes a_ = test::pattern(0, kLinkedBytes);
  std::shared_ptr<const Metainfo> metainfo_;
  std::optional<ChunkHashes> hashes_;
  TempDir dir_;
};

TEST_P(Symlinks, AreMadeOnceEverythingElseIsThere) {
  const auto download = open();
  fetch_all(*download);
  for (const LinkRow& link : kLinkRows) EXPECT_FALSE(test::exists(on_disk(link, "s.part")));
  ASSERT_TRUE(download->finish());
  expect_whole();
  EXPECT_TRUE(verified().all_right());
  EXPECT_TRUE(compare_existing(dir_.path(), metainfo_, {}, {})->has_value());
  EXPECT_EQ(find_other_files(*metainfo_, dir_ / "s").count, 0U);
}

TEST_P(Symlinks, AreNotMadeWhenOnlySomeFilesAreWanted) {
  const auto download = open({true});
  fetch_all(*download);
  ASSERT_TRUE(download->finish());
  for (const LinkRow& link : kLinkRows) EXPECT_FALSE(test::exists(on_disk(link)));
  EXPECT_TRUE(compare_existing(dir_.path(), metainfo_, {true}, {})->has_value());
}

TEST_P(Symlinks, OfAnInterruptedFinishStay) {
  const auto download = open();
  fetch_all(*download);
  std::filesystem::create_directories(dir_ / "s.part/d/deep");
  std::filesystem::create_symlink("../../a", on_disk(kLinkRows[0], "s.part"));
  ASSERT_TRUE(download->finish());
  expect_whole();
}

TEST_P(Symlinks, ThatSomebodyElseMadeAreAnError) {
  const auto download = open();
  fetch_all(*download);
  std::filesystem::create_symlink("/etc", on_disk(kLinkRows[1], "s.part"));
  EXPECT_EQ(download->finish().error().kind, ErrorKind::exists);
  EXPECT_TRUE(test::exists(dir_ / "s.part"));
  std::filesystem::remove(on_disk(kLinkRows[1], "s.part"));
  ASSERT_TRUE(download->finish());
  expect_whole();
}

TEST_P(Symlinks, AreNotMadeThroughOthers) {
  const TempDir outside;
  const auto download = open();
  fetch_all(*download);
  std::filesystem::create_directory_symlink(outside.path(), dir_ / "s.part/d");
  EXPECT_EQ(download->finish().error().kind, ErrorKind::denied);
  EXPECT_TRUE(std::filesystem::is_empty(outside.path()));
}

TEST_P(Symlinks, ThatAreMissingOrWrongAreProblems) {
  download_all();
  std::filesystem::remove(on_disk(kLinkRows[0]));
  std::filesystem::remove(on_disk(kLinkRows[1]));
  std::filesystem::create_symlink("/etc", on_disk(kLinkRows[1]));
  const VerifyReport report = verified();
  EXPECT_TRUE(report.problems.empty() && !report.all_right());
  ASSERT_EQ(report.symlink_problems.size(), 2U);
  EXPECT_EQ(report.symlink_problems[0].error.kind, ErrorKind::not_found);
  EXPECT_EQ(report.symlink_problems[1].error.kind, ErrorKind::integrity);
  EXPECT_EQ(compare_existing(dir_.path(), metainfo_, {}, {}).error().kind, ErrorKind::exists);
}

TEST_P(Symlinks, AreRepaired) {
  download_all();
  std::filesystem::remove(on_disk(kLinkRows[0]));
  test::write_file(on_disk(kLinkRows[0]), "mine");
  std::filesystem::remove(on_disk(kLinkRows[1]));
  std::filesystem::create_symlink("/etc", on_disk(kLinkRows[1]));
  const Result<Repaired> repaired = try_repair();
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_FALSE(repaired->existing);
  EXPECT_EQ(repaired->notices.size(), 2U);
  {
    const auto download = open();
    EXPECT_TRUE(download->complete());
    ASSERT_TRUE(download->finish());
  }
  expect_whole();
  EXPECT_EQ(as_text(test::read_file(on_disk(kLinkRows[0]) + ".old")), "mine");
  EXPECT_EQ(std::filesystem::read_symlink(on_disk(kLinkRows[1]) + ".old").string(), "/etc");
  EXPECT_TRUE(try_repair()->existing) << "nothing is left to do";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Symlinks, testing::Values(ShareKind::v1, ShareKind::v2, ShareKind::hybrid), [](const auto& kind) {
      return std::string(kind.param == ShareKind::v1 ? "V1" : kind.param == ShareKind::v2 ? "V2" : "Hybrid");
    });

}  // namespace
}  // namespace stp::content
