// Repair: what is on disk becomes a download again that fetches only what is wrong or missing.
//
//   NAME                      damaged or incomplete: becomes NAME.part, with a NAME.stp that marks its correct chunks
//   NAME.part without .stp    gets a NAME.stp that marks its correct chunks
//   NAME.stp that is damaged  is ignored and renamed to NAME.stp.old
//   a file where the share has a folder, or the other way round, is renamed to ….old, and so is what has the name of a
//   symbolic link and is not that link
// From then on it is a download like any other (download.h): Download::open() resumes it, finish() puts it back.
//
// Nothing is changed or renamed until everything wrong or missing is known to be writable and there is room for what is
// missing; files in the folder that do not belong to the share stay untouched. A process killed on the way leaves
// either what was there or a download to resume, except that there may be a NAME.stp beside NAME: repairing again takes
// it over, and compare_existing() removes it when NAME is correct.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/compare_existing.h"
#include "content/download.h"
#include "content/metainfo.h"
#include "content/parallel_hasher.h"
#include "core/result.h"

namespace stp::content {

/// The name in `directory` that repair() would start from: NAME, or a NAME.part without a usable control file. nullopt:
/// neither exists, only what Download::open() starts or resumes. Error: exists, when both NAME and NAME.part exist.
[[nodiscard]] Result<std::optional<std::string>> find_repairable(const std::string& directory, const Metainfo& metainfo,
                                                                 FileSystem& system = FileSystem::posix());

/// For when find_repairable() found nothing: renames a NAME.stp that can't be used and is all that exists. Returns a
/// notice for the user; nullopt: there was nothing to do.
[[nodiscard]] Result<std::optional<std::string>> set_unusable_control_aside(const std::string& directory,
                                                                            const Metainfo& metainfo,
                                                                            FileSystem& system = FileSystem::posix());

/// The result of repair().
struct Repaired {
  std::optional<Existing> existing;  // NAME is correct; otherwise it is a download to resume
  std::vector<std::string> notices;  // what was renamed, one line each
};

/// Checks the wanted files, and the empty folders and symbolic links when all is wanted, below `root` (of find_repairable()) chunk by
/// chunk and turns them into a download to resume. If NAME is already correct, only the files' attributes are mended.
/// `hashes` are complete, unless there is SHA-1 to check by. `boot_id` as for Download::open(). Errors: exists (not a
/// file or not a folder, a taken ….old, or another download's NAME.stp), denied (something can't be changed that has to
/// be; a link is in the way), disk_full, io, "interrupted".
[[nodiscard]] Result<Repaired> repair(const std::string& directory, const std::shared_ptr<const Metainfo>& metainfo,
                                      const ChunkHashes& hashes, const WantedFiles& wanted, const std::string& root,
                                      const std::string& boot_id, const HashOptions& options,
                                      FileSystem& system = FileSystem::posix());

}  // namespace stp::content
