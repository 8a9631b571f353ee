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

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_range.h"
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

/// A key that members of a swarm announce under, and what those who meet under it prove to know in the handshake.
struct SwarmAccess {
  SwarmKey key;
  crypto::Psk psk;
  bool v2 = false;  // what members know of the share: its v2 hash, or else its v1 hash
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

  /// read_link() without the notices, or read_bare_hash().
  [[nodiscard]] static Result<Link> parse(std::string_view text);
  /// The link as text, at most kLinkBytesMax: a name, tracker or peer that would make it longer is left out. It holds
  /// the secret of a private share.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool is_private() const { return secret.has_value(); }
  /// What this process calls the share: info_hashes.name().
  [[nodiscard]] InfoHash info_hash() const { return info_hashes.name(); }
  /// How to meet the members of its swarm: in one way, or in two if it is a hybrid, that of v2 first.
  [[nodiscard]] std::vector<SwarmAccess> accesses() const;
  /// The keys of accesses().
  [[nodiscard]] std::vector<SwarmKey> swarm_keys() const;
  /// Whether both are of one share: they have a swarm key in common.
  [[nodiscard]] bool meets(const Link& other) const;
};

/// A link, and the parts of it that could not be read: lines fit to be shown, at most kLinkNoticesMax + 1.
struct ReadLink {
  Link link;
  std::vector<std::string> notices;
};

/// Reads the link in `text`, of either kind (link_text.h says what may be around it). Errors: usage (not a link,
/// damaged), unsupported (a hash of another kind, a later version), limit (too long).
[[nodiscard]] Result<ReadLink> read_link(std::string_view text);

/// The public share whose info-hash `text` is, and nothing else: a v1 hash (40 hex digits or 32 of base32), a v2 hash (64
/// hex digits) or the multihash of one (68). nullopt: it is none of these.
[[nodiscard]] std::optional<Link> read_bare_hash(std::string_view text);

/// Whether there is a link of either kind in `text`, valid or not; distinguishes links from file names.
[[nodiscard]] bool looks_like_link(std::string_view text);

}  // namespace stp::wire
