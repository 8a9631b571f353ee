#include "content/parallel_hasher.h"

#include <fcntl.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "content/sparse_file.h"
#include "core/quiet_thread.h"

namespace stp::content {
namespace {

// Large enough that reopening a file costs little, small enough that all threads end at about the same time.
constexpr std::int64_t kUnitBytes = 4 * 1024 * 1024;

// Bounds a unit of very small chunks.
constexpr std::uint32_t kUnitChunksMax = 4096;

// One run of the hasher: what its threads have in common.
class Run {
 public:
  Run(const Layout& layout, HashKinds kinds, std::vector<HashRange> ranges, ParallelHasher::Files& files,
      const HashOptions& options)
      : layout_(layout), kinds_(kinds), ranges_(std::move(ranges)), files_(files), options_(options) {
    for (const HashRange& range : ranges_) {
      STP_ASSERT(range.count > 0);
      for (std::uint32_t i = 0; i < range.count; ++i) total_ += layout_.bytes_of(ChunkIndex{range.first.value + i});
    }
  }

  [[nodiscard]] std::int64_t total() const { return total_; }

  void work() {
    std::vector<std::byte> buffer(ParallelHasher::kReadBytes);
    ChunkDigester digester(layout_, kinds_);
    while (const std::optional<HashRange> unit = next_unit()) hash_unit(*unit, buffer, digester);
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
    const auto most = static_cast<std::uint32_t>(std::max<std::int64_t>(kUnitBytes / layout_.chunk_bytes(), 1));
    unit.count = std::min({range.count, most, kUnitChunksMax});
    range.first.value += unit.count;
    range.count -= unit.count;
    if (range.count == 0) ++at_;
    return unit;
  }

  // Digests are reported when the whole unit has been read: a file that changed meanwhile spoils all of its chunks.
  void hash_unit(const HashRange& unit, MutableByteSpan buffer, ChunkDigester& digester) {
    digester.begin(unit.first, unit.count);
    for (const Extent& extent : extents_of(unit)) {
      if (ended()) return;
      if (extent.is_pad()) {
        feed_zeros(extent.bytes, digester);
        continue;
      }
      const ChunkIndex first = digester.at();
      std::int64_t left = extent.bytes;
      if (const Status status = hash_extent(extent, left, buffer, digester); !status) {
        digester.fail_from(first);
        digester.skip(left);
        if (!files_.on_error(extent.file, status.error())) stop(status.error());
      }
    }
    if (ended()) return;
    for (std::uint32_t i = 0; i < unit.count; ++i) {
      const ChunkDigester::Outcome& outcome = digester.outcomes()[i];
      if (!outcome.failed) files_.on_chunk({unit.first.value + i}, outcome.digest);
    }
  }

  // `left`: bytes of the extent that were not fed yet.
  Status hash_extent(const Extent& extent, std::int64_t& left, MutableByteSpan buffer, ChunkDigester& digester) {
    Result<Fd> file = files_.open(extent.file);
    if (!file) return file.error();
    digester.begin_file(files_.chunk_count(extent.file));
    // Only hints: they start the disk early; failing changes nothing.
    if (left > static_cast<std::int64_t>(ParallelHasher::kReadBytes)) {
      ::posix_fadvise(file->get(), extent.offset, left, POSIX_FADV_SEQUENTIAL);
      ::posix_fadvise(file->get(), extent.offset, left, POSIX_FADV_WILLNEED);
    }
    HoleFinder holes(*file);
    for (std::int64_t offset = extent.offset; left > 0 && !ended();) {
      const std::int64_t step = std::min(left, std::ssize(buffer));
      const bool hole = holes.is_hole(offset, step);
      const MutableByteSpan data = buffer.first(static_cast<std::size_t>(step));
      if (!hole) {
        if (Status status = read_at(*file, offset, data, files_.name(extent.file)); !status) return status;
      }
      offset += step;
      left -= step;
      digester.feed(hole ? ChunkDigester::zeros().first(data.size()) : ByteSpan(data), hole);
      const std::int64_t done = done_ += step;
      if (options_.progress) options_.progress(done, total_);
    }
    return files_.check_after(extent.file, *file);
  }

  void feed_zeros(std::int64_t bytes, ChunkDigester& digester) {
    for (std::int64_t left = bytes; left > 0;) {
      const auto step = std::min(left, std::ssize(ChunkDigester::zeros()));
      digester.feed(ChunkDigester::zeros().first(static_cast<std::size_t>(step)), true);
      left -= step;
    }
    done_ += bytes;
  }

  // Where the unit's bytes are: of each file and pad one extent, however many chunks have bytes of it.
  [[nodiscard]] std::vector<Extent> extents_of(const HashRange& unit) const {
    std::vector<Extent> all;
    for (std::uint32_t i = 0; i < unit.count; ++i) {
      for (const Extent& extent : layout_.extents(ChunkIndex{unit.first.value + i})) {
        if (!all.empty() && all.back().file == extent.file) {
          all.back().bytes += extent.bytes;
        } else {
          all.push_back(extent);
        }
      }
    }
    return all;
  }

  [[nodiscard]] bool ended() const { return stopped_ || (options_.cancel != nullptr && *options_.cancel); }

  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopped_ = true;
  }

  const Layout& layout_;
  const HashKinds kinds_;
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

Status ParallelHasher::run(const Layout& layout, HashKinds kinds, std::vector<HashRange> ranges, Files& files,
                           const HashOptions& options) {
  Run run(layout, kinds, std::move(ranges), files, options);
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
