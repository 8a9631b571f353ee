#include "content/source_hashing.h"

#include <sys/stat.h>

#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include "content/layout.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

// Keeps the chunk numbers of many large files in one layout far from their limit.
constexpr std::uint32_t kChunksPerRunMax = 1U << 30;
static_assert(std::uint64_t{kChunksPerRunMax} + kChunksMax <= UINT32_MAX);
// Attempts per file; one that changes during each of them is given up.
constexpr int kHashAttemptsMax = 3;

// What is read and hashed in one round. Before and after reading, every file must be as it was when checked; for one
// that is not, the reason is kept, and the others go on.
class Sources final : public ParallelHasher::Files {
 public:
  explicit Sources(std::vector<HashedSource>& files) : files_(files), failures_(files.size()) {}

  /// The files that are hashed next.
  void begin(const Layout& layout) { layout_ = &layout; }

  Result<Fd> open(std::size_t file) override {
    Result<Fd> opened = open_source(files_[file].file.source);
    if (!opened) return opened;
    if (Status status = check_after(file, *opened); !status) return status.error();
    return opened;
  }
  std::string name(std::size_t file) const override { return files_[file].file.source; }
  std::uint32_t chunk_count(std::size_t file) const override {
    return static_cast<std::uint32_t>(files_[file].layer.size());
  }
  Status check_after(std::size_t file, const Fd& opened) override {
    const ScannedFile& expected = files_[file].file;
    const Result<struct ::stat> status = look_at(opened, expected.source);
    if (!status) return status.error();
    if (FileSignature::of(*status) == expected.signature) return Done{};
    return Error{ErrorKind::integrity, escaped(expected.source) + " changed while it was being hashed"};
  }
  void on_chunk(ChunkIndex chunk, const ChunkDigest& digest) override {
    const Extent extent = layout_->extents(chunk).front();
    const auto number = static_cast<std::size_t>(extent.offset / layout_->chunk_bytes());
    HashedSource& source = files_[extent.file];
    source.layer[number] = digest.root;
    if (source.pieces.padded.empty()) return;
    source.pieces.padded[number] = digest.sha1;
    if (number + 1 == source.pieces.padded.size()) source.pieces.last = digest.sha1_alone;
  }
  bool on_error(std::size_t file, const Error& error) override {
    const std::lock_guard lock(mutex_);
    if (!failures_[file]) failures_[file] = error;
    return true;
  }

  /// Why the file could not be hashed; nullopt: it was.
  [[nodiscard]] const std::optional<Error>& failure(std::size_t file) const { return failures_[file]; }

 private:
  std::vector<HashedSource>& files_;
  const Layout* layout_ = nullptr;
  std::mutex mutex_;
  std::vector<std::optional<Error>> failures_;
};

}  // namespace

std::int64_t file_clock_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

SourceHashing::SourceHashing(std::vector<ScannedFile> files, const HashStore* store, std::int64_t started_ns,
                             bool with_pieces)
    : store_(store), started_ns_(started_ns), with_pieces_(with_pieces) {
  files_.reserve(files.size());
  for (ScannedFile& file : files) files_.push_back({std::move(file), 0, {}, 0});
}

std::vector<std::size_t> SourceHashing::take_known() {
  std::vector<std::size_t> unknown;
  std::vector<HashStore::File> queries;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const HashedSource& source = files_[i];
    if (source.given_up || source.file.signature.bytes == 0) continue;
    if (!source.layer.empty() && source.layer_chunk_bytes == source.chunk_bytes) continue;
    unknown.push_back(i);
    if (store_ != nullptr) queries.push_back({source.file.source, source.file.signature});
  }
  std::vector<std::optional<HashStore::Known>> known(unknown.size());
  if (store_ != nullptr) known = store_->find(queries);
  std::vector<std::size_t> to_read;
  for (std::size_t at = 0; at < unknown.size(); ++at) {
    HashedSource& source = files_[unknown[at]];
    const std::int64_t bytes = source.file.signature.bytes;
    source.layer_chunk_bytes = source.chunk_bytes;
    const PieceHashes* const pieces = known[at] ? known[at]->hashes.pieces_of(source.chunk_bytes) : nullptr;
    if (known[at] && (pieces != nullptr || !with_pieces_)) {
      if (auto layer = layer_from(known[at]->hashes, bytes, source.chunk_bytes)) {
        source.layer = *std::move(layer);
        if (with_pieces_) source.pieces = *pieces;
        source.read = false;
        source.renamed = known[at]->renamed;
        continue;
      }
    }
    source.layer.assign(chunks_in(bytes, source.chunk_bytes), Hash256());
    if (with_pieces_) source.pieces = {source.chunk_bytes, std::vector<Hash160>(source.layer.size()), {}};
    source.read = true;
    to_read.push_back(unknown[at]);
  }
  return to_read;
}

Result<bool> SourceHashing::round(const HashOptions& options) {
  Sources sources(files_);
  std::map<std::uint32_t, std::vector<std::size_t>> by_chunk_bytes;
  for (const std::size_t file : take_known()) by_chunk_bytes[files_[file].chunk_bytes].push_back(file);
  for (const auto& [chunk_bytes, files] : by_chunk_bytes) {
    for (std::size_t next = 0; next < files.size();) {
      Layout layout(chunk_bytes);
      for (; next < files.size() && layout.chunk_count() < kChunksPerRunMax; ++next) {
        layout.begin_chunk();
        layout.add_file(static_cast<std::uint32_t>(files[next]), files_[files[next]].file.signature.bytes);
      }
      if (with_pieces_) layout.set_padded_end(layout.position(ChunkIndex{layout.chunk_count()}));
      sources.begin(layout);
      const HashRange all{{0}, layout.chunk_count()};
      Status status = ParallelHasher::run(layout, {.merkle = true, .sha1 = with_pieces_}, {all}, sources, options);
      if (!status) return status.error();
    }
  }
  if (options.cancel != nullptr && *options.cancel) return Error{ErrorKind::other, "interrupted"};
  bool settled = true;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i].given_up) settled = look_again(i, sources.failure(i)) && settled;
  }
  return settled;
}

// False: it has to be hashed again.
bool SourceHashing::look_again(std::size_t number, const std::optional<Error>& failure) {
  HashedSource& source = files_[number];
  struct ::stat status {};
  if (::stat(source.file.source.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    source.given_up = Error{ErrorKind::not_found, "it vanished while it was being hashed"};
    return true;
  }
  const bool changed = FileSignature::of(status) != source.file.signature;
  if (!changed && !failure) return true;
  if (++source.attempts >= kHashAttemptsMax || (failure && failure->kind == ErrorKind::denied)) {
    source.given_up =
        changed || !failure ? Error{ErrorKind::integrity, "it keeps changing while it is being hashed"} : *failure;
    return true;
  }
  source.file.signature = FileSignature::of(status);
  source.file.executable = (status.st_mode & S_IXUSR) != 0;
  source.layer.clear();
  return false;
}

// The store only helps the next time: if it can't be written, the share is just as good.
void SourceHashing::remember() {
  if (store_ == nullptr) return;
  std::vector<HashStore::Hashed> hashed;
  for (const HashedSource& source : files_) {
    if (source.given_up || source.layer.empty() || (!source.read && !source.renamed)) continue;
    FileHashes hashes{source.chunk_bytes, root_of_layer(source.layer, source.chunk_bytes), source.layer};
    if (hashes.layer.size() == 1) hashes.layer.clear();
    if (with_pieces_) hashes.pieces.push_back(source.pieces);
    hashed.push_back({{source.file.source, source.file.signature}, std::move(hashes)});
  }
  if (!hashed.empty()) static_cast<void>(store_->remember(std::move(hashed), started_ns_));
}

}  // namespace stp::content
