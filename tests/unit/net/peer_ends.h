// Two ends of peer connections on loopback, and what each of them was told.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/random.h"
#include "crypto/secret.h"
#include "io_test.h"
#include "net/address.h"
#include "net/peer_connection.h"

namespace stp::net {

// One end: the owner of its connections, and what they told.
struct End final : PeerConnection::Owner {
  End(boost::asio::io_context& io, SwarmIdentity swarm, std::int64_t down = 0, std::int64_t up = 0)
      : io_context(io),
        down_gate(io, down),
        up_gate(io, up),
        shared{pool, down_gate, up_gate},
        identity(std::move(swarm)) {
    directory.add(identity);
  }
  ~End() override {
    for (const auto& connection : connections) connection->close();
    connections.clear();
    // Operations that were cancelled still hold connections, and those the pool's buffers.
    io_context.restart();
    io_context.poll();
  }

  std::shared_ptr<PeerConnection> make(boost::asio::ip::tcp::socket socket, const Endpoint& endpoint) {
    connections.push_back(std::make_shared<PeerConnection>(shared, *this, std::move(socket), endpoint));
    return connections.back();
  }

  void on_open(PeerConnection&) override { ++opened; }
  void on_message(PeerConnection&, wire::Message message) override { messages.push_back(std::move(message)); }
  void on_progress(PeerConnection&) override { ++progressed; }
  void on_data(PeerConnection&, wire::DataFrame frame) override {
    runs.push_back(frame.run);
    payload_bytes += frame.payload.size();
    payloads_right = payloads_right && !frame.payload.empty() && frame.payload.back() == std::byte{0x5a};
  }
  void on_written(PeerConnection&) override { ++writes; }
  void on_closed(PeerConnection&, const std::string& reason) override { closed.push_back(reason); }
  void on_turn_end() override { ++turns; }
  bool has_room() const override { return room; }

  boost::asio::io_context& io_context;
  wire::BufferPool pool;
  RateGate down_gate;
  RateGate up_gate;
  PeerConnection::Shared shared;
  SwarmIdentity identity;
  SwarmDirectory directory;
  std::vector<std::shared_ptr<PeerConnection>> connections;
  bool room = true;
  int opened = 0;
  int progressed = 0;
  int writes = 0;
  int turns = 0;
  std::vector<wire::Message> messages;
  std::vector<BlockRun> runs;
  std::size_t payload_bytes = 0;
  bool payloads_right = true;
  std::vector<std::string> closed;
};

inline SwarmIdentity public_identity(std::uint8_t number) {
  InfoHash info_hash;
  info_hash.bytes[0] = std::byte{number};
  SwarmIdentity identity;
  identity.accesses = {{crypto::public_swarm_key(info_hash), crypto::public_psk(info_hash), true}};
  identity.session.bytes[0] = std::byte{1};
  return identity;
}

inline SwarmIdentity private_identity(std::uint8_t number) {
  InfoHash info_hash;
  crypto::Secret secret;
  secret.mutable_span()[0] = std::byte{number};
  SwarmIdentity identity;
  identity.is_private = true;
  identity.accesses = {{crypto::private_swarm_key(secret, info_hash), crypto::private_psk(secret, info_hash), true}};
  return identity;
}

class PeerConnectionTest : public IoTest {
 protected:
  PeerConnectionTest() : acceptor_(io_, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    crypto::initialize();
  }

  [[nodiscard]] Endpoint address() const { return from_asio(acceptor_.local_endpoint()); }

  // The next connection that comes in is the end's.
  void accept_for(End& end, Duration open_timeout = PeerConnection::kOpenTimeout) {
    acceptor_.async_accept(
        [&end, open_timeout](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
          if (error == boost::asio::error::operation_aborted) return;
          ASSERT_FALSE(error);
          const Endpoint from = from_asio(socket.remote_endpoint());
          end.make(std::move(socket), from)->start_accepted(end.directory, open_timeout);
        });
  }

  void connect(End& left, End& right) {
    accept_for(right);
    left.make(boost::asio::ip::tcp::socket(io_), address())->start_connect(left.identity);
  }

  [[nodiscard]] bool open_pair(End& left, End& right) {
    connect(left, right);
    return run_until([&] { return left.opened == 1 && right.opened == 1; });
  }

  // A plain socket that is connected to the acceptor.
  boost::asio::ip::tcp::socket plain() {
    boost::asio::ip::tcp::socket socket(io_);
    socket.connect(acceptor_.local_endpoint());
    return socket;
  }

  static void send_data(PeerConnection& connection, std::uint32_t chunk, const Bytes& payload) {
    connection.send_data({ChunkIndex{chunk}, 0, static_cast<std::uint32_t>(payload.size() / kBlockBytes)}, payload);
  }

  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace stp::net
