// The bounds on what the DHT sends, reads and keeps in tables of a fixed size. Policies are in dht/config.h.
#pragma once

#include <cstddef>

#include "core/time.h"

namespace stp::dht {

// --- Datagrams -------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kDatagramBytesMax = 1500;  // accepted
inline constexpr std::size_t kReplyBytesMax = 1024;     // sent (BEP 32)
inline constexpr std::size_t kBencodeDepthMax = 8;
inline constexpr std::size_t kBencodeTokensMax = 512;
inline constexpr std::size_t kTransactionBytesMax = 64;  // others', echoed; ours have two
inline constexpr std::size_t kTokenBytes = 8;            // ours; jech/dht drops those of 40 or more
inline constexpr std::size_t kTokenBytesMax = 64;        // others'
inline constexpr std::size_t kReplyNodesMax = 32;        // read from one reply, per family
inline constexpr std::size_t kReplyValuesMax = 200;      // read from one reply
inline constexpr std::size_t kFaultTextMax = 200;
static_assert(kReplyBytesMax <= kDatagramBytesMax);
static_assert(kTokenBytes <= 20 && kTokenBytes <= kTokenBytesMax);

// --- Introductions ---------------------------------------------------------------------------------------------------
inline constexpr Duration kIntroductionGap = std::chrono::seconds(1);  // between nodes that transfer peers name

// --- Sources ---------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kSourceSlots = 4096;  // in the table of SourceLimiter

// --- Saved state -----------------------------------------------------------------------------------------------------
inline constexpr std::size_t kFallbackMax = 200;          // nodes known from earlier, per family
inline constexpr std::size_t kStateBytesMax = 64 * 1024;  // accepted

}  // namespace stp::dht
