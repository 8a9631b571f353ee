#include "content/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "content/disk_space.h"
#include "content/path_rules.h"
#include "content/verify.h"

namespace stp::content {
namespace {

constexpr std::string_view kPartSuffix = ".part";
constexpr std::string_view kControlSuffix = ".stp";
// The longest name on the disk is that of the control file's replacement.
constexpr std::size_t kSuffixBytesMax = std::string_view(".stp.new").size();

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
  if (*existing) return in_the_way(directory, metainfo->name(), "is there already");

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
                        "is there without its control file " + display_name(names.control) + " (--repair makes one)");
    }
  }
  std::unique_ptr<Download> download(new Download(directory, std::move(folder), std::move(*storage_folder),
                                                  std::move(metainfo), std::move(boot_id), std::move(wanted), names,
                                                  std::move(*control)));
  if (Status status = download->drop_marks_without_file(); !status) return status.error();
  return download;
}

Download::Download(std::string directory_name, std::unique_ptr<const Fd> directory, Fd storage_directory,
                   std::shared_ptr<const Metainfo> metainfo, std::string boot_id, WantedFiles wanted, DiskNames names,
                   ControlFile control)
    : metainfo_(std::move(metainfo)),
      boot_id_(std::move(boot_id)),
      wanted_files_(std::move(wanted)),
      wanted_chunks_(chunks_of(*metainfo_, wanted_files_)),
      names_(std::move(names)),
      directory_name_(std::move(directory_name)),
      directory_(std::move(directory)),
      storage_(metainfo_, std::move(storage_directory), names_.part, TargetStorage::Mode::read_write),
      control_(std::move(control)),
      to_verify_(metainfo_->chunk_count()) {
  const bool same_boot = !boot_id_.empty() && control_.contents().boot_id == boot_id_;
  if (!same_boot) to_verify_ = control_.contents().marks;
}

// A file that somebody removed or cut has none of its chunks, whatever is marked.
Status Download::drop_marks_without_file() {
  const std::lock_guard lock(mutex_);
  const std::vector<FileEntry>& files = metainfo_->files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto marked = [&](std::uint32_t c) {
      return control_.contents().marks.test({files[i].first_chunk.value + c});
    };
    std::uint32_t first = 0;
    while (first < files[i].chunk_count && !marked(first)) ++first;
    if (first == files[i].chunk_count || storage_.has_full_length(i)) continue;
    for (std::uint32_t c = first; c < files[i].chunk_count; ++c) {
      if (Status status = settle({files[i].first_chunk.value + c}, false); !status) return status;
    }
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
  const Bitfield which = to_verify();
  const OpenFile open = [this](std::size_t file) { return storage_.open_for_reading(file); };
  const Result<VerifyReport> report = verify_chunks(metainfo_, hashes(), which, false, open, options);
  if (!report) return report.error();
  const std::lock_guard lock(mutex_);
  for (std::uint32_t c = 0; c < which.size(); ++c) {
    if (!which.test({c}) || !to_verify_.test({c})) continue;
    if (Status status = settle({c}, report->good.test({c})); !status) return status;
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

Status Download::settle(ChunkIndex chunk, bool good) {
  if (Status status = control_.set_mark(chunk, good); !status) return status;
  to_verify_.reset(chunk);
  if (to_verify_.none() && control_.contents().boot_id != boot_id_ && !boot_id_refused_) {
    // Every mark was made or confirmed under this boot. When this can't be noted (a full disk), the next start verifies
    // again.
    ControlContents contents = control_.contents();
    contents.boot_id = boot_id_;
    boot_id_refused_ = !control_.replace(std::move(contents));
  }
  return Done{};
}

std::int64_t Download::bytes_missing() const {
  return content::bytes_missing(*metainfo_, wanted_files_, verified());
}

Status Download::check_space() const {
  return content::check_space(*directory_, directory_name_, names_.part, *metainfo_, wanted_files_, verified());
}

bool Download::complete() const {
  const Bitfield have = verified();
  if (wanted_files_.empty()) return have.all();
  for (std::uint32_t c = 0; c < have.size(); ++c) {
    if (wanted_chunks_.test({c}) && !have.test({c})) return false;
  }
  return true;
}

Status Download::finish() {
  STP_ASSERT(complete());
  const std::lock_guard lock(mutex_);
  if (!renamed_) {
    if (Status status = move_into_place(); !status) return status;
    renamed_ = true;
  }
  return control_.remove();
}

void Download::discard_if_unused() {
  const std::lock_guard lock(mutex_);
  if (renamed_ || !control_.contents().marks.none()) return;
  const auto part_is_gone = [this] {
    const Result<std::optional<EntryType>> part = entry_type(*directory_, names_.part);
    return part && !*part;
  };
  // A part that was there before may hold more than we wrote: a repaired one is the user's own.
  if (control_.created() && !part_is_gone()) storage_.remove();
  if (part_is_gone()) static_cast<void>(control_.remove());
}

Status Download::move_into_place() {
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    if (metainfo_->files()[i].chunk_count > 0 || !wants(i)) continue;
    if (Status status = storage_.make_empty_file(i); !status) return status;
  }
  if (wanted_files_.empty()) {
    for (const std::vector<std::string>& folder : metainfo_->empty_folders()) {
      if (Status status = storage_.make_folder(folder); !status) return status;
    }
  }
  Status status = storage_.finish(metainfo_->name());
  if (status || status.error().kind != ErrorKind::exists) return status;
  return in_the_way(directory_name_, metainfo_->name(),
                    "appeared meanwhile; the download is in " + display_name(names_.part));
}

}  // namespace stp::content
