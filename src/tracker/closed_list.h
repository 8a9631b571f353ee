// ClosedList: the shares that a closed tracker serves, as its operator lists them in a file.
//
//   # one info-hash per line, in hex: 64 digits (v2) or the 20 bytes under which peers announce, 40 digits
//   8e4c6d01bd06179e7938fc35df6c8cdc0061ea4002bbc11bd0999f72648063f2   # and anything after a blank
//
// A magnet link counts as the info-hash in it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace stp::tracker {

/// The largest such file.
inline constexpr std::size_t kClosedListBytesMax = std::size_t{256} << 20;

/// The reason given to a client that asks for any other share.
inline constexpr std::string_view kNotServed = "this tracker is closed: its operator has not listed this share";

class ClosedList {
 public:
  /// The error names the line.
  [[nodiscard]] static Result<ClosedList> parse(std::string_view text);

  [[nodiscard]] bool contains(const SwarmKey& swarm) const;
  [[nodiscard]] std::size_t size() const { return swarms_.size(); }

 private:
  std::vector<SwarmKey> swarms_;  // sorted, each once
};

}  // namespace stp::tracker
