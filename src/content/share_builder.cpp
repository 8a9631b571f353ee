#include "content/share_builder.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "content/file_attributes.h"
#include "content/source_hashing.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

constexpr std::int64_t kChunksAimed = 2000;

FileEntry entry_for(const HashedSource& source, bool times) {
  FileEntry entry;
  entry.path = source.file.path;
  entry.bytes = source.file.signature.bytes;
  entry.executable = source.file.executable;
  if (times) entry.mtime = metainfo_time(source.file.signature);
  if (entry.bytes > 0) entry.root = root_of_layer(source.layer, source.chunk_bytes);
  return entry;
}

Status beyond_chunks_max() {
  return Error{ErrorKind::limit, "too much for one share: more than " + std::to_string(kChunksMax) + " chunks"};
}

}  // namespace

std::uint32_t choose_chunk_bytes(std::int64_t total_bytes) {
  const std::int64_t ideal = std::clamp<std::int64_t>(total_bytes / kChunksAimed, kChunkBytesMin, kChunkBytesMax);
  return std::bit_ceil(static_cast<std::uint32_t>(ideal));
}

std::uint32_t choose_hybrid_chunk_bytes(std::span<const std::int64_t> file_bytes) {
  std::int64_t total = 0;
  for (const std::int64_t bytes : file_bytes) total += bytes;
  std::uint32_t chunk_bytes = choose_chunk_bytes(total);
  const auto pads = [&] {
    std::int64_t sum = 0;
    for (const std::int64_t bytes : file_bytes) sum += (chunk_bytes - bytes % chunk_bytes) % chunk_bytes;
    return sum;
  };
  while (file_bytes.size() > 1 && chunk_bytes > kChunkBytesMin && pads() > total) chunk_bytes /= 2;
  return chunk_bytes;
}

namespace {

// Hashes what scan() listed, for as many rounds as it takes.
class Builder {
 public:
  Builder(const Scan& scan, const BuildOptions& options)
      : scan_(scan),
        options_(options),
        hashing_(scan.files, options.store, options.now_ns != 0 ? options.now_ns : file_clock_ns(), options.with_v1) {}

  Result<Share> build() {
    for (bool settled = false; !settled;) {
      if (Status status = choose_chunks(); !status) return status.error();
      const Result<bool> hashed = hashing_.round(options_.hashing);
      if (!hashed) return hashed.error();
      settled = !leave_out() && *hashed;
    }
    if (files().empty() && scan_.empty_folders.empty()) {
      return Error{first_failure_->kind, "nothing to share: " + first_failure_->message};
    }
    return finish();
  }

 private:
  std::vector<HashedSource>& files() { return hashing_.files(); }

  // The chunk size depends on the file sizes, which may differ from the last round.
  Status choose_chunks() {
    std::vector<std::int64_t> sizes;
    for (const HashedSource& source : files()) sizes.push_back(source.file.signature.bytes);
    const std::int64_t total = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    chunk_bytes_ = options_.chunk_bytes != 0 ? options_.chunk_bytes
                   : options_.with_v1        ? choose_hybrid_chunk_bytes(sizes)
                                             : choose_chunk_bytes(total);
    if (chunk_bytes_ < kChunkBytesMin || chunk_bytes_ > kChunkBytesMax || !std::has_single_bit(chunk_bytes_)) {
      return Error{ErrorKind::usage, "the chunk size must be a power of two from 16 KiB to 16 MiB"};
    }
    std::int64_t chunks = 0;
    for (HashedSource& source : files()) {
      source.chunk_bytes = chunk_bytes_;
      chunks += source.file.signature.bytes / chunk_bytes_ + 1;
      if (source.file.signature.bytes % chunk_bytes_ == 0) --chunks;
      if (chunks > kChunksMax) return beyond_chunks_max();
    }
    return Done{};
  }

  // Drops what was given up; whether there was anything.
  bool leave_out() {
    const std::size_t before = files().size();
    std::erase_if(files(), [this](const HashedSource& source) {
      if (!source.given_up) return false;
      const std::string name = escaped(source.file.source);
      warnings_.push_back("skipped " + name + ": " + source.given_up->message);
      if (!first_failure_) first_failure_ = Error{source.given_up->kind, name + ": " + source.given_up->message};
      return true;
    });
    return files().size() != before;
  }

  Result<Share> finish() {
    std::vector<FileEntry> entries;
    entries.reserve(files().size());
    std::int64_t bytes_hashed = 0;
    for (const HashedSource& source : files()) {
      entries.push_back(entry_for(source, options_.times));
      if (source.read) bytes_hashed += source.file.signature.bytes;
    }
    const auto make = [&](std::span<const PieceHashes> pieces) {
      return Metainfo::build(scan_.name, chunk_bytes_, entries, options_.private_flag, scan_.empty_folders, pieces);
    };
    std::vector<PieceHashes> pieces;
    for (const HashedSource& source : files()) {
      if (options_.with_v1) pieces.push_back(source.pieces);
    }
    Result<std::shared_ptr<const Metainfo>> metainfo = make(pieces);
    if (!metainfo && metainfo.error().kind == ErrorKind::limit && !pieces.empty()) {
      metainfo = make({});
      warnings_.push_back("too many files for BitTorrent v1: only stp and clients of v2 can open the link");
    }
    if (!metainfo) return metainfo.error();
    STP_ASSERT((*metainfo)->files().size() == files().size());
    Share share{*metainfo, ChunkHashes(*metainfo), {}, bytes_hashed, std::move(warnings_)};
    for (std::size_t i = 0; i < files().size(); ++i) {
      const HashedSource& source = files()[i];
      STP_ASSERT((*metainfo)->files()[i].path == source.file.path);  // both are in BEP 52's order
      share.sources.push_back({source.file.source, source.file.signature});
      if (source.file.signature.bytes > 0) share.hashes.set_proven(i, 0, source.layer);
    }
    hashing_.remember();
    return share;
  }

  const Scan& scan_;
  const BuildOptions& options_;
  SourceHashing hashing_;
  std::uint32_t chunk_bytes_ = 0;
  std::vector<std::string> warnings_;
  std::optional<Error> first_failure_;
};

Result<Share> share_of_one(HashedSource& source, const BuildOptions& options) {
  if (source.given_up) return *source.given_up;
  const std::string name = source.file.path.back();
  FileEntry entry = entry_for(source, options.times);
  entry.path = {name};
  const std::size_t pieces = options.with_v1 ? 1 : 0;
  Result<std::shared_ptr<const Metainfo>> metainfo = Metainfo::build(
      name, source.chunk_bytes, {std::move(entry)}, options.private_flag, {}, std::span(&source.pieces, pieces));
  if (!metainfo) return metainfo.error();
  Share share{*metainfo, ChunkHashes(*metainfo), {}, source.read ? source.file.signature.bytes : 0, {}};
  share.sources.push_back({source.file.source, source.file.signature});
  if (source.file.signature.bytes > 0) share.hashes.set_proven(0, 0, source.layer);
  return share;
}

}  // namespace

Result<Share> build_share(const Scan& scan, const BuildOptions& options) {
  return Builder(scan, options).build();
}

Result<std::vector<Result<Share>>> build_each(std::vector<ScannedFile> files, const BuildOptions& options) {
  SourceHashing hashing(std::move(files), options.store, options.now_ns != 0 ? options.now_ns : file_clock_ns(),
                        options.with_v1);
  for (bool settled = false; !settled;) {
    for (HashedSource& source : hashing.files()) {
      const std::int64_t bytes = source.file.signature.bytes;
      source.chunk_bytes = choose_chunk_bytes(bytes);
      if (bytes / source.chunk_bytes >= kChunksMax) source.given_up = beyond_chunks_max().error();
    }
    const Result<bool> hashed = hashing.round(options.hashing);
    if (!hashed) return hashed.error();
    settled = *hashed;
  }
  hashing.remember();
  std::vector<Result<Share>> shares;
  shares.reserve(hashing.files().size());
  for (HashedSource& source : hashing.files()) shares.push_back(share_of_one(source, options));
  return shares;
}

}  // namespace stp::content
