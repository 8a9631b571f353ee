#include "content/other_files.h"

#include <fcntl.h>

#include <set>

#include "content/path_rules.h"
#include "content/posix_file.h"

namespace stp::content {
namespace {

class Search {
 public:
  explicit Search(const Metainfo& metainfo) {
    for (const FileEntry& file : metainfo.files()) {
      std::string path = join_path(file.path);
      for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        folders_.insert(path.substr(0, slash));
      }
      files_.insert(std::move(path));
    }
    for (const Symlink& link : metainfo.symlinks()) files_.insert(join_path(link.path));
  }

  /// `below`: the path of the folder in the share; empty for its root.
  void look_into(const std::string& folder, const std::string& below) {
    const Result<Fd> opened = open_directory(folder);
    const Result<std::vector<std::string>> names = opened ? list_folder(*opened) : opened.error();
    if (!names) return;
    for (const std::string& name : *names) {
      const std::string path = below.empty() ? name : below + "/" + name;
      if (files_.contains(path)) continue;
      struct ::stat status {};
      // A link counts as the folder it leads to only where the share has one: verifying follows it there; elsewhere it
      // may lead anywhere.
      const int flags = folders_.contains(path) ? 0 : AT_SYMLINK_NOFOLLOW;
      if (opened->file_system().fstatat(opened->get(), name.c_str(), status, flags) < 0) continue;
      if (S_ISDIR(status.st_mode)) {
        look_into(folder + "/" + name, path);
      } else if (found_.count++ == 0) {
        found_.first = path;
      }
    }
  }

  [[nodiscard]] OtherFiles& found() { return found_; }

 private:
  std::set<std::string> files_;
  std::set<std::string> folders_;
  OtherFiles found_;
};

}  // namespace

OtherFiles find_other_files(const Metainfo& metainfo, const std::string& path) {
  if (metainfo.is_single_file()) return {};
  Search search(metainfo);
  search.look_into(path, "");
  return std::move(search.found());
}

}  // namespace stp::content
