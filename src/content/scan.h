// What is to be shared: walks files and folders and lists what it finds, in the order of the metainfo.
//
// Symbolic links are followed, to files and to folders, as long as they lead to something below one of the shared
// paths: who shares a folder does not mean the /etc that somebody's link in it points to. A folder that contains itself
// is cut by its device and inode. What can't be shared is left out and said: links that lead outside or nowhere,
// sockets, FIFOs, devices, what may not be read, files that say that they are empty and are not (those of /proc and
// /sys), names that path_rules.h refuses, and the folders in which the program keeps its own secrets, however they are
// reached. Nothing is left out silently, and nothing of it may be one of the paths themselves: who names a file means
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

struct ScannedFile {
  std::vector<std::string> path;  // below the share's root; the name alone for a single file
  std::string source;             // absolute path to open
  FileSignature signature;        // as it was when scanned
  bool executable = false;        // its owner may execute it
};

struct Scan {
  std::string name;
  std::vector<std::string> roots;  // absolute paths of what was asked for
  std::vector<ScannedFile> files;  // in metainfo order
  std::vector<std::vector<std::string>> empty_folders;
  std::vector<std::string> warnings;  // one line each for what was left out, names escaped
  std::size_t left_out = 0;           // files and folders that the warnings are about
  std::size_t excluded = 0;           // files and folders that ScanRules::excluded left out
  std::int64_t total_bytes = 0;
};

/// What becomes of symbolic links that lead out of the shared paths. The paths themselves may be links in any case.
enum class OutsideLinks { skip, follow };

using ScanProgress = std::function<void(std::size_t files)>;

struct ScanRules {
  OutsideLinks outside_links = OutsideLinks::skip;
  /// Told now and then how many files were found so far.
  ScanProgress progress;
  /// What lies in one of these folders (those that exist) is left out, also with OutsideLinks::follow.
  std::span<const std::string> own_folders;
  /// Whether the file or folder of this path below the share's root was asked to be left out, with all that is in it.
  std::function<bool(const std::vector<std::string>& path)> excluded;
};

/// Lists what sharing `paths` means: a file alone, the files in a folder, or, with several paths, a folder that holds
/// them under their own names. `name` is the share's; empty: the file's or folder's own name. What looks like a node
/// key (crypto/secret.h) is left out whatever the rules. Errors: usage (no paths, several without `name`, two of one
/// name, a bad `name`); not_found (also: there are neither files nor folders in it), denied (a path that may not be
/// read or lies in one of the own folders), unsupported (a path that is no regular file, a name on the disk that
/// path_rules.h refuses); limit (more than kFilesMax).
[[nodiscard]] Result<Scan> scan(std::span<const std::string> paths, const std::string& name = {},
                                const ScanRules& rules = {});

}  // namespace stp::content
