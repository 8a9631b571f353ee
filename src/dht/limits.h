// Every bound and interval of the DHT in one place. Where a number is not from BEP 5 the comment says where it is from
// or what it protects; docs/protocol-dht.md explains the choices.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "core/time.h"

namespace stp::dht {

using namespace std::chrono_literals;

// --- Routing table ---------------------------------------------------------------------------------------------------
/// Nodes in a bucket, answers in a lookup, places that store an announcement: Kademlia's k (BEP 5).
inline constexpr std::size_t kBucketSize = 8;
/// The buckets near the root hold more: each further doubling saves a bit of every lookup's first hop, for a few KiB.
inline constexpr std::array<std::size_t, 4> kWideBuckets = {128, 64, 32, 16};
/// Contacts that wait for a place in a bucket: as many as the bucket holds, at most this.
inline constexpr std::size_t kReplacementsMax = 32;
/// Contacts that did not answer a probe are not asked again on hearsay for kIdleLimit; so many are remembered.
inline constexpr std::size_t kUnresponsiveMax = 128;
/// Unanswered queries in a row after which a node is bad (BEP 5 "several").
inline constexpr unsigned kFailuresMax = 3;
/// BEP 5: a node not heard of for so long is questionable, a bucket that did not change for so long is refreshed.
inline constexpr Duration kIdleLimit = 15min;
/// A node that failed is asked again after this, then three times as long each time.
inline constexpr Duration kRecheckDelay = 10s;
/// Gap between two maintenance probes, short while the table is nearly empty; and between those that only widen it.
/// Full width saves every lookup a part of a hop and costs hundreds of datagrams, which a short stay would never earn
/// back.
inline constexpr Duration kProbeGapSparse = 50ms;
inline constexpr Duration kProbeGap = 500ms;
inline constexpr Duration kWidenGap = 10s;
/// Somebody is checked at least this often, in a table of any size: the node silent longest, unless heard of within
/// kFreshFor. So the news that many have vanished reaches idle nodes, too.
inline constexpr Duration kHeartbeat = 10s;
inline constexpr Duration kFreshFor = 30s;
/// A node that falls silent casts doubt on this many others, silent longest, which are checked next.
inline constexpr std::size_t kDoubtedWithIt = 3;
/// When a good part of the table has vanished (dht/vanish_watch.h) all of it is checked, at this gap …
inline constexpr std::size_t kVanishSample = 16;
inline constexpr std::size_t kVanishGoneMin = 4;
inline constexpr std::size_t kVanishPart = 4;
inline constexpr Duration kVanishWindow = 2min;
inline constexpr Duration kSweepGap = 200ms;
/// … and for each node that is lost so many replacements are tried at kRefillGap in place of kWidenGap.
inline constexpr std::size_t kRefillsPerLoss = 2;
inline constexpr std::size_t kRefillsMax = 256;
inline constexpr Duration kRefillGap = 1s;
/// The table is sparse below this.
inline constexpr std::size_t kSparseTable = 64;
/// How often our own neighbourhood is looked up again, ± a quarter: soon after joining, since others may have joined
/// with us and not have been there to be found, then after four times as long each time up to the interval.
inline constexpr Duration kSelfLookupFirst = 30s;
inline constexpr Duration kSelfLookupInterval = 30min;

// --- Datagrams -------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kDatagramBytesMax = 1500;  // accepted
inline constexpr std::size_t kReplyBytesMax = 1024;     // sent (BEP 32)
/// A source that never answered us gets at most so many times the bytes of its query (IP and UDP headers not counted).
inline constexpr std::size_t kAmplificationMax = 4;
inline constexpr std::size_t kBencodeDepthMax = 8;
inline constexpr std::size_t kBencodeTokensMax = 512;
inline constexpr std::size_t kTransactionBytesMax = 64;  // of others, echoed; ours have two
inline constexpr std::size_t kTokenBytes = 8;            // ours; jech/dht drops those of 40 and more
inline constexpr std::size_t kTokenBytesMax = 64;        // of others
inline constexpr std::size_t kReplyNodesMax = 32;        // read from one reply, a family
inline constexpr std::size_t kReplyValuesMax = 200;      // read from one reply
inline constexpr std::size_t kFaultTextMax = 200;
inline constexpr std::size_t kTransmitQueueMax = 4096;
static_assert(kReplyBytesMax <= kDatagramBytesMax);
static_assert(kTokenBytes <= 20 && kTokenBytes <= kTokenBytesMax);

// --- Queries of ours -------------------------------------------------------------------------------------------------
inline constexpr std::size_t kOutstandingMax = 2048;  // transaction ids have 16 bits
/// After this a query no longer holds back a lookup; follows the measured round trips between these bounds.
inline constexpr Duration kStallMin = 50ms;
inline constexpr Duration kStallMax = 1s;
inline constexpr Duration kStallInitial = 500ms;
/// This long after it was last asked, a query has failed.
inline constexpr Duration kQueryTimeout = 5s;
static_assert(kStallMin < kStallInitial && kStallInitial < kStallMax && kStallMax < kQueryTimeout);
/// How often a query is asked at most, and each of a lookup's closest candidates at least before it is given up.
inline constexpr unsigned kAsksMax = 5;
inline constexpr unsigned kAsksOfTheClose = 2;
/// Nodes that are there and still not heard after as many asks as the measured loss calls for, at most.
inline constexpr double kLossResidue = 0.01;
/// Round trips over which loss is measured, and those assumed to have gone well before the first.
inline constexpr double kLossWindow = 128;
inline constexpr double kLossPrior = 10;
static_assert(kAsksOfTheClose <= kAsksMax);

// --- Lookups ---------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kLookupParallel = 5;         // α: queries in flight ahead of a shortlist's next candidate
inline constexpr std::size_t kLookupInFlightMax = 16;     // of a shortlist altogether, slow ones not counted
inline constexpr std::size_t kLookupCandidatesMax = 100;  // of a shortlist
inline constexpr std::size_t kContactsPerReferrer = kBucketSize;
inline constexpr std::size_t kLookupPeersMax = 2000;
inline constexpr std::size_t kLookupsActiveMax = 32;
inline constexpr std::size_t kLookupsMax = 4096;
static_assert(kLookupsActiveMax * 2 * kLookupInFlightMax < kOutstandingMax);  // two shortlists each

// --- Stored peers and tokens -----------------------------------------------------------------------------------------
inline constexpr Duration kPeerLifetime = 30min;
inline constexpr std::size_t kStoredKeysMax = 8192;
inline constexpr std::size_t kStoredPeersPerKeyMax = 1000;
inline constexpr std::size_t kStoredPeersPerAddressMax = 256;  // a /64 of IPv6; local addresses are not counted
inline constexpr std::size_t kStoredPeersMax = 65536;
inline constexpr Duration kStoreSweepInterval = 1min;
inline constexpr Duration kTokenRotation = 5min;
inline constexpr std::size_t kOwnAnnouncementsMax = 4096;

// --- Sources ---------------------------------------------------------------------------------------------------------
/// Queries answered for one address (a /64 of IPv6); local addresses are exempt.
inline constexpr double kSourceQueriesPerSecond = 20;
inline constexpr double kSourceBurst = 200;
inline constexpr std::size_t kSourceSlots = 4096;

// --- Joining ---------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kBootstrapMax = 32;
inline constexpr std::size_t kFallbackMax = 200;  // nodes known from earlier, a family
inline constexpr std::size_t kFallbackPerRound = 24;
/// Rounds double from the first to the second: with an empty table, and with one of less than k nodes.
inline constexpr Duration kJoinEmptyMin = 2s;
inline constexpr Duration kJoinEmptyMax = 5min;
inline constexpr Duration kJoinSparseMin = 5s;
inline constexpr Duration kJoinSparseMax = 15min;
/// With a filled table a node lost earlier is asked now and then, ± a quarter: whom a network failure cut off comes
/// back.
inline constexpr Duration kRevisitInterval = 5min;
/// Bytes of a saved state that are looked at.
inline constexpr std::size_t kStateBytesMax = 64 * 1024;

// --- Our address as others see it (BEP 42) ---------------------------------------------------------------------------
inline constexpr std::size_t kVotersMax = 32;   // a family
inline constexpr std::size_t kVotesNeeded = 4;  // distinct voters, and more than half of those heard
inline constexpr Duration kIdChangeInterval = 10min;

}  // namespace stp::dht
