// UdpSocket: the DHT's datagrams, received in batches (recvmmsg) so that a busy node pays one system call for many.
//
// Lives on the network thread. Sending never waits: a datagram that the kernel has no room for is lost, as in transit.
#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <memory>

#include "core/bytes.h"
#include "core/endpoint.h"

namespace stp::net {

class UdpSocket {
 public:
  /// More than any KRPC message that we accept; longer datagrams are dropped unread.
  static constexpr std::size_t kDatagramBytesMax = 2048;
  static constexpr std::size_t kBatch = 32;

  using Receive = std::function<void(const Endpoint& from, ByteSpan datagram)>;
  /// Called after the last datagram of a batch.
  using BatchDone = std::function<void()>;

  /// Takes a bound, non-blocking socket.
  UdpSocket(boost::asio::ip::udp::socket socket, Receive receive, BatchDone batch_done);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  void start();
  /// Returns the errno of a datagram that was not sent; 0: it was sent, or lost as in transit.
  int send(const Endpoint& to, ByteSpan datagram);
  /// Receives nothing from now on. Safe from inside `receive`.
  void close();

 private:
  struct Batch;
  void wait();
  void drain();

  boost::asio::ip::udp::socket socket_;
  bool is_v6_;
  Receive receive_;
  BatchDone batch_done_;
  std::unique_ptr<Batch> batch_;
};

}  // namespace stp::net
