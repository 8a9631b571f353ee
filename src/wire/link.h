// Links: what one person gives another so that they can get a share (docs/protocol.md "Links").
//
//   public   magnet:?xt=urn:btmh:1220<64 hex>&dn=NAME&tr=URL&x.pe=HOST:PORT   BEP 9, BEP 52; any v2 client accepts it
//            magnet:?xt=urn:btih:<40 hex>&…                                  v1 (read with 32 base32 digits, too)
//            magnet:?xt=urn:btih:<40 hex>&xt=urn:btmh:1220<64 hex>&…         hybrid
//   private  stp:<70 characters of base64url>?dn=NAME&tr=URL&x.pe=HOST:PORT   version 1 ‖ info-hash ‖ secret ‖ checksum
//
// Links come from strangers: everything is bounded, and every error says what is wrong. Only the share itself (`xt`, or
// the 70 characters) decides whether a link can be used. Everything else is a hint: one that can't be read is skipped
// with a notice, unknown ones are ignored, and so are trackers and peers past the bounds. The name is for display only,
// never a path; control characters are dropped.
//
// Tolerated, since links pass through mail, chats and web pages: what link_text.h removes; "&amp;" for "&"; keys in any
// case, escaped or numbered ("tr.1"); escaped colons; blanks and punctuation after the hash; "stp://" and "magnet:/?".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host_port.h"
#include "core/ids.h"
#include "core/info_hashes.h"
#include "core/result.h"
#include "crypto/secret.h"

namespace stp::wire {

/// The longest link that is written, and the longest that is read: lists of trackers make some very long.
inline constexpr std::size_t kLinkBytesMax = 8 * 1024;
inline constexpr std::size_t kLinkReadBytesMax = 64 * 1024;
/// Unreadable hints that are reported one by one; the rest are counted.
inline constexpr std::size_t kLinkNoticesMax = 8;
inline constexpr std::size_t kLinkNameBytesMax = 255;
inline constexpr std::size_t kLinkTrackersMax = 32;
inline constexpr std::size_t kLinkPeersMax = 64;
inline constexpr std::size_t kLinkWebSeedsMax = 32;
inline constexpr std::size_t kLinkSelectionMax = 1024;

/// Files `first` to `last` of a share, counted from 0 in its order.
struct FileRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const FileRange&) const = default;
};

struct Link {
  InfoHashes info_hashes;                // of a private share only v2
  std::optional<crypto::Secret> secret;  // present: a private share
  std::string name;                      // may be empty
  std::vector<std::string> trackers;     // URLs, as written in the link
  std::vector<HostPort> peers;
  std::vector<std::string> web_seeds = {};  // URLs (BEP 19)
  std::vector<FileRange> selection = {};    // BEP 53: only these files; empty: all
  bool operator==(const Link&) const = default;

  /// read_link() without the notices.
  [[nodiscard]] static Result<Link> parse(std::string_view text);
  /// The link as text, at most kLinkBytesMax: a name, tracker or peer that would make it longer is left out. It holds
  /// the secret of a private share.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool is_private() const { return secret.has_value(); }
  /// What this process calls the share: info_hashes.name().
  [[nodiscard]] InfoHash info_hash() const { return info_hashes.name(); }
  /// What members of this swarm announce under: of a hybrid, that of the v2 hash.
  [[nodiscard]] SwarmKey swarm_key() const;
  /// What they prove to know in the handshake. Of a hybrid: its v2 hash.
  [[nodiscard]] crypto::Psk psk() const;
};

/// A link, and the parts of it that could not be read: lines fit to be shown, at most kLinkNoticesMax + 1.
struct ReadLink {
  Link link;
  std::vector<std::string> notices;
};

/// Reads the link in `text`, of either kind (link_text.h says what may be around it). Errors: usage (not a link,
/// damaged), unsupported (a hash of another kind, a later version), limit (too long).
[[nodiscard]] Result<ReadLink> read_link(std::string_view text);

/// Whether there is a link of either kind in `text`, valid or not; distinguishes links from file names.
[[nodiscard]] bool looks_like_link(std::string_view text);

}  // namespace stp::wire
