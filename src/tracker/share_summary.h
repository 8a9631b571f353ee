// What a BEP 52 info dictionary says about its share, without its files: what the catalogue keeps of it.
//
// Accepts exactly what content::Metainfo::parse() accepts and has v2, up to kSummaryTokensMax, and says the same about
// it; the v1 part of a hybrid is not read. Tests and a fuzz target hold the two against each other. Metainfo keeps every path: a hostile dictionary of one megabyte
// costs it a hundred times as much memory and time, which a tracker must not spend between two announces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::tracker {

/// The longest info dictionary that is read.
inline constexpr std::size_t kSummaryBytesMax = 1024 * 1024;
/// Bencode tokens in it: a file takes up to 13 of them and at least 90 bytes.
inline constexpr std::size_t kSummaryTokensMax = 250'000;

struct ShareSummary {
  std::string name;  // passed content::check_component(); may contain newlines and tabs
  std::int64_t bytes = 0;
  std::uint32_t files = 0;
  bool private_flag = false;  // BEP 27
  bool hybrid = false;        // it has a v1 info-hash, too: the SHA-1 of the dictionary
  bool operator==(const ShareSummary&) const = default;
};

/// `info_hash`, which is the SHA-256 of `dictionary`, is the name of a share without one. Errors: malformed, limit,
/// unsupported (BitTorrent v1 only).
[[nodiscard]] Result<ShareSummary> summarize(ByteSpan dictionary, const InfoHash& info_hash);

}  // namespace stp::tracker
