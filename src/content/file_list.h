// The files of a v1 info dictionary (BEP 3): one file with a "length", or a list of "files", with pads and links
// (BEP 47).
//
// The names come from two decades of programs and are changed so that each can be a file here (usable_component()). Of
// files with the same path, the later ones get a number before their extension, and so does a file whose path is also
// a folder: "a/b.1.txt", as in libtorrent. Links are numbered like files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bencode/bencode.h"
#include "content/file_tree.h"
#include "core/result.h"

namespace stp::content {

struct FileList {
  std::vector<ListedFile> files;
  bool single = false;           // one file with the share's name, in no folder
  std::int64_t total_bytes = 0;  // with pads; at most kChunksMax chunks
};
/// What becomes of the names in the list.
enum class ListedNames : std::uint8_t {
  usable,  // they can be used as paths: what can't be is replaced, and the same one twice is numbered
  as_is    // of a hybrid: only to be compared with those of its v2 part; pads are those that say so
};
/// `name` is the share's. Errors: malformed, limit.
[[nodiscard]] Result<FileList> read_file_list(const bencode::View& info, const std::string& name,
                                              std::uint32_t chunk_bytes, ListedNames names);

}  // namespace stp::content
