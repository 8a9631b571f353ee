#include "tracker/tracker_reply.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "bencode/bencode.h"

namespace stp::tracker {
namespace {

constexpr std::size_t kCompactBytes4 = 6;
constexpr std::size_t kCompactBytes6 = 18;
// A dictionary of one peer is at most nine values; the rest of a reply is small.
constexpr bencode::Limits kLimits = {8, 100'000, bencode::Strictness::lenient, true};
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks{" \t\r\n\0", 5};

// Writes the peers of a compact list as dictionaries. `ids` has their peer ids, or nothing; returns the rest of it.
using PeerIdList = std::span<const std::optional<SessionId>>;
PeerIdList encode_peer_dicts(bencode::Encoder& out, ByteSpan compact, std::size_t stride, PeerIdList ids) {
  for (; !compact.empty(); compact = compact.subspan(stride)) {
    const Endpoint peer = *Endpoint::from_compact(compact.first(stride));
    out.begin_dict().key("ip").string(peer.address.to_string());
    if (!ids.empty()) {
      if (ids.front()) out.key("peer id").string(ids.front()->span());
      ids = ids.subspan(1);
    }
    out.key("port").integer(peer.port).end();
  }
  return ids;
}

// Collects the peers of a reply: dialable ones, each once, up to the bound.
class PeerCollector {
 public:
  PeerCollector(std::vector<Endpoint>& out, std::vector<HostPort>& names) : out_(out), names_(names) {}

  [[nodiscard]] bool full() const { return out_.size() >= kReplyPeersMax; }
  void add(const Endpoint& peer) {
    if (!full() && peer.is_dialable() && seen_.insert(peer).second) out_.push_back(peer);
  }
  void add_compact(ByteSpan list, std::size_t stride) {
    for (; list.size() >= stride && !full(); list = list.subspan(stride)) {
      add(*Endpoint::from_compact(list.first(stride)));
    }
  }
  void add_name(std::string_view host, Port port) {
    HostPort name{std::string(host), port};
    if (names_.size() < kReplyNamesMax && std::find(names_.begin(), names_.end(), name) == names_.end()) {
      names_.push_back(std::move(name));
    }
  }

 private:
  std::vector<Endpoint>& out_;
  std::vector<HostPort>& names_;
  std::unordered_set<Endpoint, EndpointHash> seen_;
};

Error bad_reply(std::string message) {
  return {ErrorKind::malformed, "tracker reply: " + std::move(message)};
}

// `peers` and `peers6` may each be a compact string or a list of dictionaries.
Status collect_peers(const std::optional<bencode::View>& value, std::size_t stride, PeerCollector& peers) {
  if (!value) return Done{};
  if (const std::optional<ByteSpan> compact = value->string()) {
    if (compact->size() % stride != 0) return bad_reply("the length of compact peers is not a multiple of their size");
    peers.add_compact(*compact, stride);
    return Done{};
  }
  if (!value->is_list()) return bad_reply("peers are neither a string nor a list");
  for (std::optional<bencode::View> item = value->first(); item && !peers.full(); item = item->next()) {
    const std::optional<std::string_view> ip = item->find_text("ip");
    const std::optional<std::int64_t> port = item->find_integer("port");
    if (!ip || !port || *port < 1 || *port > 65535) continue;
    // Zone numbers are those of another machine.
    const std::optional<IpAddress> address = IpAddress::parse(ip->substr(0, ip->find('%')));
    if (address) {
      peers.add({*address, static_cast<Port>(*port)});
    } else if (is_host_name(*ip)) {
      peers.add_name(*ip, static_cast<Port>(*port));
    }
  }
  return Done{};
}

// An interval in seconds; nonsense counts as absent, and more than a century as a century.
std::optional<std::chrono::seconds> seconds_in(const bencode::View& root, std::string_view key) {
  const std::optional<std::int64_t> value = root.find_integer(key);
  if (!value || *value < 0) return std::nullopt;
  return std::chrono::seconds(std::min<std::int64_t>(*value, 3'000'000'000));
}

std::optional<std::uint32_t> count_in(const bencode::View& root, std::string_view key) {
  const std::optional<std::int64_t> value = root.find_integer(key);
  if (!value || *value < 0 || *value > std::int64_t{0xffffffff}) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

// Where the first value begins.
ByteSpan first_value(ByteSpan body) {
  const std::string_view text = as_text(body);
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  at = std::min(text.find_first_not_of(kBlanks, at), text.size());
  return body.subspan(at);
}

void read_retry(const bencode::View& root, TrackerReply& reply) {
  reply.retry_never = root.find_text("retry in") == "never";
  const std::optional<std::int64_t> wait = root.find_integer("retry in");
  if (wait && *wait >= 0) reply.retry_in = std::chrono::minutes(std::min<std::int64_t>(*wait, 1'000'000));
}

}  // namespace

Bytes encode_announce_reply(const AnnounceReply& reply, bool compact) {
  bencode::Encoder out;
  out.begin_dict();
  out.key("complete").integer(reply.counts.complete);
  out.key("downloaded").integer(reply.counts.downloaded);
  // BEP 21: if absent, there are no partial seeds.
  if (reply.counts.partial_seeds > 0) out.key("downloaders").integer(reply.counts.downloaders());
  if (reply.external) out.key("external ip").string(reply.external->bytes());
  out.key("incomplete").integer(reply.counts.incomplete);
  out.key("interval").integer(reply.interval.count());
  out.key("min interval").integer(reply.min_interval.count());
  out.key("peers");
  if (compact) {
    out.string(reply.peers);
    if (!reply.peers6.empty()) out.key("peers6").string(reply.peers6);
  } else {
    out.begin_list();
    const PeerIdList ids = encode_peer_dicts(out, reply.peers, kCompactBytes4, reply.peer_ids);
    encode_peer_dicts(out, reply.peers6, kCompactBytes6, ids);
    out.end();
  }
  out.end();
  return out.take();
}

Bytes encode_scrape_reply(const std::vector<std::pair<SwarmKey, SwarmCounts>>& swarms) {
  bencode::Encoder out;
  out.begin_dict().key("files").begin_dict();
  for (const auto& [key, counts] : swarms) {
    out.key(as_text(key.span())).begin_dict();
    out.key("complete").integer(counts.complete);
    out.key("downloaded").integer(counts.downloaded);
    out.key("downloaders").integer(counts.downloaders());
    out.key("incomplete").integer(counts.incomplete);
    out.end();
  }
  out.end().end();
  return out.take();
}

Bytes encode_failure(std::string_view reason) {
  bencode::Encoder out;
  out.begin_dict().key("failure reason").string(reason).end();
  return out.take();
}

std::vector<Endpoint> dialable_peers(ByteSpan compact, bool ipv6) {
  std::vector<Endpoint> peers;
  std::vector<HostPort> none;
  PeerCollector(peers, none).add_compact(compact, ipv6 ? kCompactBytes6 : kCompactBytes4);
  return peers;
}

Result<TrackerReply> decode_announce_reply(ByteSpan body) {
  if (body.size() > kReplyBytesMax) return Error{ErrorKind::limit, "tracker reply: longer than 1 MiB"};
  const ByteSpan value = first_value(body);
  if (value.empty()) return bad_reply("empty");
  if (as_text(value).front() == '<') return Error{ErrorKind::malformed, "an HTML page, not a tracker's reply"};
  bencode::Document document;
  const Status decoded = document.decode(value, kLimits);
  if (!decoded) return bad_reply(decoded.error().message);
  const bencode::View root = document.root();
  if (!root.is_dict()) return bad_reply("not a dictionary");

  TrackerReply reply;
  if (const std::optional<std::string_view> failure = root.find_text("failure reason")) {
    reply.failure = std::string(failure->substr(0, kReplyTextBytesMax));
    read_retry(root, reply);
    return reply;
  }
  reply.warning = std::string(root.find_text("warning message").value_or("").substr(0, kReplyTextBytesMax));
  reply.interval = seconds_in(root, "interval");
  reply.min_interval = seconds_in(root, "min interval");
  reply.complete = count_in(root, "complete");
  reply.incomplete = count_in(root, "incomplete");
  const std::optional<ByteSpan> id = root.find_string("tracker id");
  if (id && id->size() <= kTrackerIdBytesMax) reply.tracker_id = to_bytes(*id);

  PeerCollector peers(reply.peers, reply.names);
  const Status v4 = collect_peers(root.find("peers"), kCompactBytes4, peers);
  if (!v4) return v4.error();
  const Status v6 = collect_peers(root.find("peers6"), kCompactBytes6, peers);
  if (!v6) return v6.error();
  return reply;
}

}  // namespace stp::tracker
