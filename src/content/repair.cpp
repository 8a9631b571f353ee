#include "content/repair.h"

#include <set>
#include <utility>
#include <vector>

#include "content/control_file.h"
#include "content/disk_space.h"
#include "content/file_attributes.h"
#include "content/found_files.h"
#include "content/path_rules.h"
#include "content/verify.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

Result<Existing> existing_in(const FoundFiles& found, const Metainfo& metainfo, const ChunkHashes& hashes,
                             const WantedFiles& wanted) {
  Existing existing{hashes, std::vector<SourceFile>(metainfo.files().size())};
  for (std::size_t i = 0; i < existing.sources.size(); ++i) {
    if (!wanted.empty() && !wanted[i]) continue;
    if (const Result<Fd> file = found.open(i, Access::read)) apply_attributes(*file, metainfo.files()[i]);
    Result<SourceFile> source = found.source(i);
    if (!source) return source.error();
    existing.sources[i] = *std::move(source);
  }
  return existing;
}

Result<FoundFiles> find(const std::string& directory, const Metainfo& metainfo, const std::string& root,
                        FileSystem& system) {
  Result<std::optional<FoundFiles>> found = FoundFiles::at(directory, metainfo, root, system);
  if (!found) return found.error();
  if (!*found) return Error{ErrorKind::not_found, escaped(root) + " vanished while it was being repaired"};
  return std::move(**found);
}

// Opens a file to be repaired; nullopt when it is missing and will be created.
Result<std::optional<Fd>> open_to_mend(const FoundFiles& found, std::size_t file) {
  Result<Fd> opened = found.open(file, Access::read_write);
  if (opened) return std::optional(std::move(*opened));
  if (opened.error().kind == ErrorKind::not_found) return std::optional<Fd>();
  return opened.error();
}

// What repair() has to bring to the right state, by index in the metainfo.
struct Wrong {
  std::vector<std::size_t> files;
  std::vector<std::size_t> folders;
  std::vector<std::size_t> symlinks;
};

Wrong what_is_wrong(const VerifyReport& report, const FoundFiles& found, const Metainfo& metainfo,
                    const WantedFiles& wanted) {
  Wrong wrong;
  for (const FileProblem& problem : report.problems) {  // empty files are checked whether wanted or not
    if (wanted.empty() || wanted[problem.file]) wrong.files.push_back(problem.file);
  }
  if (!wanted.empty()) return wrong;
  const OpenFolder open = [&](std::size_t folder) { return found.open_folder(folder); };
  for (const FolderProblem& problem : verify_folders(metainfo, open)) wrong.folders.push_back(problem.folder);
  const ReadSymlink read = [&](std::size_t link) { return found.read_symlink(link); };
  for (const SymlinkProblem& problem : verify_symlinks(metainfo, read)) wrong.symlinks.push_back(problem.symlink);
  return wrong;
}

// Paths relative to the directory of what has to be moved away.
using Obstacles = std::set<std::vector<std::string>>;

// Whether everything that has to be done can be done, before doing any of it.
Result<Obstacles> look_ahead(const std::string& directory, const FoundFiles& found, const Metainfo& metainfo,
                             const Wrong& wrong) {
  if (const int denied = may_change(found.directory()); denied < 0) {
    return file_error("write into", display_directory(directory), -denied);
  }
  Obstacles obstacles;
  const auto add = [&](std::span<const std::string> path, EntryType type) -> Result<bool> {
    Result<std::optional<std::vector<std::string>>> obstacle = found.obstacle(path, type);
    if (!obstacle) return obstacle.error();
    if (*obstacle) obstacles.insert(**obstacle);
    return obstacle->has_value();
  };
  for (const std::size_t file : wrong.files) {
    const Result<bool> blocked = add(metainfo.files()[file].path, EntryType::file);
    if (!blocked) return blocked.error();
    if (*blocked) continue;
    if (const Result<std::optional<Fd>> writable = open_to_mend(found, file); !writable) return writable.error();
  }
  for (const std::size_t folder : wrong.folders) {
    const Result<bool> blocked = add(metainfo.empty_folders()[folder], EntryType::folder);
    if (!blocked) return blocked.error();
  }
  for (const std::size_t link : wrong.symlinks) {
    const Result<bool> blocked = add(metainfo.symlinks()[link].path, EntryType::other);
    if (!blocked) return blocked.error();
  }
  return obstacles;
}

// Brings a file to the length that a download expects: without it none of the file's marks would count (download.h).
// Returns what it then looks like; nullopt when it is not the file that was verified (`before`), or can't be changed.
Result<std::optional<FileSignature>> settle(const FoundFiles& found, const Metainfo& metainfo, std::size_t file,
                                            FileSignature before) {
  const FileEntry& entry = metainfo.files()[file];
  const bool resize = before.bytes != entry.bytes;
  const Result<Fd> opened = found.open(file, resize ? Access::read_write : Access::read);
  if (!opened && opened.error().kind != ErrorKind::not_found) return opened.error();
  if (!opened) return std::optional<FileSignature>();
  const std::string name = join_path(entry.path);
  const Result<struct ::stat> now = look_at(*opened, name);
  if (!now) return now.error();
  // Renaming it may have given a single file a new change time.
  if (metainfo.is_single_file()) before.ctime_ns = FileSignature::of(*now).ctime_ns;
  const bool verified = FileSignature::of(*now) == before;
  if (resize) {
    const int resized = opened->file_system().ftruncate(opened->get(), entry.bytes);
    if (resized < 0) return file_error("resize", name, -resized);
  }
  const Result<struct ::stat> after = look_at(*opened, name);
  if (!after) return after.error();
  return verified ? std::optional(FileSignature::of(*after)) : std::nullopt;
}

// Writes NAME.stp, and renames `root` to NAME.part when that is not its name. `directory` is for messages.
Result<ControlFile> become_download(const std::string& directory, const Fd& folder, const DiskNames& names,
                                    const std::string& root, const ControlContents& contents) {
  Result<ControlFile> control = ControlFile::open_or_create(folder, names.control, contents);
  if (!control) return control.error();
  if (!control->created()) {
    if (control->contents().metainfo->info_hash() != contents.metainfo->info_hash()) {
      return in_the_way(directory, names.control, "belongs to the download of another share");
    }
    if (Status replaced = control->replace(contents); !replaced) return replaced.error();
  }
  if (root == names.part) return control;
  if (Status renamed = rename_no_replace(folder, root, names.part); !renamed) {
    static_cast<void>(control->remove());
    return renamed.error();
  }
  return control;
}

}  // namespace

Result<std::optional<std::string>> set_unusable_control_aside(const std::string& directory, const Metainfo& metainfo,
                                                              FileSystem& system) {
  const Result<Fd> folder = open_directory(directory, system);
  if (!folder) return folder.error();
  const std::string name = disk_names(metainfo).control;
  const Result<std::optional<std::string>> aside = set_unusable_control_aside(*folder, name);
  if (!aside) return Error{aside.error().kind, "in " + display_directory(directory) + ": " + aside.error().message};
  if (!*aside) return std::optional<std::string>();
  return std::optional(display_in(directory, name) + " could not be used and is now called " + escaped(**aside));
}

Result<std::optional<std::string>> find_repairable(const std::string& directory, const Metainfo& metainfo,
                                                   FileSystem& system) {
  const Result<Fd> folder = open_directory(directory, system);
  if (!folder) return folder.error();
  const DiskNames names = disk_names(metainfo);
  const Result<std::optional<EntryType>> whole = entry_type(*folder, metainfo.name());
  if (!whole) return whole.error();
  const Result<std::optional<EntryType>> part = entry_type(*folder, names.part);
  if (!part) return part.error();
  const Result<std::optional<EntryType>> control = entry_type(*folder, names.control);
  if (!control) return control.error();
  if (*whole && *part) {
    return Error{ErrorKind::exists, escaped(metainfo.name()) + " and " + escaped(names.part) +
                                        " both exist; move away the one that should not be repaired"};
  }
  if (*whole) return std::optional(metainfo.name());
  if (!*part) return std::optional<std::string>();
  if (!*control) return std::optional(names.part);
  // Download::open() decides about one that is in use or can't be opened.
  const Result<bool> usable = is_usable_control(*folder, names.control);
  if (usable && !*usable) return std::optional(names.part);
  return std::optional<std::string>();
}

Result<Repaired> repair(const std::string& directory, const std::shared_ptr<const Metainfo>& metainfo,
                        const ChunkHashes& hashes, const WantedFiles& wanted, const std::string& root,
                        const std::string& boot_id, const HashOptions& options, FileSystem& system) {
  STP_ASSERT(metainfo->has_v1() || hashes.complete());
  const WantedFiles needed = with_neighbours(*metainfo, wanted);
  const Bitfield chunks = chunks_of(*metainfo, wanted);
  const Result<FoundFiles> found = find(directory, *metainfo, root, system);
  if (!found) return found.error();
  std::vector<std::optional<FileSignature>> before(metainfo->files().size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!needed.empty() && !needed[i]) continue;
    if (const Result<SourceFile> source = found->source(i)) before[i] = source->signature;
  }
  const OpenFile open = [&](std::size_t file) { return found->open(file, Access::read); };
  const Result<VerifyReport> report = verify_chunks(metainfo, hashes, chunks, true, open, options);
  if (!report) return report.error();
  const Wrong wrong = what_is_wrong(*report, *found, *metainfo, needed);

  Repaired repaired;
  if (wrong.files.empty() && wrong.folders.empty() && wrong.symlinks.empty() && root == metainfo->name()) {
    Result<Existing> existing = existing_in(*found, *metainfo, hashes, needed);
    if (!existing) return existing.error();
    remove_leftover_control(found->directory(), metainfo);
    repaired.existing = std::move(*existing);
    return repaired;
  }
  const Result<Obstacles> obstacles = look_ahead(directory, *found, *metainfo, wrong);
  if (!obstacles) return obstacles.error();
  Bitfield not_missing = report->good;
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    if (!chunks.test(c)) not_missing.set(c);
  }
  Status room = check_space(found->directory(), directory, root, *metainfo, needed, not_missing);
  if (!room) return room.error();

  Result<std::optional<std::string>> unusable = set_unusable_control_aside(directory, *metainfo, system);
  if (!unusable) return unusable.error();
  if (*unusable) repaired.notices.push_back(*std::move(*unusable));
  for (const std::vector<std::string>& path : *obstacles) {
    const Result<std::string> aside = found->set_aside(path);
    if (!aside) return aside.error();
    repaired.notices.push_back(escaped(join_path(path)) + " was in the way and is now called " + escaped(*aside));
  }
  const DiskNames names = disk_names(*metainfo);
  const ControlContents contents{metainfo, hashes, boot_id.substr(0, kBootIdBytesMax), report->good};
  Result<ControlFile> control = become_download(directory, found->directory(), names, root, contents);
  if (!control) return control.error();
  const Result<FoundFiles> part = find(directory, *metainfo, names.part, system);
  if (!part) return part.error();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i]) continue;
    const Result<std::optional<FileSignature>> seal = settle(*part, *metainfo, i, *before[i]);
    if (!seal) return seal.error();
    if (!*seal) continue;  // verified again when the download is opened
    if (Status status = control->set_seal(i, **seal); !status) return status.error();
  }
  return repaired;
}

}  // namespace stp::content
