// Repair: what is on disk becomes a download again, of which only what is wrong or missing is fetched.
//
//   NAME                      found damaged or not whole: becomes NAME.part, with NAME.stp that marks its right chunks
//   NAME.part without .stp    gets a NAME.stp that marks its right chunks
//   NAME.stp that is damaged  counts as none and is renamed to NAME.stp.old
//   a file where the share has a folder, or the other way round, is renamed to ….old
// From there on it is a download like any other (download.h): Download::open() resumes it, finish() puts it back.
//
// Nothing is changed or renamed before all that is wrong or missing was found to be writable and there is room for what
// is missing; files in the folder that the share does not have go along untouched. A process that is killed on the way
// leaves either what was there or a download to resume, except that a NAME.stp may lie beside NAME: repairing again
// takes it over, and compare_existing() removes it when NAME is right.
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

/// The name in `directory` that repair() would start from: NAME, or a NAME.part without a control file that can be
/// used. nullopt: there is neither, only what Download::open() starts or resumes. Error exists when there are both NAME
/// and NAME.part.
[[nodiscard]] Result<std::optional<std::string>> find_repairable(const std::string& directory, const Metainfo& metainfo,
                                                                 FileSystem& system = FileSystem::posix());

/// For where find_repairable() found nothing: a NAME.stp that can't be used, all that is there, is renamed. Returns
/// what to tell the user of it; nullopt: nothing was to be done.
[[nodiscard]] Result<std::optional<std::string>> set_unusable_control_aside(const std::string& directory,
                                                                            const Metainfo& metainfo,
                                                                            FileSystem& system = FileSystem::posix());

/// What repair() came to.
struct Repaired {
  std::optional<Existing> existing;  // NAME is right; without: it is a download to resume
  std::vector<std::string> notices;  // what was renamed, one line each
};

/// Checks the wanted files, and the empty folders when all is wanted, below `root` (of find_repairable()) chunk by
/// chunk and turns them into a download to resume. Of NAME that is right already only the files' attributes are put
/// right. `hashes` are complete. `boot_id` as for Download::open(). Errors: exists (not a file or not a folder, a taken
/// ….old, or another download's NAME.stp), denied (something that has to be changed can't be; a link is in the way),
/// disk_full, io, "interrupted".
[[nodiscard]] Result<Repaired> repair(const std::string& directory, const std::shared_ptr<const Metainfo>& metainfo,
                                      const ChunkHashes& hashes, const WantedFiles& wanted, const std::string& root,
                                      const std::string& boot_id, const HashOptions& options,
                                      FileSystem& system = FileSystem::posix());

}  // namespace stp::content
