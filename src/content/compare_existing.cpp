#include "content/compare_existing.h"

#include "content/found_files.h"
#include "content/path_rules.h"
#include "content/verify.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

// `how`: "differs", "is missing".
Error not_the_same(const std::string& directory, const Metainfo& metainfo, const std::vector<std::string>& path,
                   const std::string& how) {
  const std::string name = display_in(directory, metainfo.name());
  const std::string found =
      metainfo.is_single_file() ? " exists and " : " exists, but " + escaped(join_path(path)) + " ";
  return {ErrorKind::exists,
          name + found + how +
              "; --repair fetches what is missing or wrong; or move it away, or choose another directory with -o"};
}

}  // namespace

Result<std::optional<Existing>> compare_existing(const std::string& directory,
                                                 const std::shared_ptr<const Metainfo>& metainfo,
                                                 const WantedFiles& wanted, const HashOptions& options,
                                                 FileSystem& system) {
  const Result<std::optional<FoundFiles>> at = FoundFiles::at(directory, *metainfo, metainfo->name(), system);
  if (!at) return at.error();
  const std::optional<FoundFiles>& found = *at;
  if (!found) return std::optional<Existing>();

  // Sizes first: this finds most differences without reading anything.
  const std::vector<FileEntry>& files = metainfo->files();
  const WantedFiles needed = with_neighbours(*metainfo, wanted);
  std::vector<SourceFile> sources(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!needed.empty() && !needed[i]) continue;
    Result<SourceFile> source = found->source(i);
    if (!source) {
      return not_the_same(directory, *metainfo, files[i].path,
                          source.error().kind == ErrorKind::not_found ? "is missing" : "differs");
    }
    if (source->signature.bytes != files[i].bytes) return not_the_same(directory, *metainfo, files[i].path, "differs");
    sources[i] = *std::move(source);
  }
  if (wanted.empty()) {
    const OpenFolder open = [&](std::size_t folder) { return found->open_folder(folder); };
    const std::vector<FolderProblem> problems = verify_folders(*metainfo, open);
    if (!problems.empty()) {
      const bool missing = problems[0].error.kind == ErrorKind::not_found;
      return not_the_same(directory, *metainfo, metainfo->empty_folders()[problems[0].folder],
                          missing ? "is missing" : "is not a folder");
    }
    const std::vector<SymlinkProblem> wrong =
        verify_symlinks(*metainfo, [&](std::size_t link) { return found->read_symlink(link); });
    if (!wrong.empty()) {
      const bool missing = wrong[0].error.kind == ErrorKind::not_found;
      return not_the_same(directory, *metainfo, metainfo->symlinks()[wrong[0].symlink].path,
                          missing ? "is missing" : "is not the symbolic link that it should be");
    }
  }
  const OpenFile open = [&](std::size_t file) { return found->open(file, Access::read); };
  Result<VerifyReport> report =
      verify_chunks(metainfo, ChunkHashes(metainfo), chunks_of(*metainfo, wanted), false, open, options);
  if (!report) return report.error();
  if (!report->problems.empty())
    return not_the_same(directory, *metainfo, files[report->problems[0].file].path, "differs");
  remove_leftover_control(found->directory(), metainfo);
  return std::optional(Existing{std::move(report->hashes), std::move(sources)});
}

}  // namespace stp::content
