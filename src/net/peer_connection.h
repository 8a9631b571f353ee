// PeerConnection: one TCP connection to a peer, from the first byte to the last.
//
//   dialling ──▶ opening ──▶ open ──▶ closing ──▶ closed
//
//   dialling   outgoing only: TCP is being set up
//   opening    the handshakes (net/peer_opening.h)
//   open       messages and data flow, through the codec of stp's channel or of BitTorrent
//   closing    what is queued is being written, input is dropped until the other side has closed too:
//              closing at once would make TCP reset the connection and could lose our last words
//   closed     for ever
// dialling and opening together may take kOpenTimeout, closing kCloseTimeout. A client that we dial and that hangs up
// without a word may know the share by its other key, if that makes sense, or insist on encryption: it is dialled once
// more by each key, and then by each with the handshake hidden.
//
// Data is read when the kernel has some, straight into the codec's buffer; an idle connection holds none, nor does one
// that is not open yet. Reading stops while the owner has no room (back-pressure) or the rate limit requires it.
//
// Lives on the network thread, in a shared_ptr: every running operation keeps it alive. The owner, pool and gates must
// outlive the io_context's last handler, or close() must have been called before they are destroyed.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/key_set.h"
#include "core/result.h"
#include "core/time.h"
#include "net/peer_opening.h"
#include "net/rate_gate.h"
#include "net/swarm_directory.h"
#include "wire/codec.h"

namespace stp::net {

class PeerConnection : public std::enable_shared_from_this<PeerConnection> {
 public:
  static constexpr Duration kOpenTimeout = std::chrono::seconds(10);
  static constexpr Duration kCloseTimeout = std::chrono::seconds(2);
  static constexpr Duration kProbeTimeout = std::chrono::seconds(10);
  /// Reads and writes before other connections get their turn.
  static constexpr int kTransfersPerTurn = 8;

  /// Receives its reports: the swarm's driver, or whoever accepted the connection until it is open. Never called from inside a call of the owner into the connection, except on_closed() from
  /// start_*().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Messages can flow.
    virtual void on_open(PeerConnection& connection) = 0;
    virtual void on_message(PeerConnection& connection, wire::Message message) = 0;
    /// The peer says that it has a DHT node there.
    virtual void on_dht_node(PeerConnection& /*connection*/, const Endpoint& /*node*/) {}
    virtual void on_data(PeerConnection& connection, wire::DataFrame frame) = 0;
    /// Bytes of a frame arrived, but not all of it yet.
    virtual void on_progress(PeerConnection& connection) = 0;
    /// Bytes were sent: there may be room for more.
    virtual void on_written(PeerConnection& connection) = 0;
    /// It is closed, but not by the owner. The last call.
    virtual void on_closed(PeerConnection& connection, const std::string& reason) = 0;
    /// After one or more of the calls above.
    virtual void on_turn_end() = 0;
    /// Whether more input can be accepted; if not, resume_reading() is called later.
    [[nodiscard]] virtual bool has_room() const = 0;
  };

  /// What all connections of a host use; borrowed.
  struct Shared {
    wire::BufferPool& pool;
    RateGate& down;
    RateGate& up;
  };

  /// Then start_connect() or start_accepted().
  PeerConnection(Shared& shared, Owner& owner, boost::asio::ip::tcp::socket socket, const Endpoint& endpoint);
  ~PeerConnection();

  /// Connects to a peer of `swarm`, which must outlive the connection's states before `closing`, by the first of `keys`
  /// that it knows.
  void start_connect(const SwarmIdentity& swarm, KeySet keys = {}, Duration open_timeout = kOpenTimeout);
  /// The other side says or shows which of `swarms` it means: swarm() from on_open() on. The directory must outlive the
  /// states before `open`, the swarm those before `closing`.
  void start_accepted(const SwarmDirectory& swarms, Duration open_timeout = kOpenTimeout);
  /// From now on `owner` receives the reports.
  void set_owner(Owner& owner) { owner_ = &owner; }

  /// Queues a message or data; flush() sends what is queued.
  void send(const wire::Message& message);
  /// How the share is cut, once that is known; before any message about chunks.
  void set_shape(wire::ShareShape shape);
  void send_data(const BlockRun& run, ByteSpan payload);
  void flush();
  /// Finds out whether the other side's machine is still there: if it acknowledges nothing that was sent for
  /// kProbeTimeout, the connection ends. A machine that has no room for more (TCP's zero window) counts as there.
  void probe();
  /// Our end of it; nullopt before there is one.
  [[nodiscard]] std::optional<IpAddress> local_address() const;
  /// The owner has room again.
  void resume_reading();
  /// Closes after what is queued has been written. The owner is no longer called.
  void finish();
  /// Closes at once. The owner is no longer called.
  void close();

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] bool incoming() const { return directory_ != nullptr; }
  /// Null as long as it is not known.
  [[nodiscard]] const SwarmIdentity* swarm() const { return swarm_; }
  /// The key that both sides met by, once open.
  [[nodiscard]] KeySet met_by() const { return KeySet::only(access_); }
  /// How its bytes travel, once open.
  [[nodiscard]] transfer::PeerWire wire() const { return wire_; }
  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  /// Sealed bytes that the kernel has not taken yet.
  [[nodiscard]] std::size_t pending_output_bytes() const;
  /// All bytes ever queued by send() and send_data(), as sent on the wire, and how many of them the kernel has taken.
  [[nodiscard]] std::uint64_t queued_total() const { return written_total_ + pending_output_bytes(); }
  [[nodiscard]] std::uint64_t written_total() const { return written_total_; }

  /// For the owner's own use: the peer, and its place among those that are not open yet.
  std::uint32_t tag = 0;
  std::uint64_t ticket = 0;

 private:
  enum class State : std::uint8_t { dialling, opening, open, closing, closed };

  /// Why the connection ended with `error`, in the state it is in.
  [[nodiscard]] std::string words_for_end(const boost::system::error_code& error) const;
  void begin(Duration open_timeout);
  void dial();
  void redial();
  void on_connected();
  void open();
  /// If it makes sense: dials again, to open by another key or in a hidden way. Returns whether it does.
  bool dial_again(const boost::system::error_code& error);
  /// The first of its swarm's accesses from `from` on that makes sense for this peer; nullopt: there are no more.
  [[nodiscard]] std::optional<std::size_t> access_from(std::size_t from) const;
  void wait_readable();
  void wait_writable();
  void readable();
  void read_turn();
  // One read each; false: there is nothing more now.
  bool read_opening();
  bool read_frames();
  void drop_input();
  void take_frames();
  void write_turn();
  [[nodiscard]] std::uint32_t rate_group() const { return swarm_ == nullptr ? 0 : swarm_->rate_group; }
  [[nodiscard]] ByteSpan next_output();
  void consume_output(std::size_t n);
  /// Whether something we sent is in flight and nothing has been acknowledged for kProbeTimeout.
  [[nodiscard]] bool is_unacknowledged();
  void fail(const std::string& reason);
  void shut();

  Shared& shared_;
  Owner* owner_;
  const SwarmDirectory* directory_ = nullptr;  // incoming only
  const SwarmIdentity* swarm_ = nullptr;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  Endpoint endpoint_;
  State state_ = State::dialling;
  bool read_waiting_ = false;   // for the kernel or the rate gate
  bool write_waiting_ = false;  // for the kernel or the rate gate
  bool read_paused_ = false;    // the owner had no room
  bool sent_end_ = false;       // closing: our side is shut down

  KeySet keys_;                         // dialled: those that the peer is known to be a member under
  std::size_t access_ = 0;              // of the swarm: the one that is tried, or by which they met
  bool hide_ = false;                   // dialled, and hidden from the first byte
  bool upgrade_ = true;                 // PeerOpening::Call::upgrade
  std::optional<PeerOpening> opening_;  // while opening
  Bytes early_output_;                  // of the opening: before the codec's
  std::size_t early_written_ = 0;
  std::unique_ptr<wire::Codec> codec_;  // once open
  transfer::PeerWire wire_;             // of the codec
  std::uint64_t written_total_ = 0;
};

}  // namespace stp::net
