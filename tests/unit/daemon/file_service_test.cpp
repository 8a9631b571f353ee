#include "daemon/file_service.h"

#include <gtest/gtest.h>

#include <set>

namespace stp::daemon {
namespace {

std::shared_ptr<const content::Metainfo> tree() {
  std::vector<content::FileEntry> files(4);
  files[0].path = {"a.mp4"};
  files[1].path = {"sub", "b c.mp4"};
  files[2].path = {"sub", "empty"};
  files[3].path = {"subb"};
  files[0].bytes = 5 * std::int64_t{kBlockBytes} / 2;  // three chunks
  files[1].bytes = files[3].bytes = kBlockBytes;
  for (const std::size_t file : {0U, 1U, 3U})
    files[file].root.bytes.fill(std::byte{static_cast<unsigned char>(file + 1)});
  return *content::Metainfo::build("tree", kBlockBytes, files, false);
}

TEST(FindFile, TakesAWholePathAndNothingElse) {
  const auto metainfo = tree();
  for (std::size_t i = 0; i < metainfo->files().size(); ++i) {
    const content::FileEntry& file = metainfo->files()[i];
    std::string path;
    for (const std::string& component : file.path) path += (path.empty() ? "" : "/") + component;
    EXPECT_EQ(find_file(*metainfo, path), i) << path;
  }
  for (const char* path :
       {"", "/", "sub", "sub/", "sub/b", "sub/b c.mp4/", "sub//b c.mp4", "/a.mp4", "./a.mp4", "a.mp4/", "../tree/a.mp4",
        "sub/../a.mp4", "tree/a.mp4", "A.MP4", "sub/empty/x", "subb/", "a.mp4\n"}) {
    EXPECT_EQ(find_file(*metainfo, path), std::nullopt) << path;
  }
}

TEST(ProgressOf, CountsTheBytesOfTheFile) {
  const auto metainfo = tree();
  const std::size_t a = *find_file(*metainfo, "a.mp4");
  const content::FileEntry& file = metainfo->files()[a];
  ASSERT_EQ(file.chunk_count, 3U);
  net::ChunkSets chunks{Bitfield(metainfo->chunk_count()), Bitfield(metainfo->chunk_count(), true)};
  EXPECT_EQ(progress_of(*metainfo, file, chunks).had, 0);
  EXPECT_TRUE(progress_of(*metainfo, file, chunks).wanted);
  chunks.had.set({file.first_chunk.value + 2});
  EXPECT_EQ(progress_of(*metainfo, file, chunks).had, kBlockBytes / 2);
  chunks.wanted.reset({file.first_chunk.value + 1});
  EXPECT_FALSE(progress_of(*metainfo, file, chunks).wanted);
  chunks.had.set({file.first_chunk.value + 1});
  EXPECT_TRUE(progress_of(*metainfo, file, chunks).wanted) << "it is here all the same";
}

TEST(EtagOf, DiffersWhereContentsDo) {
  const auto metainfo = tree();
  std::set<std::string> tags;
  for (std::size_t i = 0; i < metainfo->files().size(); ++i) tags.insert(etag_of(*metainfo, i));
  EXPECT_EQ(tags.size(), metainfo->files().size());
  for (const std::string& tag : tags) EXPECT_TRUE(tag.size() > 2 && tag.front() == '"' && tag.back() == '"') << tag;
}

}  // namespace
}  // namespace stp::daemon
