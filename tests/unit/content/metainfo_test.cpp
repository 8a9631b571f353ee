#include "content/metainfo.h"

#include <gtest/gtest.h>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "content/path_rules.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::bep52_vectors;
using test::components;
using test::entry_of;
using test::metainfo_of;
using test::pattern;

Bytes bytes_of_hex(const nlohmann::json& hex) {
  return *from_hex(hex.get<std::string>());
}

TEST(MetainfoVectors, ParseToWhatLibtorrentPutIn) {
  ASSERT_FALSE(bep52_vectors().empty());
  for (const auto& vector : bep52_vectors()) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const auto metainfo = Metainfo::parse(bytes_of_hex(vector["info"]));
    ASSERT_TRUE(metainfo) << metainfo.error().message;
    EXPECT_EQ((*metainfo)->info_hash().hex(), vector["info_hash"]);
    EXPECT_EQ((*metainfo)->name(), vector["name"]);
    EXPECT_EQ((*metainfo)->chunk_bytes(), vector["chunk_bytes"]);
    EXPECT_EQ((*metainfo)->is_private(), vector["private"]);
    EXPECT_EQ((*metainfo)->is_single_file(), vector["case"] != "many" && vector["case"] != "many_private");
    ASSERT_EQ((*metainfo)->files().size(), vector["files"].size());
    for (std::size_t i = 0; i < vector["files"].size(); ++i) {
      EXPECT_EQ((*metainfo)->files()[i].path, components(vector["files"][i]["path"]));
      EXPECT_EQ((*metainfo)->files()[i].bytes, vector["files"][i]["bytes"]);
    }
  }
}

TEST(MetainfoVectors, RootsAndLayersComeFromTheBytes) {
  for (const auto& vector : bep52_vectors()) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const auto metainfo = *Metainfo::parse(bytes_of_hex(vector["info"]));
    ChunkHashes hashes(metainfo);
    for (std::size_t i = 0; i < metainfo->files().size(); ++i) {
      const FileEntry& file = metainfo->files()[i];
      if (file.bytes == 0) continue;
      const std::vector<Hash256> leaves = test::leaves_of(pattern(i, static_cast<std::size_t>(file.bytes)));
      EXPECT_EQ(root_of(leaves, 0, tree_width(leaves.size())), file.root);
      if (file.chunk_count > 1) {
        ASSERT_TRUE(vector["layers"].contains(file.root.hex()));
        const auto layer = hashes_from(bytes_of_hex(vector["layers"][file.root.hex()]));
        ASSERT_TRUE(hashes.set_layer(i, *layer));
      }
      for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
        const ChunkIndex chunk{file.first_chunk.value + c};
        const std::size_t first = std::size_t{c} * metainfo->chunk_bytes() / kBlockBytes;
        EXPECT_TRUE(hashes.matches(chunk, std::span(leaves).subspan(first, metainfo->blocks_of(chunk))));
      }
    }
    EXPECT_TRUE(hashes.complete());
  }
}

TEST(MetainfoVectors, AreBuiltByteForByte) {
  for (const auto& vector : bep52_vectors()) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const auto parsed = *Metainfo::parse(bytes_of_hex(vector["info"]));
    std::vector<FileEntry> files = parsed->files();
    Rng(1).shuffle(std::span(files));  // build() sorts
    const auto built = Metainfo::build(parsed->name(), parsed->chunk_bytes(), files, parsed->is_private());
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ((*built)->info_hash(), parsed->info_hash());
    EXPECT_EQ(to_hex((*built)->info_bytes()), vector["info"]);
  }
}

TEST(Metainfo, ChunksStartAnewWithEachFile) {
  const auto metainfo = metainfo_of(
      "s",
      {entry_of({"a"}, 1), entry_of({"b"}, 0), entry_of({"c"}, 5 * kBlockBytes + 7), entry_of({"d"}, 4 * kBlockBytes)},
      2 * kBlockBytes);
  ASSERT_EQ(metainfo->chunk_count(), 1U + 3U + 2U);
  EXPECT_EQ(metainfo->total_bytes(), 1 + 5 * kBlockBytes + 7 + 4 * kBlockBytes);
  const std::size_t owner[] = {0, 2, 2, 2, 3, 3};
  const std::int64_t offset[] = {0, 0, 2 * kBlockBytes, 4 * kBlockBytes, 0, 2 * kBlockBytes};
  const std::uint32_t bytes[] = {
      1, 2 * kBlockBytes, 2 * kBlockBytes, kBlockBytes + 7, 2 * kBlockBytes, 2 * kBlockBytes};
  const std::uint32_t blocks[] = {1, 2, 2, 2, 2, 2};
  for (std::uint32_t c = 0; c < metainfo->chunk_count(); ++c) {
    EXPECT_EQ(metainfo->file_of({c}), owner[c]) << c;
    EXPECT_EQ(metainfo->file_offset({c}), offset[c]) << c;
    EXPECT_EQ(metainfo->bytes_of(ChunkIndex{c}), bytes[c]) << c;
    EXPECT_EQ(metainfo->blocks_of({c}), blocks[c]) << c;
  }
}

TEST(Metainfo, RunsMustLieInTheirChunk) {
  const auto metainfo = metainfo_of("f", {entry_of({"f"}, 3 * kBlockBytes + 5)}, 2 * kBlockBytes);
  EXPECT_TRUE(metainfo->contains({{0}, 0, 2}));
  EXPECT_TRUE(metainfo->contains({{1}, 1, 1}));
  EXPECT_FALSE(metainfo->contains({{0}, 0, 0}));
  EXPECT_FALSE(metainfo->contains({{0}, 0, 3}));
  EXPECT_FALSE(metainfo->contains({{0}, 2, 1}));
  EXPECT_FALSE(metainfo->contains({{2}, 0, 1}));
  EXPECT_FALSE(metainfo->contains({{0}, 1, UINT32_MAX}));
  EXPECT_FALSE(metainfo->contains({{UINT32_MAX}, 0, 1}));
  EXPECT_EQ(metainfo->bytes_of(BlockRun{{0}, 0, 2}), 2 * kBlockBytes);
  EXPECT_EQ(metainfo->bytes_of(BlockRun{{1}, 0, 2}), kBlockBytes + 5);
  EXPECT_EQ(metainfo->bytes_of(BlockRun{{1}, 1, 1}), 5U);
  EXPECT_EQ(metainfo->bytes_of(BlockRun{{1}, 0, 1}), kBlockBytes);
}

const std::string kRoot = "11:pieces root32:rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr";

// An info dictionary with this file tree.
std::string info_with_tree(const std::string& tree) {
  return "d9:file tree" + tree + "12:meta versioni2e4:name1:n12:piece lengthi16384ee";
}
std::string file_node(const std::string& bytes) {
  return "d0:d6:lengthi" + bytes + "e" + kRoot + "ee";
}

struct RefusalCase {
  const char* name;
  std::string info;
  ErrorKind kind;
};
class Refusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusal, HasItsKind) {
  const auto metainfo = Metainfo::parse(as_bytes(GetParam().info));
  ASSERT_FALSE(metainfo);
  EXPECT_EQ(metainfo.error().kind, GetParam().kind) << metainfo.error().message;
  EXPECT_FALSE(metainfo.error().message.empty());
}

const RefusalCase kRefusalCases[] = {
    {"Nothing", "", ErrorKind::malformed},
    {"NotADictionary", "le", ErrorKind::malformed},
    {"UnsortedKeys", "d4:name1:n9:file treedee", ErrorKind::malformed},
    {"VersionIsAString", "d12:meta version1:2e", ErrorKind::malformed},
    {"Version3", "d12:meta versioni3ee", ErrorKind::unsupported},
    {"NoPieceLength", "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name1:ne", ErrorKind::malformed},
    {"PieceLengthBelowABlock",
     "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name1:n12:piece lengthi8192ee", ErrorKind::malformed},
    {"PieceLengthNoPowerOfTwo",
     "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name1:n12:piece lengthi49152ee", ErrorKind::malformed},
    {"PieceLengthNegative",
     "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name1:n12:piece lengthi-16384ee",
     ErrorKind::malformed},
    {"PieceLengthAbove16MiB",
     "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name1:n12:piece lengthi33554432ee", ErrorKind::limit},
    {"NameLeadsOut", "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name2:..12:piece lengthi16384ee",
     ErrorKind::malformed},
    {"NameIsAPath", "d9:file treed1:a" + file_node("1") + "e12:meta versioni2e4:name3:a/b12:piece lengthi16384ee",
     ErrorKind::malformed},
    {"NoFileTree", "d12:meta versioni2e4:name1:n12:piece lengthi16384ee", ErrorKind::malformed},
    {"FileTreeIsAList", info_with_tree("le"), ErrorKind::malformed},
    {"EmptyFileTree", info_with_tree("de"), ErrorKind::malformed},
    {"RootIsAFile", info_with_tree(file_node("1")), ErrorKind::malformed},
    {"ParentFolder", info_with_tree("d2:..d1:a" + file_node("1") + "ee"), ErrorKind::malformed},
    {"AbsoluteName", info_with_tree("d4:/etc" + file_node("1") + "e"), ErrorKind::malformed},
    {"ControlCharacter", info_with_tree("d2:a\x1b" + file_node("1") + "e"), ErrorKind::malformed},
    {"NotUtf8", info_with_tree("d1:\xff" + file_node("1") + "e"), ErrorKind::malformed},
    {"NodeIsANumber", info_with_tree("d1:ai1ee"), ErrorKind::malformed},
    {"PropertiesAreAString", info_with_tree("d1:ad0:1:xee"), ErrorKind::malformed},
    {"FileAndFolder", info_with_tree("d1:ad0:d6:lengthi1e" + kRoot + "e1:b" + file_node("1") + "ee"),
     ErrorKind::malformed},
    {"RepeatedName", info_with_tree("d1:a" + file_node("1") + "1:a" + file_node("1") + "e"), ErrorKind::malformed},
    {"NoLength", info_with_tree("d1:ad0:d" + kRoot + "eee"), ErrorKind::malformed},
    {"NegativeLength", info_with_tree("d1:a" + file_node("-1") + "e"), ErrorKind::malformed},
    {"LengthIsAString", info_with_tree("d1:ad0:d6:length1:1" + kRoot + "eee"), ErrorKind::malformed},
    {"NoRoot", info_with_tree("d1:ad0:d6:lengthi1eeee"), ErrorKind::malformed},
    {"ShortRoot", info_with_tree("d1:ad0:d6:lengthi1e11:pieces root3:abceee"), ErrorKind::malformed},
    {"ZeroRoot", info_with_tree("d1:ad0:d6:lengthi1e11:pieces root32:" + std::string(32, '\0') + "eee"),
     ErrorKind::malformed},
    {"TooManyChunks", info_with_tree("d1:a" + file_node("34359738369") + "e"), ErrorKind::limit},
    {"LargestLength", info_with_tree("d1:a" + file_node("9223372036854775807") + "e"), ErrorKind::limit},
    {"TooManyChunksInSum", info_with_tree("d1:a" + file_node("34359738368") + "1:b" + file_node("1") + "e"),
     ErrorKind::limit},
};
INSTANTIATE_TEST_SUITE_P(Table, Refusal, testing::ValuesIn(kRefusalCases),
                         [](const auto& row) { return row.param.name; });

TEST(Metainfo, MayHaveTheMostChunks) {
  const auto metainfo = Metainfo::parse(as_bytes(info_with_tree("d1:a" + file_node("34359738368") + "e")));
  ASSERT_TRUE(metainfo) << metainfo.error().message;
  EXPECT_EQ((*metainfo)->chunk_count(), kChunksMax);
  EXPECT_EQ((*metainfo)->file_offset({kChunksMax - 1}), std::int64_t{34359738368} - 16384);
}

TEST(Metainfo, UnknownKeysAreAcceptedAndHashed) {
  const std::string plain = info_with_tree("d1:a" + file_node("1") + "e");
  std::string with_more = plain;
  with_more.insert(with_more.size() - 1, "6:source4:here");
  with_more.replace(with_more.find("e11:pieces"), 1, "e5:mtimei5e");
  const auto metainfo = Metainfo::parse(as_bytes(with_more));
  ASSERT_TRUE(metainfo) << metainfo.error().message;
  EXPECT_NE((*metainfo)->info_hash(), (*Metainfo::parse(as_bytes(plain)))->info_hash());
  EXPECT_EQ(to_hex((*metainfo)->info_bytes()), to_hex(as_bytes(with_more)));
}

TEST(Metainfo, WithoutANameIsNamedAfterItsHash) {
  const auto metainfo =
      Metainfo::parse(as_bytes("d9:file treed1:a" + file_node("1") + "e12:meta versioni2e12:piece lengthi16384ee"));
  ASSERT_TRUE(metainfo);
  EXPECT_EQ((*metainfo)->name(), (*metainfo)->info_hash().hex());
}

TEST(Metainfo, OneFileOfAnotherNameThanTheShareLiesInAFolder) {
  const auto metainfo = Metainfo::parse(as_bytes(info_with_tree("d1:a" + file_node("1") + "e")));
  EXPECT_FALSE((*metainfo)->is_single_file());
  const auto single = Metainfo::parse(as_bytes(info_with_tree("d1:n" + file_node("1") + "e")));
  EXPECT_TRUE((*single)->is_single_file());
  const auto folder = Metainfo::parse(as_bytes(info_with_tree("d1:nd1:n" + file_node("1") + "ee")));
  EXPECT_FALSE((*folder)->is_single_file());
}

TEST(Metainfo, SymlinksAreNoFiles) {
  const auto metainfo = Metainfo::parse(
      as_bytes(info_with_tree("d1:ad0:d4:attr1:l6:lengthi9e12:symlink pathl3:etceee1:b" + file_node("1") + "e")));
  ASSERT_TRUE(metainfo) << metainfo.error().message;
  ASSERT_EQ((*metainfo)->files().size(), 1U);
  EXPECT_EQ((*metainfo)->files()[0].path, std::vector<std::string>{"b"});
  EXPECT_EQ((*metainfo)->chunk_count(), 1U);
  ASSERT_EQ((*metainfo)->symlinks().size(), 1U);
  EXPECT_TRUE((*metainfo)->symlinks()[0].target.empty()) << "there is no \"etc\" in the share";
}

TEST(Metainfo, ExecutableFilesAreKnownByTheirAttribute) {
  const auto metainfo =
      Metainfo::parse(as_bytes(info_with_tree("d1:ad0:d4:attr2:hx6:lengthi0eee1:bd0:d4:attr1:h6:"
                                              "lengthi0eee1:cd0:d4:attr2:lx6:lengthi0eeee")));
  ASSERT_TRUE(metainfo) << metainfo.error().message;
  EXPECT_TRUE((*metainfo)->files()[0].executable);
  EXPECT_FALSE((*metainfo)->files()[1].executable);
  EXPECT_FALSE((*metainfo)->files()[2].executable);  // a link's rights are its target's
}

TEST(Metainfo, TimesOutsideOfTheirRangeAreIgnored) {
  const auto time_of = [](const std::string& mtime) {
    const auto metainfo = Metainfo::parse(as_bytes(info_with_tree("d1:ad0:d6:lengthi0e5:mtime" + mtime + "eee")));
    EXPECT_TRUE(metainfo) << metainfo.error().message;
    return (*metainfo)->files()[0].mtime;
  };
  EXPECT_EQ(time_of("i1700000000e"), 1'700'000'000);
  EXPECT_EQ(time_of("i253402300799e"), kFileTimeMax);
  for (const char* none : {"i0e", "i-5e", "i253402300800e", "i9223372036854775807e", "3:now", "le"}) {
    EXPECT_EQ(time_of(none), 0) << none;
  }
}

TEST(Metainfo, EmptyFoldersAloneAreAShare) {
  const auto built = Metainfo::build("s", kChunkBytesMin, {}, false, {{"a"}, {"b", "c"}});
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(as_text((*built)->info_bytes()),
            "d9:file treed1:ade1:bd1:cdeee12:meta versioni2e4:name1:s12:piece lengthi16384ee");
  EXPECT_EQ((*built)->chunk_count(), 0U);
  EXPECT_FALSE((*built)->is_single_file());
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {}, false));
}

TEST(Metainfo, DepthIsBounded) {
  const auto nested = [](std::size_t folders) {
    std::string tree = "d1:f" + file_node("1") + "e";
    for (std::size_t i = 0; i < folders; ++i) tree = "d1:d" + tree + "e";
    return info_with_tree(tree);
  };
  EXPECT_TRUE(Metainfo::parse(as_bytes(nested(kPathDepthMax - 1))));
  const auto deep = Metainfo::parse(as_bytes(nested(kPathDepthMax)));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().kind, ErrorKind::limit);
  EXPECT_FALSE(Metainfo::parse(as_bytes(nested(10'000))));
}

TEST(Metainfo, PathsThatRepeatLongFoldersAreBounded) {
  // 17 folders of 240 bytes above 20,000 files: 4 KB a path, 80 MB of paths from a dictionary of half a megabyte.
  std::string files;
  for (int i = 10'000; i < 30'000; ++i) files += "5:" + std::to_string(i) + "d0:d6:lengthi0eee";
  std::string tree = "d" + files + "e";
  for (int i = 0; i < 16; ++i) tree = "d240:" + std::string(240, 'f') + tree + "e";
  const auto metainfo = Metainfo::parse(as_bytes(info_with_tree(tree)));
  ASSERT_FALSE(metainfo);
  EXPECT_EQ(metainfo.error().kind, ErrorKind::limit);
}

TEST(Metainfo, TwentyThousandFilesParse) {
  std::vector<FileEntry> files;
  for (int i = 0; i < 20'000; ++i) {
    files.push_back(entry_of({"folder" + std::to_string(i / 100), "file" + std::to_string(i)}, 1 + i));
  }
  const auto metainfo = metainfo_of("many", files);
  ASSERT_EQ(metainfo->files().size(), files.size());
  for (std::uint32_t c = 0; c < metainfo->chunk_count(); ++c) {
    const FileEntry& file = metainfo->files()[metainfo->file_of({c})];
    ASSERT_GE(c, file.first_chunk.value);
    ASSERT_LT(c, file.first_chunk.value + file.chunk_count);
  }
}

TEST(Metainfo, HybridOfLibtorrentIsRead) {
  const Bytes torrent = test::read_file(STP_VECTORS_DIR "/bep52_hybrid.torrent");
  bencode::Document document;
  ASSERT_TRUE(document.decode(torrent));
  const ByteSpan info = document.root().find("info")->raw();
  const auto metainfo = Metainfo::parse(info);
  ASSERT_TRUE(metainfo) << metainfo.error().message;
  ASSERT_EQ((*metainfo)->files().size(), 2U);  // without the pad files of version 1
  EXPECT_EQ((*metainfo)->files()[0].bytes, 40'000);
  EXPECT_EQ((*metainfo)->files()[1].bytes, 5);
  EXPECT_EQ((*metainfo)->info_hash().bytes, crypto::sha256(info).bytes);
  EXPECT_TRUE((*metainfo)->info_hashes().hybrid());
}

TEST(MetainfoBuild, EmptyFoldersSurvive) {
  const auto built =
      Metainfo::build("s", kChunkBytesMin, {entry_of({"b", "f"}, 1)}, false, {{"b", "e"}, {"a"}, {"c", "d"}});
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ((*built)->empty_folders(), (std::vector<std::vector<std::string>>{{"a"}, {"b", "e"}, {"c", "d"}}));
  EXPECT_EQ((*built)->files().size(), 1U);
  EXPECT_FALSE((*built)->is_single_file());
}

TEST(MetainfoBuild, AttributesSurvive) {
  FileEntry tool = entry_of({"tool"}, 1);
  tool.executable = true;
  tool.mtime = 1'700'000'000;
  const auto built = Metainfo::build("s", kChunkBytesMin, {entry_of({"plain"}, 1), tool}, false);
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_FALSE((*built)->files()[0].executable);
  EXPECT_EQ((*built)->files()[0].mtime, 0);
  EXPECT_TRUE((*built)->files()[1].executable);
  EXPECT_EQ((*built)->files()[1].mtime, 1'700'000'000);
  EXPECT_NE(as_text((*built)->info_bytes()).find("4:attr1:x6:lengthi1e5:mtimei1700000000e11:pieces root"),
            std::string_view::npos);
  tool.mtime = kFileTimeMax + 1;
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {tool}, false));
}

TEST(MetainfoBuild, DuplicatesAreRefused) {
  const auto twice = Metainfo::build("s", kChunkBytesMin, {entry_of({"a"}, 1), entry_of({"a"}, 2)}, false);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::exists);
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {entry_of({"a"}, 1), entry_of({"b"}, 1)}, false, {{"a"}}));
}

TEST(MetainfoBuild, ANameThatIsFileAndFolderIsRefused) {
  EXPECT_FALSE(
      Metainfo::build("s", kChunkBytesMin, {entry_of({"a", "x"}, 1), entry_of({"a!"}, 1), entry_of({"a"}, 1)}, false));
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {entry_of({"a", "x", "y"}, 1)}, false, {{"a", "x"}}));
}

TEST(MetainfoBuild, RefusesWhatParseWouldRefuse) {
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {}, false));
  EXPECT_FALSE(Metainfo::build("..", kChunkBytesMin, {entry_of({"a"}, 1)}, false));
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {entry_of({"..", "a"}, 1)}, false));
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {entry_of({}, 1)}, false));
  EXPECT_FALSE(Metainfo::build("s", kChunkBytesMin, {entry_of({"a"}, -1)}, false));
  EXPECT_FALSE(Metainfo::build("s", 1000, {entry_of({"a"}, 1)}, false));
}

// A file of five chunks of two blocks, with its true hashes.
struct FiveChunks {
  Bytes bytes = pattern(0, 9 * kBlockBytes + 77);
  std::vector<Hash256> leaves = test::leaves_of(bytes);
  std::vector<Hash256> layer;
  std::shared_ptr<const Metainfo> metainfo;
  FiveChunks() {
    for (std::size_t at = 0; at < leaves.size(); at += 2)
      layer.push_back(chunk_root(std::span(leaves).subspan(at, 2), 2 * kBlockBytes, 5));
    FileEntry entry = entry_of({"f"}, static_cast<std::int64_t>(bytes.size()));
    entry.root = root_of(leaves, 0, tree_width(leaves.size()));
    metainfo = metainfo_of("f", {entry}, 2 * kBlockBytes);
  }
};

TEST(ChunkHashes, OfFilesOfOneChunkAreKnownAtOnce) {
  const ChunkHashes hashes(metainfo_of("s", {entry_of({"a"}, 1), entry_of({"b"}, 0), entry_of({"c"}, kBlockBytes)}));
  EXPECT_TRUE(hashes.complete());
  EXPECT_TRUE(hashes.layer_known(0));
  EXPECT_TRUE(hashes.layer_known(1));
  EXPECT_TRUE(hashes.layer(1).empty());
}

TEST(ChunkHashes, TakeOnlyALayerThatGivesTheRoot) {
  const FiveChunks file;
  ChunkHashes hashes(file.metainfo);
  EXPECT_FALSE(hashes.complete());
  EXPECT_FALSE(hashes.known({0}));
  std::vector<Hash256> wrong = file.layer;
  std::swap(wrong[0], wrong[1]);
  EXPECT_EQ(hashes.set_layer(0, wrong).error().kind, ErrorKind::integrity);
  EXPECT_FALSE(hashes.set_layer(0, std::span(file.layer).first(4)));
  EXPECT_FALSE(hashes.set_layer(0, {}));
  std::vector<Hash256> padded = file.layer;
  padded.resize(8, zero_subtree(1));
  EXPECT_FALSE(hashes.set_layer(0, padded));
  EXPECT_FALSE(hashes.known({0}));
  EXPECT_TRUE(hashes.set_layer(0, file.layer));
  EXPECT_TRUE(hashes.complete());
  EXPECT_EQ(hashes[{4}], file.layer[4]);
}

TEST(ChunkHashes, LearnALayerFromProofs) {
  const FiveChunks file;
  ChunkHashes hashes(file.metainfo);
  std::vector<Hash256> padded = file.layer;
  padded.resize(8, zero_subtree(1));
  for (const std::uint32_t first : {0U, 2U, 4U}) {
    const auto range = std::span(padded).subspan(first, 2);
    EXPECT_TRUE(hashes.add_proven(0, first, range, uncles_of(file.layer, 1, 8, first, 2)));
  }
  EXPECT_TRUE(hashes.complete());
  EXPECT_TRUE(std::equal(file.layer.begin(), file.layer.end(), hashes.layer(0).begin()));
}

TEST(ChunkHashes, RefuseProofsOfAnotherShapeOrPlace) {
  const FiveChunks file;
  ChunkHashes hashes(file.metainfo);
  const auto range = std::span(file.layer).first(2);
  const std::vector<Hash256> uncles = uncles_of(file.layer, 1, 8, 0, 2);
  EXPECT_EQ(hashes.add_proven(0, 2, range, uncles).error().kind, ErrorKind::integrity);
  EXPECT_EQ(hashes.add_proven(0, 1, range, uncles).error().kind, ErrorKind::malformed);
  EXPECT_EQ(hashes.add_proven(0, 8, range, uncles).error().kind, ErrorKind::malformed);
  EXPECT_EQ(hashes.add_proven(1, 0, range, uncles).error().kind, ErrorKind::malformed);
  EXPECT_EQ(hashes.add_proven(0, 0, std::span(file.layer).first(3), uncles).error().kind, ErrorKind::malformed);
  EXPECT_EQ(hashes.add_proven(0, 0, {}, uncles).error().kind, ErrorKind::malformed);
  EXPECT_FALSE(hashes.known({0}));
}

TEST(ChunkHashes, RefuseNodesOfAHigherLayerInPlaceOfChunks) {
  // The two children of the root are a proof without uncles; as chunk hashes 0 and 1 they would be wrong.
  const FiveChunks file;
  ChunkHashes hashes(file.metainfo);
  const std::vector<Hash256> top{root_of(std::span(file.layer).first(4), 1, 4),
                                 root_of(std::span(file.layer).subspan(4), 1, 4)};
  ASSERT_TRUE(proves(file.metainfo->files()[0].root, top, 0, {}));
  EXPECT_EQ(hashes.add_proven(0, 0, top, {}).error().kind, ErrorKind::malformed);
}

TEST(ChunkHashes, MatchOnlyTheRightBlocks) {
  const FiveChunks file;
  ChunkHashes hashes(file.metainfo);
  ASSERT_TRUE(hashes.set_layer(0, file.layer));
  for (std::uint32_t c = 0; c < 5; ++c) {
    std::vector<Hash256> leaves(file.leaves.begin() + 2 * c, file.leaves.begin() + 2 * c + 2);
    EXPECT_TRUE(hashes.matches({c}, leaves));
    leaves[1].bytes[5] ^= std::byte{4};
    EXPECT_FALSE(hashes.matches({c}, leaves));
  }
}

}  // namespace
}  // namespace stp::content
