// Streams between hosts: dialling, messages, blocks, goodbyes.

#include "sim/world/connections.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"
#include "wire/bt_message.h"
#include "wire/bt_message_bytes.h"
#include "wire/frame.h"

namespace stp::sim {
namespace {

/// Identifies a connection in an event, with its generation, since it may have ended when the event comes.
constexpr std::uint64_t name_of(std::uint32_t connection, std::uint32_t generation) {
  return connection | (std::uint64_t{generation} << 32);
}

static_assert(kSharesMax <= std::numeric_limits<decltype(Connection::share)>::max());

constexpr std::uint64_t owner_of(std::uint32_t connection, std::uint32_t side) {
  return (std::uint64_t{connection} << 1) | side;
}

/// Whether it keeps its place among the data around it (net::PeerOutbox).
bool keeps_its_place(const wire::Message& message) {
  return std::holds_alternative<wire::Choke>(message) || std::holds_alternative<wire::Unchoke>(message) ||
         std::holds_alternative<wire::Bye>(message);
}

/// Mathis, Semke, Mahdavi, Ott 1997: the most that TCP gets through a path that loses `loss` of its segments.
Rate mathis_bound(double loss, Duration round_trip) {
  if (loss <= 0) return kRateUnlimited;
  return rate_of(std::sqrt(1.5 / loss) * static_cast<double>(Fluid::kSegmentBytes) / seconds_of(round_trip));
}

}  // namespace

std::optional<std::uint32_t> World::Impl::connection_of(const HostShare& share, transfer::PeerHandle handle) {
  const auto found =
      std::lower_bound(share.links.begin(), share.links.end(), handle,
                       [](const auto& link, transfer::PeerHandle wanted) { return link.first < wanted; });
  if (found == share.links.end() || found->first != handle) return std::nullopt;
  return found->second;
}

void World::Impl::unlink(HostShare& share, transfer::PeerHandle handle) {
  std::erase_if(share.links, [&](const auto& link) { return link.first == handle; });
}

HostShare& World::Impl::share_of(Host& host, const Connection& connection) {
  HostShare* const share = host.find(connection.share);
  STP_ASSERT(share != nullptr);
  return *share;
}

std::int64_t World::Impl::bytes_of(const Connection& connection, const BlockRun& run) const {
  return shares_[connection.share].metainfo()->bytes_of(run);
}

std::int64_t World::Impl::bytes_of(const Connection& connection, const wire::Message& message) {
  if (!connection.bittorrent) {
    return static_cast<std::int64_t>(wire::frame_bytes(message)) + kRecordBytes + kSegmentHeaderBytes;
  }
  const auto bytes = static_cast<std::int64_t>(wire::bt_message_bytes(message));
  return bytes == 0 ? 0 : bytes + kSegmentHeaderBytes;
}

std::int64_t World::Impl::carried_bytes(const Connection& connection, const BlockRun& run) const {
  const std::int64_t framing =
      connection.bittorrent ? std::int64_t{run.count} * std::int64_t{wire::kBtPieceHeaderBytes} : kDataFrameBytes;
  return bytes_on_the_wire(bytes_of(connection, run), framing);
}

bool World::Impl::speaks_bittorrent(const Host& host) const {
  return scenario_.groups[host.group].wire == Wire::bittorrent;
}

Host* World::Impl::host_of(const ConnectionSide& side) {
  Host& host = *hosts_[side.host];
  return side.open && host.online && host.stay == side.stay ? &host : nullptr;
}

void World::Impl::act(Host& host, HostShare& share, const transfer::Connect& connect) {
  const auto fails = [&](Duration in, const char* why) {
    push(in, EventKind::dial_fails, host.number, failures_.put({host.stay, share.share, connect.peer, why}));
  };
  const std::optional<std::uint32_t> number = host_at(connect.endpoint.address);
  if (!number || *number >= hosts_.size()) return fails(kOpenTimeout, "connection timed out");
  Host& target = *hosts_[*number];
  const Duration one_way = latency(host, target);
  if (target.number == host.number) return fails(2 * one_way, "connection refused");
  if ((target.behind_nat && !on_one_lan(host, target)) || !connected(host, target) || !target.machine_on) {
    return fails(kOpenTimeout, "connection timed out");
  }
  if (connect.endpoint.port != kListenPort || !target.is_peer()) return fails(2 * one_way, "connection refused");
  const HostShare* const theirs = target.find(share.share);
  if (theirs == nullptr || theirs->swarm == nullptr) return fails(4 * one_way, "closed by the other side");

  Connection opening;
  opening.latency = one_way;
  opening.generation = ++connections_opened_;
  opening.share = static_cast<std::uint16_t>(share.share);
  opening.bittorrent = speaks_bittorrent(host) || speaks_bittorrent(target);
  opening.side[0].host = host.number;
  opening.side[0].stay = host.stay;
  opening.side[0].handle = connect.peer;
  opening.side[0].open = true;
  opening.side[1].host = target.number;
  opening.side[1].stay = target.stay;
  const std::int64_t round_trips = opening.bittorrent                  ? kBtOpenRoundTrips
                                   : shares_[share.share].is_private() ? kPrivateOpenRoundTrips
                                                                       : kOpenRoundTrips;
  const std::uint32_t id = connections_.put(std::move(opening));
  share.links.emplace_back(connect.peer, id);
  push((2 * round_trips - 1) * one_way, EventKind::dial_arrives, target.number, name_of(id, connections_opened_));
}

void World::Impl::dial_arrives(std::uint32_t id, std::uint32_t generation) {
  Connection& connection = connections_[id];
  if (connection.generation != generation) return;
  Host* const dialler = host_of(connection.side[0]);
  Host& target = *hosts_[connection.side[1].host];
  if (dialler == nullptr) {
    connection.side[0].open = false;
    return free_connection_if_over(id);
  }
  const transfer::PeerHandle handle = connection.side[0].handle;
  const auto fails = [&](Duration in, const char* why) {
    push(in, EventKind::dial_fails, dialler->number, failures_.put({dialler->stay, connection.share, handle, why}));
    unlink(share_of(*dialler, connection), handle);
    connection.side[0].open = false;
    free_connection_if_over(id);
  };
  if (!target.is_peer() || !connected(*dialler, target)) {
    return fails(std::max(connection.latency, kOpenTimeout - 6 * connection.latency), "connection timed out");
  }
  const Endpoint from{address_of(dialler->number), static_cast<Port>(49152 + handle.value % 16384)};
  HostShare& share = share_of(target, connection);
  if (share.swarm == nullptr) return fails(connection.latency, "closed by the other side");
  const std::optional<transfer::PeerHandle> accepted = share.swarm->handle_incoming(from, now_);
  if (!accepted) return fails(connection.latency, "closed by the other side");
  trace("accept", target.number, dialler->number);
  connection.side[1].handle = *accepted;
  connection.side[1].stay = target.stay;
  connection.side[1].open = true;
  connection.established = true;
  share.links.emplace_back(*accepted, id);
  // Before the acceptor's first message, which arrives later.
  push(connection.latency, EventKind::dial_succeeds, dialler->number, name_of(id, generation));
  drain(target, share);
}

void World::Impl::dial_succeeds(std::uint32_t id, std::uint32_t generation) {
  if (connections_[id].generation != generation) return;
  Host* const dialler = host_of(connections_[id].side[0]);
  if (dialler == nullptr) return;
  PeerRecord& record = result_.peers[dialler->record];
  if (!record.found_first_peer) record.found_first_peer = since_start();
  HostShare& share = share_of(*dialler, connections_[id]);
  share.swarm->handle_connected(connections_[id].side[0].handle, now_);
  drain(*dialler, share);
}

Fluid::Flow World::Impl::flow_of(std::uint32_t id, std::uint32_t side) {
  Connection& connection = connections_[id];
  ConnectionSide& from = connection.side[side];
  Fluid::Flow& flow = connection.stream[side].flow;
  if (!from.has_flow) {
    const Host& to = *hosts_[connection.side[1 - side].host];
    const Duration round_trip = 2 * connection.latency;
    flow = fluid_.open(hosts_[from.host]->up, to.down, round_trip, mathis_bound(loss_, round_trip), owner_of(id, side));
    from.has_flow = true;
  }
  return flow;
}

wire::Message World::Impl::disguise(const Host& host, wire::Message message) const {
  if (host.behaviour == Behaviour::liar &&
      (std::holds_alternative<wire::HaveNone>(message) || std::holds_alternative<wire::BitfieldMessage>(message))) {
    return wire::HaveAll{};
  }
  return message;
}

// Rejects have no reason there (BEP 6); wire::BtCodec concludes it from whether we are choked.
void World::Impl::forget_what_bittorrent_lacks(ConnectionSide& to, wire::Message& message) {
  if (std::holds_alternative<wire::Choke>(message)) to.choked = true;
  if (std::holds_alternative<wire::Unchoke>(message)) to.choked = false;
  auto* const reject = std::get_if<wire::Reject>(&message);
  if (reject == nullptr || reject->reason == wire::RejectReason::cancelled) return;
  reject->reason = to.choked ? wire::RejectReason::choked : wire::RejectReason::overloaded;
}

void World::Impl::forget_what_stp_lacks(wire::Message& message) {
  if (auto* const hello = std::get_if<wire::Hello>(&message)) hello->upload_only = false;
  if (auto* const peers = std::get_if<wire::Peers>(&message)) peers->hints.clear();
}

void World::Impl::act(Host& host, HostShare& share, transfer::Send& send) {
  const std::optional<std::uint32_t> id = connection_of(share, send.peer);
  if (!id) return;
  Connection& connection = connections_[*id];
  const std::uint32_t side = connection.side[0].host == host.number ? 0 : 1;
  ConnectionSide& from = connection.side[side];
  wire::Message message = disguise(host, std::move(send.message));
  const std::int64_t bytes = bytes_of(connection, message);
  if (bytes == 0) return;
  count_message(message.index(), bytes);
  host.debt_bytes += bytes;
  control_sent_ += bytes;
  result_.peers[host.record].control_sent += bytes;
  if (from.has_flow && (from.ordered > 0 || keeps_its_place(message)) && !fluid_.idle(connection.stream[side].flow)) {
    Stream& stream = connection.stream[side];
    // One byte represents it: its size is already in the debt.
    fluid_.send(stream.flow, 1, outgoing_.put({{}, std::move(message), 1}), now_);
    ++stream.given_total;
    ++from.ordered;
    return;
  }
  put_on_the_way(*id, side, std::move(message));
}

void World::Impl::put_on_the_way(std::uint32_t id, std::uint32_t side,
                                 std::variant<wire::Message, ArrivingBlocks> content) {
  Connection& connection = connections_[id];
  if (connection.severed) return;
  const bool is_message = std::holds_alternative<wire::Message>(content);
  const std::uint32_t to = connection.side[1 - side].host;
  const std::uint32_t packet = packets_.put({id, connection.generation, 1 - side, std::move(content)});
  // Blocks have already waited on the link.
  const Duration wait = is_message ? queueing(*hosts_[connection.side[side].host]) : Duration{};
  Instant& last = connection.side[side].last_arrival;
  last = std::max(last, now_ + connection.latency + wait);
  push(last - now_, EventKind::packet, to, packet);
}

void World::Impl::act(Host& host, HostShare& share, const transfer::SendBlocks& send) {
  const std::optional<std::uint32_t> id = connection_of(share, send.peer);
  if (!id || host.behaviour == Behaviour::silent) return;
  const std::uint32_t side = connections_[*id].side[0].host == host.number ? 0 : 1;
  // Nothing is acknowledged: TCP would hold it back.
  if (connections_[*id].severed || !connections_[*id].side[1 - side].open) return;
  const std::int64_t debt = std::min(host.debt_bytes, bytes_of(connections_[*id], send.run));
  host.debt_bytes -= debt;
  const std::int64_t bytes = carried_bytes(connections_[*id], send.run) + debt;
  fluid_.send(flow_of(*id, side), bytes, outgoing_.put({send.run, std::nullopt, bytes}), now_);
  Stream& stream = connections_[*id].stream[side];
  stream.given_total += bytes;
  stream.unwritten.push_back({stream.given_total, send.run});
  (void)fill_send_buffer(host, connections_[*id], side);
}

bool World::Impl::fill_send_buffer(Host& host, Connection& connection, std::uint32_t side) {
  Stream& stream = connection.stream[side];
  const auto has_room = [&](const Unwritten& blocks) { return blocks.end - stream.left_total <= kSendBufferBytes; };
  const auto first_left = std::find_if_not(stream.unwritten.begin(), stream.unwritten.end(), has_room);
  transfer::Swarm& swarm = *share_of(host, connection).swarm;
  // The core answers with actions, which are carried out later: nothing changes here in between.
  for (auto blocks = stream.unwritten.begin(); blocks != first_left; ++blocks) {
    swarm.handle_blocks_sent(connection.side[side].handle, blocks->run, now_);
  }
  const bool any = first_left != stream.unwritten.begin();
  stream.unwritten.erase(stream.unwritten.begin(), first_left);
  return any;
}

void World::Impl::act(Host& host, HostShare& share, const transfer::SendLeaves& send) {
  const std::optional<std::uint32_t> id = connection_of(share, send.peer);
  if (!id) return;
  wire::Hashes answer{send.request, {}};
  const std::span<const Hash256> leaves = shares_[share.share].leaves(send.run);
  answer.hashes.assign(leaves.begin(), leaves.end());
  answer.hashes.resize(send.request.count);
  const transfer::PeerHandle peer = send.peer;
  transfer::Send message{peer, std::move(answer)};
  act(host, share, message);
  share.swarm->handle_leaves_sent(peer, now_);
}

// Its shares are v2: the hashes of their blocks say everything.
void World::Impl::act(Host& /*host*/, HostShare& /*share*/, const transfer::HashChunk& /*hash*/) {
  STP_ASSERT(false);
}

// A probe is lost where everything is; elsewhere it is acknowledged, which has no effect.
void World::Impl::act(Host& host, HostShare& share, const transfer::Probe& probe) {
  const std::optional<std::uint32_t> id = connection_of(share, probe.peer);
  if (!id || !connections_[*id].severed) return;
  const std::uint32_t side = connections_[*id].side[0].host == host.number ? 0 : 1;
  push(kProbeTimeout, EventKind::fin, host.number, fins_.put({*id, connections_[*id].generation, side, true}));
}

void World::Impl::item_left(const Fluid::Sent& sent) {
  const std::uint64_t owner = fluid_.owner(sent.flow);
  const auto id = static_cast<std::uint32_t>(owner >> 1);
  const auto side = static_cast<std::uint32_t>(owner & 1);
  Connection& connection = connections_[id];
  Outgoing item = outgoing_.take(static_cast<std::uint32_t>(sent.item));
  hash_.add(owner);
  connection.stream[side].left_total += item.bytes;
  if (item.message) {
    --connection.side[side].ordered;
    return put_on_the_way(id, side, std::move(*item.message));
  }
  Host* const host = host_of(connection.side[side]);
  if (host == nullptr) return;
  ArrivingBlocks blocks{item.run, 0};
  if (host->behaviour == Behaviour::polluter) {
    const double pollution = scenario_.groups[host->group].pollution;
    for (std::uint32_t b = 0; b < item.run.count; ++b) {
      if (behaviour_.unit() < pollution) blocks.wrong |= 1U << b;
    }
  }
  const std::int64_t payload = bytes_of(connection, item.run);
  payload_sent_ += payload;
  connection.stream[side].payload += payload;
  count_seed_payload(*host, connection.share, payload);
  last_payload_at_ = now_;
  result_.peers[host->record].uploaded += payload;
  HostShare& share = share_of(*host, connection);
  if (ShareRecord* const record = record_of(*host, share)) record->uploaded += payload;
  put_on_the_way(id, side, blocks);
  if (fill_send_buffer(*host, connection, side)) drain(*host, share);
}

void World::Impl::deliver(Packet packet) {
  Connection& connection = connections_[packet.connection];
  if (connection.generation != packet.generation) return;
  ConnectionSide& side = connection.side[packet.side];
  Host* const host = host_of(side);
  const Host& sender = *hosts_[connection.side[1 - packet.side].host];
  if (host == nullptr || connection.severed) return;
  HostShare& share = share_of(*host, connection);
  transfer::Swarm& swarm = *share.swarm;
  if (auto* const message = std::get_if<wire::Message>(&packet.content)) {
    hash_.add(message->index());
    if (traced()) trace_packet(sender.number, host->number, packet);
    if (connection.bittorrent) {
      forget_what_bittorrent_lacks(side, *message);
    } else {
      forget_what_stp_lacks(*message);
    }
    swarm.handle_message(side.handle, std::move(*message), now_);
    return drain(*host, share);
  }
  const ArrivingBlocks& blocks = std::get<ArrivingBlocks>(packet.content);
  hash_.add((std::uint64_t{blocks.run.chunk.value} << 32) | blocks.run.first);
  if (traced()) trace_packet(sender.number, host->number, packet);
  const std::span<const Hash256> truth = shares_[share.share].leaves(blocks.run);
  transfer::DataVerdict verdict = transfer::DataVerdict::drop;
  if (blocks.wrong == 0) {
    verdict = swarm.handle_data(side.handle, blocks.run, truth, now_);
  } else {
    std::vector<Hash256> wrong(truth.begin(), truth.end());
    for (std::size_t b = 0; b < wrong.size(); ++b) {
      if ((blocks.wrong >> b & 1U) != 0) wrong[b].bytes[0] ^= std::byte{1};
    }
    verdict = swarm.handle_data(side.handle, blocks.run, wrong, now_);
  }
  if (sender.isp != host->isp) {
    result_.peers[host->record].crossed_isp += bytes_of(connection, blocks.run);
  }
  // No disk is slower than these networks.
  if (verdict == transfer::DataVerdict::keep) swarm.handle_written(blocks.run, now_);
  drain(*host, share);
}

void World::Impl::trace_packet(std::uint32_t from, std::uint32_t to, const Packet& packet) {
  if (const auto* const message = std::get_if<wire::Message>(&packet.content)) {
    const std::int64_t bytes = bytes_of(connections_[packet.connection], *message);
    return trace(kMessageKinds[message->index()], from, to, bytes);
  }
  const ArrivingBlocks& blocks = std::get<ArrivingBlocks>(packet.content);
  const BlockRun& run = blocks.run;
  const std::size_t share = connections_[packet.connection].share;
  const std::string of = shares_.size() > 1 ? "share=" + scenario_.shares[share].name + " " : "";
  trace("blocks", from, to, shares_[share].metainfo()->bytes_of(run),
        of + "chunk=" + std::to_string(run.chunk.value) + " first=" + std::to_string(run.first) +
            " count=" + std::to_string(run.count) + (blocks.wrong != 0 ? " wrong=1" : ""));
}

void World::Impl::note_carried(Connection& connection) {
  for (std::uint32_t side = 0; side < 2; ++side) {
    const std::int64_t payload = std::exchange(connection.stream[side].payload, 0);
    if (payload > 0) carried_[{connection.side[side].host, connection.side[1 - side].host}] += payload;
  }
}

void World::Impl::collect_pairs() {
  for (const auto& host : hosts_) {
    for (const HostShare& share : host->shares) {
      for (const auto& [handle, id] : share.links) note_carried(connections_[id]);
    }
  }
  for (const auto& [pair, payload] : carried_) result_.pairs.push_back({pair.first, pair.second, payload});
}

void World::Impl::tell_progress(Host& host) {
  if (!host.is_peer() || now_ < host.next_progress) return;
  host.next_progress = now_ + kProgressInterval;
  for (HostShare& share : host.shares) tell_progress(host, share);
}

void World::Impl::tell_progress(Host& host, HostShare& share) {
  for (const auto& [handle, id] : share.links) {
    const Connection& connection = connections_[id];
    const std::uint32_t from = connection.side[0].host == host.number ? 1 : 0;
    if (!connection.side[from].has_flow || connection.severed) continue;
    const Fluid::Flow flow = connection.stream[from].flow;
    if (!fluid_.idle(flow) && fluid_.rate(flow) > 0) share.swarm->handle_progress(handle, now_);
  }
}

void World::Impl::act(Host& host, HostShare& share, const transfer::Close& close) {
  const std::optional<std::uint32_t> id = connection_of(share, close.peer);
  if (!id) return;
  end_side(*id, connections_[*id].side[0].host == host.number ? 0 : 1, true);
}

void World::Impl::end_side(std::uint32_t id, std::uint32_t side, bool tell) {
  Connection& connection = connections_[id];
  ConnectionSide& ending = connection.side[side];
  if (!ending.open) return;
  if (ending.has_flow) {
    // Waiting data is dropped; a Bye behind it is still sent (net::PeerOutbox::drop_unread).
    const Fluid::Flow flow = connection.stream[side].flow;
    fluid_.clear(flow, now_, [&](std::uint64_t item) {
      Outgoing dropped = outgoing_.take(static_cast<std::uint32_t>(item));
      if (tell && dropped.message && std::holds_alternative<wire::Bye>(*dropped.message)) {
        put_on_the_way(id, side, std::move(*dropped.message));
      }
    });
    fluid_.close(flow, now_);
    ending.has_flow = false;
    ending.ordered = 0;
  }
  ending.open = false;
  unlink(share_of(*hosts_[ending.host], connection), ending.handle);
  // Whatever the other side sends from now on is not acknowledged.
  drop_waiting(id, 1 - side);
  connection.severed |= !tell;
  // While it is being opened the other side learns of it from dial_arrives().
  if (tell && connection.established && connection.side[1 - side].open) {
    push(std::max(connection.side[side].last_arrival, now_ + connection.latency) - now_, EventKind::fin,
         connection.side[1 - side].host, fins_.put({id, connection.generation, 1 - side}));
  }
  free_connection_if_over(id);
}

void World::Impl::drop_waiting(std::uint32_t id, std::uint32_t side) {
  ConnectionSide& of = connections_[id].side[side];
  if (!of.has_flow) return;
  Stream& stream = connections_[id].stream[side];
  fluid_.clear(stream.flow, now_, [&](std::uint64_t item) { outgoing_.drop(static_cast<std::uint32_t>(item)); });
  of.ordered = 0;
  stream.unwritten.clear();
  stream.left_total = stream.given_total;
}

void World::Impl::sever(std::uint32_t id) {
  connections_[id].severed = true;
  drop_waiting(id, 0);
  drop_waiting(id, 1);
}

void World::Impl::fin_arrives(std::uint32_t id, std::uint32_t generation, std::uint32_t side) {
  Connection& connection = connections_[id];
  if (connection.generation != generation) return;
  if (!connection.severed) lose_connection(id, side, "closed by the other side");
}

void World::Impl::probe_fails(std::uint32_t id, std::uint32_t generation, std::uint32_t side) {
  if (connections_[id].generation == generation) lose_connection(id, side, "no answer");
}

void World::Impl::lose_connection(std::uint32_t id, std::uint32_t side, const char* why) {
  Host* const host = host_of(connections_[id].side[side]);
  if (host == nullptr) return;
  const transfer::PeerHandle handle = connections_[id].side[side].handle;
  HostShare& share = share_of(*host, connections_[id]);
  end_side(id, side, false);
  share.swarm->handle_disconnected(handle, why, now_);
  drain(*host, share);
}

void World::Impl::free_connection_if_over(std::uint32_t id) {
  Connection& connection = connections_[id];
  if (connection.side[0].open || connection.side[1].open) return;
  note_carried(connection);
  connection.generation = 0;
  connections_.drop(id);
}

}  // namespace stp::sim
