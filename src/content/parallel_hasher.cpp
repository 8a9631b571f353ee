#include "content/parallel_hasher.h"

#include <fcntl.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "content/metainfo.h"
#include "content/sparse_file.h"
#include "core/quiet_thread.h"
#include "crypto/sha256.h"
#include "crypto/sha256_lanes.h"

namespace stp::content {
namespace {

// Large enough that reopening a file costs little, small enough that all threads end at about the same time.
constexpr std::int64_t kUnitBytes = 4 * 1024 * 1024;

std::int64_t bytes_of(const HashRange& range, std::uint32_t chunk_bytes) {
  const std::int64_t begin = std::int64_t{range.first} * chunk_bytes;
  return std::min(range.file_bytes - begin, std::int64_t{range.count} * chunk_bytes);
}

// The hash of a block in a hole, which is not read.
Hash256 hash_of_zeros(std::size_t bytes) {
  static const std::vector<std::byte> kZeros(kBlockBytes);
  static const Hash256 kBlock = crypto::sha256(kZeros);
  return bytes == kBlockBytes ? kBlock : crypto::sha256(ByteSpan(kZeros).first(bytes));
}

// One run of the hasher: what its threads have in common.
class Run {
 public:
  Run(std::uint32_t chunk_bytes, std::vector<HashRange> ranges, ParallelHasher::Files& files,
      const HashOptions& options)
      : chunk_bytes_(chunk_bytes), ranges_(std::move(ranges)), files_(files), options_(options) {
    for (const HashRange& range : ranges_) {
      STP_ASSERT(range.count > 0 && bytes_of(range, chunk_bytes_) > 0);
      total_ += bytes_of(range, chunk_bytes_);
    }
  }

  [[nodiscard]] std::int64_t total() const { return total_; }

  void work() {
    std::vector<std::byte> buffer;
    std::vector<Hash256> leaves;
    while (const std::optional<HashRange> unit = next_unit()) {
      Status status = hash_unit(*unit, buffer, leaves);
      if (!status && !stopped_ && !files_.on_error(unit->file, status.error())) stop(status.error());
    }
  }

  [[nodiscard]] Status result() {
    const std::lock_guard lock(mutex_);
    if (error_) return *error_;
    return Done{};
  }

 private:
  std::optional<HashRange> next_unit() {
    if (options_.cancel != nullptr && *options_.cancel) stop({ErrorKind::other, "interrupted"});
    const std::lock_guard lock(mutex_);
    if (stopped_ || at_ == ranges_.size()) return std::nullopt;
    HashRange& range = ranges_[at_];
    HashRange unit = range;
    unit.count =
        std::min(range.count, static_cast<std::uint32_t>(std::max<std::int64_t>(kUnitBytes / chunk_bytes_, 1)));
    range.first += unit.count;
    range.count -= unit.count;
    if (range.count == 0) ++at_;
    return unit;
  }

  Status hash_unit(const HashRange& unit, std::vector<std::byte>& buffer, std::vector<Hash256>& leaves) {
    Result<Fd> file = files_.open(unit.file);
    if (!file) return file.error();
    std::int64_t offset = std::int64_t{unit.first} * chunk_bytes_;
    std::int64_t left = bytes_of(unit, chunk_bytes_);
    // Only hints: they start the disk early; failing changes nothing.
    if (left > static_cast<std::int64_t>(ParallelHasher::kReadBytes)) {
      ::posix_fadvise(file->get(), offset, left, POSIX_FADV_SEQUENTIAL);
      ::posix_fadvise(file->get(), offset, left, POSIX_FADV_WILLNEED);
    }
    HoleFinder holes(*file);
    const auto chunks_of_file = static_cast<std::uint32_t>((unit.file_bytes - 1) / chunk_bytes_ + 1);
    // The roots are reported when the whole unit is known to be good.
    std::vector<Hash256> roots;
    std::vector<ByteSpan> blocks;
    std::vector<Hash256> hashes;
    leaves.clear();
    while (left > 0) {
      if (stopped_ || (options_.cancel != nullptr && *options_.cancel)) return Done{};
      const auto step = static_cast<std::size_t>(std::min<std::int64_t>(left, ParallelHasher::kReadBytes));
      if (buffer.size() < step) buffer.resize(step);
      const MutableByteSpan data = MutableByteSpan(buffer).first(step);
      const bool hole = holes.is_hole(offset, static_cast<std::int64_t>(step));
      if (!hole) {
        if (Status status = read_at(*file, offset, data, files_.name(unit.file)); !status) return status;
      }
      offset += static_cast<std::int64_t>(step);
      left -= static_cast<std::int64_t>(step);
      blocks.clear();
      for (std::size_t at = 0; at < step; at += kBlockBytes) {
        blocks.push_back(data.subspan(at, std::min<std::size_t>(kBlockBytes, step - at)));
      }
      hashes.resize(blocks.size());
      if (hole) {
        for (std::size_t i = 0; i < blocks.size(); ++i) hashes[i] = hash_of_zeros(blocks[i].size());
      } else {
        crypto::sha256_many(blocks, hashes);
      }
      for (std::size_t i = 0; i < hashes.size(); ++i) {
        leaves.push_back(hashes[i]);
        const bool last = left == 0 && i + 1 == hashes.size();
        if (leaves.size() * kBlockBytes < chunk_bytes_ && !last) continue;
        roots.push_back(chunk_root(leaves, chunk_bytes_, chunks_of_file));
        leaves.clear();
      }
      const std::int64_t done = done_ += static_cast<std::int64_t>(step);
      if (options_.progress) options_.progress(done, total_);
    }
    if (Status status = files_.check_after(unit.file, *file); !status) return status;
    for (std::size_t i = 0; i < roots.size(); ++i) {
      files_.on_chunk(unit.file, unit.first + static_cast<std::uint32_t>(i), roots[i]);
    }
    return Done{};
  }

  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopped_ = true;
  }

  const std::uint32_t chunk_bytes_;
  std::vector<HashRange> ranges_;
  ParallelHasher::Files& files_;
  const HashOptions& options_;
  std::int64_t total_ = 0;
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // guards ranges_, at_ and error_
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Status ParallelHasher::run(std::uint32_t chunk_bytes, std::vector<HashRange> ranges, Files& files,
                           const HashOptions& options) {
  Run run(chunk_bytes, std::move(ranges), files, options);
  unsigned wanted = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  wanted = std::min(wanted, kThreadsMax);
  if (run.total() < kUnitBytes / 4) wanted = 1;  // not worth a thread
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < wanted; ++i) {
    try {
      threads.push_back(quiet_thread([&run] { run.work(); }));
    } catch (const std::system_error&) {
      break;  // no more threads available: fewer also do the work
    }
  }
  run.work();
  for (std::thread& thread : threads) thread.join();
  return run.result();
}

}  // namespace stp::content
