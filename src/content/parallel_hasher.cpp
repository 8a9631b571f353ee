#include "content/parallel_hasher.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "content/chunk_lanes.h"
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
    if (kinds_.sha1) {
      ChunkLanes lanes(layout_, kinds_);
      while (const std::optional<HashRange> unit = next_unit()) hash_side_by_side(*unit, lanes);
      return;
    }
    std::vector<std::byte> buffer(ParallelHasher::kReadBytes);
    ChunkDigester digester(layout_);
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
    // One for each lane, but of a short range only half: another thread takes the rest.
    const std::uint32_t least = kinds_.sha1 ? std::min<std::uint32_t>(ChunkLanes::kLanes, (range.count + 1) / 2) : 1;
    const auto most = std::max(static_cast<std::uint32_t>(kUnitBytes / layout_.chunk_bytes()), least);
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

  // A file of a unit whose chunks are read side by side.
  struct Part {
    std::int64_t offset = 0;  // of the unit's bytes in it
    std::int64_t left = 0;    // of these
    Fd file = {};             // while it is needed
    std::optional<HoleFinder> holes = std::nullopt;
    bool failed = false;
  };
  using Parts = std::map<std::size_t, Part>;

  // As hash_unit().
  void hash_side_by_side(const HashRange& unit, ChunkLanes& lanes) {
    Parts parts;
    for (const Extent& extent : extents_of(unit)) {
      if (extent.is_pad()) continue;
      Part& part = parts[extent.file];
      part.offset = extent.offset;
      part.left = extent.bytes;
    }
    std::vector<std::optional<ChunkDigest>> digests(unit.count);
    std::array<std::optional<std::uint32_t>, ChunkLanes::kLanes> chunks;  // of the unit, by lane
    std::uint32_t next = 0;
    for (bool active = true; active && !ended();) {
      active = false;
      for (std::size_t lane = 0; lane < chunks.size(); ++lane) {
        while (!chunks[lane] && next < unit.count) {
          const std::uint32_t begun = next++;
          const ChunkIndex chunk{unit.first.value + begun};
          lanes.begin(lane, chunk, chunks_of_file(chunk));
          if (read_step(lane, lanes, parts)) chunks[lane] = begun;
        }
        if (!chunks[lane]) lanes.end(lane);
        active = active || chunks[lane];
      }
      lanes.advance();
      for (std::size_t lane = 0; lane < chunks.size(); ++lane) {
        if (!chunks[lane]) continue;
        if (lanes.done(lane)) digests[*chunks[lane]] = lanes.digest(lane);
        if (lanes.done(lane) || !read_step(lane, lanes, parts)) chunks[lane].reset();
      }
    }
    for (auto& [file, part] : parts) check_part(file, part);
    if (ended()) return;
    for (std::uint32_t i = 0; i < unit.count; ++i) {
      const ChunkIndex chunk{unit.first.value + i};
      const auto extents = digests[i] ? layout_.extents(chunk) : std::vector<Extent>();
      const auto failed = [&](const Extent& extent) { return !extent.is_pad() && parts.at(extent.file).failed; };
      if (digests[i] && std::ranges::none_of(extents, failed)) files_.on_chunk(chunk, *digests[i]);
    }
  }

  [[nodiscard]] std::uint32_t chunks_of_file(ChunkIndex chunk) const {
    return kinds_.merkle ? files_.chunk_count(layout_.extents(chunk).front().file) : 0;
  }

  // False: the lane's chunk can't be hashed.
  bool read_step(std::size_t lane, ChunkLanes& lanes, Parts& parts) {
    const ChunkLanes::Step step = lanes.next(lane);
    MutableByteSpan rest = step.bytes;
    const std::vector<Extent> extents = layout_.extents(step.position, std::ssize(step.bytes));
    for (const Extent& extent : extents) {
      const MutableByteSpan place = rest.first(static_cast<std::size_t>(extent.bytes));
      rest = rest.subspan(place.size());
      bool zero = extent.is_pad();
      if (!zero) {
        Part& part = parts.at(extent.file);
        const Result<bool> hole = read_part(extent, part, place);
        if (!hole) fail_part(extent.file, part, hole.error());
        if (part.failed) return false;
        zero = *hole;
      }
      if (zero) std::ranges::fill(place, std::byte{0});
      if (zero && extents.size() == 1) lanes.set_zero(lane);
    }
    const std::int64_t done = done_ += std::ssize(step.bytes);
    if (options_.progress && !step.bytes.empty()) options_.progress(done, total_);
    return true;
  }

  // Whether the bytes are in a hole, and were not read.
  Result<bool> read_part(const Extent& extent, Part& part, MutableByteSpan place) {
    if (part.failed) return false;
    if (!part.holes) {
      Result<Fd> file = files_.open(extent.file);
      if (!file) return file.error();
      part.file = *std::move(file);
      part.holes.emplace(part.file);
      if (part.left > static_cast<std::int64_t>(ChunkLanes::kStepBytes)) {
        ::posix_fadvise(part.file.get(), part.offset, part.left, POSIX_FADV_WILLNEED);  // a hint
      }
    }
    const bool hole = part.holes->is_hole(extent.offset, extent.bytes);
    if (!hole) {
      if (Status status = read_at(part.file, extent.offset, place, files_.name(extent.file)); !status) {
        return status.error();
      }
    }
    part.left -= extent.bytes;
    if (part.left == 0) check_part(extent.file, part);
    return hole;
  }

  // Nothing more is read from it.
  void check_part(std::size_t file, Part& part) {
    if (!part.holes || part.failed || !part.file) return;
    if (const Status status = files_.check_after(file, part.file); !status) fail_part(file, part, status.error());
    part.file = Fd();
  }

  void fail_part(std::size_t file, Part& part, const Error& error) {
    part.failed = true;
    if (!files_.on_error(file, error)) stop(error);
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
