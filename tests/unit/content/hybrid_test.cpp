// Shares that are hybrids: the v1 part beside the v2 part (docs/protocol.md "Metainfo").
#include <gtest/gtest.h>

#include <numeric>

#include "bencode/bencode.h"
#include "content/control_file.h"
#include "content/download.h"
#include "content/hash_store.h"
#include "content/share_builder.h"
#include "content/torrent_file.h"
#include "content/verify.h"
#include "crypto/sha1.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::pattern;
using test::TempDir;

BuildOptions hybrid_options(std::uint32_t chunk_bytes = kChunkBytesMin) {
  BuildOptions options;
  options.with_v1 = true;
  options.chunk_bytes = chunk_bytes;
  options.now_ns = std::int64_t{1} << 62;  // long after all files were made
  return options;
}

TEST(Hybrid, TheControlFileOfADownloadIsFoundByEachOfItsNames) {
  const TempDir source;
  test::write_file(source / "a", pattern(1, 100'000));
  const Share share = test::share_of(source / "a", hybrid_options());
  const InfoHashes& names = share.metainfo->info_hashes();
  const TempDir target;
  const auto download = Download::open(target.path(), share.metainfo, "boot");
  ASSERT_TRUE(download) << download.error().message;
  for (const InfoHash& name : {*names.v2, name_of(*names.v1)}) {
    const auto found = find_control_file(target.path(), name);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->metainfo->info_hashes(), names);
  }
  EXPECT_FALSE(find_control_file(target.path(), name_of(InfoHashV1{}))->has_value());
  EXPECT_FALSE(find_control_file(target.path(), InfoHash{})->has_value());
}

// Every piece by the definition: the bytes of its file, and zeros up to a whole piece unless the file is alone.
void expect_pieces(const Share& share, const std::function<Bytes(const FileEntry&)>& contents) {
  const Metainfo& metainfo = *share.metainfo;
  ASSERT_TRUE(metainfo.info_hashes().hybrid());
  EXPECT_EQ(metainfo.info_hashes().v1->hex(), to_hex(crypto::sha1(metainfo.info_bytes())));
  for (const FileEntry& file : metainfo.files()) {
    Bytes bytes = contents(file);
    ASSERT_EQ(std::ssize(bytes), file.bytes);
    if (!metainfo.is_single_file()) bytes.resize(std::size_t{file.chunk_count} * metainfo.chunk_bytes());
    for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
      const std::size_t at = std::size_t{i} * metainfo.chunk_bytes();
      const ByteSpan piece =
          ByteSpan(bytes).subspan(at, std::min<std::size_t>(metainfo.chunk_bytes(), bytes.size() - at));
      ASSERT_EQ(to_hex(metainfo.piece_hash({file.first_chunk.value + i}).span()), to_hex(crypto::sha1(piece)))
          << file.path[0] << " piece " << i;
    }
  }
}

TEST(Hybrid, IsWhatLibtorrentMakes) {
  const nlohmann::json& vectors = test::bep52_vectors("hybrids");
  ASSERT_EQ(vectors.size(), 12U);
  for (const auto& vector : vectors) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const TempDir dir;
    const Share share = test::share_of(test::write_vector(dir, vector), hybrid_options(vector["chunk_bytes"]));
    EXPECT_EQ(to_hex(share.metainfo->info_bytes()), vector["info"]);
    EXPECT_EQ(share.metainfo->info_hashes().v1->hex(), vector["info_hash_v1"]);
  }
}

// Files around the sizes at which the hasher steps: a block of SHA-1, a block, all lanes, a unit of work, a chunk.
TEST(Hybrid, EveryPieceIsThatOfItsFileAndZeros) {
  const TempDir dir;
  const std::size_t sizes[] = {0,
                               1,
                               63,
                               64,
                               kBlockBytes - 1,
                               kBlockBytes,
                               kBlockBytes + 65,
                               3 * kBlockBytes + 64,
                               17 * kBlockBytes,
                               1024 * 1024,
                               4 * 1024 * 1024 + 1};
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    test::write_file(dir / ("s/" + std::to_string(i)), pattern(i, sizes[i]));
  }
  const auto contents = [&](const FileEntry& file) {
    const auto number = static_cast<std::size_t>(std::stoul(file.path[0]));
    return pattern(number, sizes[number]);
  };
  for (const std::uint32_t chunk_bytes : {kChunkBytesMin, 64 * 1024U, 1024 * 1024U, kChunkBytesMax}) {
    const Share v2 = test::share_of(dir / "s", chunk_bytes);
    for (const unsigned threads : {1U, 3U}) {
      BuildOptions options = hybrid_options(chunk_bytes);
      options.hashing.threads = threads;
      const Share share = test::share_of(dir / "s", options);
      expect_pieces(share, contents);
      ASSERT_TRUE(share.hashes.complete());
      for (std::size_t i = 0; i < std::size(sizes); ++i) {
        EXPECT_EQ(share.metainfo->files()[i].root, v2.metainfo->files()[i].root);
        EXPECT_TRUE(ChunkHashes(share.metainfo).layer_known(i) ||
                    ChunkHashes(share.metainfo).set_layer(i, share.hashes.layer(i)));
      }
    }
  }
}

TEST(Hybrid, HolesAreHashedAsZeros) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "s");
  test::write_file(dir / "s/0", pattern(0, kBlockBytes + 1));
  std::filesystem::resize_file(dir / "s/0", 40 * kBlockBytes + 5);
  test::write_file(dir / "s/1", "");
  std::filesystem::resize_file(dir / "s/1", 3 * kBlockBytes);
  expect_pieces(test::share_of(dir / "s", hybrid_options(2 * kBlockBytes)),
                [&](const FileEntry& file) { return test::read_file(dir / ("s/" + file.path[0])); });
}

TEST(Hybrid, AFileAloneHasNoPad) {
  const TempDir dir;
  test::write_file(dir / "film", pattern(3, 2 * kBlockBytes + 10));
  const Share share = test::share_of(dir / "film", hybrid_options());
  EXPECT_TRUE(share.metainfo->is_single_file());
  EXPECT_EQ(share.metainfo->layout().zeros_after({2}), 0U);
  expect_pieces(share, [](const FileEntry&) { return pattern(3, 2 * kBlockBytes + 10); });
  const std::string path = dir / "film";
  const auto each = build_each(scan(std::span(&path, 1))->files, hybrid_options());
  ASSERT_TRUE(each);
  EXPECT_EQ((*each)[0]->metainfo->info_hashes(), share.metainfo->info_hashes());
}

TEST(Hybrid, PadsFillThePiecesOfEveryFile) {
  const TempDir dir;
  test::write_file(dir / "s/a", pattern(0, 100));
  test::write_file(dir / "s/b", pattern(1, kBlockBytes));
  test::write_file(dir / "s/c", "");
  test::write_file(dir / "s/d", pattern(2, 1));
  const Share share = test::share_of(dir / "s", hybrid_options());
  bencode::Document document;
  ASSERT_TRUE(document.decode(share.metainfo->info_bytes()));
  std::string listed;
  for (auto file = document.root().find_list("files")->first(); file; file = file->next()) {
    listed += std::string(file->find_text("attr").value_or("")) + std::to_string(*file->find_integer("length"));
    for (auto part = file->find_list("path")->first(); part; part = part->next()) {
      listed += "/" + std::string(*part->text());
    }
    listed += " ";
  }
  EXPECT_EQ(listed, "100/a p16284/.pad/16284 16384/b 0/c 1/d p16383/.pad/16383 ");
  EXPECT_EQ(share.metainfo->layout().zeros_after({2}), kBlockBytes - 1);
  EXPECT_EQ(share.metainfo->total_bytes(), 100 + kBlockBytes + 1);
}

TEST(Hybrid, WhatIsTooMuchForV1IsAShareOfV2) {
  // 80,000 files: 11 MB as v2, 18 MB as a hybrid.
  std::vector<FileEntry> files;
  std::vector<PieceHashes> pieces;
  for (int i = 0; i < 80'000; ++i) {
    files.push_back(test::entry_of({"a-name-of-some-length-" + std::to_string(i)}, 1));
    pieces.push_back({kChunkBytesMin, {Hash160()}, Hash160()});
  }
  EXPECT_TRUE(Metainfo::build("s", kChunkBytesMin, files, false));
  const auto hybrid = Metainfo::build("s", kChunkBytesMin, files, false, {}, pieces);
  ASSERT_FALSE(hybrid);
  EXPECT_EQ(hybrid.error().kind, ErrorKind::limit);
}

TEST(Hybrid, ChunksAreSmallerWherePadsWouldBeMoreThanTheFiles) {
  const std::vector<std::int64_t> small(20'000, 10'000);
  EXPECT_EQ(choose_chunk_bytes(200'000'000), 128 * 1024U);
  EXPECT_EQ(choose_hybrid_chunk_bytes(small), 16 * 1024U);
  const std::vector<std::int64_t> large(200, 1'000'000);
  EXPECT_EQ(choose_hybrid_chunk_bytes(large), 128 * 1024U);
  EXPECT_EQ(choose_hybrid_chunk_bytes(std::vector<std::int64_t>{200'000'001}), 128 * 1024U);
  EXPECT_EQ(choose_hybrid_chunk_bytes({}), kChunkBytesMin);
}

struct Stored {
  TempDir dir;
  HashStore store{dir / "hashes"};
  Stored() {
    test::write_file(dir / "s/a", pattern(0, 5 * kBlockBytes + 7));
    test::write_file(dir / "s/b", pattern(1, 100));
  }
  [[nodiscard]] Share build(std::uint32_t chunk_bytes = kChunkBytesMin, bool with_v1 = true) const {
    BuildOptions options = hybrid_options(chunk_bytes);
    options.with_v1 = with_v1;
    options.store = &store;
    return test::share_of(dir / "s", options);
  }
};

TEST(Hybrid, UnchangedFilesAreNotReadAgain) {
  const Stored stored;
  const Share first = stored.build();
  EXPECT_EQ(first.bytes_hashed, 5 * kBlockBytes + 107);
  const Share second = stored.build();
  EXPECT_EQ(second.bytes_hashed, 0);
  EXPECT_EQ(second.metainfo->info_hashes(), first.metainfo->info_hashes());
  EXPECT_EQ(stored.build(kChunkBytesMin, false).bytes_hashed, 0);
}

TEST(Hybrid, TheLastFileOfAFolderNeedNotBeReadAgainWhenItIsNoLongerTheLast) {
  const Stored stored;
  static_cast<void>(stored.build());
  test::write_file(stored.dir / "s/c", "new");
  const Share share = stored.build();
  EXPECT_EQ(share.bytes_hashed, 3);
  BuildOptions fresh = hybrid_options();
  EXPECT_EQ(share.metainfo->info_hashes(), test::share_of(stored.dir / "s", fresh).metainfo->info_hashes());
}

TEST(Hybrid, AFileIsKnownAloneInAFolderAndWithOtherChunks) {
  const Stored stored;
  static_cast<void>(stored.build());
  EXPECT_GT(stored.build(2 * kBlockBytes).bytes_hashed, 0);  // SHA-1 of larger pieces can't be derived
  for (const std::uint32_t chunk_bytes : {kBlockBytes, 2 * kBlockBytes, kBlockBytes}) {
    EXPECT_EQ(stored.build(chunk_bytes).bytes_hashed, 0);
  }
  const std::string alone = stored.dir / "s/a";
  BuildOptions options = hybrid_options();
  options.store = &stored.store;
  const Share share = test::share_of(alone, options);
  EXPECT_EQ(share.bytes_hashed, 0);
  options.store = nullptr;
  EXPECT_EQ(share.metainfo->info_hashes(), test::share_of(alone, options).metainfo->info_hashes());
}

TEST(Hybrid, WhatAV2ShareHashedIsReadForV1) {
  const Stored stored;
  static_cast<void>(stored.build(kBlockBytes, false));
  EXPECT_EQ(stored.build().bytes_hashed, 5 * kBlockBytes + 107);
  EXPECT_EQ(stored.build().bytes_hashed, 0);
}

TEST(Hybrid, OnlyTheNewestPieceSizesAreKept) {
  FileHashes hashes{kBlockBytes, {}, {}, {{kBlockBytes, {Hash160()}, {}}}};
  for (const std::uint32_t factor : {2U, 4U, 8U, 2U}) {
    FileHashes newer{kBlockBytes, {}, {}, {{factor * kBlockBytes, {Hash160()}, {}}}};
    newer.merge(std::move(hashes));
    hashes = std::move(newer);
  }
  ASSERT_EQ(hashes.pieces.size(), FileHashes::kPieceSizesMax);
  EXPECT_EQ(hashes.pieces_of(kBlockBytes), nullptr);
  EXPECT_EQ(hashes.pieces.back().chunk_bytes, 2 * kBlockBytes);
  FileHashes other{kBlockBytes, crypto::sha256({}), {}, {}};
  other.merge(hashes);
  EXPECT_TRUE(other.pieces.empty());
}

}  // namespace
}  // namespace stp::content
