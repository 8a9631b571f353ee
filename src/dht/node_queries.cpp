// How a Node answers others. Every reply has two bounds: what fits in one datagram, and for a source that never
// answered us (its address may be forged) a multiple of what it sent.
#include <algorithm>

#include "dht/node.h"

namespace stp::dht {
namespace {

// Upper bounds on what surrounds the lists of a reply: ids, `ip`, `v`, `y`, dictionaries; then each list's own frame.
constexpr std::size_t kFrameBytes = 84;
constexpr std::size_t kTokenFrameBytes = 10 + kTokenBytes;
constexpr std::size_t kNodesFrameBytes = 12;
constexpr std::size_t kValuesFrameBytes = 10;
// The default number of nodes of the own family always fits, even beside the filters of a scrape (BEP 33).
constexpr std::size_t kNodesUsual = kDhtDefaults.table.bucket_size;
static_assert(kFrameBytes + kTransactionBytesMax + kTokenFrameBytes + kEncodedScrapeBytes + kNodesFrameBytes +
                  kNodesUsual * compact_node_bytes(Family::v4) <=
              kReplyBytesMax);
static_assert(kFrameBytes + kTransactionBytesMax + kTokenFrameBytes + kNodesFrameBytes +
                  kNodesUsual * compact_node_bytes(Family::v6) <=
              kReplyBytesMax);

// Takes from `budget` as many items of `each` bytes as fit, at most `wanted`, with `frame` bytes around them.
std::size_t take(std::size_t& budget, std::size_t frame, std::size_t each, std::size_t wanted) {
  if (budget < frame + each) return 0;
  const std::size_t count = std::min(wanted, (budget - frame) / each);
  budget -= frame + count * each;
  return count;
}

}  // namespace

void Node::on_query(const Endpoint& from, const Message& message, std::size_t bytes, Instant now) {
  ++counters_.queries_in;
  const Query* const query = std::get_if<Query>(&message.body);
  RoutingTable& table = table_for(from);
  if (config_.read_only || (query != nullptr && query->sender == table.self())) return;
  if (!limiter_.allow(from.address, now)) {
    ++counters_.limited;
    if (config_.tracer.on(trace::Level::debug)) {
      config_.tracer.write(trace::Level::debug, now, "limited", {{"from", from}});
    }
    return;
  }
  const bool trusted = from.address.is_local() || (query != nullptr && table.has({query->sender, from}));
  const std::size_t allowed =
      trusted ? kReplyBytesMax : std::min(kReplyBytesMax, policy_.sources.amplification_max * bytes);
  std::optional<Fault> fault = refusal(from, message, now);
  if (fault) {
    refuse(from, message.transaction, *std::move(fault), allowed);
  } else {
    const std::size_t frame = kFrameBytes + message.transaction.span().size();
    ++counters_.queries_answered;
    send(from, {message.transaction, from, answer_query(from, *query, allowed - std::min(allowed, frame), now)});
  }
  if (query == nullptr || query->read_only) return;
  wake_for(table.on_heard({query->sender, from}, true, now));
}

// Why a query is refused; nullopt: it is not, and an announcement has been stored.
std::optional<Fault> Node::refusal(const Endpoint& from, const Message& message, Instant now) {
  if (const BadQuery* const bad = std::get_if<BadQuery>(&message.body)) {
    return Fault{static_cast<std::int64_t>(FaultCode::protocol), std::string(bad->why)};
  }
  const Query& query = std::get<Query>(message.body);
  if (query.method == Method::unknown) {
    return Fault{static_cast<std::int64_t>(FaultCode::unknown_method), "Method Unknown"};
  }
  if (query.method == Method::announce_peer) return store_announcement(from, query, now);
  return std::nullopt;
}

// Without text, or not at all, where that would be more than the source may be sent.
void Node::refuse(const Endpoint& from, const TransactionId& transaction, Fault fault, std::size_t allowed) {
  const auto size = [&] { return encode({transaction, from, fault}).size(); };
  if (size() > allowed) fault.text.clear();
  if (size() > allowed) return;
  ++counters_.queries_answered;
  send(from, {transaction, from, std::move(fault)});
}

Reply Node::answer_query(const Endpoint& from, const Query& query, std::size_t budget, Instant now) {
  const Family family = family_of(from);
  Reply reply;
  reply.sender = tables_[index_of(family)].self();
  if (query.method == Method::ping || query.method == Method::announce_peer) return reply;

  const bool named = query.want_v4 || query.want_v6;
  const auto wants = [&](Family f) { return named ? (f == Family::v4 ? query.want_v4 : query.want_v6) : f == family; };
  const auto add_nodes = [&](Family f) {
    const std::size_t count = take(budget, kNodesFrameBytes, compact_node_bytes(f), policy_.table.bucket_size);
    auto& nodes = f == Family::v4 ? reply.nodes : reply.nodes6;
    nodes = nodes_for(from, f, query.target, count);
    budget += (count - nodes->size()) * compact_node_bytes(f);
  };
  // A full store withholds its token: "do not announce here" (BEP 33).
  if (query.method == Method::get_peers && budget >= kTokenFrameBytes && store_.accepts(query.target, from)) {
    reply.token = tokens_.issue(from, query.target, now);
    budget -= kTokenFrameBytes;
  }
  // All or nothing: a filter can't be cut. A stranger's query is too short to earn it.
  if (query.method == Method::get_peers && query.scrape && budget >= kEncodedScrapeBytes) {
    reply.scrape = scrape_for(from, query.target, now);
    if (reply.scrape) budget -= kEncodedScrapeBytes;
  }
  if (wants(family)) add_nodes(family);
  if (query.method == Method::get_peers) {
    const std::size_t each = encoded_values_bytes(family, 1);
    const std::size_t room = take(budget, kValuesFrameBytes, each, kReplyBytesMax / each);
    reply.values = peers_for(from, query, room, now);
    budget += (room - reply.values.size()) * each;
  }
  const Family other = family == Family::v4 ? Family::v6 : Family::v4;
  if (wants(other)) add_nodes(other);
  return reply;
}

std::vector<NodeContact> Node::nodes_for(const Endpoint& from, Family family, const NodeId& target,
                                         std::size_t max) const {
  std::vector<NodeContact> nodes = tables_[index_of(family)].closest_to_tell(target, max);
  const auto secret = [&](const NodeContact& node) { return !may_tell(node.endpoint.address, from.address); };
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(), secret), nodes.end());
  return nodes;
}

// Our own announcement under `key`, if we store it, with our address as `from` sees it.
std::optional<Node::OwnPeer> Node::own_peer(const Endpoint& from, const NodeId& key, Instant now) const {
  const auto own = own_.find(key);
  if (own == own_.end() || own->second.expires <= now) return std::nullopt;
  const std::optional<IpAddress> address = external_.seen_by(from.address);
  if (!address || family_of(*address) != family_of(from) || !may_tell(*address, from.address)) return std::nullopt;
  const AnnounceOptions& self = own->second.self;
  return OwnPeer{{*address, self.port_for(family_of(*address))}, self.seed};
}

std::vector<Endpoint> Node::peers_for(const Endpoint& from, const Query& query, std::size_t max, Instant now) {
  const auto among = query.no_seeds ? PeerStore::Among::leeches : PeerStore::Among::all;
  std::vector<Endpoint> peers = store_.sample(query.target, family_of(from), among, from.address, max, now);
  const std::optional<OwnPeer> self = max == 0 ? std::nullopt : own_peer(from, query.target, now);
  if (!self || (self->seed && query.no_seeds)) return peers;
  if (std::find(peers.begin(), peers.end(), self->endpoint) != peers.end()) return peers;
  if (peers.size() == max) peers.pop_back();
  peers.push_back(self->endpoint);
  return peers;
}

std::optional<Scrape> Node::scrape_for(const Endpoint& from, const NodeId& key, Instant now) const {
  std::optional<Scrape> scrape = store_.scrape(key, family_of(from), from.address, now);
  if (const std::optional<OwnPeer> self = own_peer(from, key, now)) {
    if (!scrape) scrape.emplace();
    (self->seed ? scrape->seeds : scrape->leeches).insert(self->endpoint.address);
  }
  return scrape;
}

std::optional<Fault> Node::store_announcement(const Endpoint& from, const Query& query, Instant now) {
  if (!tokens_.accepts(query.token, from, query.target, now)) {
    return Fault{static_cast<std::int64_t>(FaultCode::protocol), "Bad Token"};
  }
  const Endpoint peer{from.address, query.implied_port ? from.port : query.port};
  if (store_.add(query.target, peer, query.seed, now)) return std::nullopt;
  return Fault{static_cast<std::int64_t>(FaultCode::server), "Store Full"};
}

}  // namespace stp::dht
