#include "transfer/settings.h"

#include "transfer/rate_meter.h"
#include "wire/message.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using Table = Settings<TransferConfig>;

constexpr double kKiB = 1024;
constexpr double kMiB = kKiB * kKiB;
constexpr double kCountMax = 1e6;
constexpr Duration kLong = std::chrono::hours(24 * 30);  // long enough to mean "never" in a run

void add_choker(Table& table) {
  SettingGroup<TransferConfig, ChokerConfig> add(table, "choker", &TransferConfig::choker);
  using C = ChokerConfig;
  constexpr auto kRateSeconds = static_cast<double>(RateMeter::kBuckets);
  add.word("policy", &C::policy, {"tit-for-tat", "round-robin", "none"},
           "whom a peer serves: those that give most, everybody in turn, or the first to ask");
  add.time("interval", &C::interval, 1s, 1h, "between two decisions about whom to serve");
  add.count("slots-min", &C::slots_min, 1, 1000, "upload slots, at least");
  add.count("optimistic-rounds", &C::optimistic_rounds, 1, 1000, "number of decisions that an optimistic slot lasts");
  add.count("usual-weight", &C::usual_weight, 1, 1e4, "chances of a peer in a draw for an optimistic slot");
  add.count("newcomer-weight", &C::newcomer_weight, 1, 1e4, "chances of a peer that has nothing yet");
  add.count("owing-weight", &C::owing_weight, 1, 1e4, "chances of a peer that took a chunk and returned nothing");
  add.time("newcomer-time", &C::newcomer_time, 0s, kLong, "how long after connecting a peer may be a newcomer");
  add.count("laggard-draws", &C::laggard_draws, 1, 1e4, "a laggard's slot: the fewest chunks among this many givers");
  add.count("givers-return", &C::givers_return, 1, 1e6, "a giver has returned at least 1 byte in this many");
  add.number("served-bonus", &C::served_bonus, 1, 100, "factor on the rate of a peer that already has a slot");
  add.time("seed-turn", &C::seed_turn, 1s, kLong, "a seed serves a peer this long while others wait");
  add.time("seed-turn-max", &C::seed_turn_max, 1s, kLong, "and until its chunk is complete, up to this");
  add.time("slot-idle", &C::slot_idle, 1s, std::chrono::seconds(RateMeter::kBuckets),
           "a seed's slot counts as free if its peer has asked for nothing for this long");
  add.time("slot-stuck", &C::slot_stuck, 1s, kLong, "or if nothing that it asked for has been sent for this long");
  add.count("slot-delays", &C::slot_delays, 0, 100, "both are extended by this many times the delay of our own link");
  add.time("passed-for", &C::passed_for, 0s, kLong, "a peer that let a turn pass comes last for this long");
  add.count("rate-seconds", &C::rate_seconds, 1, kRateSeconds, "rates of peers are averages over this many seconds");
  add.count("slot-rate-seconds", &C::slot_rate_seconds, 1, kRateSeconds,
            "the number of slots follows our average upload rate over this many seconds");
  add.time("slot-interval", &C::slot_interval, 100ms, 1h, "this often");
  add.number("uplink-used", &C::uplink_used, 0, 1,
             "a seed that sends less than this part of its highest rate of late adds a slot each time, if peers wait");
  add.number("uplink-forget", &C::uplink_forget, 0, 1, "and forgets this part of that rate");
}

void add_seed_plan(Table& table) {
  SettingGroup<TransferConfig, SeedPlanConfig> add(table, "seed-plan", &TransferConfig::seed_plan);
  using C = SeedPlanConfig;
  add.yes_or_no("enabled", &C::enabled,
                "a first seed suggests to each peer which chunk to take, and trusts it by the result");
  add.count("promises-min", &C::promises_min, 1, wire::kSuggestionsMax,
            "chunks promised to a peer at a time, at least");
  add.time("patience-first", &C::patience_first, 1ms, kLong,
           "a chunk not seen elsewhere after this time is given again, while none has been seen yet");
  add.time("patience-min", &C::patience_min, 1ms, kLong, "the same, at least, once the time that others took is known");
  add.time("patience-max", &C::patience_max, 1ms, kLong, "and at most");
}

void add_requests(Table& table) {
  SettingGroup<TransferConfig, RequestConfig> add(table, "requests", &TransferConfig::requests);
  using C = RequestConfig;
  add.bytes("pipeline-min", &C::pipeline_min, kBlockBytes, 64 * kMiB, "requested from one peer at a time, at least");
  add.bytes("pipeline-start", &C::pipeline_start, kBlockBytes, 64 * kMiB, "the same, before its rate is known");
  add.time("pipeline-horizon", &C::pipeline_horizon, 0s, 10min, "requested beyond a round trip, at the peer's rate");
  add.time("pipeline-tick", &C::pipeline_tick, 1ms, 1min,
           "rates of peers are measured over at least a quarter of this");
  add.time("snub-after", &C::snub_after, 1s, kLong,
           "a peer that sends nothing for this long is asked to give requests back");
  add.count("snub-queue-times", &C::snub_queue_times, 0, 1000,
            "and for this many times what everything outstanding takes");
  add.count("snubs-max", &C::snubs_max, 1, 1000, "in a row; then the peer is disconnected");
  add.time("cancel-patience", &C::cancel_patience, 0s, kLong,
           "a cancel not answered within this time counts as obeyed");
  add.count("random-first-chunks", &C::random_first_chunks, 0, kCountMax,
            "chunks picked at random before rarest first begins");
  add.bytes("unrequested-max", &C::unrequested_max, 0, 1024 * kMiB, "late data forgiven per peer");
}

void add_intake(Table& table) {
  SettingGroup<TransferConfig, IntakeConfig> add(table, "intake", &TransferConfig::intake);
  using C = IntakeConfig;
  add.bytes("start", &C::start, kBlockBytes, 64 * kMiB, "requested from all peers together, before the rate is known");
  add.bytes("min", &C::min, kBlockBytes, 64 * kMiB, "the same, at least");
  add.time("horizon", &C::horizon, 1ms, 1h, "how long requests wait on our own link, on average");
  add.count("trial", &C::trial, 1, 1e4, "a source of unknown rate gets one part in this many");
  add.time("delay-growth", &C::delay_growth, 1ms, 1h, "more delay than this ends the slow start");
  add.count("sources-min", &C::sources_min, 1, 1e4, "peers that may always have one block requested");
  add.time("sources-hold", &C::sources_hold, 1s, kLong,
           "after more sources brought nothing, no more are tried for this long");
  add.time("sources-trial-max", &C::sources_trial_max, 1s, kLong, "a block from each source on trial takes no longer");
  add.time("sources-hold-max", &C::sources_hold_max, 1s, kLong, "the hold doubles up to this");
}

void add_end_game(Table& table) {
  SettingGroup<TransferConfig, EndGameConfig> add(table, "end-game", &TransferConfig::end_game);
  using C = EndGameConfig;
  add.count("copies", &C::copies, 1, 100, "requests for one block at a time, at most; 1: no end game");
  add.number("gain", &C::gain, 1, 1000, "a second copy is requested if the first takes this many times longer");
  add.time("grace", &C::grace, 0s, 1h, "plus this much");
  add.time("silence", &C::silence, 100ms, 1h, "a peer silent for this long may never send its block");
  add.count("waste-share", &C::waste_share, 1, 1e6, "one part in this many of what is wanted may arrive twice");
  add.count("waste-blocks", &C::waste_blocks, 0, 1e6, "or this many blocks, if that is more");
}

void add_urgent(Table& table) {
  SettingGroup<TransferConfig, UrgentConfig> add(table, "urgent", &TransferConfig::urgent);
  using C = UrgentConfig;
  add.bytes("window-bytes", &C::window_bytes, 0, 1024 * kMiB,
            "fetched first, ahead of each reader of a file; nobody reads in the simulator");
  add.count("chunks-min", &C::chunks_min, 1, 1000, "and at least this many chunks");
  add.number("slow-times", &C::slow_times, 1, 1e6, "not from a peer that is slower than another by this factor");
}

void add_uploads(Table& table) {
  SettingGroup<TransferConfig, UploadConfig> add(table, "uploads", &TransferConfig::uploads);
  using C = UploadConfig;
  constexpr double kMessage = static_cast<double>(wire::kDataBlocksMax) * kBlockBytes;
  add.count("requests-max", &C::requests_max, 2, 65536, "requests queued for one peer; more are rejected");
  add.bytes("window-min", &C::window_min, kMessage, 1024 * kMiB, "handed to one connection ahead, at least");
  add.bytes("window-max", &C::window_max, kMessage, 1024 * kMiB, "the same, at most");
  add.bytes("window-total", &C::window_total, kMessage, 4096 * kMiB, "and to all connections together");
  add.time("unread-after", &C::unread_after, 1s, kLong, "a peer that reads nothing for this long makes room");
  add.count("leaf-requests-max", &C::leaf_requests_max, 1, 1000, "requests for leaf hashes queued for one peer");
}

void add_fetch(Table& table) {
  SettingGroup<TransferConfig, FetchConfig> add(table, "fetch", &TransferConfig::fetch);
  using C = FetchConfig;
  add.time("timeout", &C::timeout, 1s, kLong, "for metainfo and hashes, without a byte from the peer");
  add.time("timeout-max", &C::timeout_max, 1s, kLong, "the same, while other data arrives from it");
  add.count("metainfo-parts", &C::metainfo_parts, 1, 1000, "parts of the metainfo requested at a time");
  add.count("hash-requests", &C::hash_requests, 1, 1000, "requests for hashes per peer at a time");
}

void add_peers(Table& table) {
  SettingGroup<TransferConfig, PeerConfig> add(table, "peers", &TransferConfig::peers);
  using C = PeerConfig;
  add.count("candidates-max", &C::candidates_max, 1, 1e5, "remembered addresses of peers");
  add.count("exchanged-max", &C::exchanged_max, 0, 1e5, "of these, named by other peers");
  add.count("connecting-max", &C::connecting_max, 1, 1e4, "connections being opened at a time");
  add.time("seed-dial-pause", &C::seed_dial_pause, 10ms, kLong, "between two peers that a seed dials");
  add.time("seed-dial-pause-max", &C::seed_dial_pause_max, 10ms, kLong,
           "the pause doubles up to this while it finds seeds");
  add.time("seeds-apart", &C::seeds_apart, 1s, kLong, "before one seed dials another again");
  add.time("upkeep-interval", &C::upkeep_interval, 100ms, 10min,
           "between checks for silent peers and stalled requests");
  add.time("hello-timeout", &C::hello_timeout, 1s, kLong, "for a new peer to say hello");
  add.time("keep-alive-after", &C::keep_alive_after, 1s, kLong,
           "a keep-alive is sent after this long without sending anything");
  add.time("silent-after", &C::silent_after, 1s, kLong, "a peer silent for this long is disconnected");
  add.time("probe-after", &C::probe_after, 1s, kLong,
           "a connection silent this long while something is awaited is probed");
  add.time("probe-again", &C::probe_again, 1s, kLong, "and then this often");
  add.time("retry-first", &C::retry_first, 100ms, kLong, "before a peer that failed is dialled again; doubles");
  add.time("retry-max", &C::retry_max, 100ms, kLong, "the same, at most");
  add.count("attempts-max", &C::attempts_max, 1, 255, "failed dials; then a candidate found by discovery is forgotten");
  add.count("bans-per-address-max", &C::bans_per_address_max, 1, 1e4,
            "banned peers; then the whole address is refused");
  add.time("exchange-interval", &C::exchange_interval, 1s, kLong, "between lists of peers sent to a peer");
  add.time("search-first", &C::search_first, 100ms, kLong, "before discovery is asked for more peers; doubles");
  add.time("search-max", &C::search_max, 100ms, kLong, "the same, at most");
  add.time("search-in-doubt", &C::search_in_doubt, 100ms, kLong,
           "the same, at most, for a peer that may be unreachable");
  add.time("search-crowded", &C::search_crowded, 100ms, kLong,
           "the same, at most, while discovery has many other shares to look for");
  add.time("reached-for", &C::reached_for, 1s, kLong,
           "how long a connection from outside proves that others can reach us");
  add.count("enough", &C::enough, 0, 1e4, "with this many peers, discovery is not asked for more");
  add.time("stranded-after", &C::stranded_after, 0s, kLong,
           "some peers make room if none has had anything for us for this long");
  add.count("replaced-at-once", &C::replaced_at_once, 0, 1e4, "this many of them at each upkeep");
  add.time("useless-apart", &C::useless_apart, 1s, kLong, "before those are dialled again");
}

void add_seats(Table& table) {
  SettingGroup<TransferConfig, SeatConfig> add(table, "seats", &TransferConfig::seats);
  using C = SeatConfig;
  add.time("greeting-grace", &C::greeting_grace, 0s, kLong,
           "in a full swarm a newcomer may take this long to say hello");
  add.time("idle-after", &C::idle_after, 1s, kLong,
           "a peer that has neither asked nor given for this long counts as idle");
  add.time("stay-min", &C::stay_min, 1s, kLong, "after this time a peer may have had its turn");
  add.time("served-stay", &C::served_stay, 1s, kLong, "the slowest peer being served stays at least this long");
  add.time("waited-stay", &C::waited_stay, 1s, kLong, "a peer without a turn stays at least this long");
  add.count("waiting-max", &C::waiting_max, 0, 1e4, "seats of peers waiting for their turn");
  add.time("turnover-pause", &C::turnover_pause, 1ms, kLong, "between two peers whose turn is ended");
  add.time("full-event-pause", &C::full_event_pause, 1s, kLong, "between two reports that all seats are taken");
  add.time("full-retry-first", &C::full_retry_first, 100ms, kLong, "before a full peer is dialled again; doubles");
  add.time("full-retry-max", &C::full_retry_max, 100ms, kLong, "the same, at most");
  add.time("full-dial-pause", &C::full_dial_pause, 0s, kLong, "between dials of full peers if there are others");
  add.time("seat-apart", &C::seat_apart, 100ms, kLong, "before a peer that has given us a turn is dialled again");
  add.time("comes-back", &C::comes_back, 1s, kLong,
           "a newcomer that was turned away and still wants in returns within this time");
  add.count("ahead-max", &C::ahead_max, 0, 1e4, "newcomers that may have waited longer than one that gets a seat");
  add.count("remembered-max", &C::remembered_max, 1, 1e5, "remembered newcomers that were turned away");
}

void add_web_seeds(Table& table) {
  SettingGroup<TransferConfig, WebSeedConfig> add(table, "web-seeds", &TransferConfig::web_seeds);
  using C = WebSeedConfig;
  add.time("retry-first", &C::retry_first, 100ms, kLong, "before a web seed that failed is tried again; doubles");
  add.time("retry-max", &C::retry_max, 100ms, kLong, "the same, at most");
  add.time("retry-after-max", &C::retry_after_max, 1s, kLong, "the longest pause that a web seed may wish for");
}

}  // namespace

const Settings<TransferConfig>& transfer_settings() {
  static const Table kTable = [] {
    Table table;
    add_choker(table);
    add_seed_plan(table);
    add_requests(table);
    add_intake(table);
    add_end_game(table);
    add_urgent(table);
    add_uploads(table);
    add_fetch(table);
    add_peers(table);
    add_seats(table);
    add_web_seeds(table);
    return table;
  }();
  return kTable;
}

Status validate(const TransferConfig& config) {
  const Table& table = transfer_settings();
  if (Status bounds = check_bounds("transfer", table, config); !bounds) return bounds;
  SettingOrder<TransferConfig> order("transfer", table, config);
  order.at_most("choker.seed-turn", "choker.seed-turn-max");
  order.at_most("seed-plan.patience-min", "seed-plan.patience-max");
  order.at_most("requests.pipeline-min", "requests.pipeline-start");
  order.at_most("requests.pipeline-start", "intake.start");
  order.at_most("intake.min", "intake.start");
  order.at_most("intake.sources-hold", "intake.sources-hold-max");
  order.at_most("uploads.window-min", "uploads.window-max");
  order.at_most("uploads.window-max", "uploads.window-total");
  order.at_most("fetch.timeout", "fetch.timeout-max");
  order.at_most("peers.seed-dial-pause", "peers.seed-dial-pause-max");
  order.at_most("peers.retry-first", "peers.retry-max");
  order.at_most("peers.search-first", "peers.search-max");
  order.below("requests.snub-after", "peers.silent-after");
  order.below("peers.keep-alive-after", "peers.silent-after");
  order.at_most("web-seeds.retry-first", "web-seeds.retry-max");
  order.at_most("web-seeds.retry-first", "web-seeds.retry-after-max");
  order.at_most("seats.full-retry-first", "seats.full-retry-max");
  order.below("seats.full-retry-max", "seats.seat-apart");
  order.below("seats.full-retry-max", "seats.comes-back", 0.8);  // with its jitter of a quarter
  const SeatConfig& seats = config.seats;
  order.require(
      "seats.ahead-max", seats.ahead_max * seconds_of(seats.turnover_pause) <= seconds_of(seats.full_retry_max),
      "small enough that this many seats fall free within seats.full-retry-max, one per seats.turnover-pause");
  order.at_most("seats.idle-after", "seats.stay-min");
  order.at_most("seats.stay-min", "seats.served-stay");
  order.at_most("seats.served-stay", "seats.waited-stay");
  return order.result();
}

}  // namespace stp::transfer
