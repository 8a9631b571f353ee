#include "dht/settings.h"

#include "dht/limits.h"

namespace stp::dht {
namespace {

using Table = Settings<DhtConfig>;

constexpr Duration kLong = std::chrono::hours(24 * 30);  // long enough to mean "never" in a run
constexpr Duration kPause = 1h;                          // for times that double repeatedly
constexpr std::size_t kTransactionIds = 65536;

void add_table(Table& table) {
  SettingGroup<DhtConfig, TableConfig> add(table, "table", &DhtConfig::table);
  using C = TableConfig;
  add.count("bucket-size", &C::bucket_size, 1, kReplyNodesMax,
            "Kademlia's k: nodes in a bucket, answers in a lookup, nodes that store an announcement");
  add.counts("wide-bucket", &C::wide_buckets, 1, kBucketSizeMax, "nodes in this bucket; 1 is at the root");
  add.count("replacements-max", &C::replacements_max, 1, kBucketSizeMax,
            "contacts waiting for a place in a bucket: as many as it holds, at most this");
  add.count("unresponsive-max", &C::unresponsive_max, 1, 1e5, "remembered contacts that did not answer a probe");
  add.count("failures-max", &C::failures_max, 1, 200, "unanswered queries in a row after which a node is bad");
  add.time("idle-limit", &C::idle_limit, 1s, kLong, "after this silence a node is questionable, a bucket stale");
  add.time("recheck-delay", &C::recheck_delay, 100ms, kPause, "a node that failed is asked again after this time");
  add.time("probe-gap-sparse", &C::probe_gap_sparse, 1ms, kPause, "between two probes while the table is sparse");
  add.time("probe-gap", &C::probe_gap, 1ms, kPause, "between two probes");
  add.time("widen-gap", &C::widen_gap, 1ms, kLong, "between two probes that only make the table larger");
  add.time("heartbeat", &C::heartbeat, 100ms, kLong, "a node is checked at least this often");
  add.time("fresh-for", &C::fresh_for, 0s, kLong, "but none heard from within this time");
  add.count("doubted-with-it", &C::doubted_with_it, 0, 1e4, "nodes that are checked when one falls silent");
  add.count("vanish-sample", &C::vanish_sample, 1, 1e4,
            "latest checks that can raise the alarm that many have vanished");
  add.count("vanish-gone-min", &C::vanish_gone_min, 1, 1e4, "of these, checks that found nobody, at least");
  add.count("vanish-part", &C::vanish_part, 1, 1e4, "and at least one in this many");
  add.time("vanish-window", &C::vanish_window, 1s, kLong, "within this time");
  add.time("sweep-gap", &C::sweep_gap, 1ms, kPause, "between two probes after an alarm");
  add.count("refills-per-loss", &C::refills_per_loss, 0, 1e4, "replacements tried sooner for each lost node");
  add.count("refills-max", &C::refills_max, 0, 1e5, "the same, at most");
  add.time("refill-gap", &C::refill_gap, 1ms, kPause, "between two of them");
  add.count("sparse", &C::sparse, 0, 1e5, "a table is sparse below this");
  add.time("self-lookup-first", &C::self_lookup_first, 100ms, kLong,
           "our own neighbourhood is looked up again this long after joining; four times as long each time");
  add.time("self-lookup-interval", &C::self_lookup_interval, 100ms, kLong, "the same, at most");
}

void add_queries(Table& table) {
  SettingGroup<DhtConfig, QueryConfig> add(table, "queries", &DhtConfig::queries);
  using C = QueryConfig;
  add.count("outstanding-max", &C::outstanding_max, 1, kTransactionIds / 2, "outstanding queries at a time");
  add.time("stall-min", &C::stall_min, 1ms, 1min, "after this time a late query blocks nothing: at least");
  add.time("stall-max", &C::stall_max, 1ms, 1min, "at most");
  add.time("stall-initial", &C::stall_initial, 1ms, 1min, "before round trips are known");
  add.time("timeout", &C::timeout, 2ms, 10min, "a query has failed this long after it was last asked");
  add.count("asks-max", &C::asks_max, 1, 100, "times that a query is asked, at most");
  add.count("asks-of-the-close", &C::asks_of_the_close, 1, 100, "times for one of a lookup's closest nodes, at least");
  add.number("loss-residue", &C::loss_residue, 0.0001, 1, "fraction of live nodes that may be missed because of loss");
  add.number("loss-window", &C::loss_window, 1, 1e6, "round trips over which loss is measured");
  add.number("loss-prior", &C::loss_prior, 1, 1e6, "successful round trips assumed before the first");
  add.count("transmit-queue-max", &C::transmit_queue_max, 1, 1e6, "datagrams waiting to be sent");
}

void add_lookups(Table& table) {
  SettingGroup<DhtConfig, LookupConfig> add(table, "lookups", &DhtConfig::lookups);
  using C = LookupConfig;
  add.count("alpha", &C::alpha, 1, 1000, "Kademlia's α: queries in flight ahead of the next candidate");
  add.count("in-flight-max", &C::in_flight_max, 1, 1000, "queries in flight per lookup, slow ones not counted");
  add.count("candidates-max", &C::candidates_max, 1, 1e4, "nodes that a lookup remembers");
  add.count("contacts-per-referrer", &C::contacts_per_referrer, 1, kReplyNodesMax,
            "contacts used from one answer: the closest");
  add.count("peers-max", &C::peers_max, 1, 1e5, "peers that a lookup finds");
  add.count("active-max", &C::active_max, 1, 1e4, "lookups at a time");
  add.count("waiting-max", &C::waiting_max, 1, 1e6, "lookups under way, waiting, or with results");
}

void add_storage(Table& table) {
  SettingGroup<DhtConfig, StorageConfig> add(table, "storage", &DhtConfig::storage);
  using C = StorageConfig;
  add.time("peer-lifetime", &C::peer_lifetime, 1s, kLong, "an announced peer is kept this long");
  add.count("keys-max", &C::keys_max, 1, 1e6, "keys under which peers are stored");
  add.count("peers-per-key-max", &C::peers_per_key_max, 1, 1e6, "peers per key");
  add.count("peers-per-address-max", &C::peers_per_address_max, 1, 1e6, "peers per address (/64 for IPv6)");
  add.count("peers-max", &C::peers_max, 1, 1e7, "peers stored in total");
  add.time("sweep-interval", &C::sweep_interval, 1s, kLong, "expired peers are dropped this often");
  add.time("token-rotation", &C::token_rotation, 1s, kLong, "a write token is good for one to two of these");
  add.count("own-max", &C::own_max, 1, 1e6, "our own announcements that we keep ourselves");
}

void add_others(Table& table) {
  SettingGroup<DhtConfig, SourceConfig> sources(table, "sources", &DhtConfig::sources);
  sources.number("queries-per-second", &SourceConfig::queries_per_second, 0.01, 1e6, "queries answered per address");
  sources.number("burst", &SourceConfig::burst, 1, 1e6, "the same at once");
  sources.count("amplification-max", &SourceConfig::amplification_max, 2, 100,
                "a stranger gets at most this many times the bytes of its query");

  SettingGroup<DhtConfig, JoiningConfig> joining(table, "joining", &DhtConfig::joining);
  using J = JoiningConfig;
  joining.count("bootstrap-max", &J::bootstrap_max, 1, 1e4, "entry points");
  joining.count("fallback-per-round", &J::fallback_per_round, 1, kFallbackMax,
                "nodes known from earlier asked at once");
  joining.time("empty-min", &J::empty_min, 100ms, kPause, "between rounds with an empty table; doubles");
  joining.time("empty-max", &J::empty_max, 100ms, kLong, "the same, at most");
  joining.time("sparse-min", &J::sparse_min, 100ms, kPause, "between rounds with fewer than k nodes; doubles");
  joining.time("sparse-max", &J::sparse_max, 100ms, kLong, "the same, at most");
  joining.time("revisit-interval", &J::revisit_interval, 100ms, kLong, "a node lost earlier is asked again this often");

  SettingGroup<DhtConfig, ExternalAddressConfig> address(table, "external-address", &DhtConfig::external_address);
  using E = ExternalAddressConfig;
  address.count("voters-max", &E::voters_max, 1, 1e4, "addresses with a vote on our own address");
  address.count("votes-needed", &E::votes_needed, 1, 1e4, "this many of them, and more than half, must agree");
  address.time("id-change-interval", &E::id_change_interval, 1s, kLong, "between two changes of our id (BEP 42)");

  SettingGroup<DhtConfig, AnnouncingConfig> announcing(table, "announcing", &DhtConfig::announcing);
  using A = AnnouncingConfig;
  announcing.time("interval", &A::interval, 1s, kLong, "a share is announced again this often");
  announcing.time("retry-min", &A::retry_min, 100ms, kLong, "sooner if it reached few nodes or found nobody; doubles");
  announcing.time("retry-max", &A::retry_max, 100ms, kLong, "the same, at most");
  announcing.time("search-gap", &A::search_gap, 1ms, kLong, "a search begins this long after the last one, at least");
  announcing.time("search-spacing", &A::search_spacing, 1ms, kPause, "between searches for different shares");
  announcing.number("pace", &A::pace, 0.1, 1e6, "datagrams per second for all shares together");
  announcing.number("burst", &A::burst, 1, 1e6, "the same at once, after a pause");
  announcing.count("thin-retries-max", &A::thin_retries_max, 0, 1000, "retries because few nodes were reached");
}

}  // namespace

const Settings<DhtConfig>& dht_settings() {
  static const Table kTable = [] {
    Table table;
    add_table(table);
    add_queries(table);
    add_lookups(table);
    add_storage(table);
    add_others(table);
    return table;
  }();
  return kTable;
}

Status validate(const DhtConfig& config) {
  const Table& table = dht_settings();
  if (Status bounds = check_bounds("dht", table, config); !bounds) return bounds;
  SettingOrder<DhtConfig> order("dht", table, config);
  order.at_most("table.vanish-gone-min", "table.vanish-sample");
  order.at_most("table.self-lookup-first", "table.self-lookup-interval");
  order.below("queries.stall-min", "queries.stall-initial");
  order.below("queries.stall-initial", "queries.stall-max");
  order.below("queries.stall-max", "queries.timeout");
  order.at_most("queries.asks-of-the-close", "queries.asks-max");
  order.require("queries.outstanding-max",
                config.queries.outstanding_max * config.queries.asks_max < kTransactionIds / 2,
                "small enough that outstanding-max × asks-max is less than half of the 65536 transaction ids");
  order.require("queries.outstanding-max",
                config.lookups.active_max * 2 * config.lookups.in_flight_max < config.queries.outstanding_max,
                "more than 2 × lookups.active-max × lookups.in-flight-max: a lookup has two shortlists");
  order.at_most("lookups.alpha", "lookups.in-flight-max");
  order.at_most("lookups.in-flight-max", "lookups.candidates-max");
  order.at_most("table.bucket-size", "lookups.candidates-max");
  order.at_most("joining.empty-min", "joining.empty-max");
  order.at_most("joining.sparse-min", "joining.sparse-max");
  order.at_most("external-address.votes-needed", "external-address.voters-max");
  order.at_most("announcing.retry-min", "announcing.retry-max");
  return order.result();
}

}  // namespace stp::dht
