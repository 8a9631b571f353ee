// What a Swarm is created with: its share (SwarmConfig), and every policy of the transfer layer (TransferConfig).
//
// A TransferConfig is shared, unchanged, by all swarms of a process; its member initialisers are stp's defaults.
// validate() says whether other values make sense; transfer/settings.h has its fields as a table.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/web_seed.h"
#include "core/blocks.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"
#include "core/trace.h"
#include "transfer/commons.h"

namespace stp::transfer {

enum class PickPolicy : std::uint8_t { rarest_first, random, sequential };

/// Whom we serve.
enum class ChokerPolicy : std::uint8_t {
  tit_for_tat,  // who sends us most, plus optimistic slots; a seed: who passes chunks on, in turn
  round_robin,  // who has waited longest, whatever it gives; a seed does the same
  none,         // the first to ask keep their slots; as many slots as are allowed
};

struct ChokerConfig {  // Cohen 2003; choker.h
  ChokerPolicy policy = ChokerPolicy::tit_for_tat;
  Duration interval = std::chrono::seconds(10);
  std::uint32_t slots_min = 3;
  std::uint32_t optimistic_rounds = 3;               // an optimistic unchoke lasts 30 s
  std::uint32_t usual_weight = 10;                   // chances in a draw for an optimistic slot …
  std::uint32_t newcomer_weight = 30;                // … of peers that have nothing yet
  std::uint32_t owing_weight = 1;                    // … of peers that only take
  Duration newcomer_time = std::chrono::minutes(2);  // since it connected
  std::uint32_t laggard_draws = 8;                   // the peer with the fewest chunks among this many …
  std::int64_t givers_return = 32;                   // … that returned 1 byte in this many, at least
  double served_bonus = 1.25;                        // on the rate of a peer that already has a slot
  Duration seed_turn = std::chrono::seconds(30);     // a seed serves a peer this long while others wait
  Duration seed_turn_max = std::chrono::minutes(5);  // and until its chunk is complete, up to this
  // A seed's slot counts as free when its peer has asked for nothing for slot_idle, or when nothing of what it asked
  // for has been sent for slot_stuck. Both are extended by slot_delays times what our own link takes for the data sent.
  Duration slot_idle = std::chrono::seconds(3);
  Duration slot_stuck = std::chrono::seconds(10);
  std::uint32_t slot_delays = 2;
  Duration passed_for = std::chrono::minutes(5);     // a peer that let a turn pass comes last for this long
  std::uint32_t rate_seconds = 20;                   // rates are averages over this
  std::uint32_t slot_rate_seconds = 4;               // the number of slots follows an average over this …
  Duration slot_interval = std::chrono::seconds(1);  // … this often
  // A seed that sends less than uplink_used of the highest rate of late, while peers wait, adds a slot every
  // slot_interval, and forgets this part of that rate.
  double uplink_used = 0.5;
  double uplink_forget = 0.02;
  bool operator==(const ChokerConfig&) const = default;
};

struct SeedPlanConfig {  // seed_plan.h
  bool enabled = true;
  std::uint32_t promises_min = 1;  // chunks that a first seed promises a peer at a time
  // Bounds of SeedPlan::patience().
  Duration patience_first = std::chrono::seconds(15);  // while no chunk has been seen elsewhere
  Duration patience_min = std::chrono::seconds(2);
  Duration patience_max = std::chrono::minutes(1);
  bool operator==(const SeedPlanConfig&) const = default;
};

struct RequestConfig {
  std::uint32_t pipeline_min = 2 * kBlockBytes;  // requested from one peer (pipeline.h)
  std::uint32_t pipeline_start = 4 * kBlockBytes;
  Duration pipeline_horizon = std::chrono::milliseconds(500);
  Duration pipeline_tick = std::chrono::milliseconds(250);
  // A peer that sends none of what it was asked for, for this long (and for snub_queue_times what everything
  // outstanding takes at the rate of all peers), is asked to give it back.
  Duration snub_after = std::chrono::seconds(15);
  std::uint32_t snub_queue_times = 3;
  std::uint32_t snubs_max = 4;                          // in a row; then the peer is disconnected
  Duration cancel_patience = std::chrono::seconds(60);  // a cancel not answered within this counts as obeyed
  std::uint32_t random_first_chunks = 4;                // BEP 3 practice: random until there is something to trade
  std::int64_t unrequested_max = 32LL * 1024 * 1024;    // late data is forgiven up to this
  bool operator==(const RequestConfig&) const = default;
};

struct IntakeConfig {                     // intake.h
  std::uint32_t start = 8 * kBlockBytes;  // requested from all peers together …
  std::uint32_t min = 2 * kBlockBytes;    // … and at least, once the rate is known
  Duration horizon = std::chrono::seconds(4);
  std::uint32_t trial = 16;                               // a source of unknown rate gets one part in this many
  Duration delay_growth = std::chrono::seconds(1);        // more than this ends the slow start
  std::uint32_t sources_min = 4;                          // peers that may always have one block requested
  Duration sources_hold = std::chrono::seconds(60);       // after more of them brought nothing
  Duration sources_trial_max = std::chrono::seconds(60);  // a block from each of them takes no longer
  Duration sources_hold_max = std::chrono::minutes(10);
  bool operator==(const IntakeConfig&) const = default;
};

struct EndGameConfig {
  std::uint32_t copies = 2;  // requests for one block at a time, at most
  // A second copy is worthwhile if the first takes this much longer and has kept us waiting this long.
  double gain = 2;
  Duration grace = std::chrono::milliseconds(250);
  Duration silence = std::chrono::seconds(2);
  // What may arrive twice because of it: a hundredth of what was wanted, and some blocks on small shares.
  std::uint32_t waste_share = 100;
  std::uint32_t waste_blocks = 8;
  bool operator==(const EndGameConfig&) const = default;
};

struct UrgentConfig {                             // files that are read while they arrive; read_ahead.h
  std::int64_t window_bytes = 4LL * 1024 * 1024;  // wanted first, ahead of each reader …
  std::uint32_t chunks_min = 2;                   // … and at least this many chunks
  double slow_times = 4;  // a peer whose rate is less than a fourth of another's is not asked for them
  bool operator==(const UrgentConfig&) const = default;
};

struct UploadConfig {
  std::uint32_t requests_max = 8192;  // queued for one peer; more are rejected
  std::int64_t window_min = 1LL * 1024 * 1024;
  std::int64_t window_max = 4LL * 1024 * 1024;       // in the driver's hands for one peer
  std::int64_t window_total = 16LL * 1024 * 1024;    // and for all of them
  Duration unread_after = std::chrono::seconds(60);  // then a peer that reads nothing makes room
  std::uint32_t leaf_requests_max = 4;               // queued for one peer
  bool operator==(const UploadConfig&) const = default;
};

struct FetchConfig {                               // metainfo and hashes
  Duration timeout = std::chrono::seconds(10);     // without a byte from the peer
  Duration timeout_max = std::chrono::minutes(2);  // for hashes or a block, while other data arrives
  std::uint32_t metainfo_parts = 8;                // in flight
  std::uint32_t hash_requests = 8;                 // per peer, in flight
  bool operator==(const FetchConfig&) const = default;
};

struct PeerConfig {
  std::uint32_t candidates_max = 1000;
  std::uint32_t exchanged_max = 200;  // of these, on hearsay: other peers may name anybody
  std::uint32_t connecting_max = 16;
  // A seed needs nobody, and peers that need it look for it, but they may be unable to dial it: so it also dials. The
  // pause doubles with every other seed that it finds, since those serve the peers it is looking for; otherwise each
  // pair of seeds in a large swarm would meet. While others may be unable to reach us, a newly found peer resets it:
  // that is usually a leech.
  Duration seed_dial_pause = std::chrono::seconds(1);
  Duration seed_dial_pause_max = std::chrono::minutes(2);
  Duration seeds_apart = std::chrono::hours(24);       // before one seed dials another again
  Duration upkeep_interval = std::chrono::seconds(5);  // how often silent peers and stalled requests are sought
  Duration hello_timeout = std::chrono::seconds(10);
  Duration keep_alive_after = std::chrono::seconds(60);
  Duration silent_after = std::chrono::seconds(150);
  Duration probe_after = std::chrono::seconds(5);   // of silence while something is awaited …
  Duration probe_again = std::chrono::seconds(20);  // … and then this often
  Duration retry_first = std::chrono::seconds(1);
  Duration retry_max = std::chrono::seconds(60);
  std::uint32_t attempts_max = 10;         // then a candidate found by discovery is forgotten
  std::uint32_t bans_per_address_max = 4;  // then the whole address is refused
  Duration exchange_interval = std::chrono::seconds(60);
  Duration search_first = std::chrono::seconds(1);
  Duration search_max = std::chrono::seconds(60);
  // A peer that may be unreachable (Reachability) looks for others often enough to find them within 30 s of their
  // arrival: a search and the dials take the rest.
  Duration search_in_doubt = std::chrono::seconds(20);
  Duration search_crowded = std::chrono::minutes(5);  // the longest pause while discovery has many others to look for
  Duration reached_for = std::chrono::hours(24);      // how long a connection from outside is proof
  std::uint32_t enough = 8;                           // with fewer than this, ask discovery for more
  // When no connected peer has had anything that we lack for this long, this many make room for others at each upkeep
  // and are not dialled again for a while.
  Duration stranded_after = std::chrono::seconds(5);
  std::uint32_t replaced_at_once = 4;
  Duration useless_apart = std::chrono::minutes(10);
  bool operator==(const PeerConfig&) const = default;
};

struct SeatConfig {                                   // a full swarm; seats.h
  Duration greeting_grace = std::chrono::seconds(3);  // to say hello
  Duration idle_after = std::chrono::seconds(30);     // without asking or giving anything
  Duration stay_min = std::chrono::minutes(1);        // then it may have had its turn
  Duration served_stay = std::chrono::minutes(3);     // for the slowest peer being served
  Duration waited_stay = std::chrono::minutes(10);    // without a turn
  std::uint32_t waiting_max = 3;                      // seats of peers waiting for their turn
  Duration turnover_pause = std::chrono::seconds(2);  // between two peers whose turn is ended
  Duration full_event_pause = std::chrono::minutes(5);
  Duration full_retry_first = std::chrono::seconds(10);  // before a full peer is dialled again
  Duration full_retry_max = std::chrono::seconds(30);
  Duration full_dial_pause = std::chrono::seconds(5);  // between such dials if there are enough others
  Duration seat_apart = std::chrono::minutes(1);       // the same after our turn there: others come first
  Duration comes_back = std::chrono::seconds(45);      // until a newcomer turned away returns, if it still wants in
  std::uint32_t ahead_max = 15;        // newcomers that have waited longer; about this many seats fall free …
  std::uint32_t remembered_max = 256;  // … before one of them returns
  bool operator==(const SeatConfig&) const = default;
};

struct WebSeedConfig {                              // web_seeds.h
  Duration retry_first = std::chrono::seconds(10);  // after a failure; doubles with each one without data in between
  Duration retry_max = std::chrono::minutes(10);
  Duration retry_after_max = std::chrono::hours(1);  // the longest pause that a server may wish for
  bool operator==(const WebSeedConfig&) const = default;
};

/// Every policy of the transfer layer.
struct TransferConfig {
  ChokerConfig choker;
  SeedPlanConfig seed_plan;
  RequestConfig requests;
  IntakeConfig intake;
  EndGameConfig end_game;
  UrgentConfig urgent;
  UploadConfig uploads;
  FetchConfig fetch;
  PeerConfig peers;
  SeatConfig seats;
  WebSeedConfig web_seeds;
  bool operator==(const TransferConfig&) const = default;
};

inline constexpr TransferConfig kTransferDefaults;

/// Whether a swarm works with it: "transfer.FIELD is VALUE; it must be …".
[[nodiscard]] Status validate(const TransferConfig& config);

struct SwarmConfig {
  InfoHashes info_hashes;  // all that the link names, or the metainfo has
  /// That it is announced, looked for and dialled under; the preferred one first.
  std::vector<SwarmKey> keys = {SwarmKey()};
  SessionId session;                                  // random per process
  std::string agent = "stp";                          // at most wire::kAgentBytesMax
  std::shared_ptr<const content::Metainfo> metainfo;  // null: fetch it from peers
  PickPolicy pick = PickPolicy::rarest_first;
  std::uint32_t connections_max = 50;
  std::uint32_t connections_wanted = 30;  // we dial no more than this; the rest is for incoming ones
  std::uint32_t upload_slots_max = 50;    // see Choker::slots_for(); 0: serve nobody
  /// Whether a metainfo with private=1 restricts the swarm to its trackers and given peers (BEP 27). Not for a share
  /// whose swarm only link holders can find: it is hidden in the DHT anyway.
  bool obeys_private_flag = true;
  std::shared_ptr<const TransferConfig> policy{std::shared_ptr<const TransferConfig>(), &kTransferDefaults};  // valid
  std::vector<content::WebSeed> web_seeds = {};  // used while something is missing
  Commons* commons = nullptr;                    // with other swarms; borrowed; null: it is alone
  trace::Tracer tracer = {};
};

}  // namespace stp::transfer
