// What is to be shared: walks files and folders and lists what it finds, in the order of the metainfo.
//
// Symbolic links to files and folders are followed as long as they lead to something below one of the shared paths:
// sharing a folder should not share the /etc that a link in it points to. A folder that contains itself is recognized
// by its device and inode. What can't be shared is left out with a warning: links that lead outside or nowhere,
// sockets, FIFOs, devices, what is not readable, files that claim to be empty but are not (those in /proc and /sys),
// names that path_rules.h refuses, and the folders in which the program keeps its own secrets, however they are
// reached. Nothing is left out silently, and for the given paths themselves each of these is an error: a user who names
// a file means it.
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
  std::vector<std::string> path;  // below the share's root; only the name for a single file
  std::string source;             // absolute path to open
  FileSignature signature;        // as it was when scanned
  bool executable = false;        // by its owner
};

struct Scan {
  std::string name;
  std::vector<std::string> roots;  // absolute paths of what the user gave
  std::vector<ScannedFile> files;  // in metainfo order
  std::vector<std::vector<std::string>> empty_folders;
  std::vector<std::string> warnings;  // one line for each thing left out, names escaped
  std::size_t left_out = 0;           // files and folders that the warnings are about
  std::size_t excluded = 0;           // files and folders that ScanRules::excluded left out
  std::int64_t total_bytes = 0;
};

/// Which symbolic links are followed; those that lead out of the shared paths are left out with a warning unless all
/// are. The paths themselves may be links in any case.
enum class Links {
  none,    // what they lead to inside is found there
  inside,  // those that lead to something below the shared paths
  all,
};

using ScanProgress = std::function<void(std::size_t files)>;

struct ScanRules {
  Links links = Links::inside;
  /// Called before a folder is listed, with its absolute path and the one below the share's root.
  std::function<void(const std::string& source, const std::vector<std::string>& path)> entering;
  /// Called now and then with the number of files found so far.
  ScanProgress progress;
  /// What is in one of these folders (those that exist) is left out, even with Links::all.
  std::span<const std::string> own_folders;
  /// Whether the user excluded the file or folder at this path below the share's root, with everything in it.
  std::function<bool(const std::vector<std::string>& path)> excluded;
};

/// Lists what sharing `paths` means: a file alone, the files in a folder, or, with several paths, a folder that holds
/// them under their own names. `name` is the share's; empty: the file's or folder's own name. What looks like a node
/// key (crypto/secret.h) is always left out. Errors: usage (no paths, several without `name`, two with the same name, a
/// bad `name`); not_found (also: neither files nor folders in it), denied (a path that is not readable or is in one of
/// own_folders), unsupported (a path that is neither a regular file nor a folder, a name on the disk that path_rules.h
/// refuses); limit (more than kFilesMax).
[[nodiscard]] Result<Scan> scan(std::span<const std::string> paths, const std::string& name = {},
                                const ScanRules& rules = {});

/// Lists what is at or below `paths`, which are paths below the folder `root` (absolute, free of links; an empty path is
/// all of it). Scan::files are in that order, empty_folders and name are not meant for a share. Nothing is at a path that
/// leads through a link or through something that is left out. Errors: limit, as scan().
[[nodiscard]] Result<Scan> scan_below(const std::string& root, std::span<const std::vector<std::string>> paths,
                                      const ScanRules& rules);

/// The absolute path of the folder `path`, free of links. Errors: not_found, denied (also: it is in one of
/// `own_folders`), unsupported (not a folder).
[[nodiscard]] Result<std::string> resolve_folder(const std::string& path, std::span<const std::string> own_folders);

}  // namespace stp::content
