// The files of a share where a download would put them, as somebody left them there.
//
// What compare_existing() and repair() have in common. Symbolic links below the directory are not followed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/download.h"
#include "content/metainfo.h"
#include "content/posix_file.h"
#include "content/source_storage.h"
#include "core/result.h"

namespace stp::content {

class FoundFiles {
 public:
  /// Below `directory` under the name `root`; nullopt when nothing has that name. An exists error when it is a folder
  /// and the share a file, or the other way round. `metainfo` must outlive this.
  [[nodiscard]] static Result<std::optional<FoundFiles>> at(const std::string& directory, const Metainfo& metainfo,
                                                            std::string root, FileSystem& system = FileSystem::posix());

  [[nodiscard]] const Fd& directory() const { return folder_; }
  [[nodiscard]] Result<Fd> open(std::size_t file, Access access) const;
  /// One of metainfo.empty_folders().
  [[nodiscard]] Result<Fd> open_folder(std::size_t folder) const;
  /// One of metainfo.symlinks(), as read_symlink().
  [[nodiscard]] Result<std::optional<std::string>> read_symlink(std::size_t symlink) const;
  /// What has to be moved away so that `path` below the root can be of the given type: something of the other type at
  /// it or above it, below the root. For EntryType::other, a symbolic link that isn't there or is wrong, that is whatever
  /// has its name. nullopt: nothing. Only looks ahead and changes nothing: a denied error when
  /// permissions do not allow creating what is missing or moving what is in the way, or when a link or device is in the
  /// way.
  [[nodiscard]] Result<std::optional<std::vector<std::string>>> obstacle(std::span<const std::string> path,
                                                                         EntryType wanted) const;
  /// Renames what is at `path`, as returned by obstacle(), to "….old"; exists error when that is taken. Returns the new
  /// name.
  [[nodiscard]] Result<std::string> set_aside(std::span<const std::string> path) const;
  /// What it looks like now, for SourceStorage.
  [[nodiscard]] Result<SourceFile> source(std::size_t file) const;

 private:
  FoundFiles(std::string path, Fd folder, const Metainfo& metainfo, std::string root);
  [[nodiscard]] std::vector<std::string> below_root(std::span<const std::string> path) const;
  [[nodiscard]] std::vector<std::string> path_of(std::size_t file) const;

  std::string path_;
  Fd folder_;
  const Metainfo* metainfo_;
  std::string root_;
};

/// Removes the control file of a download that was killed after its last rename. While it is locked it belongs to
/// another process, and while there is a part it is needed.
void remove_leftover_control(const Fd& directory, const std::shared_ptr<const Metainfo>& metainfo);

}  // namespace stp::content
