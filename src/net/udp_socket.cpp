#include "net/udp_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "net/address.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

constexpr int kBatchesPerWake = 8;  // then others get their turn

}  // namespace

struct UdpSocket::Batch {
  std::array<std::array<std::byte, kDatagramBytesMax>, kBatch> buffers;
  std::array<sockaddr_storage, kBatch> senders;
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> headers;

  void prepare() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {buffers[i].data(), buffers[i].size()};
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &senders[i];
      headers[i].msg_hdr.msg_namelen = sizeof senders[i];
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

UdpSocket::UdpSocket(udp::socket socket, Receive receive, BatchDone batch_done)
    : socket_(std::move(socket)),
      is_v6_(socket_.local_endpoint().address().is_v6()),
      receive_(std::move(receive)),
      batch_done_(std::move(batch_done)),
      batch_(std::make_unique<Batch>()) {}

UdpSocket::~UdpSocket() = default;

void UdpSocket::start() {
  wait();
}

void UdpSocket::wait() {
  socket_.async_wait(udp::socket::wait_read, [this](const error_code& error) {
    if (error) return;  // closed, perhaps destroyed
    drain();
    if (socket_.is_open()) wait();
  });
}

void UdpSocket::drain() {
  for (int round = 0; round < kBatchesPerWake && socket_.is_open(); ++round) {
    batch_->prepare();
    // An ICMP error from an earlier send shows up here as -1; the next wait continues after it.
    const int count = ::recvmmsg(socket_.native_handle(), batch_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) break;
    for (int i = 0; i < count && socket_.is_open(); ++i) {
      const mmsghdr& header = batch_->headers[static_cast<std::size_t>(i)];
      if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
      const auto* const sender = reinterpret_cast<const sockaddr*>(&batch_->senders[static_cast<std::size_t>(i)]);
      if (const std::optional<Endpoint> from = endpoint_of(sender)) {
        receive_(*from, ByteSpan(batch_->buffers[static_cast<std::size_t>(i)]).first(header.msg_len));
      }
    }
    if (count < static_cast<int>(kBatch)) break;
  }
  batch_done_();
}

int UdpSocket::send(const Endpoint& to, ByteSpan datagram) {
  if (!socket_.is_open()) return EBADF;
  udp::endpoint target = to_asio<udp>(to);
  if (is_v6_ && target.address().is_v4()) {
    target.address(boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, target.address().to_v4()));
  } else if (!is_v6_ && target.address().is_v6()) {
    return EAFNOSUPPORT;  // unreachable from an IPv4 socket
  }
  error_code lost;
  socket_.send_to(boost::asio::buffer(datagram.data(), datagram.size()), target, 0, lost);
  return lost == boost::asio::error::would_block ? 0 : lost.value();
}

void UdpSocket::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace stp::net
