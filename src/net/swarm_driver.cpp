#include "net/swarm_driver.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "crypto/sha256.h"
#include "crypto/sha256_lanes.h"
#include "net/clock.h"

namespace stp::net {
namespace {

using transfer::PeerHandle;

constexpr Duration kMeasureInterval = std::chrono::milliseconds(250);
constexpr const char* kInTheClear = "it speaks in the clear, and encryption is required";

}  // namespace

SwarmDriver::SwarmDriver(Parts parts)
    : shared_(parts.shared),
      disk_(shared_.disk),
      disk_id_(disk_.join(*this)),
      swarm_(parts.swarm),
      owner_(parts.owner),
      identity_(std::move(parts.identity)),
      postponed_timer_(shared_.io),
      watch_(shared_.io, shared_.background,
             [this](std::size_t file, const Status& status) { on_file_settled(file, status); }),
      leaves_(shared_.background),
      web_seeds_(shared_.web_seeds, *this, identity_.rate_group) {}

SwarmDriver::~SwarmDriver() {
  close_all();
  disk_.leave(disk_id_);
}

// --- connections

SwarmDriver::Peer* SwarmDriver::find(PeerHandle handle) {
  const auto found = peers_.find(handle);
  return found == peers_.end() ? nullptr : &found->second;
}

void SwarmDriver::touch(PeerHandle handle) {
  // Nearly always the peer that was touched last; a duplicate does no harm.
  if (touched_.empty() || touched_.back() != handle) touched_.push_back(handle);
}

void SwarmDriver::set_target(DiskTarget target) {
  target_ = std::move(target);
  if (target_.metainfo->has_v1()) running_hashes_.emplace(target_.metainfo);
  web_seeds_.set_metainfo(target_.metainfo);
  for (auto& [handle, peer] : peers_) shape(*peer.connection);
}

void SwarmDriver::shape(PeerConnection& connection) const {
  if (!target_.metainfo) return;
  connection.set_shape(
      {target_.metainfo->chunk_count(), target_.metainfo->chunk_bytes(),
       [metainfo = target_.metainfo](ChunkIndex chunk) { return metainfo->bytes_of(chunk); },
       [metainfo = target_.metainfo](ChunkIndex chunk) { return metainfo->layout().zeros_after(chunk); }});
}

void SwarmDriver::adopt(PeerConnection& connection) {
  connection.set_owner(*this);
  on_open(connection);
}

void SwarmDriver::on_open(PeerConnection& connection) {
  const Instant now = steady_now();
  told_ = true;
  if (identity_.must_hide && !connection.wire().encrypted) {  // required since it began
    if (connection.incoming()) return connection.close();
    return drop_peer(PeerHandle{connection.tag}, kInTheClear);
  }
  shape(connection);
  if (!connection.incoming())
    return swarm_.handle_connected(PeerHandle{connection.tag}, now, connection.met_by(), connection.wire());
  const std::shared_ptr<PeerConnection> owned = connection.shared_from_this();
  const std::optional<PeerHandle> handle =
      swarm_.handle_incoming(connection.endpoint(), now, connection.met_by(), connection.wire());
  if (!handle) return connection.close();
  connection.tag = handle->value;
  peers_[*handle].connection = owned;
}

void SwarmDriver::on_message(PeerConnection& connection, wire::Message message) {
  told_ = true;
  swarm_.handle_message(PeerHandle{connection.tag}, std::move(message), steady_now());
}

void SwarmDriver::on_closed(PeerConnection& connection, const std::string& reason) {
  const PeerHandle handle{connection.tag};
  peers_.erase(handle);
  told_ = true;
  swarm_.handle_disconnected(handle, reason, steady_now());
}

void SwarmDriver::drop_peer(PeerHandle handle, const std::string& reason) {
  if (Peer* peer = find(handle)) {
    peer->connection->close();
    peers_.erase(handle);
  }
  told_ = true;
  swarm_.handle_disconnected(handle, reason, steady_now());
}

void SwarmDriver::close_lost(const std::set<IpAddress>& lost) {
  const auto lost_end = [&lost](const PeerConnection& connection) {
    std::optional<IpAddress> local = connection.local_address();
    return local && lost.contains(*local) ? local : std::nullopt;
  };
  std::vector<std::pair<PeerHandle, std::string>> gone;
  for (const auto& [handle, peer] : peers_) {
    const std::optional<IpAddress> local = lost_end(*peer.connection);
    if (local) gone.emplace_back(handle, "our address " + local->to_string() + " is gone");
  }
  std::ranges::sort(gone);  // the order of a hash map must have no effect
  for (const auto& [handle, why] : gone) drop_peer(handle, why);
}

void SwarmDriver::set_must_hide(bool must_hide) {
  identity_.must_hide = must_hide;
  if (!must_hide) return;
  std::vector<PeerHandle> plain;
  for (const auto& [handle, peer] : peers_) {
    if (peer.connection->is_open() && !peer.connection->wire().encrypted) plain.push_back(handle);
  }
  std::ranges::sort(plain);  // the order of a hash map must have no effect
  for (const PeerHandle handle : plain) drop_peer(handle, kInTheClear);
}

bool SwarmDriver::idle() {
  closing_.erase(std::remove_if(closing_.begin(), closing_.end(), [](const auto& weak) { return weak.expired(); }),
                 closing_.end());
  return peers_.empty() && closing_.empty() && writes_under_way() + disk_.pending_hashes(disk_id_) == 0;
}

void SwarmDriver::close_all() {
  web_seeds_.close_all();
  for (auto& [handle, peer] : peers_) peer.connection->close();
  for (const auto& weak : closing_) {
    if (const auto connection = weak.lock()) connection->close();
  }
  peers_.clear();
  closing_.clear();
}

// --- receiving

bool SwarmDriver::has_room() const {
  const bool hashes_pile_up = disk_.pending_hashes(disk_id_) >= kHashesMax;
  if (postponed_.empty() && !hashes_pile_up && disk_.may_write(disk_id_)) return true;
  stalled_ = true;
  return false;
}

void SwarmDriver::on_data(PeerConnection& connection, wire::DataFrame frame) {
  take_data(PeerHandle{connection.tag}, std::move(frame));
}

void SwarmDriver::take_data(PeerHandle handle, wire::DataFrame frame) {
  const std::shared_ptr<const content::Metainfo>& metainfo = swarm_.metainfo();
  if (!metainfo || !target_.storage || !metainfo->contains(frame.run) ||
      metainfo->bytes_of(frame.run) != frame.payload.size()) {
    return drop_peer(handle, "sent data that is not part of this share");
  }
  std::array<ByteSpan, wire::kDataBlocksMax> blocks;
  std::array<Hash256, wire::kDataBlocksMax> leaves;
  for (std::uint32_t i = 0; i < frame.run.count; ++i) {
    const std::size_t offset = std::size_t{i} * kBlockBytes;
    blocks[i] = frame.payload.subspan(offset, std::min<std::size_t>(kBlockBytes, frame.payload.size() - offset));
  }
  crypto::sha256_many(std::span<const ByteSpan>(blocks).first(frame.run.count),
                      std::span<Hash256>(leaves).first(frame.run.count));
  told_ = true;
  const transfer::DataVerdict verdict =
      swarm_.handle_data(handle, frame.run, std::span<const Hash256>(leaves).first(frame.run.count), steady_now());
  if (verdict == transfer::DataVerdict::drop) return;
  if (running_hashes_ && !swarm_.hashes().known(frame.run.chunk)) running_hashes_->add(frame.run, frame.payload);
  disk_.submit_write(disk_id_, target_, {frame.run, std::move(frame.buffer), frame.payload});
}

void SwarmDriver::on_progress(PeerConnection& connection) {
  swarm_.handle_progress(PeerHandle{connection.tag}, steady_now());
}

void SwarmDriver::on_written(WriteJob job, const Status& status) {
  if (write_again(job, status)) return;
  told_ = true;
  if (status) return swarm_.handle_written(job.run, steady_now());
  if (running_hashes_) running_hashes_->forget(job.run.chunk);
  swarm_.handle_write_failed(job.run, status.error(), steady_now());
  owner_.on_write_failed(status.error());
}

bool SwarmDriver::write_again(WriteJob& job, const Status& status) {
  if (status || status.error().kind != ErrorKind::busy) {
    busy_since_.reset();
    return false;
  }
  const Instant now = steady_now();
  if (!busy_since_) busy_since_ = now;
  if (now - *busy_since_ >= kBusyWritesMax) return false;
  postponed_.push_back(std::move(job));
  if (postponed_.size() > 1) return true;
  postponed_timer_.expires_after(kBusyWritesPause);
  postponed_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (WriteJob& again : std::exchange(postponed_, {})) disk_.submit_write(disk_id_, target_, std::move(again));
  });
  return true;
}

void SwarmDriver::on_hashed(ChunkIndex chunk, const Result<content::Evidence>& evidence) {
  told_ = true;
  if (disk_.pending_hashes(disk_id_) < kHashesMax) read_again();
  if (evidence) return swarm_.handle_hashed(chunk, *evidence, steady_now());
  swarm_.handle_hash_failed(chunk, evidence.error(), steady_now());
  owner_.on_write_failed(evidence.error());
}

void SwarmDriver::on_disk_room() {
  read_again();
  for (const PeerHandle handle : std::exchange(starved_, {})) touch(handle);
}

void SwarmDriver::on_disk_turn_end() {
  if (writes_under_way() == 0) read_again();
  owner_.on_driver_turn();
}

void SwarmDriver::read_again() {
  if (!postponed_.empty() || !std::exchange(stalled_, false)) return;
  for (auto& [handle, peer] : peers_) peer.connection->resume_reading();
  web_seeds_.resume();
}

// --- web seeds

void SwarmDriver::on_web_seed_data(PeerHandle peer, wire::DataFrame frame) {
  take_data(peer, std::move(frame));
}

void SwarmDriver::on_web_seed_reject(PeerHandle peer, const wire::Reject& reject) {
  told_ = true;
  swarm_.handle_message(peer, reject, steady_now());
}

void SwarmDriver::on_web_seed_progress(PeerHandle peer) {
  swarm_.handle_progress(peer, steady_now());
}

void SwarmDriver::on_web_seed_failed(PeerHandle peer, const transfer::WebSeedFailure& failure) {
  told_ = true;
  swarm_.handle_web_seed_failed(peer, failure, steady_now());
}

// --- what the swarm asks for

void SwarmDriver::carry_out(transfer::Action action) {
  std::visit([this](auto& what) { perform(what); }, action);
}

void SwarmDriver::perform(transfer::Connect& connect) {
  auto connection = std::make_shared<PeerConnection>(shared_.connections, *this,
                                                     boost::asio::ip::tcp::socket(shared_.io), connect.endpoint);
  connection->tag = connect.peer.value;
  peers_[connect.peer].connection = connection;
  connection->start_connect(identity_, connect.keys);
}

void SwarmDriver::perform(transfer::OpenWebSeed& open) {
  web_seeds_.open(open);
}

void SwarmDriver::perform(transfer::Close& close) {
  if (web_seeds_.take(close)) return;
  Peer* const peer = find(close.peer);
  if (peer == nullptr) return;
  peer->outbox.drop_unread();
  while (std::optional<PeerOutbox::Ready> ready = peer->outbox.pop()) {
    if (const auto* const message = std::get_if<wire::Message>(&*ready)) peer->connection->send(*message);
  }
  const std::shared_ptr<PeerConnection> connection = std::move(peer->connection);
  peers_.erase(close.peer);
  connection->finish();
  closing_.push_back(connection);
  if (closing_.size() <= kClosingMax) return;
  if (const std::shared_ptr<PeerConnection> oldest = closing_.front().lock()) oldest->close();
  closing_.pop_front();
}

void SwarmDriver::perform(transfer::Send& send) {
  Peer* const peer = find(send.peer);
  if (peer == nullptr) return static_cast<void>(web_seeds_.take(send));
  peer->outbox.push(std::move(send.message));
  touch(send.peer);
}

void SwarmDriver::perform(transfer::SendBlocks& send) {
  Peer* const peer = find(send.peer);
  if (peer == nullptr) return;
  peer->outbox.push_blocks(send.run);
  touch(send.peer);
}

void SwarmDriver::perform(transfer::SendLeaves& send) {
  Peer* const peer = find(send.peer);
  if (peer == nullptr) return;
  peer->outbox.push_leaves(send.run, send.request);
  touch(send.peer);
}

void SwarmDriver::perform(transfer::HashChunk& hash) {
  if (const std::optional<content::Evidence> evidence = running_hashes_->take(hash.chunk)) {
    told_ = true;
    return swarm_.handle_hashed(hash.chunk, *evidence, steady_now());
  }
  disk_.submit_hash(disk_id_, target_, hash.chunk);
}

void SwarmDriver::perform(transfer::Probe& probe) {
  if (Peer* const peer = find(probe.peer)) {
    peer->connection->probe();
    touch(probe.peer);
  }
}

// --- sending

void SwarmDriver::on_written(PeerConnection& connection) {
  touch(PeerHandle{connection.tag});
}

bool SwarmDriver::work() {
  const Instant now = steady_now();
  for (const PeerHandle handle : std::exchange(touched_, {})) {
    if (Peer* const peer = find(handle)) told_ = serve(handle, *peer, now) || told_;
  }
  return std::exchange(told_, false);
}

// Returns whether the swarm was notified of something. The peer stays: the swarm's decisions about it come as actions.
bool SwarmDriver::serve(PeerHandle handle, Peer& peer, Instant now) {
  bool told = false;
  while (true) {
    seal_ready(handle, peer, now);
    const std::uint64_t before = peer.connection->written_total();
    peer.connection->flush();
    measure(peer, now);
    const std::uint64_t written = peer.connection->written_total();
    while (!peer.sealed.empty() && peer.sealed.front().end <= written) {
      swarm_.handle_blocks_sent(handle, peer.sealed.front().run, now);
      peer.sealed.pop_front();
      told = true;
    }
    start_reads(handle, peer);
    if (written == before || peer.connection->pending_output_bytes() > 0) return told;
  }
}

void SwarmDriver::seal_ready(PeerHandle handle, Peer& peer, Instant now) {
  while (std::optional<PeerOutbox::Ready> ready = peer.outbox.pop()) {
    if (const auto* const message = std::get_if<wire::Message>(&*ready)) {
      peer.connection->send(*message);
    } else if (const auto* const blocks = std::get_if<PeerOutbox::Blocks>(&*ready)) {
      peer.connection->send_data(blocks->run, blocks->payload);
      peer.sealed.push_back({peer.connection->queued_total(), blocks->run});
    } else {
      peer.connection->send(std::get<PeerOutbox::Leaves>(std::move(*ready)).message);
      swarm_.handle_leaves_sent(handle, now);
    }
  }
}

void SwarmDriver::measure(Peer& peer, Instant now) {
  const std::uint64_t written = peer.connection->written_total();
  if (peer.measured_at == Instant()) {
    peer.measured_at = now;
    peer.measured_total = written;
  }
  if (now - peer.measured_at < kMeasureInterval) return;
  const double rate = static_cast<double>(written - peer.measured_total) / seconds_of(now - peer.measured_at);
  peer.output_bytes_max =
      std::clamp(static_cast<std::int64_t>(rate * seconds_of(kOutputHorizon)), kOutputBytesMin, kOutputBytesMax);
  peer.measured_at = now;
  peer.measured_total = written;
}

void SwarmDriver::start_reads(PeerHandle handle, Peer& peer) {
  while (static_cast<std::int64_t>(peer.connection->pending_output_bytes()) + peer.reading_bytes <
         peer.output_bytes_max) {
    if (!disk_.may_read(disk_id_)) {
      starved_.insert(handle);
      return;
    }
    const std::optional<PeerOutbox::Read> read = peer.outbox.next_read();
    if (!read) return;
    if (read->leaves_for) {
      read_leaves(handle, *read);
      continue;
    }
    const std::uint32_t bytes = target_.metainfo->bytes_of(read->run);
    wire::PooledBuffer buffer = shared_.connections.pool.take();
    const MutableByteSpan room = buffer.bytes().first(bytes);
    peer.reading_bytes += bytes;
    disk_.submit_read(disk_id_, target_, {handle, read->tag, read->run, std::move(buffer), room});
  }
}

void SwarmDriver::on_read(ReadJob job, const Status& status) {
  Peer* const peer = find(job.peer);
  if (peer == nullptr) return;
  peer->reading_bytes -= static_cast<std::int64_t>(job.bytes.size());
  touch(job.peer);
  if (status) return peer->outbox.handle_blocks(job.tag, std::move(job.buffer), job.bytes);
  peer->outbox.drop(job.tag);
  told_ = true;
  swarm_.handle_read_failed(job.peer, job.run, status.error(), steady_now());
  watch_withheld(job.run.chunk);
}

void SwarmDriver::watch_withheld(ChunkIndex chunk) {
  if (!swarm_.is_withheld(chunk)) return;
  for (const content::Extent& extent : target_.metainfo->layout().extents(chunk)) {
    if (!extent.is_pad()) watch_.watch(target_.storage, extent.file);
  }
}

void SwarmDriver::on_file_settled(std::size_t file, const Status& status) {
  told_ = true;
  if (status) {
    swarm_.handle_file_back(file, steady_now());
  } else {
    swarm_.handle_file_lost(file, status.error());
  }
  owner_.on_driver_turn();
}

// Rare (after a chunk with a wrong hash), and more to read than fits in a buffer: done in pieces, in the background.
void SwarmDriver::read_leaves(PeerHandle handle, const PeerOutbox::Read& read) {
  struct LeavesRead {
    Status status = Done{};
    wire::Hashes hashes;
  };
  const auto outcome = std::make_shared<LeavesRead>();
  const auto work = [target = target_, read, outcome] {
    outcome->hashes.request = *read.leaves_for;
    Bytes bytes(wire::kDataPayloadBytesMax);
    for (std::uint32_t done = 0; done < read.run.count && outcome->status;) {
      const std::uint32_t count = std::min(read.run.count - done, wire::kDataBlocksMax);
      const BlockRun run{read.run.chunk, read.run.first + done, count};
      const MutableByteSpan part = MutableByteSpan(bytes).first(target.metainfo->bytes_of(run));
      outcome->status = target.storage->read(run, part);
      for (std::size_t at = 0; outcome->status && at < part.size(); at += kBlockBytes) {
        outcome->hashes.hashes.push_back(
            crypto::sha256(part.subspan(at, std::min<std::size_t>(kBlockBytes, part.size() - at))));
      }
      done += count;
    }
    outcome->hashes.hashes.resize(outcome->hashes.request.count);
  };
  leaves_.run(work, [this, handle, read, outcome] {
    if (Peer* const peer = find(handle)) {
      if (outcome->status) {
        peer->outbox.handle_leaves(read.tag, std::move(outcome->hashes));
      } else {
        peer->outbox.drop(read.tag);
        swarm_.handle_leaves_failed(handle, {handle, read.run, *read.leaves_for}, outcome->status.error(),
                                    steady_now());
        watch_withheld(read.run.chunk);
        told_ = true;
      }
      touch(handle);
    }
    owner_.on_driver_turn();
  });
}

}  // namespace stp::net
