// compare_existing(): is what a download would make there already?

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "content/download.h"
#include "content/path_rules.h"
#include "content/verify.h"

namespace stp::content {
namespace {

Error differs(const std::string& directory, const Metainfo& metainfo, const std::string& how) {
  return {ErrorKind::exists, display_in(directory, metainfo.name()) + " exists and " + how +
                                 "; move it away or choose another directory with -o"};
}

// Removes the control file of a download that was killed after its last rename. It is another's while it is locked, and
// is needed while there is a part.
void remove_leftover(int directory, const std::shared_ptr<const Metainfo>& metainfo) {
  const DiskNames names = disk_names(*metainfo);
  const Result<std::optional<EntryType>> control = entry_type(directory, names.control);
  const Result<std::optional<EntryType>> part = entry_type(directory, names.part);
  if (!control || !*control || !part || *part) return;
  Result<ControlFile> leftover = ControlFile::open_or_create(
      directory, names.control, {metainfo, ChunkHashes(metainfo), "", Bitfield(metainfo->chunk_count())});
  if (!leftover || leftover->contents().metainfo->info_hash() != metainfo->info_hash()) return;
  static_cast<void>(leftover->remove());
}

}  // namespace

Result<std::optional<Existing>> compare_existing(const std::string& directory,
                                                 const std::shared_ptr<const Metainfo>& metainfo,
                                                 const WantedFiles& wanted, const HashOptions& options) {
  Result<Fd> folder = open_directory(directory);
  if (!folder) return folder.error();
  const Result<std::optional<EntryType>> type = entry_type(folder->get(), metainfo->name());
  if (!type) return type.error();
  if (!*type) return std::optional<Existing>();
  const bool right_type = *type == (metainfo->is_single_file() ? EntryType::file : EntryType::folder);
  if (!right_type)
    return differs(directory, *metainfo, metainfo->is_single_file() ? "is not a file" : "is not a folder");

  const std::vector<FileEntry>& files = metainfo->files();
  const auto wants = [&](std::size_t file) { return wanted.empty() || wanted[file]; };
  const auto path_of = [&](std::size_t file) {
    std::vector<std::string> path{metainfo->name()};
    if (!metainfo->is_single_file()) path.insert(path.end(), files[file].path.begin(), files[file].path.end());
    return path;
  };
  const OpenFile open = [&](std::size_t file) {
    return open_below(folder->get(), path_of(file), Access::read, Missing::fail);
  };

  // Sizes first: most differences show without reading anything.
  std::vector<SourceFile> sources(files.size());
  Bitfield which(metainfo->chunk_count());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!wants(i)) continue;
    const std::string shown = "(" + display_name(join_path(files[i].path)) + ")";
    const Result<Fd> opened = open(i);
    struct ::stat status {};
    if (!opened || ::fstat(opened->get(), &status) != 0) return differs(directory, *metainfo, "differs " + shown);
    if (status.st_size != files[i].bytes) return differs(directory, *metainfo, "differs " + shown);
    sources[i] = {directory + "/" + join_path(path_of(i)), FileSignature::of(status)};
    for (std::uint32_t c = 0; c < files[i].chunk_count; ++c) which.set({files[i].first_chunk.value + c});
  }
  Result<VerifyReport> report = verify_chunks(metainfo, ChunkHashes(metainfo), which, false, open, options);
  if (!report) return report.error();
  if (!report->problems.empty()) {
    return differs(directory, *metainfo,
                   "differs (" + display_name(join_path(files[report->problems[0].file].path)) + ")");
  }
  remove_leftover(folder->get(), metainfo);
  return std::optional(Existing{std::move(report->hashes), std::move(sources)});
}

}  // namespace stp::content
