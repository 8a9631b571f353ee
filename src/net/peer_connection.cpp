#include "net/peer_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "net/address.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kOpeningReadBytes = 1024;

std::string words_for(const error_code& error) {
  if (error == boost::asio::error::eof) return "it closed the connection";
  if (error == boost::asio::error::connection_reset) return "it reset the connection";
  if (error == boost::asio::error::connection_refused) return "connection refused";
  return error.message();
}

bool is_hang_up(const error_code& error) {
  return error == boost::asio::error::eof || error == boost::asio::error::connection_reset ||
         error == boost::asio::error::broken_pipe;
}

}  // namespace

PeerConnection::PeerConnection(Shared& shared, Owner& owner, tcp::socket socket, const Endpoint& endpoint)
    : shared_(shared),
      owner_(&owner),
      socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      endpoint_(endpoint) {}

PeerConnection::~PeerConnection() = default;

std::string PeerConnection::words_for_end(const error_code& error) const {
  if (state_ == State::opening && !incoming() && is_hang_up(error)) return opening_->words_for_hang_up();
  return words_for(error);
}

void PeerConnection::begin(Duration open_timeout) {
  deadline_.expires_after(open_timeout);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->state_ == State::open || self->state_ == State::closed) return;
    if (self->state_ == State::closing) return self->shut();
    const char* const why = self->state_ == State::dialling ? "no answer" : "it does not finish the handshake";
    self->fail(why);
    self->owner_->on_turn_end();
  });
}

void PeerConnection::start_connect(const SwarmIdentity& swarm, KeySet keys, Duration open_timeout) {
  swarm_ = &swarm;
  keys_ = keys;
  access_ = access_from(0).value_or(0);
  hide_ = swarm.must_hide;
  begin(open_timeout);
  dial();
}

void PeerConnection::dial() {
  state_ = State::dialling;
  socket_.async_connect(to_asio<tcp>(endpoint_), [self = shared_from_this()](const error_code& error) {
    if (self->state_ != State::dialling) return;
    if (error) {
      self->fail(self->words_for_end(error));
    } else {
      self->on_connected();
    }
    self->owner_->on_turn_end();
  });
}

std::optional<std::size_t> PeerConnection::access_from(std::size_t from) const {
  for (std::size_t i = from; i < swarm_->accesses.size(); ++i) {
    if (keys_.allows(i)) return i;
  }
  return std::nullopt;
}

bool PeerConnection::dial_again(const error_code& error) {
  if (state_ != State::opening || incoming() || swarm_->is_private || !is_hang_up(error) || !opening_->unanswered()) {
    return false;
  }
  if (const std::optional<std::size_t> other = access_from(access_ + 1)) {
    access_ = *other;
  } else if (!hide_) {
    access_ = access_from(0).value_or(0);
    hide_ = true;
  } else {
    return false;
  }
  redial();
  return true;
}

void PeerConnection::redial() {
  early_output_.clear();
  early_written_ = 0;
  error_code ignored;
  socket_.close(ignored);
  dial();
}

void PeerConnection::start_accepted(const SwarmDirectory& swarms, Duration open_timeout) {
  directory_ = &swarms;
  begin(open_timeout);
  on_connected();
}

void PeerConnection::on_connected() {
  error_code error;
  socket_.non_blocking(true, error);
  if (error) return fail(words_for(error));
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  state_ = State::opening;
  if (incoming()) {
    opening_.emplace(shared_.pool, *directory_);
  } else {
    opening_.emplace(shared_.pool, *swarm_, PeerOpening::Call{access_, hide_, upgrade_});
  }
  early_output_ = opening_->take_output();
  write_turn();
  wait_readable();
}

void PeerConnection::open() {
  codec_ = opening_->take_codec();
  swarm_ = opening_->swarm();
  access_ = opening_->access();
  wire_ = opening_->wire();
  opening_.reset();
  state_ = State::open;
  deadline_.cancel();
  write_turn();
  owner_->on_open(*this);
}

// --- input

void PeerConnection::wait_readable() {
  if (read_waiting_ || state_ == State::closed || state_ == State::dialling) return;
  read_waiting_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->read_waiting_ = false;
    if (!error) self->readable();
  });
}

void PeerConnection::resume_reading() {
  if (!read_paused_) return;
  read_paused_ = false;
  wait_readable();
}

void PeerConnection::readable() {
  if (state_ == State::closed) return;
  if (state_ == State::closing) return drop_input();
  read_turn();
  owner_->on_turn_end();
}

void PeerConnection::read_turn() {
  bool more = true;
  for (int i = 0; i < kTransfersPerTurn && more && !read_waiting_ && !read_paused_; ++i) {
    if (state_ != State::open && state_ != State::opening) return;
    more = state_ == State::open ? read_frames() : read_opening();
  }
  if (!read_paused_) wait_readable();
}

bool PeerConnection::read_opening() {
  std::array<std::byte, kOpeningReadBytes> room;
  const std::size_t wanted = std::min(room.size(), opening_->wanted());
  error_code error;
  const std::size_t n = socket_.read_some(boost::asio::buffer(room.data(), wanted), error);
  if (error == boost::asio::error::would_block) return false;
  if (error) {
    if (!dial_again(error)) fail(words_for_end(error));
    return false;
  }
  const Status taken = opening_->handle_input(ByteSpan(room).first(n));
  append(early_output_, opening_->take_output());
  swarm_ = opening_->swarm();
  if (!taken) {
    // Its members of v1 can still say what that hash is of: then the link is wrong (Metainfo::check_names()).
    if (opening_->upgraded_elsewhere()) {
      upgrade_ = false;
      redial();
    } else {
      fail(taken.error().message);
    }
    return false;
  }
  if (opening_->done()) {
    open();
    take_frames();
  } else {
    write_turn();
  }
  return true;
}

bool PeerConnection::read_frames() {
  if (!owner_->has_room()) {
    read_paused_ = true;
    return false;
  }
  const MutableByteSpan room = codec_->prepare_input();
  const std::size_t granted = shared_.down.grant(room.size());
  if (granted == 0) {
    (void)codec_->handle_input(0);
    read_waiting_ = true;
    shared_.down.wait(rate_group(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->read_waiting_ = false;
        self->readable();
      }
    });
    return false;
  }
  error_code error;
  const std::size_t n = socket_.read_some(boost::asio::buffer(room.data(), granted), error);
  if (error) {
    (void)codec_->handle_input(0);
    if (error != boost::asio::error::would_block) fail(words_for_end(error));
    return false;
  }
  shared_.down.spend(n);
  if (const Status taken = codec_->handle_input(n); !taken) {
    fail(taken.error().message);
    return false;
  }
  take_frames();
  return n == granted;
}

void PeerConnection::take_frames() {
  for (bool any = false; state_ == State::open; any = true) {
    Result<std::optional<wire::Frame>> frame = codec_->poll_frame();
    if (!frame) return fail(frame.error().message);
    if (const std::optional<Port> port = codec_->take_dht_port())
      owner_->on_dht_node(*this, {endpoint().address, *port});
    if (!*frame) {
      if (!any) owner_->on_progress(*this);
      // A codec may have something to say of its own: requests that had to wait for these answers.
      if (state_ == State::open && codec_->pending_output_bytes() > 0) write_turn();
      return;
    }
    if (auto* const data = std::get_if<wire::DataFrame>(&**frame)) {
      owner_->on_data(*this, std::move(*data));
    } else {
      owner_->on_message(*this, std::get<wire::Message>(std::move(**frame)));
    }
  }
}

void PeerConnection::drop_input() {
  std::array<std::byte, 16 * 1024> scratch;
  for (int i = 0; i < kTransfersPerTurn; ++i) {
    error_code error;
    socket_.read_some(boost::asio::buffer(scratch.data(), scratch.size()), error);
    if (error == boost::asio::error::would_block) break;
    if (error) return shut();
  }
  wait_readable();
}

// --- output

std::size_t PeerConnection::pending_output_bytes() const {
  return (early_output_.size() - early_written_) + (codec_ ? codec_->pending_output_bytes() : 0);
}

void PeerConnection::send(const wire::Message& message) {
  if (state_ == State::open) codec_->send(message);
}

void PeerConnection::set_shape(wire::ShareShape shape) {
  if (state_ == State::open) codec_->set_shape(std::move(shape));
}

void PeerConnection::send_data(const BlockRun& run, ByteSpan payload) {
  if (state_ == State::open) codec_->send_data(run, payload);
}

void PeerConnection::probe() {
  if (state_ != State::open) return;
  codec_->send(wire::KeepAlive{});
  deadline_.expires_after(kProbeTimeout);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->state_ != State::open || !self->is_unacknowledged()) return;
    self->fail("no answer");
    self->owner_->on_turn_end();
  });
}

bool PeerConnection::is_unacknowledged() {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  constexpr Duration kRoom = std::chrono::seconds(1);  // slack: the kernel gets what we queue a little later
  return info.tcpi_unacked > 0 && std::chrono::milliseconds(info.tcpi_last_ack_recv) >= kProbeTimeout - kRoom;
}

std::optional<IpAddress> PeerConnection::local_address() const {
  error_code error;
  const tcp::endpoint local = socket_.local_endpoint(error);
  if (error || local.address().is_unspecified()) return std::nullopt;
  return from_asio(local.address());
}

void PeerConnection::flush() {
  if (state_ == State::open) write_turn();
}

ByteSpan PeerConnection::next_output() {
  if (early_written_ < early_output_.size()) return ByteSpan(early_output_).subspan(early_written_);
  return codec_ ? codec_->pending_output() : ByteSpan();
}

void PeerConnection::consume_output(std::size_t n) {
  written_total_ += n;
  if (early_written_ < early_output_.size()) {
    early_written_ += n;
    if (early_written_ < early_output_.size()) return;
    Bytes().swap(early_output_);
    early_written_ = 0;
  } else {
    codec_->consume_output(n);
  }
}

void PeerConnection::wait_writable() {
  write_waiting_ = true;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->write_waiting_ = false;
    if (error || self->state_ == State::closed) return;
    const std::uint64_t before = self->written_total_;
    self->write_turn();
    if (self->state_ != State::open || self->written_total_ == before) return;
    self->owner_->on_written(*self);
    self->owner_->on_turn_end();
  });
}

void PeerConnection::write_turn() {
  for (int i = 0; !write_waiting_ && state_ != State::closed && state_ != State::dialling; ++i) {
    const ByteSpan output = next_output();
    if (output.empty()) {
      if (state_ == State::closing && !std::exchange(sent_end_, true)) {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
      }
      return;
    }
    if (i == kTransfersPerTurn) return wait_writable();
    const std::size_t granted = shared_.up.grant(output.size());
    if (granted == 0) {
      write_waiting_ = true;
      shared_.up.wait(rate_group(), [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->write_waiting_ = false;
        self->write_turn();
        if (self->state_ != State::open) return;
        self->owner_->on_written(*self);
        self->owner_->on_turn_end();
      });
      return;
    }
    error_code error;
    const std::size_t n = socket_.write_some(boost::asio::buffer(output.data(), granted), error);
    if (error == boost::asio::error::would_block) return wait_writable();
    if (error) {
      // The reading side finds out and reports it; it may have last words of the peer to deliver first.
      if (state_ == State::closing) shut();
      return;
    }
    shared_.up.spend(n);
    consume_output(n);
  }
}

// --- the end

void PeerConnection::fail(const std::string& reason) {
  if (state_ == State::closed || state_ == State::closing) return;
  shut();
  owner_->on_closed(*this, reason);
}

void PeerConnection::finish() {
  if (state_ == State::closed || state_ == State::closing) return;
  if (state_ != State::open) return shut();
  state_ = State::closing;
  deadline_.expires_after(kCloseTimeout);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->shut();
  });
  write_turn();
  read_paused_ = false;
  wait_readable();
}

void PeerConnection::close() {
  shut();
}

void PeerConnection::shut() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  deadline_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace stp::net
