// A number that two runs share if and only if they did the same things in the same order.
#pragma once

#include <bit>
#include <cstdint>

namespace stp::sim {

class TraceHash {
 public:
  void add(std::uint64_t value) {
    state_ = (std::rotl(state_, 23) ^ value) * 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 29;
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3;
};

}  // namespace stp::sim
