// What a Swarm is told at birth, and every limit of the transfer layer in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "content/metainfo.h"
#include "core/blocks.h"
#include "core/ids.h"
#include "core/time.h"
#include "core/trace.h"
#include "wire/message.h"

namespace stp::transfer {

enum class PickPolicy : std::uint8_t { rarest_first, random, sequential };

struct SwarmConfig {
  InfoHash info_hash;
  SwarmKey key;
  SessionId session;                                  // random per process
  std::string agent = "stp";                          // at most wire::kAgentBytesMax
  std::shared_ptr<const content::Metainfo> metainfo;  // null: fetch it from peers
  PickPolicy pick = PickPolicy::rarest_first;
  std::uint32_t connections_max = 50;
  std::uint32_t connections_wanted = 30;  // no more are dialled than this; the rest is for those who dial us
  std::uint32_t upload_slots_max = 50;    // see Choker::slots_for(); 0: serve nobody
  /// Whether a metainfo with private=1 keeps the swarm to its trackers and given peers (BEP 27). Not for a share whose
  /// swarm only link holders can find: it is hidden in the DHT anyway.
  bool obeys_private_flag = true;
  trace::Tracer tracer = {};
};

// Choker (Cohen 2003).
inline constexpr Duration kChokeInterval = std::chrono::seconds(10);
inline constexpr std::uint32_t kUploadSlotsMin = 3;
inline constexpr std::uint32_t kOptimisticRounds = 3;               // an optimistic unchoke lasts 30 s
inline constexpr std::uint32_t kUsualWeight = 10;                   // chances in a draw for an optimistic slot …
inline constexpr std::uint32_t kNewcomerWeight = 3 * kUsualWeight;  // … of peers that have nothing yet
inline constexpr std::uint32_t kOwingWeight = 1;                    // … of peers that only take
inline constexpr Duration kNewcomerTime = std::chrono::minutes(2);  // since it connected
inline constexpr std::uint32_t kLaggardDraws = 8;                // the peer with the fewest chunks among that many …
inline constexpr std::int64_t kGiversReturn = 32;                // … that returned 1 byte in this many, at least
inline constexpr double kServedBonus = 1.25;                     // on the rate of who has a slot already
inline constexpr Duration kSeedTurn = std::chrono::seconds(30);  // a seed serves a peer this long while others wait
inline constexpr Duration kSeedTurnMax = std::chrono::minutes(5);  // and until its chunk is through, up to here
// A seed's slot counts as free when its peer has asked for nothing for kSlotIdle, or nothing of what it asked for has
// left for kSlotStuck. Both wait kSlotDelays times as long as what we have sent takes on our own link.
inline constexpr std::chrono::seconds kSlotIdle{3};
inline constexpr Duration kSlotStuck = std::chrono::seconds(10);
inline constexpr int kSlotDelays = 2;
inline constexpr Duration kPassedFor = std::chrono::minutes(5);  // who let a turn pass comes after the others so long
inline constexpr std::uint32_t kPromisesMin = 1;                 // chunks that a first seed promises a peer at a time
inline constexpr std::int64_t kChokeRateSeconds = 20;            // rates are means over this long
inline constexpr std::int64_t kSlotRateSeconds = 4;              // the number of slots follows a mean over this …
inline constexpr Duration kSlotInterval = std::chrono::seconds(1);  // … so often

// Requests.
inline constexpr std::uint32_t kPipelineBytesMin = 2 * kBlockBytes;
inline constexpr std::uint32_t kPipelineBytesStart = 4 * kBlockBytes;
inline constexpr Duration kPipelineHorizon = std::chrono::milliseconds(500);
inline constexpr Duration kPipelineTick = std::chrono::milliseconds(250);
inline constexpr std::uint32_t kIntakeBytesStart = 8 * kBlockBytes;  // requested from all peers together …
inline constexpr std::uint32_t kIntakeBytesMin = 2 * kBlockBytes;    // … and at least, once the rate is known
inline constexpr Duration kIntakeHorizon = std::chrono::seconds(4);
inline constexpr std::int64_t kIntakeTrial = 16;  // a source of unknown rate gets this part of the window
inline constexpr Duration kIntakeDelayGrowth = std::chrono::seconds(1);  // more ends the slow start
inline constexpr std::uint32_t kSourcesMin = 4;                     // peers that may always have one block requested
inline constexpr Duration kSourcesHold = std::chrono::seconds(60);  // after more of them brought nothing
inline constexpr Duration kSourcesTrialMax = std::chrono::seconds(60);  // a block of each of them takes no longer
inline constexpr Duration kSourcesHoldMax = std::chrono::minutes(10);
// A peer that sends nothing of what it was asked for, for this long (and for kSnubQueueTimes as long as all that is
// outstanding takes at the rate of all peers), is asked to give it back.
inline constexpr Duration kSnubAfter = std::chrono::seconds(15);
inline constexpr std::int64_t kSnubQueueTimes = 3;
inline constexpr std::uint32_t kSnubsMax = 4;                          // in a row: then the peer is let go
inline constexpr Duration kCancelPatience = std::chrono::seconds(60);  // a cancel not answered by then counts as obeyed
inline constexpr std::uint32_t kEndGameCopies = 2;                     // requests for one block at a time, at most
// A second copy is worth it when the first takes this much longer, and has kept us waiting for as long as this.
inline constexpr std::int64_t kEndGameGain = 2;
inline constexpr Duration kEndGameGrace = std::chrono::milliseconds(250);
inline constexpr Duration kEndGameSilence = std::chrono::seconds(2);
// What may come twice for it: a hundredth of what was wanted, and on small shares some blocks.
inline constexpr std::uint32_t kEndGameWasteShare = 100;
inline constexpr std::uint32_t kEndGameWasteBlocks = 8;
inline constexpr std::uint32_t kRandomFirstChunks = 4;  // BEP 3 practice: random until there is something to trade
inline constexpr std::int64_t kUnrequestedBytesMax = 32LL * 1024 * 1024;  // late data is forgiven up to here

// Uploads.
inline constexpr std::uint32_t kUploadRequestsMax = 8192;  // queued for one peer; more are rejected
inline constexpr std::int64_t kUploadWindowMin = 1LL * 1024 * 1024;
inline constexpr std::int64_t kUploadWindowMax = 4LL * 1024 * 1024;     // in the driver's hands for one peer
inline constexpr std::int64_t kUploadWindowTotal = 16LL * 1024 * 1024;  // and for all of them
inline constexpr Duration kUnreadAfter = std::chrono::seconds(60);      // then who reads nothing makes room in it
inline constexpr std::uint32_t kLeafRequestsMax = 4;                    // queued for one peer

// Metainfo and hashes.
inline constexpr Duration kFetchTimeout = std::chrono::seconds(10);    // without a byte of the peer
inline constexpr Duration kFetchTimeoutMax = std::chrono::minutes(2);  // for hashes or a block, while other things come
inline constexpr std::uint32_t kMetainfoPartsInFlight = 8;
inline constexpr std::uint32_t kHashRequestsPerPeer = 8;

// Peers.
inline constexpr std::uint32_t kCandidatesMax = 1000;
inline constexpr std::uint32_t kExchangedMax = 200;  // of them, on hearsay: other peers may name anybody
inline constexpr std::uint32_t kConnectingMax = 16;
// A seed needs nobody, and who needs it looks for it, unless it can't be dialled: so it dials, too. The pause doubles
// with every other seed that it finds, since those serve whoever it is looking for; else each pair of a large swarm's
// seeds would meet. While others may be unable to reach us, a find begins it again: it is a leech as a rule.
inline constexpr Duration kSeedDialPause = std::chrono::seconds(1);
inline constexpr Duration kSeedDialPauseMax = std::chrono::minutes(2);
inline constexpr Duration kSeedsApart = std::chrono::hours(24);  // before one seed dials another again
inline constexpr Duration kHelloTimeout = std::chrono::seconds(10);
inline constexpr Duration kKeepAliveAfter = std::chrono::seconds(60);
inline constexpr Duration kSilentAfter = std::chrono::seconds(150);
inline constexpr Duration kProbeAfter = std::chrono::seconds(5);   // of silence while something is awaited …
inline constexpr Duration kProbeAgain = std::chrono::seconds(20);  // … and then this often
inline constexpr Duration kRetryFirst = std::chrono::seconds(1);
inline constexpr Duration kRetryMax = std::chrono::seconds(60);
inline constexpr std::uint32_t kAttemptsMax = 10;       // a candidate found by discovery is then forgotten
inline constexpr std::uint32_t kBansPerAddressMax = 4;  // then the whole address is refused
inline constexpr Duration kExchangeInterval = std::chrono::seconds(60);
inline constexpr Duration kSearchFirst = std::chrono::seconds(1);
inline constexpr Duration kSearchMax = std::chrono::seconds(60);
// Who may be unreachable (Reachability) looks for others so often that it finds them within 30 s of their coming: a
// search and the dials take the rest.
inline constexpr Duration kSearchInDoubt = std::chrono::seconds(20);
inline constexpr Duration kReachedFor = std::chrono::hours(24);  // so long a connection from outside is proof
inline constexpr std::uint32_t kPeersEnough = 8;                 // fewer than this: ask discovery for more
// When no connected peer has had anything that we lack for so long, this many make room for others every few seconds
// (kUpkeepInterval), and are not dialled again for a while.
inline constexpr Duration kStrandedAfter = std::chrono::seconds(5);
inline constexpr std::uint32_t kReplacedAtOnce = 4;
inline constexpr Duration kUselessApart = std::chrono::minutes(10);

// A full swarm (Seats).
inline constexpr Duration kGreetingGrace = std::chrono::seconds(3);  // to say hello
inline constexpr Duration kIdleAfter = std::chrono::seconds(30);     // without anything asked or given
inline constexpr Duration kStayMin = std::chrono::minutes(1);        // then it may have had its turn
inline constexpr Duration kServedStay = std::chrono::minutes(3);     // of the slowest that is being served
inline constexpr Duration kWaitedStay = std::chrono::minutes(10);    // without a turn
inline constexpr std::ptrdiff_t kWaitingSeatsMax = 3;                // seats of peers that wait for their turn
inline constexpr Duration kTurnoverPause = std::chrono::seconds(2);  // between two whose turn is declared over
inline constexpr Duration kFullEventPause = std::chrono::minutes(5);
inline constexpr Duration kFullRetryFirst = std::chrono::seconds(10);  // before a peer that was full is dialled again
inline constexpr Duration kFullRetryMax = std::chrono::seconds(30);
inline constexpr Duration kFullDialPause = std::chrono::seconds(5);  // between such dials when there are enough others
inline constexpr Duration kSeatApart = std::chrono::minutes(1);  // the same after our turn there: first come the others
inline constexpr Duration kComesBack =
    std::chrono::seconds(45);                    // a newcomer that is turned away, if it still wants in
inline constexpr std::ptrdiff_t kAheadMax = 15;  // newcomers that have waited longer; about as many seats fall free …
inline constexpr std::size_t kWaitingMax = 256;  // … until one of them comes back

static_assert(kPipelineBytesMin <= kPipelineBytesStart);
static_assert(kPipelineBytesStart <= kIntakeBytesStart && kIntakeBytesMin <= kIntakeBytesStart);
static_assert(kUploadWindowMin >= static_cast<std::int64_t>(wire::kDataBlocksMax) * kBlockBytes);
static_assert(kUploadWindowMax <= kUploadWindowTotal);
static_assert(kFullRetryMax < kSeatApart && kFullRetryMax * 5 / 4 < kComesBack);
static_assert(kAheadMax * kTurnoverPause <= kFullRetryMax);
static_assert(kIdleAfter <= kStayMin && kStayMin <= kServedStay && kServedStay <= kWaitedStay);
static_assert(kSnubAfter < kSilentAfter && kKeepAliveAfter < kSilentAfter);

}  // namespace stp::transfer
