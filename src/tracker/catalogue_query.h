// What is asked of a catalogue and what it answers, and the query of `GET /api/shares?name=&sort=&page=`.
//
// Parsed strictly and within bounds; an unknown parameter is ignored. '+' is a blank, as forms write it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/info_hashes.h"
#include "core/result.h"
#include "tracker/registry.h"

namespace stp::tracker {

/// Shares on one page.
inline constexpr std::size_t kPageShares = 100;
/// The longest text that names are compared with: as long as the longest name.
inline constexpr std::size_t kQueryNameBytesMax = 255;
inline constexpr std::uint32_t kPagesMax = 100'000;

/// What comes first: most seeds, the name, the largest, the newest.
enum class ShareOrder : std::uint8_t { seeds, name, size, age };

struct ShareQuery {
  std::string name;  // a part or a glob (name_pattern.h); UTF-8; empty: everything
  ShareOrder order = ShareOrder::seeds;
  std::uint32_t page = 1;
  bool operator==(const ShareQuery&) const = default;
};

/// A share as a catalogue shows it.
struct ListedShare {
  InfoHash info_hash;
  std::string name;
  std::int64_t bytes = 0;
  std::uint32_t files = 0;
  std::uint32_t seeds = 0;
  std::uint32_t leeches = 0;
  std::chrono::seconds age{};                   // since it was listed
  std::optional<InfoHashV1> info_hash_v1 = {};  // of a hybrid
  [[nodiscard]] InfoHashes info_hashes() const { return {info_hash_v1, info_hash}; }
  bool operator==(const ListedShare&) const = default;
};

/// Shares whose name is the text of the query come first, whatever the order.
struct SharePage {
  std::vector<ListedShare> shares;  // at most kPageShares
  std::uint64_t total = 0;          // on all pages
  std::uint32_t page = 1;
  bool operator==(const SharePage&) const = default;
};

/// How many pages `total` shares take.
[[nodiscard]] constexpr std::uint64_t page_count(std::uint64_t total) {
  return (total + kPageShares - 1) / kPageShares;
}

/// "seeds", "name", "size", "age".
[[nodiscard]] std::string_view to_string(ShareOrder order);
/// The error lists them.
[[nodiscard]] Result<ShareOrder> parse_share_order(std::string_view text);

/// What follows the '?', without a character that needs escaping in a URL. The defaults are left out.
[[nodiscard]] std::string share_query(const ShareQuery& query);
/// The opposite. The error's message is fit for whoever asked.
[[nodiscard]] Result<ShareQuery> parse_share_query(std::string_view query);

}  // namespace stp::tracker
