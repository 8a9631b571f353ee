// Connections: dialling, hello, peer exchange, goodbyes and bans.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

Peer* Swarm::Impl::find(PeerHandle handle) {
  return peers.find(handle);
}

bool Swarm::Impl::can_dial() const {
  return !stopped && started && peers.size() < dial_up_to && connecting < kConnectingMax;
}

void Swarm::Impl::dial(Instant now) {
  while (can_dial() && now >= next_dial) {
    const std::optional<Endpoint> endpoint = pool.next_to_dial(now);
    if (!endpoint) return;
    Peer peer;
    peer.handle = next_handle;
    peer.remote = *endpoint;
    peer.listen = *endpoint;
    peer.since = now;
    peers.emplace(next_handle, std::move(peer));
    ++connecting;
    actions.push_back(Connect{next_handle, *endpoint});
    ++next_handle;
    if (phase == Phase::complete) next_dial = now + seed_dial_pause;
  }
}

void Swarm::Impl::search_if_lonely(Instant now) {
  if (now < next_search) return;
  const auto ready = std::count_if(peers.begin(), peers.end(),
                                   [](const auto& entry) { return entry.second.state == Peer::State::ready; });
  const bool enough =
      (ready >= static_cast<std::ptrdiff_t>(kPeersEnough) && !is_stranded()) || (phase == Phase::complete && ready > 0);
  if (!enough && phase != Phase::complete) discovery.search(config.key, now);
  search_pause = ready > 0 ? kSearchMax : std::min<Duration>(search_pause * 2, kSearchMax);
  next_search = now + search_pause;
  handle_discovery(now);
}

bool Swarm::Impl::is_stranded() const {
  if (phase == Phase::metainfo) return !metainfo_fetch.has_source();
  return missing > 0 &&
         std::none_of(peers.begin(), peers.end(), [](const auto& entry) { return entry.second.interesting > 0; });
}

void Swarm::Impl::make_room_if_stranded(Instant now) {
  if (!is_stranded()) {
    stranded_since = kNever;
    dial_up_to = config.connections_wanted;
    return;
  }
  stranded_since = earlier(stranded_since, now);
  if (now < stranded_since + kStrandedAfter) return;
  if (peers.size() < config.connections_wanted || !pool.has_due(now)) return;
  std::vector<const Peer*> useless;
  for (const auto& [handle, peer] : peers) {
    if (peer.state == Peer::State::ready) useless.push_back(&peer);
  }
  // Who wants nothing of us either goes first, and then who has been there longest.
  std::ranges::stable_sort(useless, {},
                           [](const Peer* peer) { return std::pair(peer->interested_in_us, peer->since); });
  useless.resize(std::min<std::size_t>(useless.size(), kReplacedAtOnce));
  dial_up_to = static_cast<std::uint32_t>(peers.size());
  for (const Peer* peer : useless) {
    close(peer->handle, wire::ByeReason::full, "makes room for peers with other chunks", kUselessApart, now);
  }
}

void Swarm::Impl::handle_discovery(Instant now) {
  if (stopped) return;
  while (const auto found = discovery.poll_peer(config.key)) pool.add(*found, now);
  dial(now);
}

void Swarm::Impl::handle_connected(PeerHandle handle, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr || peer->state != Peer::State::connecting) return;
  pool.connected(peer->remote);
  connecting -= !peer->incoming;
  peer->state = Peer::State::greeting;
  peer->since = peer->last_received = now;
  wire::Hello hello{wire::kProtocolVersion, config.session, port, 0, config.agent};
  if (metainfo) hello.metainfo_bytes = static_cast<std::uint32_t>(metainfo->info_bytes().size());
  send(*peer, std::move(hello), now);
}

std::optional<PeerHandle> Swarm::Impl::handle_incoming(const Endpoint& from, Instant now) {
  if (stopped || peers.size() >= config.connections_max || pool.refuses(from.address) || pool.is_banned(from)) {
    return std::nullopt;
  }
  Peer peer;
  peer.handle = next_handle;
  peer.incoming = true;
  peer.remote = from;
  peers.emplace(next_handle, std::move(peer));
  const PeerHandle handle = next_handle;
  ++next_handle;
  handle_connected(handle, now);
  return handle;
}

void Swarm::Impl::handle_disconnected(PeerHandle handle, const std::string& why, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->listen.value_or(peer->remote);
  const bool was_connecting = peer->state != Peer::State::ready;
  if (!peer->incoming || !was_connecting) events.push_back(PeerTrouble{endpoint, why});
  forget(handle, now);
  if (was_connecting) {
    pool.failed(endpoint, now);
  } else {
    gone(endpoint, {}, true, now);
    if (phase != Phase::complete) {
      search_pause = kSearchFirst;
      next_search = earlier(next_search, now + kSearchFirst);
    }
  }
  fill_all(now);
  dial(now);
}

void Swarm::Impl::forget(PeerHandle handle, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  release_outstanding(*peer);
  connecting -= peer->state == Peer::State::connecting;
  std::erase(served, peer);
  if (picker && peer->has.size() > 0) {
    if (peer->counted_as_seed) {
      picker->seed_left();
    } else {
      picker->peer_lost(peer->has);
    }
  }
  metainfo_fetch.remove_peer(handle);
  if (hash_fetch) hash_fetch->remove_peer(handle);
  uploading_bytes -= peer->uploading_bytes;
  give_back(peer->promised);
  give_back(peer->kept);
  const bool was_served = !peer->choked_by_us;
  peers.erase(handle);
  if (was_served && !stopped) give_free_slots(now);
}

void Swarm::Impl::send(Peer& peer, wire::Message message, Instant now) {
  peer.last_sent = now;
  actions.push_back(Send{peer.handle, std::move(message)});
}

void Swarm::Impl::close(PeerHandle handle, wire::ByeReason bye, const std::string& why, Duration redial_after,
                        Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->listen.value_or(peer->remote);
  if (peer->state != Peer::State::connecting) {
    send(*peer, wire::Bye{bye, why.substr(0, wire::kByeTextBytesMax)}, now);
  }
  forget(handle, now);
  actions.push_back(Close{handle, why});
  gone(endpoint, redial_after, bye == wire::ByeReason::duplicate, now);
}

void Swarm::Impl::gone(const Endpoint& endpoint, Duration redial_after, bool maybe_duplicate, Instant now) {
  pool.lost(endpoint, redial_after, now);
  if (!maybe_duplicate) return;
  const bool still_there = std::any_of(peers.begin(), peers.end(), [&](const auto& entry) {
    return entry.second.state == Peer::State::ready && entry.second.listen == endpoint;
  });
  if (still_there) pool.connected(endpoint);
}

void Swarm::Impl::protocol_error(PeerHandle handle, const std::string& why, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  events.push_back(PeerTrouble{peer->listen.value_or(peer->remote), why});
  close(handle, wire::ByeReason::protocol, why, kRetryMax, now);
  fill_all(now);
}

void Swarm::Impl::ban(const Contributor& liar, const std::string& why, Instant now) {
  // Several of its chunks may turn out wrong after it was caught by the first; that is no news.
  if (pool.ban(liar.endpoint)) events.push_back(PeerBanned{liar.endpoint, why});
  if (find(liar.peer) == nullptr) return;
  close(liar.peer, wire::ByeReason::banned, why, kRetryMax, now);
}

void Swarm::Impl::note_dialled(const Peer& peer, Instant now) {
  if (peer.has.all()) {
    seed_dial_pause = std::min<Duration>(2 * seed_dial_pause, kSeedDialPauseMax);
  } else {
    seed_dial_pause = kSeedDialPause;
    next_dial = earlier(next_dial, now + seed_dial_pause);
  }
}

bool Swarm::Impl::is_useless_to_seed(const Peer& peer) const {
  return phase == Phase::complete && had.all() && peer.state == Peer::State::ready && peer.said_chunks &&
         peer.has.size() > 0 && peer.has.all();
}

void Swarm::Impl::close_as_seed(PeerHandle handle, Instant now) {
  close(handle, wire::ByeReason::done, "both have everything", kSeedsApart, now);
}

void Swarm::Impl::close_seeds(Instant now) {
  std::vector<PeerHandle> seeds;
  for (const auto& [handle, peer] : peers) {
    if (is_useless_to_seed(peer)) seeds.push_back(handle);
  }
  for (const PeerHandle handle : seeds) close_as_seed(handle, now);
}

void Swarm::Impl::on_hello(Peer& peer, const wire::Hello& hello, Instant now) {
  const PeerHandle handle = peer.handle;
  if (hello.metainfo_bytes > wire::kMetainfoBytesMax) return protocol_error(handle, "metainfo is too long", now);
  if (peer.state == Peer::State::ready) {
    // A repeated hello only says that its sender knows the metainfo now.
    if (phase == Phase::metainfo && hello.metainfo_bytes > 0) {
      metainfo_fetch.add_peer(handle, hello.metainfo_bytes);
      ask_for_metainfo(now);
    }
    return;
  }
  if (hello.version != wire::kProtocolVersion) {
    return protocol_error(handle, "speaks version " + std::to_string(hello.version) + " of the protocol, not 1", now);
  }
  if (hello.session == config.session) {
    if (!peer.incoming) pool.mark_self(peer.remote);
    return close(handle, wire::ByeReason::duplicate, "connected to itself", {}, now);
  }
  peer.session = hello.session;
  peer.session_tag = load_be<std::uint32_t>(hello.session.bytes.data());
  peer.agent = hello.agent;
  if (peer.incoming && hello.listen_port != 0) peer.listen = Endpoint{peer.remote.address, hello.listen_port};
  if (peer.listen && pool.is_banned(*peer.listen)) return close(handle, wire::ByeReason::banned, "banned", {}, now);

  // Two connections to one peer: both sides keep the one that the smaller session id opened. Only between equal
  // addresses, so that nobody can push another peer out by claiming its session id.
  for (auto& [other_handle, other] : peers) {
    if (other.session_tag != peer.session_tag) continue;
    if (other_handle == handle || other.state != Peer::State::ready || other.session != hello.session ||
        other.remote.address != peer.remote.address) {
      continue;
    }
    const bool ours_wins = config.session < hello.session;
    const bool new_wins = peer.incoming != other.incoming && peer.incoming != ours_wins;
    const PeerHandle loser = new_wins ? other_handle : handle;
    close(loser, wire::ByeReason::duplicate, "connected twice", kRetryMax, now);
    if (loser == handle) return;
    break;
  }

  peer.state = Peer::State::ready;
  peer.since = now;
  peer.next_exchange = now;
  if (peer.listen) {
    pool.add({*peer.listen, discovery::Source::met}, now);
    pool.connected(*peer.listen);
  }
  if (phase == Phase::metainfo) {
    if (hello.metainfo_bytes > 0) metainfo_fetch.add_peer(handle, hello.metainfo_bytes);
    ask_for_metainfo(now);
  }
  if (picker) send_bitfield(peer, now);
  exchange_peers(peer, now);
}

void Swarm::Impl::exchange_peers(Peer& peer, Instant now) {
  // Only who came since the last time (as BEP 11 does); the first list has everybody.
  const Instant told = peer.next_exchange - kExchangeInterval;
  const bool first = peer.since == now;
  const bool nearby = peer.remote.address.is_local();
  peer.next_exchange = now + kExchangeInterval;
  wire::Peers message;
  for (const auto& [handle, other] : peers) {
    if (handle == peer.handle || other.state != Peer::State::ready || !other.listen) continue;
    if (!first && other.since < told) continue;
    // A loopback or private address means nothing to a peer elsewhere.
    if (!nearby && other.listen->address.is_local()) continue;
    message.endpoints.push_back(*other.listen);
    if (message.endpoints.size() == wire::kPeersMax) break;
  }
  if (!message.endpoints.empty()) send(peer, std::move(message), now);
}

void Swarm::Impl::on_peers(Peer& peer, const wire::Peers& found, Instant now) {
  // One list an interval is all an honest peer sends (plus the one at the beginning).
  if (peer.last_exchange_received != Instant{} && now < peer.last_exchange_received + kExchangeInterval / 2) return;
  peer.last_exchange_received = now;
  for (const Endpoint& endpoint : found.endpoints) pool.add({endpoint, discovery::Source::exchange}, now);
  dial(now);
}

void Swarm::Impl::handle_message(PeerHandle handle, wire::Message message, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr || peer->state == Peer::State::connecting) return;
  peer->last_received = now;
  if (peer->state == Peer::State::greeting && !std::holds_alternative<wire::Hello>(message) &&
      !std::holds_alternative<wire::Bye>(message)) {
    return protocol_error(handle, "did not begin with hello", now);
  }

  struct Dispatch {
    Impl& swarm;
    Peer& peer;
    Instant now;

    void operator()(const wire::Hello& m) { swarm.on_hello(peer, m, now); }
    void operator()(wire::BitfieldMessage& m) {
      peer.said_chunks = true;
      peer.has_all = false;
      peer.raw_bits = std::move(m.bits);
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::HaveAll&) {
      if (peer.has.size() > 0) return swarm.on_has_rest(peer, now);
      peer.said_chunks = peer.has_all = true;
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::HaveNone&) {
      peer.said_chunks = true;
      peer.has_all = false;
      peer.raw_bits.clear();
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::Have& m) { swarm.on_have(peer, m, now); }
    void operator()(const wire::Interested& m) { swarm.on_interested(peer, m.interested, now); }
    void operator()(const wire::Choke&) {
      peer.choking_us = true;
      if (swarm.release_outstanding(peer)) swarm.fill_all(now);
    }
    void operator()(const wire::Unchoke&) {
      peer.choking_us = false;
      swarm.fill(peer, now);
    }
    void operator()(const wire::Request& m) { swarm.on_request(peer, m.run, now); }
    void operator()(const wire::Cancel& m) { swarm.on_cancel(peer, m.run); }
    void operator()(const wire::Reject& m) { swarm.on_reject(peer, m, now); }
    void operator()(const wire::HashRequest& m) { swarm.on_hash_request(peer, m, now); }
    void operator()(const wire::Hashes& m) { swarm.on_hashes(peer, m, now); }
    void operator()(const wire::HashReject& m) {
      if (!swarm.hash_fetch) return;
      swarm.hash_fetch->handle_reject(peer.handle, m.request, now);
      while (const auto chunk = swarm.hash_fetch->poll_given_up()) swarm.give_up_on_leaves(*chunk, now);
      swarm.ask_for_hashes(now);
    }
    void operator()(const wire::MetainfoRequest& m) { swarm.on_metainfo_request(peer, m, now); }
    void operator()(const wire::MetainfoPart& m) { swarm.on_metainfo_part(peer, m, now); }
    void operator()(const wire::MetainfoReject&) {
      swarm.metainfo_fetch.handle_reject(peer.handle);
      if (swarm.phase == Phase::metainfo) swarm.ask_for_metainfo(now);
    }
    void operator()(const wire::Peers& m) { swarm.on_peers(peer, m, now); }
    void operator()(wire::Suggest& m) {
      if (!swarm.picker || peer.has.size() == 0) return;
      peer.spreads = true;
      std::erase_if(m.chunks, [&](ChunkIndex chunk) { return chunk.value >= peer.has.size(); });
      peer.suggested.insert(peer.suggested.end(), m.chunks.begin(), m.chunks.end());
      // Whoever suggests more than one message's worth is not listened to any longer.
      if (peer.suggested.size() > wire::kSuggestionsMax) peer.suggested.resize(wire::kSuggestionsMax);
      swarm.fill(peer, now);
    }
    void operator()(const wire::KeepAlive&) {}
    void operator()(const wire::Bye& m) {
      const PeerHandle leaving = peer.handle;
      const Endpoint endpoint = peer.listen.value_or(peer.remote);
      const bool harmless = m.reason == wire::ByeReason::done || m.reason == wire::ByeReason::duplicate;
      if (!harmless) swarm.events.push_back(PeerTrouble{endpoint, "said goodbye: " + m.text});
      swarm.forget(leaving, now);
      swarm.actions.push_back(Close{leaving, "said goodbye"});
      // A seed that restarts is back within seconds; one that has no use for us is left alone for long.
      const Duration pause = m.reason == wire::ByeReason::shutting_down ? std::chrono::seconds(2)
                             : m.reason == wire::ByeReason::duplicate   ? Duration(kRetryMax)
                             : m.reason == wire::ByeReason::done        ? Duration(kSeedsApart)
                             : m.reason == wire::ByeReason::full        ? Duration(kUselessApart)
                                                                        : Duration(kRetryMax);
      swarm.gone(endpoint, pause, m.reason == wire::ByeReason::duplicate, now);
      swarm.fill_all(now);
      swarm.dial(now);
    }
  };
  std::visit(Dispatch{*this, *peer, now}, message);
}

}  // namespace stp::transfer
