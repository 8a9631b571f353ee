// The catalogue's replies in JSON: written by the server, read by `stp find`, `stp get NAME` and `stp share`.
//
// Names are data. What is written is ASCII, and has no '<', '>' or '&' either: whoever puts it into a page or on a
// terminal gets no markup and no escape sequence. What is read comes from any tracker in the world: it is bounded, an
// entry that no catalogue of ours would have is dropped, and the link is made here from the info-hashes, never taken from
// the reply.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "tracker/catalogue_query.h"

namespace stp::tracker {

inline constexpr std::string_view kJsonType = "application/json";
/// The longest reply that is read.
inline constexpr std::size_t kPageBytesMax = 1024 * 1024;
/// Bytes of an error's text that are kept.
inline constexpr std::size_t kCatalogueErrorBytesMax = 256;

/// The magnet link of a share, with the announce URLs of these trackers.
[[nodiscard]] std::string share_link(const ListedShare& share, std::vector<std::string> trackers);

/// `tracker`: the announce URL in the links; empty: none.
[[nodiscard]] Bytes encode_share_page(const SharePage& page, const std::string& tracker);
[[nodiscard]] Bytes encode_share(const ListedShare& share, const std::string& tracker);
/// The reply to a PUT: "listed" or "held".
[[nodiscard]] Bytes encode_put(std::string_view state);
[[nodiscard]] Bytes encode_catalogue_error(std::string_view message);

/// Reads a page; malformed if it is none.
[[nodiscard]] Result<SharePage> decode_share_page(ByteSpan body);
/// What encode_put() wrote, "listed" or "held"; empty if it is anything else.
[[nodiscard]] std::string decode_put(ByteSpan body);
/// The text of an error, escaped and cut; empty if there is none, as in the reply of a tracker without a catalogue.
[[nodiscard]] std::string decode_catalogue_error(ByteSpan body);

}  // namespace stp::tracker
