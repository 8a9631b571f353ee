// Fetches the info dictionary when we have only a link (BEP 9's idea in stp's frames).
//
// One peer at a time: the parts can only be judged together, so with parts from two peers it would be unknown who lied.
// A peer that is slow or refuses is replaced by the next, and one whose bytes hash to none of the info-hashes is
// reported as a liar. Whether they hash to all of them is for the caller to see: if not, it is the link that is wrong. Not thread-safe. Time enters only as `now`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/rng.h"
#include "core/time.h"
#include "transfer/actions.h"
#include "transfer/config.h"
#include "wire/message.h"

namespace stp::transfer {

class MetainfoFetch {
 public:
  /// `config` and `rng` must outlive it.
  MetainfoFetch(InfoHashes info_hashes, const FetchConfig& config, Rng& rng);

  /// `peer` says that it has the dictionary and that it is `bytes` long (the caller checks kMetainfoBytesMax).
  void add_peer(PeerHandle peer, std::uint32_t bytes);
  void remove_peer(PeerHandle peer);
  /// It refuses for now.
  void handle_reject(PeerHandle peer);

  enum class Outcome : std::uint8_t { unasked, more, wrong, done };
  /// `wrong`: the peer's dictionary is not the link's, and the peer has been removed here; `done`: take() it.
  [[nodiscard]] Outcome handle_part(PeerHandle peer, std::uint32_t part, ByteSpan bytes, Instant now);
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

  /// A part is slowly arriving.
  void handle_progress(PeerHandle peer, Instant now);
  /// The next request to send.
  [[nodiscard]] std::optional<std::pair<PeerHandle, wire::MetainfoRequest>> poll_request(Instant now);
  /// Gives up on a silent peer and names it.
  [[nodiscard]] std::optional<PeerHandle> handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  [[nodiscard]] bool has_source() const { return !sources_.empty(); }

 private:
  void drop_current();

  InfoHashes info_hashes_;
  const FetchConfig& config_;
  Rng& rng_;
  std::map<PeerHandle, std::uint32_t> sources_;  // bytes announced
  std::optional<PeerHandle> current_;
  Bytes bytes_;
  std::vector<bool> have_part_;
  std::uint32_t next_part_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint32_t received_ = 0;
  Instant deadline_;
};

}  // namespace stp::transfer
