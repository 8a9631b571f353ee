#include "content/share_builder.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "content/file_attributes.h"
#include "content/merkle.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

constexpr std::int64_t kChunksAimed = 2000;

std::uint32_t chunks_in(std::int64_t bytes, std::uint32_t chunk_bytes) {
  return static_cast<std::uint32_t>((bytes + chunk_bytes - 1) / chunk_bytes);
}

// A file on its way into a share.
struct Candidate {
  ScannedFile file;               // as it was when last checked
  std::vector<Hash256> layer;     // chunk hashes; empty: not known yet, or the file is empty
  std::uint32_t chunk_bytes = 0;  // of `layer`
  int attempts = 0;               // that failed
  bool read = false;              // `layer` was hashed, not taken from the cache
};

// What is read and hashed in one round. Before and after reading, every file must be as it was when checked; for one
// that is not, the reason is kept, and the others go on.
class Sources final : public ParallelHasher::Files {
 public:
  explicit Sources(std::vector<Candidate>& files) : files_(files), failures_(files.size()) {}

  Result<Fd> open(std::size_t file) override {
    Result<Fd> opened = open_source(files_[file].file.source);
    if (!opened) return opened;
    if (Status status = check_after(file, *opened); !status) return status.error();
    return opened;
  }
  std::string name(std::size_t file) const override { return files_[file].file.source; }
  Status check_after(std::size_t file, const Fd& opened) override {
    const ScannedFile& expected = files_[file].file;
    const Result<struct ::stat> status = look_at(opened, expected.source);
    if (!status) return status.error();
    if (FileSignature::of(*status) == expected.signature) return Done{};
    return Error{ErrorKind::integrity, escaped(expected.source) + " changed while it was being hashed"};
  }
  void on_chunk(std::size_t file, std::uint32_t chunk, const Hash256& root) override {
    files_[file].layer[chunk] = root;
  }
  bool on_error(std::size_t file, const Error& error) override {
    const std::lock_guard lock(mutex_);
    if (!failures_[file]) failures_[file] = error;
    return true;
  }

  /// Why the file could not be hashed; nullopt: it was.
  [[nodiscard]] const std::optional<Error>& failure(std::size_t file) const { return failures_[file]; }

 private:
  std::vector<Candidate>& files_;
  std::mutex mutex_;
  std::vector<std::optional<Error>> failures_;
};

// The chunk hashes of a file that was hashed in smaller chunks; nullopt when they can't be derived from the cached
// ones.
std::optional<std::vector<Hash256>> layer_from(const CachedFile& cached, std::uint32_t cached_chunk_bytes,
                                               std::uint32_t chunk_bytes) {
  const std::uint32_t chunks = chunks_in(cached.signature.bytes, chunk_bytes);
  if (chunks == 1) return std::vector{cached.root};
  if (chunk_bytes < cached_chunk_bytes) return std::nullopt;
  const std::size_t group = chunk_bytes / cached_chunk_bytes;
  std::vector<Hash256> layer;
  for (std::size_t at = 0; at < cached.layer.size(); at += group) {
    const std::span<const Hash256> nodes =
        std::span(cached.layer).subspan(at, std::min(group, cached.layer.size() - at));
    layer.push_back(root_of(nodes, chunk_layer(cached_chunk_bytes), group));
  }
  return layer;
}

Hash256 root_of_layer(const std::vector<Hash256>& layer, std::uint32_t chunk_bytes) {
  return layer.size() == 1 ? layer[0] : root_of(layer, chunk_layer(chunk_bytes), tree_width(layer.size()));
}

std::int64_t file_clock_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::uint32_t choose_chunk_bytes(std::int64_t total_bytes) {
  const std::int64_t ideal = std::clamp<std::int64_t>(total_bytes / kChunksAimed, kChunkBytesMin, kChunkBytesMax);
  return std::bit_ceil(static_cast<std::uint32_t>(ideal));
}

namespace {

// Hashes what scan() listed, for as many rounds as it takes: a file that changed meanwhile is hashed again, and one
// that vanished, can't be read or keeps changing is left out.
class Builder {
 public:
  Builder(const Scan& scan, const BuildOptions& options)
      : scan_(scan),
        options_(options),
        started_ns_(options.now_ns != 0 ? options.now_ns : file_clock_ns()),
        cached_(options.cache != nullptr ? options.cache->load(scan) : CachedShare()) {
    files_.reserve(scan.files.size());
    for (const ScannedFile& file : scan.files) files_.push_back({file, {}, 0, 0, false});
  }

  Result<Share> build() {
    for (bool settled = false; !settled;) {
      if (Status status = choose_chunks(); !status) return status.error();
      Sources sources(files_);
      Status status = ParallelHasher::run(chunk_bytes_, ranges_to_hash(), sources, options_.hashing);
      if (!status) return status.error();
      settled = look_again(sources);
    }
    if (files_.empty() && scan_.empty_folders.empty()) {
      return Error{first_failure_->kind, "nothing to share: " + first_failure_->message};
    }
    return finish();
  }

 private:
  // Attempts per file; one that changes during each of them is left out.
  static constexpr int kAttemptsMax = 3;

  // The chunk size depends on the file sizes, which may differ from the last round.
  Status choose_chunks() {
    std::int64_t total = 0;
    for (const Candidate& candidate : files_) total += candidate.file.signature.bytes;
    chunk_bytes_ = options_.chunk_bytes != 0 ? options_.chunk_bytes : choose_chunk_bytes(total);
    if (chunk_bytes_ < kChunkBytesMin || chunk_bytes_ > kChunkBytesMax || !std::has_single_bit(chunk_bytes_)) {
      return Error{ErrorKind::usage, "the chunk size must be a power of two from 16 KiB to 16 MiB"};
    }
    std::int64_t chunks = 0;
    for (const Candidate& candidate : files_) {
      if (const std::int64_t bytes = candidate.file.signature.bytes; bytes > 0)
        chunks += (bytes - 1) / chunk_bytes_ + 1;
      if (chunks > kChunksMax) {
        return Error{ErrorKind::limit, "too much for one share: more than " + std::to_string(kChunksMax) + " chunks"};
      }
    }
    return Done{};
  }

  std::vector<HashRange> ranges_to_hash() {
    std::vector<HashRange> ranges;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      Candidate& candidate = files_[i];
      const std::int64_t bytes = candidate.file.signature.bytes;
      if (bytes == 0 || (!candidate.layer.empty() && candidate.chunk_bytes == chunk_bytes_)) continue;
      candidate.chunk_bytes = chunk_bytes_;
      const auto known = cached_.files.find(candidate.file.source);
      if (known != cached_.files.end() && known->second.signature == candidate.file.signature) {
        if (auto layer = layer_from(known->second, cached_.chunk_bytes, chunk_bytes_)) {
          candidate.layer = std::move(*layer);
          candidate.read = false;
          continue;
        }
      }
      const std::uint32_t chunks = chunks_in(bytes, chunk_bytes_);
      candidate.layer.assign(chunks, Hash256());
      ranges.push_back({i, bytes, 0, chunks});
      candidate.read = true;
    }
    return ranges;
  }

  // Whether all files are still what was hashed; those that are not go into the next round or are left out.
  bool look_again(const Sources& sources) {
    bool settled = true;
    std::vector<Candidate> kept;
    kept.reserve(files_.size());
    for (std::size_t i = 0; i < files_.size(); ++i) {
      Candidate& candidate = files_[i];
      const std::optional<Error>& failure = sources.failure(i);
      struct ::stat status {};
      const bool there = ::stat(candidate.file.source.c_str(), &status) == 0 && S_ISREG(status.st_mode);
      if (there && !failure && FileSignature::of(status) == candidate.file.signature) {
        kept.push_back(std::move(candidate));
        continue;
      }
      settled = false;
      if (!there) {
        leave_out(candidate, {ErrorKind::not_found, "it vanished while it was being hashed"});
        continue;
      }
      const bool changed = FileSignature::of(status) != candidate.file.signature;
      if (++candidate.attempts >= kAttemptsMax || (failure && failure->kind == ErrorKind::denied)) {
        leave_out(candidate, changed || !failure
                                 ? Error{ErrorKind::integrity, "it keeps changing while it is being hashed"}
                                 : *failure);
        continue;
      }
      candidate.file.signature = FileSignature::of(status);
      candidate.file.executable = (status.st_mode & S_IXUSR) != 0;
      candidate.layer.clear();
      kept.push_back(std::move(candidate));
    }
    files_ = std::move(kept);
    return settled;
  }

  void leave_out(const Candidate& candidate, const Error& why) {
    const std::string name = escaped(candidate.file.source);
    warnings_.push_back("skipped " + name + ": " + why.message);
    if (!first_failure_) first_failure_ = Error{why.kind, name + ": " + why.message};
  }

  Result<Share> finish() {
    std::vector<FileEntry> entries(files_.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const ScannedFile& file = files_[i].file;
      entries[i].path = file.path;
      entries[i].bytes = file.signature.bytes;
      entries[i].executable = file.executable;
      if (options_.times) entries[i].mtime = metainfo_time(file.signature);
      if (entries[i].bytes > 0) entries[i].root = root_of_layer(files_[i].layer, chunk_bytes_);
      if (files_[i].read) bytes_hashed_ += entries[i].bytes;
    }
    Result<std::shared_ptr<const Metainfo>> metainfo =
        Metainfo::build(scan_.name, chunk_bytes_, entries, options_.private_flag, scan_.empty_folders);
    if (!metainfo) return metainfo.error();
    STP_ASSERT((*metainfo)->files().size() == files_.size());
    CachedShare remembered;
    remembered.chunk_bytes = chunk_bytes_;
    Share share{*metainfo, ChunkHashes(*metainfo), {}, bytes_hashed_, std::move(warnings_)};
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const ScannedFile& file = files_[i].file;
      STP_ASSERT((*metainfo)->files()[i].path == file.path);  // both are in BEP 52's order
      share.sources.push_back({file.source, file.signature});
      if (file.signature.bytes == 0) continue;
      std::vector<Hash256>& layer = files_[i].layer;
      share.hashes.set_proven(i, 0, layer);
      if (layer.size() == 1) layer.clear();
      remembered.files[file.source] = {file.signature, entries[i].root, std::move(layer)};
    }
    // The cache only helps the next time: if it can't be written, this share is just as good.
    if (options_.cache != nullptr && bytes_hashed_ > 0) {
      static_cast<void>(options_.cache->store(scan_, std::move(remembered), started_ns_));
    }
    return share;
  }

  const Scan& scan_;
  const BuildOptions& options_;
  const std::int64_t started_ns_;
  const CachedShare cached_;
  std::vector<Candidate> files_;
  std::uint32_t chunk_bytes_ = 0;
  std::int64_t bytes_hashed_ = 0;
  std::vector<std::string> warnings_;
  std::optional<Error> first_failure_;
};

}  // namespace

Result<Share> build_share(const Scan& scan, const BuildOptions& options) {
  return Builder(scan, options).build();
}

}  // namespace stp::content
