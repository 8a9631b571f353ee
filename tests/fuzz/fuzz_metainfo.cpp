// content::Metainfo: an accepted info dictionary keeps the invariants of metainfo.h, and rebuilding it from its files
// gives the same files.
#include <cstddef>
#include <cstdint>

#include "content/metainfo.h"
#include "content/path_rules.h"
#include "content/symlink_targets.h"

namespace {

using namespace stp;
using content::FileEntry;
using content::Metainfo;

void check_geometry(const Metainfo& metainfo) {
  STP_ASSERT((!metainfo.files().empty() || !metainfo.empty_folders().empty()) && metainfo.chunk_count() <= kChunksMax);
  STP_ASSERT(metainfo.has_v1() || metainfo.has_v2());
  std::int64_t end = 0;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    STP_ASSERT(content::check_path(file.path).ok());
    STP_ASSERT(!metainfo.has_v2() || i == 0 || metainfo.files()[i - 1].path < file.path);
    STP_ASSERT((file.bytes == 0) == (file.chunk_count == 0));
    bytes += file.bytes;
    if (file.chunk_count == 0) continue;
    STP_ASSERT(file.position >= end);
    end = file.position + file.bytes;
    const ChunkIndex last{file.first_chunk.value + file.chunk_count - 1};
    STP_ASSERT(metainfo.bytes_in(file, file.first_chunk) > 0 && metainfo.bytes_in(file, last) > 0);
    STP_ASSERT(metainfo.contains({last, metainfo.blocks_of(last) - 1, 1}));
    STP_ASSERT(!metainfo.contains({last, metainfo.blocks_of(last), 1}));
    if (!metainfo.has_v2()) continue;
    STP_ASSERT(metainfo.file_of(file.first_chunk) == i && metainfo.file_of(last) == i);
    STP_ASSERT(metainfo.file_offset(last) + metainfo.bytes_of(last) == file.bytes);
  }
  STP_ASSERT(bytes == metainfo.total_bytes() && end <= metainfo.layout().end());
}

// Symbolic links have names of their own and never lead out of the share.
void check_symlinks(const Metainfo& metainfo) {
  for (const content::Symlink& link : metainfo.symlinks()) {
    STP_ASSERT(content::check_path(link.path).ok());
    for (const std::string& component : link.target) STP_ASSERT(content::check_component(component).ok());
    if (!link.target.empty()) STP_ASSERT(content::text_of(link).size() <= content::kSymlinkTextBytesMax);
  }
}

// Every byte of the files is in exactly one extent.
void check_extents(const Metainfo& metainfo) {
  std::int64_t bytes = 0;
  for (ChunkIndex chunk; chunk.value < metainfo.chunk_count(); ++chunk) {
    std::int64_t of_chunk = 0;
    for (const content::Extent& extent : metainfo.layout().extents(chunk)) {
      of_chunk += extent.bytes;
      if (!extent.is_pad()) bytes += extent.bytes;
    }
    STP_ASSERT(of_chunk == metainfo.bytes_of(chunk) && of_chunk > 0);
    if (metainfo.has_v1()) static_cast<void>(metainfo.piece_hash(chunk));
  }
  STP_ASSERT(bytes == metainfo.total_bytes());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(reinterpret_cast<const std::byte*>(data), size);
  const auto parsed = Metainfo::parse(input);
  if (!parsed) {
    STP_ASSERT(!parsed.error().message.empty());
    return 0;
  }
  const Metainfo& metainfo = **parsed;
  STP_ASSERT(as_text(metainfo.info_bytes()) == as_text(input));
  check_geometry(metainfo);
  check_symlinks(metainfo);
  constexpr std::uint32_t kChunksWalkedMax = 10'000;
  if (metainfo.chunk_count() <= kChunksWalkedMax) check_extents(metainfo);
  if (!metainfo.has_v2()) return 0;

  const auto built = Metainfo::build(metainfo.name(), metainfo.chunk_bytes(), metainfo.files(), metainfo.is_private(),
                                     metainfo.empty_folders());
  STP_ASSERT(built.ok());
  STP_ASSERT((*built)->files().size() == metainfo.files().size());
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    STP_ASSERT((*built)->files()[i].path == metainfo.files()[i].path);
    STP_ASSERT((*built)->files()[i].root == metainfo.files()[i].root);
    STP_ASSERT((*built)->files()[i].executable == metainfo.files()[i].executable);
    STP_ASSERT((*built)->files()[i].mtime == metainfo.files()[i].mtime);
  }
  STP_ASSERT((*built)->empty_folders() == metainfo.empty_folders());
  STP_ASSERT(!metainfo.symlinks().empty() || metainfo.has_v1() ||
             (*built)->is_single_file() == metainfo.is_single_file());
  return 0;
}
