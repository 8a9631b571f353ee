// How a Node answers others. Every reply is bounded twice: by what fits one datagram, and for a source that never
// answered us (its address may be forged) by a multiple of what it sent.
#include <algorithm>

#include "dht/node.h"

namespace stp::dht {
namespace {

// Upper bounds of what surrounds the lists of a reply: ids, `ip`, `v`, `y`, dictionaries; then each list's own frame.
constexpr std::size_t kFrameBytes = 84;
constexpr std::size_t kTokenFrameBytes = 10 + kTokenBytes;
constexpr std::size_t kNodesFrameBytes = 12;
constexpr std::size_t kValuesFrameBytes = 10;
static_assert(kFrameBytes + kTransactionBytesMax + kTokenFrameBytes + kNodesFrameBytes +
                  kBucketSize * compact_node_bytes(Family::v6) <=
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
  const Query& query = std::get<Query>(message.body);
  RoutingTable& table = table_for(from);
  if (config_.read_only || query.sender == table.self()) return;
  if (!limiter_.allow(from.address, now)) {
    ++counters_.limited;
    return;
  }
  Message answer{message.transaction, from, Reply{}};
  if (query.method == Method::unknown) {
    answer.body = Fault{static_cast<std::int64_t>(FaultCode::unknown_method), "Method Unknown"};
  } else {
    const bool trusted = from.address.is_local() || table.has({query.sender, from});
    const std::size_t allowed = trusted ? kReplyBytesMax : std::min(kReplyBytesMax, kAmplificationMax * bytes);
    const std::size_t frame = kFrameBytes + message.transaction.span().size();
    std::optional<Fault> refusal;
    if (query.method == Method::announce_peer) refusal = store_announcement(from, query, now);
    if (refusal) {
      answer.body = *std::move(refusal);
    } else {
      answer.body = answer_query(from, query, allowed - std::min(allowed, frame), now);
    }
  }
  ++counters_.queries_answered;
  send(from, answer);
  if (query.read_only) return;
  wake_for(table.on_heard({query.sender, from}, true, now));
}

Reply Node::answer_query(const Endpoint& from, const Query& query, std::size_t budget, Instant now) {
  const Family family = family_of(from);
  Reply reply;
  reply.sender = tables_[index_of(family)].self();
  if (query.method == Method::ping || query.method == Method::announce_peer) return reply;

  const bool named = query.want_v4 || query.want_v6;
  const auto wants = [&](Family f) { return named ? (f == Family::v4 ? query.want_v4 : query.want_v6) : f == family; };
  const auto add_nodes = [&](Family f) {
    const std::size_t count = take(budget, kNodesFrameBytes, compact_node_bytes(f), kBucketSize);
    auto& nodes = f == Family::v4 ? reply.nodes : reply.nodes6;
    nodes = nodes_for(from, f, query.target, count);
    budget += (count - nodes->size()) * compact_node_bytes(f);
  };
  // A full store withholds its token: "do not announce here" (BEP 33).
  if (query.method == Method::get_peers && budget >= kTokenFrameBytes && store_.accepts(query.target, from)) {
    reply.token = tokens_.issue(from, query.target, now);
    budget -= kTokenFrameBytes;
  }
  if (wants(family)) add_nodes(family);
  if (query.method == Method::get_peers) {
    const std::size_t each = encoded_values_bytes(family, 1);
    const std::size_t room = take(budget, kValuesFrameBytes, each, kReplyBytesMax / each);
    reply.values = peers_for(from, query.target, room, now);
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

std::vector<Endpoint> Node::peers_for(const Endpoint& from, const NodeId& key, std::size_t max, Instant now) {
  std::vector<Endpoint> peers = store_.sample(key, family_of(from), from.address, max, now);
  if (own_.empty() || max == 0) return peers;
  const auto own = own_.find(key);
  if (own == own_.end() || own->second.expires <= now) return peers;
  const std::optional<IpAddress> address = external_.seen_by(from.address);
  if (!address || family_of(*address) != family_of(from) || !may_tell(*address, from.address)) return peers;
  const Endpoint self{*address, own->second.port};
  if (std::find(peers.begin(), peers.end(), self) != peers.end()) return peers;
  if (peers.size() == max) peers.pop_back();
  peers.push_back(self);
  return peers;
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
