#include "content/control_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

constexpr std::string_view kSuffix = ".stp";
// Each retry means that another process created, replaced or removed the file in between.
constexpr int kAttemptsMax = 16;

std::string temporary_name(const std::string& name) {
  return name + ".new";
}

Error busy(const std::string& name) {
  return {ErrorKind::exists, "another stp is downloading this (it holds " + escaped(name) +
                                 "); wait for it, stop it, or choose another directory with -o"};
}

// The reason why a control file can't be used, with what to do about it.
Error unusable(const std::string& name, const Error& why) {
  return {why.kind,
          escaped(name) + " " + why.message +
              "; run the same command with --repair: it checks what was downloaded and fetches only the rest"};
}

void remove_temporary(const Fd& directory, const std::string& name) {
  static_cast<void>(directory.file_system().unlinkat(directory.get(), temporary_name(name).c_str(), 0));
}

// Opens NAME.stp.new, locks it and fills it; nullopt: try again. The file stays only on success.
Result<std::optional<Fd>> write_temporary(const Fd& directory, const std::string& name, ByteSpan bytes) {
  const std::string temporary = temporary_name(name);
  Result<Fd> file = open_below(directory, std::span(&temporary, 1), Access::read_write, Missing::create);
  if (!file) return file.error();
  switch (lock_current(directory, temporary, *file)) {
    case Lock::busy: return busy(name);
    case Lock::stale: return std::optional<Fd>();
    case Lock::held: break;
  }
  const int emptied = directory.file_system().ftruncate(file->get(), 0);
  Status status =
      emptied < 0 ? Status(file_error("write", name, -emptied)) : write_at(*file, 0, std::span(&bytes, 1), name);
  if (status) status = sync_file(*file, name);
  if (!status) {
    remove_temporary(directory, name);
    return status.error();
  }
  return std::optional<Fd>(std::move(*file));
}

Result<Bytes> read_whole(const Fd& file, const std::string& name) {
  const Result<struct ::stat> status = look_at(file, name);
  if (!status) return status.error();
  if (static_cast<std::uint64_t>(status->st_size) > kControlBytesMax) {
    return unusable(name, {ErrorKind::malformed, "is damaged"});
  }
  Bytes bytes(static_cast<std::size_t>(status->st_size));
  if (Status read = read_at(file, 0, bytes, name); !read) return read.error();
  return bytes;
}

Result<DecodedControl> load(const Fd& file, const std::string& name) {
  const Result<Bytes> bytes = read_whole(file, name);
  if (!bytes) return bytes.error();
  Result<DecodedControl> decoded = decode_control(*bytes);
  if (!decoded) return unusable(name, decoded.error());
  return decoded;
}

}  // namespace

ControlFile::ControlFile(const Fd& directory, std::string name, Fd file, DecodedControl decoded, bool created)
    : directory_(&directory),
      name_(std::move(name)),
      file_(std::move(file)),
      contents_(std::move(decoded.contents)),
      marks_offset_(decoded.marks_offset),
      created_(created) {
  contents_.seals.resize(contents_.metainfo->files().size());
}

Result<ControlFile> ControlFile::open_or_create(const Fd& directory, const std::string& name,
                                                const ControlContents& initial) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    Result<Fd> existing = open_below(directory, std::span(&name, 1), Access::read_write, Missing::fail);
    if (existing) {
      const Lock state = lock_current(directory, name, *existing);
      if (state == Lock::busy) return busy(name);
      if (state == Lock::stale) continue;
      Result<DecodedControl> decoded = load(*existing, name);
      if (!decoded) return decoded.error();
      return ControlFile(directory, name, std::move(*existing), std::move(*decoded), false);
    }
    if (existing.error().kind != ErrorKind::not_found) return existing.error();

    const EncodedControl encoded = encode_control(initial);
    Result<std::optional<Fd>> file = write_temporary(directory, name, encoded.bytes);
    if (!file) return file.error();
    if (!*file) continue;
    const Status renamed = rename_no_replace(directory, temporary_name(name), name);
    if (renamed) {
      if (Status synced = sync_folder(directory, name); !synced) return synced.error();
      return ControlFile(directory, name, std::move(**file), DecodedControl{initial, encoded.marks_offset}, true);
    }
    remove_temporary(directory, name);
    if (renamed.error().kind != ErrorKind::exists) return renamed.error();
  }
  return busy(name);
}

Status ControlFile::set_mark(ChunkIndex chunk, bool marked) {
  if (contents_.marks.test(chunk) == marked) return Done{};
  if (marked) {
    contents_.marks.set(chunk);
  } else {
    contents_.marks.reset(chunk);
  }
  const ByteSpan byte = contents_.marks.bytes().subspan(chunk.value / 8, 1);
  const auto offset = static_cast<std::int64_t>(marks_offset_ + chunk.value / 8);
  Status status = write_at(file_, offset, std::span(&byte, 1), name_);
  if (!status) {  // as it still is in the file
    if (marked) {
      contents_.marks.reset(chunk);
    } else {
      contents_.marks.set(chunk);
    }
  }
  return status;
}

Status ControlFile::set_seal(std::size_t file, const FileSignature& signature) {
  if (contents_.seals[file] == signature) return Done{};
  contents_.seals[file] = signature;
  const auto seal = encode_seal(signature);
  const ByteSpan bytes = seal;
  const std::size_t offset = marks_offset_ + contents_.marks.bytes().size() + file * kSealBytes;
  return write_at(file_, static_cast<std::int64_t>(offset), std::span(&bytes, 1), name_);
}

Status ControlFile::replace(ControlContents contents) {
  const EncodedControl encoded = encode_control(contents);
  Result<std::optional<Fd>> file = write_temporary(*directory_, name_, encoded.bytes);
  if (!file) return file.error();
  if (!*file) return busy(name_);
  const int renamed =
      directory_->file_system().renameat2(directory_->get(), temporary_name(name_).c_str(), name_.c_str(), 0);
  if (renamed < 0) {
    remove_temporary(*directory_, name_);
    return file_error("replace", name_, -renamed);
  }
  file_ = std::move(**file);
  contents_ = std::move(contents);
  contents_.seals.resize(contents_.metainfo->files().size());
  marks_offset_ = encoded.marks_offset;
  return sync_folder(*directory_, name_);
}

Status ControlFile::remove() {
  const int removed = directory_->file_system().unlinkat(directory_->get(), name_.c_str(), 0);
  if (removed < 0 && removed != -ENOENT) return file_error("remove", name_, -removed);
  file_ = Fd();
  return Done{};
}

Result<bool> is_usable_control(const Fd& directory, const std::string& name) {
  const Result<std::optional<EntryType>> type = entry_type(directory, name);
  if (!type) return type.error();
  if (*type && **type != EntryType::file) return false;
  const Result<Fd> file = open_below(directory, std::span(&name, 1), Access::read, Missing::fail);
  if (!file) return file.error();
  if (lock_current(directory, name, *file) != Lock::held) return busy(name);
  const Result<Bytes> bytes = read_whole(*file, name);
  if (!bytes && bytes.error().kind != ErrorKind::malformed) return bytes.error();
  return bytes && decode_control(*bytes);
}

Result<std::optional<std::string>> set_unusable_control_aside(const Fd& directory, const std::string& name) {
  const Result<bool> usable = is_usable_control(directory, name);
  if (!usable && usable.error().kind == ErrorKind::not_found) return std::optional<std::string>();
  if (!usable) return usable.error();
  if (*usable) return std::optional<std::string>();
  const std::string aside = name + kAsideSuffix;
  Status renamed = rename_no_replace(directory, name, aside);
  if (renamed) return std::optional(aside);
  if (renamed.error().kind != ErrorKind::exists) return renamed.error();
  return Error{ErrorKind::exists, escaped(name) + " can't be used and can't be moved out of the way: " +
                                      escaped(aside) + " already exists; move one of them away"};
}

Result<std::optional<ControlContents>> find_control_file(const std::string& directory, const InfoHash& info_hash,
                                                         FileSystem& system) {
  Result<Fd> folder = open_directory(directory, system);
  if (!folder) return folder.error();
  Result<std::vector<std::string>> names = list_folder(*folder);
  if (!names) return names.error();
  const ByteSpan behind_v1 = info_hash.span().subspan(InfoHashV1::kSize);
  const bool is_of_v1 = std::ranges::all_of(behind_v1, [](std::byte byte) { return byte == std::byte{0}; });
  for (const std::string& name : *names) {
    if (!std::string_view(name).ends_with(kSuffix)) continue;
    const Result<Fd> file = open_below(*folder, std::span(&name, 1), Access::read, Missing::fail);
    if (!file) continue;  // not ours, or meanwhile gone
    std::array<std::byte, kControlHeaderBytes> header{};
    const std::optional<InfoHash> named = read_at(*file, 0, header, name) ? peek_control(header) : std::nullopt;
    // It begins with the v2 hash of a hybrid; the v1 hash is in its metainfo only.
    if (!named || (named != info_hash && !is_of_v1)) continue;
    Result<DecodedControl> decoded = load(*file, name);
    if (!decoded && named == info_hash) return decoded.error();
    if (decoded && decoded->contents.metainfo->info_hashes().have(info_hash)) {
      return std::optional(std::move(decoded->contents));
    }
  }
  return std::optional<ControlContents>();
}

std::string current_boot_id() {
  const Result<Fd> file = open_source("/proc/sys/kernel/random/boot_id");
  if (!file) return {};
  char text[kBootIdBytesMax];
  const ::ssize_t got = file->file_system().pread(file->get(), text, sizeof text, 0);
  std::string id(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace stp::content
