#include "content/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "content/disk_space.h"
#include "content/path_rules.h"
#include "content/verify.h"
#include "core/shown_text.h"
#include "core/utf8.h"

namespace stp::content {
namespace {

constexpr std::string_view kPartSuffix = ".part";
constexpr std::string_view kControlSuffix = ".stp";
// The longest name on the disk is that of the control file's replacement.
constexpr std::size_t kSuffixBytesMax = std::string_view(".stp.new").size();
// How many times files that change while they are verified are verified again.
constexpr int kRoundsMax = 4;

Error keeps_changing(const DiskNames& names) {
  return {ErrorKind::integrity, escaped(names.part) + " keeps changing: another program is writing to it"};
}

}  // namespace

Bitfield chunks_of(const Metainfo& metainfo, const WantedFiles& wanted) {
  if (wanted.empty()) return Bitfield(metainfo.chunk_count(), true);
  STP_ASSERT(wanted.size() == metainfo.files().size());
  Bitfield chunks(metainfo.chunk_count());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    for (std::uint32_t c = 0; wanted[i] && c < file.chunk_count; ++c) chunks.set({file.first_chunk.value + c});
  }
  return chunks;
}

WantedFiles with_neighbours(const Metainfo& metainfo, const WantedFiles& wanted) {
  WantedFiles all = wanted;
  if (wanted.empty() || metainfo.has_v2()) return all;
  const Bitfield chunks = chunks_of(metainfo, wanted);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    // Only its outer chunks may be those of others.
    if (file.chunk_count == 0) continue;
    all[i] = all[i] || chunks.test(file.first_chunk) || chunks.test({file.first_chunk.value + file.chunk_count - 1});
  }
  return all;
}

DiskNames disk_names(const Metainfo& metainfo) {
  std::string base = metainfo.name();
  if (base.size() > kComponentBytesMax - kSuffixBytesMax) {
    const std::string unique = "-" + metainfo.info_hash().hex().substr(0, 16);
    std::size_t keep = kComponentBytesMax - kSuffixBytesMax - unique.size();
    while (keep > 0 && !is_utf8(std::string_view(base).substr(0, keep))) --keep;
    base = base.substr(0, keep) + unique;
  }
  return {base + std::string(kPartSuffix), base + std::string(kControlSuffix)};
}

Result<std::unique_ptr<Download>> Download::open(const std::string& directory, std::shared_ptr<const Metainfo> metainfo,
                                                 std::string boot_id, WantedFiles wanted, FileSystem& system) {
  Result<Fd> opened = open_directory(directory, system);
  if (!opened) return opened.error();
  auto folder = std::make_unique<const Fd>(*std::move(opened));  // stays where it is: the control file refers to it

  Result<Fd> storage_folder = open_directory(directory, system);
  if (!storage_folder) return storage_folder.error();
  if (const int denied = system.faccessat(folder->get(), ".", W_OK | X_OK, AT_EACCESS); denied < 0) {
    return file_error("write into", display_directory(directory), -denied);
  }
  const Result<std::optional<EntryType>> existing = entry_type(*folder, metainfo->name());
  if (!existing) return existing.error();
  if (*existing) return in_the_way(directory, metainfo->name(), "already exists");

  const DiskNames names = disk_names(*metainfo);
  boot_id.resize(std::min(boot_id.size(), kBootIdBytesMax));
  Result<ControlFile> control = ControlFile::open_or_create(
      *folder, names.control, {metainfo, ChunkHashes(metainfo), boot_id, Bitfield(metainfo->chunk_count())});
  if (!control) {
    return Error{control.error().kind, "in " + display_directory(directory) + ": " + control.error().message};
  }
  if (control->contents().metainfo->info_hash() != metainfo->info_hash()) {
    return in_the_way(directory, names.control, "belongs to the download of another share");
  }
  if (control->created()) {
    const Result<std::optional<EntryType>> part = entry_type(*folder, names.part);
    if (!part || *part) {
      Status removed = control->remove();
      if (!removed) return removed.error();
      if (!part) return part.error();
      return in_the_way(directory, names.part,
                        "exists without its control file " + escaped(names.control) + " (--repair creates one)");
    }
  }
  std::unique_ptr<Download> download(new Download(directory, std::move(folder), std::move(*storage_folder),
                                                  std::move(metainfo), std::move(boot_id), wanted, names,
                                                  std::move(*control)));
  if (Status status = download->judge_marks(); !status) return status.error();
  return download;
}

Download::Download(std::string directory_name, std::unique_ptr<const Fd> directory, Fd storage_directory,
                   std::shared_ptr<const Metainfo> metainfo, std::string boot_id, const WantedFiles& wanted,
                   DiskNames names, ControlFile control)
    : metainfo_(std::move(metainfo)),
      boot_id_(std::move(boot_id)),
      wanted_files_(with_neighbours(*metainfo_, wanted)),
      wanted_chunks_(chunks_of(*metainfo_, wanted)),
      names_(std::move(names)),
      directory_name_(std::move(directory_name)),
      directory_(std::move(directory)),
      storage_(metainfo_, std::move(storage_directory), names_.part, TargetStorage::Mode::read_write,
               [this](std::size_t file, const FileSignature& seal) {
                 const std::lock_guard lock(mutex_);
                 // If it can't be written, the old one no longer matches, and the file is verified next time.
                 static_cast<void>(control_.set_seal(file, seal));
               }),
      control_(std::move(control)),
      to_verify_(metainfo_->chunk_count()) {}

// A marked chunk counts, has to be verified, or, in a file that was removed or cut, is gone.
Status Download::judge_marks() {
  Bitfield marks;
  std::vector<FileSignature> seals;
  bool same_boot = false;
  {
    const std::lock_guard lock(mutex_);
    marks = control_.contents().marks;
    seals = control_.contents().seals;
    same_boot = !boot_id_.empty() && control_.contents().boot_id == boot_id_;
  }
  std::vector<std::size_t> gone;
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    const FileEntry& file = metainfo_->files()[i];
    std::uint32_t first = 0;
    while (first < file.chunk_count && !marks.test({file.first_chunk.value + first})) ++first;
    if (first == file.chunk_count) continue;
    const std::optional<FileSignature> now = storage_.look(i);
    if (now && same_boot && *now == seals[i]) {
      storage_.seals().trust(i, *now);
      continue;
    }
    storage_.seals().distrust(i);
    if (!now) gone.push_back(i);
    const std::lock_guard lock(mutex_);
    if (now) doubt(i);
  }
  // Only now: once the last chunk is settled, all marks count as made under this boot.
  const std::lock_guard lock(mutex_);
  for (const std::size_t file : gone) {
    if (Status status = settle_file(file, false); !status) return status;
  }
  return Done{};
}

Bitfield Download::verified() const {
  const std::lock_guard lock(mutex_);
  Bitfield verified = control_.contents().marks;
  if (!to_verify_.none()) {
    for (std::uint32_t c = 0; c < verified.size(); ++c) {
      if (to_verify_.test({c})) verified.reset({c});
    }
  }
  return verified;
}

Bitfield Download::to_verify() const {
  const std::lock_guard lock(mutex_);
  return to_verify_;
}

Status Download::reverify(const HashOptions& options) {
  for (int round = 0; round < kRoundsMax; ++round) {
    const Bitfield which = to_verify();
    if (which.none()) return Done{};
    std::vector<std::size_t> files;
    for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
      const FileEntry& file = metainfo_->files()[i];
      std::uint32_t first = 0;
      while (first < file.chunk_count && !which.test({file.first_chunk.value + first})) ++first;
      if (first < file.chunk_count) files.push_back(i);
    }
    if (Status status = verify_files(files, which, options); !status) return status;
  }
  return keeps_changing(names_);
}

Status Download::verify_files(const std::vector<std::size_t>& files, const Bitfield& chunks,
                              const HashOptions& options) {
  std::vector<bool> adopted(metainfo_->files().size());
  for (const std::size_t i : files) adopted[i] = storage_.adopt(i).ok();
  const OpenFile open = [this](std::size_t file) { return storage_.open_for_reading(file); };
  const Result<VerifyReport> report = verify_chunks(metainfo_, hashes(), chunks, false, open, options);
  if (!report) return report.error();
  std::vector<bool> changed(metainfo_->files().size());
  std::vector<bool> gone(metainfo_->files().size());
  for (const std::size_t i : files) {
    if (adopted[i] && storage_.confirm(i)) continue;
    (storage_.look(i) ? changed : gone)[i] = true;
    const std::lock_guard lock(mutex_);
    if (changed[i]) doubt(i);
  }
  for (ChunkIndex chunk; chunk.value < chunks.size(); ++chunk) {
    if (!chunks.test(chunk)) continue;
    const std::vector<Extent> extents = metainfo_->layout().extents(chunk);
    const auto in_any = [&](const std::vector<bool>& set) {
      return std::ranges::any_of(extents, [&](const Extent& extent) { return !extent.is_pad() && set[extent.file]; });
    };
    if (in_any(changed)) continue;  // still to be verified
    const std::lock_guard lock(mutex_);
    if (!to_verify_.test(chunk)) continue;
    if (Status status = settle(chunk, !in_any(gone) && report->good.test(chunk)); !status) return status;
  }
  return Done{};
}

ChunkHashes Download::hashes() const {
  const std::lock_guard lock(mutex_);
  return control_.contents().hashes;
}

Status Download::store_hashes(const ChunkHashes& hashes) {
  const std::lock_guard lock(mutex_);
  ControlContents contents = control_.contents();
  contents.hashes = hashes;
  return control_.replace(std::move(contents));
}

Status Download::mark(ChunkIndex chunk) {
  const std::lock_guard lock(mutex_);
  return settle(chunk, true);
}

Status Download::unmark(ChunkIndex chunk) {
  const std::lock_guard lock(mutex_);
  return settle(chunk, false);
}

// All of the file's marks have to be verified.
void Download::doubt(std::size_t file) {
  const FileEntry& entry = metainfo_->files()[file];
  for (std::uint32_t c = 0; c < entry.chunk_count; ++c) {
    const ChunkIndex chunk{entry.first_chunk.value + c};
    if (control_.contents().marks.test(chunk)) to_verify_.set(chunk);
  }
}

Status Download::settle_file(std::size_t file, bool good) {
  const FileEntry& entry = metainfo_->files()[file];
  for (std::uint32_t c = 0; c < entry.chunk_count; ++c) {
    if (Status status = settle({entry.first_chunk.value + c}, good); !status) return status;
  }
  return Done{};
}

Status Download::settle(ChunkIndex chunk, bool good) {
  if (Status status = control_.set_mark(chunk, good); !status) return status;
  to_verify_.reset(chunk);
  if (to_verify_.none() && control_.contents().boot_id != boot_id_ && !boot_id_refused_) {
    // Every mark was made or confirmed under this boot. If this can't be recorded (a full disk), the next start
    // verifies again.
    ControlContents contents = control_.contents();
    contents.boot_id = boot_id_;
    boot_id_refused_ = !control_.replace(std::move(contents));
  }
  return Done{};
}

Status Download::check_in_place() const {
  struct ::stat opened {};
  struct ::stat named {};
  FileSystem& system = directory_->file_system();
  if (system.fstat(directory_->get(), opened) == 0) {
    const int failed = system.fstatat(AT_FDCWD, directory_name_.c_str(), named, 0);
    if (failed == 0 ? opened.st_ino != named.st_ino || opened.st_dev != named.st_dev : failed == -ENOENT) {
      return Error{ErrorKind::not_found,
                   display_directory(directory_name_) + " was moved, removed or replaced during the download"};
    }
  }
  return storage_.check_root();
}

std::int64_t Download::bytes_missing() const {
  return content::bytes_missing(*metainfo_, wanted_files_, verified_or_unwanted());
}

Status Download::check_space() const {
  return content::check_space(*directory_, directory_name_, names_.part, *metainfo_, wanted_files_,
                              verified_or_unwanted());
}

// What does not have to be fetched.
Bitfield Download::verified_or_unwanted() const {
  Bitfield chunks = verified();
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    if (!wanted_chunks_.test(c)) chunks.set(c);
  }
  return chunks;
}

Bitfield Download::missing() const {
  const Bitfield have = verified();
  Bitfield missing(have.size());
  for (ChunkIndex c; c.value < have.size(); ++c) {
    if (wanted_chunks_.test(c) && !have.test(c)) missing.set(c);
  }
  return missing;
}

bool Download::complete() const {
  return missing().none();
}

Status Download::start_writing(std::span<const ChunkIndex> chunks, const std::atomic<bool>& cancel) {
  for (const ChunkIndex chunk : chunks) {
    if (cancel) return Done{};
    for (const Extent& extent : metainfo_->layout().extents(chunk)) {
      if (extent.is_pad()) continue;
      Status status = storage_.start_writing(extent.file, extent.offset, extent.bytes);
      if (status) continue;
      const std::lock_guard lock(mutex_);
      if (Status settled = settle_file(extent.file, false); !settled) return settled;
      return status;
    }
  }
  return Done{};
}

Result<Bitfield> Download::finish(const HashOptions& options, std::function<void(const SyncProgress&)> progress) {
  const SyncOptions sync_options{std::move(progress), options.cancel};
  const bool renamed = [this] {
    const std::lock_guard lock(mutex_);
    return renamed_;
  }();
  if (!renamed) {
    if (Status status = check_in_place(); !status) return status.error();
    if (Status status = make_empty_ones(); !status) return status.error();
    // On the disk and unchanged, both at once: what was verified again also has to be synced.
    for (int round = 0;; ++round) {
      if (Status status = reverify(options); !status) return status.error();
      if (Bitfield missing = this->missing(); !missing.none()) return missing;
      if (Status status = sync(sync_options); !status) return status.error();
      if (unseal()) break;
      if (round == kRoundsMax) return keeps_changing(names_);
    }
    Status status = storage_.finish(metainfo_->name());
    if (!status && status.error().kind == ErrorKind::exists) {
      return in_the_way(directory_name_, metainfo_->name(),
                        "has appeared in the meantime; the download is in " + escaped(names_.part));
    }
    if (!status) return status.error();
  }
  const std::lock_guard lock(mutex_);
  renamed_ = true;
  if (Status status = sync_folder(*directory_, directory_name_); !status) return status.error();
  if (Status status = control_.remove(); !status) return status.error();
  return Bitfield(metainfo_->chunk_count());
}

void Download::discard_if_unused() {
  const std::lock_guard lock(mutex_);
  if (renamed_ || !control_.contents().marks.none()) return;
  const auto part_is_gone = [this] {
    const Result<std::optional<EntryType>> part = entry_type(*directory_, names_.part);
    return part && !*part;
  };
  // A part that already existed may hold more than we wrote: a repaired one is the user's own.
  if (control_.created() && !part_is_gone()) storage_.remove();
  if (part_is_gone()) static_cast<void>(control_.remove());
}

Status Download::make_empty_ones() {
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    if (metainfo_->files()[i].chunk_count > 0 || !wants(i)) continue;
    if (Status status = storage_.make_empty_file(i); !status) return status;
    if (Status status = storage_.apply_attributes(i); !status) return status;
  }
  if (!wanted_files_.empty()) return Done{};
  for (const std::vector<std::string>& folder : metainfo_->empty_folders()) {
    if (Status status = storage_.make_folder(folder); !status) return status;
  }
  for (std::size_t i = 0; i < metainfo_->symlinks().size(); ++i) {
    if (metainfo_->symlinks()[i].target.empty()) continue;
    if (Status status = storage_.make_symlink(i); !status) return status;
  }
  return Done{};
}

// Syncs everything wanted. What the system can't write may also be gone from its memory: it is unmarked.
Status Download::sync(const SyncOptions& options) {
  std::vector<std::size_t> files;
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    if (wants(i)) files.push_back(i);
  }
  std::vector<std::vector<std::string>> folders;
  if (wanted_files_.empty()) {
    folders = metainfo_->empty_folders();
    for (const Symlink& link : metainfo_->symlinks()) {
      if (!link.target.empty()) folders.emplace_back(link.path.begin(), link.path.end() - 1);
    }
  }
  const std::optional<Unsynced> unsynced = storage_.sync(files, folders, options);
  if (!unsynced) return Done{};
  const std::lock_guard lock(mutex_);
  for (const std::size_t file : unsynced->files) {
    if (Status status = settle_file(file, false); !status) return status;
  }
  return unsynced->error;
}

// Whether every wanted file is as we left it; it then has the attributes and the time that users should see. The others
// have to be verified, or, when missing, fetched again.
bool Download::unseal() {
  bool intact = true;
  FolderWalk walk(storage_.directory());
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    if (metainfo_->files()[i].chunk_count == 0 || !wants(i) || storage_.unseal(i, walk)) continue;
    intact = false;
    const bool there = storage_.look(i).has_value();
    if (!there) storage_.forget(i);
    const std::lock_guard lock(mutex_);
    if (there) {
      doubt(i);
    } else if (!settle_file(i, false)) {
      doubt(i);
    }
  }
  return intact;
}

}  // namespace stp::content
