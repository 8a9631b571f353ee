// The "file tree" of a v2 info dictionary (BEP 52), and what it has in common with the file list of v1: the bounds on
// what paths may add up to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bencode/bencode.h"
#include "content/metainfo.h"
#include "core/result.h"

namespace stp::content {

/// Bounds what the paths of a metainfo add up to, before copies of them are made.
class PathBudget {
 public:
  /// Counts one path; limit error when there are too many, or they are too long in total.
  [[nodiscard]] Status count(std::size_t components, std::size_t bytes);

 private:
  std::size_t paths_ = 0;
  std::size_t components_ = 0;
  std::size_t bytes_ = 0;
};

/// A file's attributes in either kind of dictionary (BEP 47): "attr", "mtime", "symlink path".
struct Attributes {
  explicit Attributes(const bencode::View& properties);
  bool executable = false;
  bool pad = false;
  bool link = false;
  std::int64_t mtime = 0;  // 0: none, or out of range
  std::optional<bencode::View> target;
};

/// Names that can't be used: are they refused, or changed by usable_component()?
enum class Names { strict, repaired };
/// The path in a "symlink path"; empty when it leads out of the share, is too long or no path. nullopt: the list is
/// empty, so it is not a link.
[[nodiscard]] Result<std::optional<std::vector<std::string>>> read_link_target(const bencode::View& list, Names names,
                                                                               PathBudget& budget);

/// A file, a pad or a link, in the order of its bytes. A pad has no path.
struct ListedFile {
  FileEntry entry;  // without positions: first_chunk, chunk_count and position are 0
  bool pad = false;
  std::optional<std::vector<std::string>> target = std::nullopt;  // of a link, as it is written
};

struct FileTree {
  std::vector<ListedFile> files;
  std::vector<std::vector<std::string>> empty_folders;
};
/// Reads the tree; each dictionary is walked once. All of it fits in kChunksMax chunks. Errors: malformed, limit.
[[nodiscard]] Result<FileTree> read_file_tree(const bencode::View& tree, std::uint32_t chunk_bytes);

/// malformed: "metainfo: " and why.
[[nodiscard]] Error malformed_metainfo(const std::string& why);
/// limit: more than kChunksMax chunks.
[[nodiscard]] Error too_many_chunks();
/// A path for a message.
[[nodiscard]] std::string quoted_path(const std::vector<std::string>& path);

}  // namespace stp::content
