// SwarmDriver: carries out what a transfer::Swarm asks for, on connections and disk threads, and reports the results to
// it.
//
//   Connect ─▶ PeerConnection      Send ─▶ PeerOutbox ─▶ channel ─▶ socket
//   SendBlocks ─▶ PeerOutbox ─▶ DiskPool (read) ─▶ channel ─▶ socket ─▶ handle_blocks_sent
//   OpenWebSeed ─▶ WebSeedDriver ─▶ as from a socket
//   socket ─▶ channel ─▶ hash each block while it is hot ─▶ handle_data ─▶ DiskPool (write) ─▶ handle_written
//   HashChunk ─▶ RunningHashes, if its blocks came in order; else DiskPool (read and hash) ─▶ handle_hashed
//
// Memory is bounded, whatever the size of the share and the number of peers: by the limits below for each peer, and by
// DiskPool's for all shares.
//
// Driving it: after any event it calls Owner::on_driver_turn(); the owner then drains the swarm's actions into
// carry_out() and calls work() until neither has anything more. Lives on the network thread. Everything passed to the
// constructor must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "content/running_hashes.h"
#include "net/disk_pool.h"
#include "net/file_watch.h"
#include "net/peer_connection.h"
#include "net/peer_outbox.h"
#include "net/task_queue.h"
#include "net/web_seed_driver.h"
#include "transfer/swarm.h"

namespace stp::net {

class SwarmDriver final : public PeerConnection::Owner, public DiskPool::Client, public WebSeedDriver::Host {
 public:
  /// Sealed and being read for one peer: what it receives in kOutputHorizon, between these.
  static constexpr std::int64_t kOutputBytesMin = 256 * 1024;
  static constexpr std::int64_t kOutputBytesMax = 1024 * 1024;
  static constexpr Duration kOutputHorizon = std::chrono::milliseconds(500);
  /// Chunks waiting to be hashed: with more, nothing is received until they are fewer.
  static constexpr std::size_t kHashesMax = 16;
  /// Connections whose last words are being sent; the oldest is closed at once for another.
  static constexpr std::size_t kClosingMax = 64;
  /// Blocks that could not be written for lack of descriptors or memory are written again after this long, and given up
  /// if that has continued for kBusyWritesMax.
  static constexpr Duration kBusyWritesPause = std::chrono::milliseconds(500);
  static constexpr Duration kBusyWritesMax = std::chrono::seconds(60);

  class Owner {
   public:
    virtual ~Owner() = default;
    /// Something has happened: drain the swarm.
    virtual void on_driver_turn() = 0;
    /// Received blocks could not be written (the swarm already knows).
    virtual void on_write_failed(const Error& error) = 0;
    /// A connection that meant this swarm came to nothing.
    virtual void on_refused(const Endpoint& from, const std::string& reason) = 0;
    /// A peer says that it has a DHT node there.
    virtual void on_dht_node(const Endpoint& node) = 0;
  };

  /// What the drivers of all shares of a host use; borrowed.
  struct Shared {
    boost::asio::io_context& io;
    PeerConnection::Shared& connections;
    DiskPool& disk;
    TaskPool& background;  // for what nothing else waits for
    WebSeedShared& web_seeds;
  };
  struct Parts {
    Shared& shared;
    transfer::Swarm& swarm;
    Owner& owner;
    SwarmIdentity identity;
  };
  explicit SwarmDriver(Parts parts);
  ~SwarmDriver() override;

  /// Where blocks are read and written; before this call the swarm neither serves nor requests.
  void set_target(DiskTarget target);
  [[nodiscard]] const DiskTarget& target() const { return target_; }
  [[nodiscard]] const SwarmIdentity& identity() const { return identity_; }
  /// The swarm has one more key, and others may connect by it once IncomingConnections::add() was called again.
  void add_access(const wire::SwarmAccess& access) { identity_.accesses.push_back(access); }
  /// SwarmIdentity::must_hide, from now on; connections in the clear end.
  void set_must_hide(bool must_hide);
  /// A peer has connected to us and means this swarm; the channel is up.
  void adopt(PeerConnection& connection);
  void report_refused(const Endpoint& from, const std::string& reason) { owner_.on_refused(from, reason); }
  void carry_out(transfer::Action action);
  /// These addresses are no longer ours: ends the connections made from or to them.
  void close_lost(const std::set<IpAddress>& lost);
  /// Seals, sends and reads as much as there is room for. True if the swarm was notified and must be drained again.
  [[nodiscard]] bool work();
  /// Nobody is connected, and nothing waits for the disk.
  [[nodiscard]] bool idle();
  /// Closes everything at once. The swarm is not notified.
  void close_all();

  // PeerConnection::Owner
  void on_open(PeerConnection& connection) override;
  void on_message(PeerConnection& connection, wire::Message message) override;
  void on_dht_node(PeerConnection& /*connection*/, const Endpoint& node) override { owner_.on_dht_node(node); }
  void on_data(PeerConnection& connection, wire::DataFrame frame) override;
  void on_progress(PeerConnection& connection) override;
  void on_written(PeerConnection& connection) override;
  void on_closed(PeerConnection& connection, const std::string& reason) override;
  void on_turn_end() override { owner_.on_driver_turn(); }
  [[nodiscard]] bool has_room() const override;

  // WebSeedDriver::Host
  void on_web_seed_data(transfer::PeerHandle peer, wire::DataFrame frame) override;
  void on_web_seed_reject(transfer::PeerHandle peer, const wire::Reject& reject) override;
  void on_web_seed_progress(transfer::PeerHandle peer) override;
  void on_web_seed_failed(transfer::PeerHandle peer, const transfer::WebSeedFailure& failure) override;
  void on_web_seed_turn_end() override { owner_.on_driver_turn(); }

  // DiskPool::Client
  void on_written(WriteJob job, const Status& status) override;
  void on_read(ReadJob job, const Status& status) override;
  void on_hashed(ChunkIndex chunk, const Result<content::Evidence>& evidence) override;
  void on_disk_room() override;
  void on_disk_turn_end() override;

 private:
  struct Unacknowledged {
    std::uint64_t end = 0;  // PeerConnection::written_total() when the kernel has all of it
    BlockRun run;
  };
  struct Peer {
    std::shared_ptr<PeerConnection> connection;
    PeerOutbox outbox;
    std::deque<Unacknowledged> sealed;
    std::int64_t reading_bytes = 0;
    // How fast the peer takes what we send.
    std::uint64_t measured_total = 0;
    Instant measured_at;
    std::int64_t output_bytes_max = kOutputBytesMin;
  };

  void perform(transfer::Connect& connect);
  void perform(transfer::OpenWebSeed& open);
  void perform(transfer::Close& close);
  void perform(transfer::Send& send);
  void perform(transfer::SendBlocks& send);
  void perform(transfer::SendLeaves& send);
  void perform(transfer::HashChunk& hash);
  void perform(transfer::Probe& probe);

  /// Chunk data arrived from a peer or web seed.
  void take_data(transfer::PeerHandle handle, wire::DataFrame frame);
  [[nodiscard]] Peer* find(transfer::PeerHandle handle);
  void touch(transfer::PeerHandle handle);
  /// Tells the connection how the share is cut, if that is known.
  void shape(PeerConnection& connection) const;
  bool serve(transfer::PeerHandle handle, Peer& peer, Instant now);
  void seal_ready(transfer::PeerHandle handle, Peer& peer, Instant now);
  void start_reads(transfer::PeerHandle handle, Peer& peer);
  void read_leaves(transfer::PeerHandle handle, const PeerOutbox::Read& read);
  void measure(Peer& peer, Instant now);
  void drop_peer(transfer::PeerHandle handle, const std::string& reason);
  /// Watches the chunk's files if the swarm withholds the chunk.
  void watch_withheld(ChunkIndex chunk);
  void on_file_settled(std::size_t file, const Status& status);
  /// Whether the job is kept, to be written again soon.
  [[nodiscard]] bool write_again(WriteJob& job, const Status& status);
  [[nodiscard]] std::size_t writes_under_way() const { return disk_.pending_writes(disk_id_) + postponed_.size(); }
  /// Sockets that were not read for lack of room are read again.
  void read_again();

  Shared& shared_;
  DiskPool& disk_;
  const DiskPool::ClientId disk_id_;
  transfer::Swarm& swarm_;
  Owner& owner_;
  SwarmIdentity identity_;
  DiskTarget target_;
  std::optional<content::RunningHashes> running_hashes_;  // of a share that has SHA-1 hashes

  std::unordered_map<transfer::PeerHandle, Peer, IdHash> peers_;
  std::deque<std::weak_ptr<PeerConnection>> closing_;
  std::vector<transfer::PeerHandle> touched_;                 // have something to do
  std::unordered_set<transfer::PeerHandle, IdHash> starved_;  // want to read, but all buffers are in use
  bool told_ = false;                                         // the swarm was notified since work() checked
  mutable bool stalled_ = false;                              // a peer was refused room
  std::vector<WriteJob> postponed_;                           // writes to be retried
  std::optional<Instant> busy_since_;                         // no write has succeeded since
  boost::asio::steady_timer postponed_timer_;
  FileWatch watch_;
  TaskQueue leaves_;  // reads leaves
  WebSeedDriver web_seeds_;
};

}  // namespace stp::net
