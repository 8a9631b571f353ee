#include "dht/krpc.h"

#include <algorithm>

#include "core/version.h"

namespace stp::dht {
namespace {

using bencode::Encoder;
using bencode::View;

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string("krpc: ") + what};
}

std::optional<NodeId> find_id(const View& dict, std::string_view key) {
  const std::optional<ByteSpan> raw = dict.find_string(key);
  return raw ? NodeId::from(*raw) : std::nullopt;
}

Method method_named(std::string_view name) {
  if (name == "ping") return Method::ping;
  if (name == "find_node") return Method::find_node;
  if (name == "get_peers") return Method::get_peers;
  if (name == "announce_peer") return Method::announce_peer;
  return Method::unknown;
}

void read_want(const View& arguments, Query& query) {
  const std::optional<View> want = arguments.find_list("want");
  if (!want) return;
  for (std::optional<View> item = want->first(); item; item = item->next()) {
    if (item->text() == "n4") query.want_v4 = true;
    if (item->text() == "n6") query.want_v6 = true;
  }
}

bool is_set(const View& dict, std::string_view key) {
  return dict.find_integer(key).value_or(0) != 0;
}

using AnyQuery = std::variant<Query, BadQuery>;

AnyQuery decode_announcement(const View& arguments, Query query) {
  const std::optional<ByteSpan> token = arguments.find_string("token");
  if (!token) return BadQuery{"token missing"};
  const std::optional<Token> short_token = Token::from(*token);
  if (!short_token) return BadQuery{"token too long"};
  query.token = *short_token;
  query.implied_port = is_set(arguments, "implied_port");
  const std::optional<std::int64_t> port = arguments.find_integer("port");
  if (!port) return BadQuery{"port missing"};
  const bool usable = *port > 0 && *port <= 65535;
  if (!usable && !query.implied_port) return BadQuery{"port out of range"};
  query.port = usable ? static_cast<Port>(*port) : Port{0};
  query.seed = is_set(arguments, "seed");
  return query;
}

// The arguments of an unknown method: read as a find_node if that helps and does not mislead.
AnyQuery decode_unknown(std::string_view name, const View& arguments, Query query) {
  std::optional<NodeId> target = find_id(arguments, "info_hash");
  if (!target) target = find_id(arguments, "target");
  const bool stores = name == "put" || arguments.find("token");
  if (!target || stores) return query;
  query.method = Method::find_node;
  query.target = *target;
  read_want(arguments, query);
  return query;
}

AnyQuery decode_query(const View& root) {
  const std::optional<std::string_view> name = root.find_text("q");
  if (!name) return BadQuery{"q missing"};
  const std::optional<View> arguments = root.find_dict("a");
  if (!arguments) return BadQuery{"a missing"};
  const std::optional<NodeId> sender = find_id(*arguments, "id");
  if (!sender) return BadQuery{"id: 20 bytes"};

  Query query;
  query.sender = *sender;
  query.method = method_named(*name);
  query.read_only = is_set(root, "ro");
  if (query.method == Method::ping) return query;
  if (query.method == Method::unknown) return decode_unknown(*name, *arguments, query);

  const bool by_target = query.method == Method::find_node;
  const std::optional<NodeId> target = find_id(*arguments, by_target ? "target" : "info_hash");
  if (!target) return BadQuery{by_target ? "target: 20 bytes" : "info_hash: 20 bytes"};
  query.target = *target;
  if (query.method == Method::announce_peer) return decode_announcement(*arguments, query);
  read_want(*arguments, query);
  if (query.method == Method::get_peers) {
    query.no_seeds = is_set(*arguments, "noseed");
    query.scrape = is_set(*arguments, "scrape");
  }
  return query;
}

Result<Reply> decode_reply(const View& root) {
  const std::optional<View> results = root.find_dict("r");
  const std::optional<NodeId> sender = results ? find_id(*results, "id") : std::nullopt;
  if (!sender) return malformed("reply without the sender's id");
  Reply reply;
  reply.sender = *sender;
  for (const Family family : kFamilies) {
    const std::optional<ByteSpan> raw = results->find_string(family == Family::v4 ? "nodes" : "nodes6");
    if (!raw) continue;
    std::optional<std::vector<NodeContact>> nodes = parse_compact_nodes(*raw, family, kReplyNodesMax);
    if (!nodes) return malformed("compact nodes have the wrong length");
    (family == Family::v4 ? reply.nodes : reply.nodes6) = std::move(nodes);
  }
  if (const std::optional<View> values = results->find_list("values")) {
    for (std::optional<View> item = values->first(); item && reply.values.size() < kReplyValuesMax;
         item = item->next()) {
      const std::optional<ByteSpan> raw = item->string();
      const std::optional<Endpoint> peer = raw ? Endpoint::from_compact(*raw) : std::nullopt;
      if (peer && peer->is_dialable()) reply.values.push_back(*peer);
    }
  }
  // A token that is too long to return counts as none: "do not announce here".
  if (const std::optional<ByteSpan> token = results->find_string("token")) reply.token = Token::from(*token);
  const auto filter = [&](std::string_view key) {
    const std::optional<ByteSpan> raw = results->find_string(key);
    return raw ? BloomFilter::from(*raw) : std::nullopt;
  };
  const std::optional<BloomFilter> seeds = filter("BFsd");
  const std::optional<BloomFilter> leeches = filter("BFpe");
  if (seeds && leeches) reply.scrape = {*seeds, *leeches};
  return reply;
}

Result<Fault> decode_fault(const View& root) {
  const std::optional<View> list = root.find_list("e");
  if (!list) return malformed("error without a list");
  Fault fault;
  const std::optional<View> code = list->first();
  if (!code) return fault;
  fault.code = code->integer().value_or(0);
  if (const std::optional<View> text = code->next()) {
    fault.text = std::string(text->text().value_or("").substr(0, kFaultTextMax));
  }
  return fault;
}

void encode_nodes(Encoder& out, std::string_view key, const std::optional<std::vector<NodeContact>>& nodes) {
  if (!nodes) return;
  Bytes raw;
  raw.reserve(nodes->size() * compact_node_bytes(Family::v6));
  for (const NodeContact& contact : *nodes) append_compact(raw, contact);
  out.key(key).string(raw);
}

void encode_query(Encoder& out, const Query& query) {
  STP_ASSERT(query.method != Method::unknown);
  out.key("a").begin_dict().key("id").string(query.sender.span());
  if (query.method == Method::announce_peer && query.implied_port) out.key("implied_port").integer(1);
  if (query.method == Method::get_peers || query.method == Method::announce_peer) {
    out.key("info_hash").string(query.target.span());
  }
  if (query.method == Method::get_peers) {
    if (query.no_seeds) out.key("noseed").integer(1);
    if (query.scrape) out.key("scrape").integer(1);
  }
  if (query.method == Method::announce_peer) {
    out.key("port").integer(query.port);
    if (query.seed) out.key("seed").integer(1);
    out.key("token").string(query.token.span());
  }
  if (query.method == Method::find_node) out.key("target").string(query.target.span());
  if (query.want_v4 || query.want_v6) {
    out.key("want").begin_list();
    if (query.want_v4) out.string("n4");
    if (query.want_v6) out.string("n6");
    out.end();
  }
  out.end().key("q").string(to_string(query.method));
  if (query.read_only) out.key("ro").integer(1);
}

void encode_reply(Encoder& out, const Reply& reply) {
  out.key("r").begin_dict();
  if (reply.scrape) {
    out.key("BFpe").string(reply.scrape->leeches.span());
    out.key("BFsd").string(reply.scrape->seeds.span());
  }
  out.key("id").string(reply.sender.span());
  encode_nodes(out, "nodes", reply.nodes);
  encode_nodes(out, "nodes6", reply.nodes6);
  if (reply.token) out.key("token").string(reply.token->span());
  if (!reply.values.empty()) {
    out.key("values").begin_list();
    Bytes raw;
    for (const Endpoint& peer : reply.values) {
      raw.clear();
      peer.append_compact(raw);
      out.string(raw);
    }
    out.end();
  }
  out.end();
}

}  // namespace

const char* to_string(Method method) {
  switch (method) {
    case Method::ping: return "ping";
    case Method::find_node: return "find_node";
    case Method::get_peers: return "get_peers";
    case Method::announce_peer: return "announce_peer";
    case Method::unknown: break;
  }
  return "unknown";
}

Result<Message> decode(ByteSpan datagram, bencode::Document& scratch) {
  if (datagram.size() > kDatagramBytesMax) return Error{ErrorKind::limit, "krpc: datagram is too long"};
  const bencode::Limits limits{kBencodeDepthMax, kBencodeTokensMax, bencode::Strictness::lenient};
  const Status status = scratch.decode(datagram, limits);
  if (!status) return status.error();
  const View root = scratch.root();
  const std::optional<ByteSpan> raw_id = root.find_string("t");
  const std::optional<TransactionId> transaction = raw_id ? TransactionId::from(*raw_id) : std::nullopt;
  if (!transaction) return malformed("no usable transaction id");

  Message message;
  message.transaction = *transaction;
  const std::optional<std::string_view> kind = root.find_text("y");
  if (kind == "q") {
    std::visit([&](auto&& query) { message.body = query; }, decode_query(root));
    return message;
  }
  if (const std::optional<ByteSpan> raw = root.find_string("ip")) message.observed = Endpoint::from_compact(*raw);
  if (kind == "r") {
    Result<Reply> reply = decode_reply(root);
    if (!reply) return reply.error();
    message.body = *std::move(reply);
    return message;
  }
  if (kind == "e") {
    Result<Fault> fault = decode_fault(root);
    if (!fault) return fault.error();
    message.body = *std::move(fault);
    return message;
  }
  return malformed("'y' is not q, r or e");
}

Bytes encode(const Message& message) {
  STP_ASSERT(!std::holds_alternative<BadQuery>(message.body));
  Encoder out;
  out.begin_dict();
  const Query* query = std::get_if<Query>(&message.body);
  if (query != nullptr) encode_query(out, *query);
  if (const Fault* fault = std::get_if<Fault>(&message.body)) {
    out.key("e").begin_list().integer(fault->code).string(fault->text).end();
  }
  if (message.observed && query == nullptr) {
    Bytes raw;
    message.observed->append_compact(raw);
    out.key("ip").string(raw);
  }
  if (const Reply* reply = std::get_if<Reply>(&message.body)) encode_reply(out, *reply);
  out.key("t").string(message.transaction.span()).key("v").string(dht_client_version());
  out.key("y").string(query != nullptr ? "q" : std::holds_alternative<Reply>(message.body) ? "r" : "e");
  out.end();
  return out.take();
}

}  // namespace stp::dht
