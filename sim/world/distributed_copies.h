// How many copies of a share a set of peers holds together: those of its rarest chunk, plus the fraction of its chunks
// that have more ("distributed copies").
//
// Chunks are counted by how many copies they have, so a change costs O(1). Invariant: the sum of with_ is the number of
// chunks, and with_[least_] is the first that is not 0. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stp::sim {

class DistributedCopies {
 public:
  explicit DistributedCopies(std::uint32_t chunks) : copies_(chunks, 0), with_{chunks} {}

  void gained(std::uint32_t chunk) {
    const std::size_t now = ++copies_[chunk];
    if (with_.size() <= now) with_.push_back(0);
    --with_[now - 1];
    ++with_[now];
    while (with_[least_] == 0) ++least_;
  }
  void lost(std::uint32_t chunk) {
    const std::size_t before = copies_[chunk]--;
    --with_[before];
    ++with_[before - 1];
    if (before - 1 < least_) least_ = before - 1;
    while (with_[least_] == 0) ++least_;
  }
  [[nodiscard]] double value() const {
    const auto more = static_cast<double>(copies_.size() - with_[least_]);
    return static_cast<double>(least_) + more / static_cast<double>(copies_.size());
  }

 private:
  std::vector<std::uint32_t> copies_;  // by chunk
  std::vector<std::size_t> with_;      // number of chunks by number of copies
  std::size_t least_ = 0;
};

}  // namespace stp::sim
