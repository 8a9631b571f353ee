#include "content/scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

#include "content/metainfo.h"
#include "content/own_folders.h"
#include "content/path_rules.h"
#include "core/shown_text.h"
#include "crypto/secret.h"

namespace stp::content {
namespace {

Result<std::string> absolute_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return file_error("share", path, errno);
  return std::string(resolved.get());
}

// The folder and the name of an absolute path; the name of "/" is empty.
std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// The name the user gave: for a link to a file the link's own, not its target's. "." and ".." get their real names.
std::string given_name(std::string path, const std::string& absolute) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() || name == "." || name == ".." ? split(absolute).second : name;
}

Error in_own_folder(const std::string& path) {
  return {ErrorKind::denied, escaped(path) +
                                 " is in a folder where stp keeps its own files, which are secret; copy what you want "
                                 "to share to another place"};
}

constexpr const char* kNotEmpty = "claims to be empty but is not, like the system's files in /proc and /sys";

// Whether there is something to read in a file of size 0. If reading would block, there is.
bool gives_bytes(const std::string& source) {
  const Fd file(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  char byte = 0;
  const ssize_t got = file.get() < 0 ? 0 : ::read(file.get(), &byte, 1);
  return got > 0 || (got < 0 && errno == EAGAIN);
}

// Why a path given by the user can't be shared.
Status check_root(const std::string& given, const std::string& absolute) {
  struct ::stat status {};
  if (::stat(absolute.c_str(), &status) != 0) return file_error("share", given, errno);
  const bool folder = S_ISDIR(status.st_mode);
  if (!folder && !S_ISREG(status.st_mode)) {
    return Error{ErrorKind::unsupported, escaped(given) + " is neither a file nor a folder"};
  }
  if (::faccessat(AT_FDCWD, absolute.c_str(), folder ? R_OK | X_OK : R_OK, AT_EACCESS) != 0) {
    return file_error("share", given, errno);
  }
  if (!folder && status.st_size == 0 && gives_bytes(absolute)) {
    return Error{ErrorKind::unsupported, escaped(given) + " " + kNotEmpty};
  }
  return Done{};
}

class Scanner {
 public:
  Scanner(Scan& scan, const std::vector<std::string>& roots, const ScanRules& rules, const OwnFolders& own_folders)
      : scan_(scan), roots_(roots), rules_(rules), own_folders_(own_folders) {}

  // Adds what is at `source` as `path`. An error only for what makes the whole share impossible.
  Status add(const std::string& source, const std::vector<std::string>& path) {
    if (rules_.excluded && !path.empty() && rules_.excluded(path)) {
      ++scan_.excluded;
      return Done{};
    }
    struct ::stat status {};
    if (::stat(source.c_str(), &status) != 0) return skip_not_reached(source);
    const bool link = is_link(source);
    if (is_own(source, link, status) || is_node_key(path, status)) {
      own_.push_back(escaped(source));
      return Done{};
    }
    if (link && rules_.links != Links::all && leads_outside(source)) {
      return skip(source, ErrorKind::unsupported, "is a link that leads out of what is shared (see --follow-links)");
    }
    if (link && rules_.links == Links::none && !path.empty()) return Done{};
    if (S_ISDIR(status.st_mode)) return add_folder(source, path, {status.st_dev, status.st_ino});
    if (!S_ISREG(status.st_mode)) return skip(source, ErrorKind::unsupported, "is neither a file nor a folder");
    if (::faccessat(AT_FDCWD, source.c_str(), R_OK, AT_EACCESS) != 0) return skip_unreadable(source);
    if (status.st_size == 0 && gives_bytes(source)) return skip(source, ErrorKind::unsupported, kNotEmpty);
    if (full()) return too_many();
    scan_.files.push_back({path, source, FileSignature::of(status), (status.st_mode & S_IXUSR) != 0});
    scan_.total_bytes += status.st_size;
    if (rules_.progress && scan_.files.size() % kFilesAStep == 0) rules_.progress(scan_.files.size());
    return Done{};
  }

  // The same for `path` below the folder `root`, unless something on the way there is left out.
  Status add_below(const std::string& root, const std::vector<std::string>& path) {
    std::string source = root;
    std::vector<std::string> above;
    for (const std::string& name : path) {
      if (!above.empty()) {
        struct ::stat status {};
        const bool folder = ::lstat(source.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
        if (!folder || own_folders_.include({status.st_dev, status.st_ino})) return Done{};
        if (rules_.excluded && rules_.excluded(above)) return Done{};
      }
      source += (source.ends_with('/') ? "" : "/") + name;
      above.push_back(name);
      struct ::stat status {};
      if (::lstat(source.c_str(), &status) != 0 || !may_be_shared(source, above)) return Done{};
    }
    return add(source, path);
  }

  /// One warning for everything not shared because it is the program's own; call it after everything was added.
  void tell_of_own() {
    if (own_.empty()) return;
    std::string which;
    for (std::size_t i = 0; i < std::min(own_.size(), kOwnNamedMax); ++i) which += (i == 0 ? "" : ", ") + own_[i];
    if (own_.size() > kOwnNamedMax) which += " and " + std::to_string(own_.size() - kOwnNamedMax) + " more";
    leave_out(which, ErrorKind::denied, "stp keeps its own files there, which are secret");
    scan_.left_out += own_.size() - 1;
  }

  /// Why nothing was found: the kind of the first thing left out; not_found when there was nothing at all.
  [[nodiscard]] ErrorKind why_nothing() const { return why_nothing_; }

 private:
  static constexpr std::size_t kFilesAStep = 256;  // between two calls of progress

  static constexpr std::size_t kOwnNamedMax = 3;  // in the warning about them

  Status add_folder(const std::string& source, const std::vector<std::string>& path, FolderIdentity identity) {
    if (std::find(above_.begin(), above_.end(), identity) != above_.end()) {
      return skip(source, ErrorKind::unsupported, "leads back into a folder that contains it");
    }
    if (rules_.entering) rules_.entering(source, path);
    const Result<Fd> folder = open_directory(source);
    const Result<std::vector<std::string>> names = folder ? list_folder(*folder) : folder.error();
    if (!names) return skip_unreadable(source);
    if (names->empty() && !path.empty()) {
      if (full()) return too_many();
      scan_.empty_folders.push_back(path);
    }
    above_.push_back(identity);
    for (const std::string& name : *names) {
      const std::string child = source == "/" ? source + name : source + "/" + name;
      std::vector<std::string> below = path;
      below.push_back(name);
      if (!may_be_shared(child, below)) continue;
      if (Status status = add(child, below); !status) return status;
    }
    above_.pop_back();
    return Done{};
  }

  // Whether a share may have the name of `source`, which will be `path` there. Otherwise it is left out.
  bool may_be_shared(const std::string& source, const std::vector<std::string>& path) {
    if (const Status allowed = check_component(path.back()); !allowed) {
      leave_out(escaped(source), ErrorKind::unsupported, allowed.error().message + "; rename it");
      return false;
    }
    if (const Status allowed = check_path(path); !allowed) {
      leave_out(escaped(source), ErrorKind::unsupported, allowed.error().message);
      return false;
    }
    return true;
  }

  static bool is_link(const std::string& source) {
    struct ::stat link {};
    return ::lstat(source.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
  }

  // What is below a folder reached through a link is also inside: the link was checked on the way.
  [[nodiscard]] bool leads_outside(const std::string& source) const {
    const Result<std::string> target = absolute_path(source);
    if (!target) return true;
    return std::none_of(roots_.begin(), roots_.end(), [&](const std::string& root) { return lies_in(*target, root); });
  }

  // A link's target is checked from there upwards; otherwise the folders above were checked on the way.
  [[nodiscard]] bool is_own(const std::string& source, bool link, const struct ::stat& status) const {
    if (!link) return S_ISDIR(status.st_mode) && own_folders_.include({status.st_dev, status.st_ino});
    const Result<std::string> target = absolute_path(source);
    return target && own_folders_.hold(*target);
  }

  // In any directory: the state directory may have been a different one before, and its key is still that of all shares
  // made with it.
  static bool is_node_key(const std::vector<std::string>& path, const struct ::stat& status) {
    return !path.empty() && path.back() == crypto::kNodeKeyFile && S_ISREG(status.st_mode) &&
           status.st_size == crypto::NodeKey::kSize && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  }

  Status skip_not_reached(const std::string& source) {
    const int error = errno;
    if (is_link(source)) return skip(source, ErrorKind::not_found, "is a link that leads nowhere");
    return error == EACCES ? skip_unreadable(source) : skip(source, ErrorKind::not_found, "is gone");
  }

  Status skip_unreadable(const std::string& source) { return skip(source, ErrorKind::denied, "is not readable"); }

  Status skip(const std::string& source, ErrorKind kind, const char* why) {
    leave_out(escaped(source), kind, std::string("it ") + why);
    return Done{};
  }

  // `what`: already escaped.
  void leave_out(const std::string& what, ErrorKind kind, const std::string& why) {
    if (scan_.warnings.empty()) why_nothing_ = kind;
    ++scan_.left_out;
    scan_.warnings.push_back("skipped " + what + ": " + why);
  }

  [[nodiscard]] bool full() const { return scan_.files.size() + scan_.empty_folders.size() >= kFilesMax; }
  static Status too_many() {
    return Error{ErrorKind::limit,
                 "more than " + std::to_string(kFilesMax) + " files; share them in parts or as an archive"};
  }

  Scan& scan_;
  const std::vector<std::string>& roots_;  // what was asked for
  const ScanRules& rules_;
  const OwnFolders& own_folders_;
  std::vector<FolderIdentity> above_;  // the folders we are inside
  std::vector<std::string> own_;       // left out because it is in own_folders_
  ErrorKind why_nothing_ = ErrorKind::not_found;
};

}  // namespace

Result<Scan> scan(std::span<const std::string> paths, const std::string& name, const ScanRules& rules) {
  if (paths.empty()) return Error{ErrorKind::usage, "nothing to share"};
  Scan scan;
  const OwnFolders own(rules.own_folders);
  std::vector<std::string> absolute;
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    Result<std::string> resolved = absolute_path(path);
    if (!resolved) return resolved.error();
    if (own.hold(*resolved)) {
      return in_own_folder(path);
    }
    if (Status usable = check_root(path, *resolved); !usable) return usable.error();
    names.push_back(given_name(path, *resolved));
    absolute.push_back(std::move(*resolved));
  }
  if (name.empty() && paths.size() > 1) {
    // The name of the folder that contains them is private.
    return Error{ErrorKind::usage, "several paths have no common name; name the share with --name NAME"};
  }
  scan.name = name.empty() ? names[0] : name;
  if (scan.name.empty()) scan.name = "share";
  if (const Status allowed = check_component(scan.name); !allowed) {
    return Error{name.empty() ? ErrorKind::unsupported : ErrorKind::usage,
                 allowed.error().message + "; rename it, or name the share with --name NAME"};
  }

  Scanner scanner(scan, absolute, rules, own);
  struct ::stat status {};
  if (paths.size() == 1) {
    if (::stat(absolute[0].c_str(), &status) != 0) return file_error("share", absolute[0], errno);
    const std::vector<std::string> root = S_ISDIR(status.st_mode) ? std::vector<std::string>() : std::vector{scan.name};
    if (Status added = scanner.add(absolute[0], root); !added) return added.error();
  } else {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (const Status allowed = check_component(names[i]); !allowed)
        return Error{ErrorKind::unsupported, allowed.error().message + "; rename it"};
      if (std::count(names.begin(), names.end(), names[i]) > 1) {
        return Error{ErrorKind::usage, "two of the paths are named \"" + escaped(names[i]) + "\""};
      }
      if (Status added = scanner.add(absolute[i], {names[i]}); !added) return added.error();
    }
  }
  scanner.tell_of_own();
  if (scan.files.empty() && scan.empty_folders.empty()) {
    std::string why = scan.warnings.empty() ? "no files in " + escaped(absolute[0]) : scan.warnings.front();
    if (scan.warnings.empty() && scan.excluded > 0) why = "--exclude leaves nothing of " + escaped(absolute[0]);
    return Error{scanner.why_nothing(), "nothing to share: " + why};
  }
  scan.roots = std::move(absolute);
  std::sort(scan.files.begin(), scan.files.end(),
            [](const ScannedFile& a, const ScannedFile& b) { return a.path < b.path; });
  return scan;
}

Result<Scan> scan_below(const std::string& root, std::span<const std::vector<std::string>> paths,
                        const ScanRules& rules) {
  Scan scan;
  const OwnFolders own(rules.own_folders);
  scan.roots = {root};
  Scanner scanner(scan, scan.roots, rules, own);
  for (const std::vector<std::string>& path : paths) {
    if (Status added = scanner.add_below(root, path); !added) return added.error();
  }
  scanner.tell_of_own();
  return scan;
}

Result<std::string> resolve_folder(const std::string& path, std::span<const std::string> own_folders) {
  Result<std::string> resolved = absolute_path(path);
  if (!resolved) return resolved;
  if (OwnFolders(own_folders).hold(*resolved)) return in_own_folder(path);
  if (Status usable = check_root(path, *resolved); !usable) return usable.error();
  struct ::stat status {};
  if (::stat(resolved->c_str(), &status) != 0) return file_error("share", path, errno);
  if (!S_ISDIR(status.st_mode)) return Error{ErrorKind::unsupported, escaped(path) + " is not a folder"};
  return resolved;
}

}  // namespace stp::content
