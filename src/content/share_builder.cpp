#include "content/share_builder.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "content/merkle.h"
#include "content/path_rules.h"

namespace stp::content {
namespace {

constexpr std::int64_t kChunksAimed = 2000;

std::uint32_t chunks_in(std::int64_t bytes, std::uint32_t chunk_bytes) {
  return static_cast<std::uint32_t>((bytes + chunk_bytes - 1) / chunk_bytes);
}

// What is hashed anew. Every file must be, before and after reading, what it was when it was scanned.
class Sources final : public ParallelHasher::Files {
 public:
  explicit Sources(const std::vector<ScannedFile>& files) : files_(files), layers_(files.size()) {}

  std::vector<Hash256>& layer(std::size_t file) { return layers_[file]; }

  Result<Fd> open(std::size_t file) override {
    Result<Fd> opened = open_source(files_[file].source);
    if (!opened) return opened;
    if (Status status = check_after(file, *opened); !status) return status.error();
    return opened;
  }
  std::string name(std::size_t file) const override { return files_[file].source; }
  Status check_after(std::size_t file, const Fd& opened) override {
    const Result<struct ::stat> status = look_at(opened, files_[file].source);
    if (!status) return status.error();
    if (FileSignature::of(*status) == files_[file].signature) return Done{};
    return Error{ErrorKind::integrity, display_name(files_[file].source) + " changed while it was being hashed"};
  }
  void on_chunk(std::size_t file, std::uint32_t chunk, const Hash256& root) override { layers_[file][chunk] = root; }
  bool on_error(std::size_t, const Error&) override { return false; }

 private:
  const std::vector<ScannedFile>& files_;
  std::vector<std::vector<Hash256>> layers_;
};

// The chunk hashes of a file that was hashed in smaller chunks; nullopt when they can't be told from the cached ones.
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

Result<Share> build_share(const Scan& scan, const BuildOptions& options) {
  const std::int64_t started_ns = options.now_ns != 0 ? options.now_ns : file_clock_ns();
  const std::uint32_t chunk_bytes =
      options.chunk_bytes != 0 ? options.chunk_bytes : choose_chunk_bytes(scan.total_bytes);
  if (chunk_bytes < kChunkBytesMin || chunk_bytes > kChunkBytesMax || !std::has_single_bit(chunk_bytes)) {
    return Error{ErrorKind::usage, "the chunk size must be a power of two from 16 KiB to 16 MiB"};
  }
  const CachedShare cached = options.cache != nullptr ? options.cache->load(scan) : CachedShare();

  Sources sources(scan.files);
  std::vector<HashRange> ranges;
  std::int64_t chunks_total = 0;
  std::int64_t bytes_hashed = 0;
  for (std::size_t i = 0; i < scan.files.size(); ++i) {
    const ScannedFile& file = scan.files[i];
    if (file.signature.bytes == 0) continue;
    chunks_total += (file.signature.bytes - 1) / chunk_bytes + 1;
    if (chunks_total > kChunksMax) {
      return Error{ErrorKind::limit, "too much for one share: more than " + std::to_string(kChunksMax) + " chunks"};
    }
    const auto known = cached.files.find(file.source);
    if (known != cached.files.end() && known->second.signature == file.signature) {
      if (auto layer = layer_from(known->second, cached.chunk_bytes, chunk_bytes)) {
        sources.layer(i) = std::move(*layer);
        continue;
      }
    }
    const std::uint32_t chunks = chunks_in(file.signature.bytes, chunk_bytes);
    sources.layer(i).resize(chunks);
    ranges.push_back({i, file.signature.bytes, 0, chunks});
    bytes_hashed += file.signature.bytes;
  }
  if (Status status = ParallelHasher::run(chunk_bytes, std::move(ranges), sources, options.hashing); !status) {
    return status.error();
  }

  std::vector<FileEntry> entries(scan.files.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].path = scan.files[i].path;
    entries[i].bytes = scan.files[i].signature.bytes;
    if (entries[i].bytes > 0) entries[i].root = root_of_layer(sources.layer(i), chunk_bytes);
  }
  CachedShare remembered;
  remembered.chunk_bytes = chunk_bytes;
  Result<std::shared_ptr<const Metainfo>> metainfo =
      Metainfo::build(scan.name, chunk_bytes, entries, options.private_flag, scan.empty_folders);
  if (!metainfo) return metainfo.error();
  STP_ASSERT((*metainfo)->files().size() == scan.files.size());
  Share share{*metainfo, ChunkHashes(*metainfo), {}, bytes_hashed};
  for (std::size_t i = 0; i < scan.files.size(); ++i) {
    const ScannedFile& file = scan.files[i];
    STP_ASSERT((*metainfo)->files()[i].path == file.path);  // both are in BEP 52's order
    share.sources.push_back({file.source, file.signature});
    if (file.signature.bytes == 0) continue;
    std::vector<Hash256>& layer = sources.layer(i);
    share.hashes.set_proven(i, 0, layer);
    if (layer.size() == 1) layer.clear();
    remembered.files[file.source] = {file.signature, entries[i].root, std::move(layer)};
  }
  // The cache is a help for the next time: when it can't be written, this share is as good.
  if (options.cache != nullptr && bytes_hashed > 0) {
    static_cast<void>(options.cache->store(scan, std::move(remembered), started_ns));
  }
  return share;
}

}  // namespace stp::content
