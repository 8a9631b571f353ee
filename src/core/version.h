// How stp identifies itself: its version, and how that is written in other programs' protocols. The one place for both.
//
// The two letters are ours alone: neither "tp" nor "TP" is in BEP 20's list or in the tables of libtorrent
// (identify_client.cpp), Transmission (clients.cc) and bittorrent-peerid, and some programs compare without regard to
// case.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace stp {

/// Stands for stp in peer ids (BEP 20) and in the DHT's `v` (BEP 5).
inline constexpr std::string_view kClientLetters = "tp";

/// "0.1.0".
[[nodiscard]] std::string_view version();

/// How stp introduces itself to HTTP servers: "stp/0.1.0".
[[nodiscard]] std::string http_agent();

/// How our peer ids begin: "-tp0100-" (BEP 20, Azureus style): major, minor and patch in one digit each, A to Z for 10
/// to 35 (as libtorrent counts), and a zero.
[[nodiscard]] std::array<std::byte, 8> peer_id_prefix();

/// What `v` of a DHT message says: the letters, then major and minor as one byte each.
[[nodiscard]] std::array<std::byte, 4> dht_client_version();

}  // namespace stp
