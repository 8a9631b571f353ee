#include "content/sparse_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

namespace stp::content {
namespace {

constexpr std::int64_t kNoMoreData = std::numeric_limits<std::int64_t>::max();

// Where data begins at or after `offset`; `offset` itself when that is unknown.
std::int64_t next_data(const Fd& file, std::int64_t offset) {
  const ::off_t data = file.file_system().seek_data(file.get(), offset);
  if (data >= 0) return data;
  return data == -ENXIO ? kNoMoreData : offset;
}

// Whether [offset, offset + bytes) is a hole now.
bool make_hole(const Fd& file, std::int64_t offset, std::int64_t bytes) {
  if (next_data(file, offset) >= offset + bytes) return true;
  return file.file_system().fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0;
}

}  // namespace

bool is_zero(ByteSpan bytes) {
  constexpr std::size_t kProbe = 16;  // distinguishes nearly all data from zeros
  const auto probe = bytes.first(std::min(kProbe, bytes.size()));
  if (std::any_of(probe.begin(), probe.end(), [](std::byte byte) { return byte != std::byte{0}; })) return false;
  return bytes.size() <= kProbe || std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

Status write_sparse(const Fd& file, std::int64_t offset, std::span<const ByteSpan> buffers, std::string_view name) {
  std::vector<ByteSpan> run;  // consecutive parts, all zeros or none
  std::int64_t run_bytes = 0;
  bool run_is_zero = false;
  const auto end_run = [&]() -> Status {
    Status status = Done{};
    if (run_bytes > 0 && !(run_is_zero && make_hole(file, offset, run_bytes)))
      status = write_at(file, offset, run, name);
    offset += run_bytes;
    run_bytes = 0;
    run.clear();
    return status;
  };
  for (const ByteSpan buffer : buffers) {
    for (std::size_t at = 0; at < buffer.size(); at += kBlockBytes) {
      const ByteSpan part = buffer.subspan(at, std::min<std::size_t>(kBlockBytes, buffer.size() - at));
      const bool zero = is_zero(part);
      if (zero != run_is_zero) {
        if (Status status = end_run(); !status) return status;
        run_is_zero = zero;
      }
      // Parts of one buffer are written as one.
      if (at > 0 && !run.empty()) {
        run.back() = {run.back().data(), run.back().size() + part.size()};
      } else {
        run.push_back(part);
      }
      run_bytes += static_cast<std::int64_t>(part.size());
    }
  }
  return end_run();
}

HoleFinder::HoleFinder(const Fd& file) : file_(file) {
  constexpr std::int64_t kStatBlockBytes = 512;  // stat(3type)
  struct ::stat status {};
  sparse_ = file.file_system().fstat(file.get(), status) == 0 && status.st_blocks * kStatBlockBytes < status.st_size;
}

bool HoleFinder::is_hole(std::int64_t offset, std::int64_t bytes) {
  if (!sparse_) return false;
  if (offset < from_ || offset >= data_) {
    from_ = offset;
    data_ = next_data(file_, offset);
  }
  return data_ == kNoMoreData || offset + bytes <= data_;
}

}  // namespace stp::content
