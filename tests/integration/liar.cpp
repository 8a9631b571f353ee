// Peers that lie. Their address is the first line on stdout.
//
// `stp_liar TORRENT` claims to have everything of TORRENT and sends wrong bytes for every block. It speaks the real
// protocol, with the real host: only its storage lies.
//
// `stp_liar --metainfo LINK` gives a wrong answer to every peer that asks for the metainfo of LINK.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "content/storage.h"
#include "content/torrent_file.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "net/address.h"
#include "net/host.h"
#include "net/peer_connection.h"

namespace {

class LyingStorage final : public stp::content::Storage {
 public:
  stp::Status read(const stp::BlockRun& run, stp::MutableByteSpan out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(run.chunk.value + i);
    return stp::Done{};
  }
  stp::Status write(const stp::BlockRun&, std::span<const stp::ByteSpan>) override {
    return stp::Error{stp::ErrorKind::other, "a seed writes nothing"};
  }
};

/// Answers whatever it is asked about the metainfo with the same wrong bytes.
class MetainfoLiar final : public stp::net::PeerConnection::Owner {
 public:
  explicit MetainfoLiar(const stp::InfoHash& info_hash)
      : gate_(io_, 0), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    stp::net::SwarmIdentity identity;
    identity.accesses = {{stp::crypto::public_swarm_key(info_hash), stp::crypto::public_psk(info_hash), true}};
    identity.session.bytes[0] = std::byte{1};
    hello_.session = identity.session;
    hello_.metainfo_bytes = kBytes;
    identity_ = std::move(identity);
    directory_.add(identity_);
  }
  void run() {
    std::printf("%s\n", stp::net::from_asio(acceptor_.local_endpoint()).to_string().c_str());
    std::fflush(stdout);
    accept();
    io_.run();
  }

  void on_open(stp::net::PeerConnection& connection) override { answer(connection, hello_); }
  void on_message(stp::net::PeerConnection& connection, stp::wire::Message message) override {
    if (const auto* const request = std::get_if<stp::wire::MetainfoRequest>(&message)) {
      answer(connection, stp::wire::MetainfoPart{request->part, stp::Bytes(kBytes, std::byte{'x'})});
    }
  }
  void on_progress(stp::net::PeerConnection&) override {}
  void on_data(stp::net::PeerConnection&, stp::wire::DataFrame) override {}
  void on_written(stp::net::PeerConnection&) override {}
  void on_closed(stp::net::PeerConnection&, const std::string&) override {}
  void on_turn_end() override {}
  bool has_room() const override { return true; }

 private:
  static constexpr std::uint32_t kBytes = 500;

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      const stp::Endpoint from = stp::net::from_asio(socket.remote_endpoint());
      connections_.push_back(std::make_shared<stp::net::PeerConnection>(shared_, *this, std::move(socket), from));
      connections_.back()->start_accepted(directory_);
      accept();
    });
  }
  static void answer(stp::net::PeerConnection& connection, stp::wire::Message message) {
    connection.send(std::move(message));
    connection.flush();
  }

  boost::asio::io_context io_;
  stp::wire::BufferPool pool_;
  stp::net::RateGate gate_;
  boost::asio::ip::tcp::acceptor acceptor_;
  stp::wire::Hello hello_;
  stp::net::PeerConnection::Shared shared_{pool_, gate_, gate_};
  stp::net::SwarmIdentity identity_;
  stp::net::SwarmDirectory directory_;
  std::vector<std::shared_ptr<stp::net::PeerConnection>> connections_;
};

int fail(const stp::Error& error) {
  std::fprintf(stderr, "stp_liar: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  stp::crypto::initialize();
  if (argc == 3 && std::string_view(argv[1]) == "--metainfo") {
    const stp::Result<stp::wire::Link> link = stp::wire::Link::parse(argv[2]);
    if (!link) return fail(link.error());
    MetainfoLiar(link->info_hash()).run();
    return 0;
  }
  if (argc != 2) return fail({stp::ErrorKind::usage, "usage: stp_liar TORRENT | --metainfo LINK"});
  std::ifstream in(argv[1], std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  stp::Result<stp::content::TorrentFile> torrent = stp::content::decode_torrent(stp::as_bytes(bytes));
  if (!torrent) return fail(torrent.error());

  stp::net::HostOptions options;
  options.listen = stp::Endpoint::parse("127.0.0.1:0");
  options.dht = false;
  options.agent = "liar";
  stp::net::HostObserver host_observer;
  stp::net::ShareObserver observer;
  stp::Result<std::unique_ptr<stp::net::Host>> host = stp::net::Host::open(std::move(options), host_observer);
  if (!host) return fail(host.error());
  std::printf("%s\n", (*host)->listening().to_string().c_str());
  std::fflush(stdout);
  stp::wire::Link link;
  link.info_hashes = torrent->metainfo->info_hashes();
  stp::net::SeedJob job{link, torrent->metainfo, std::move(torrent->hashes), std::make_unique<LyingStorage>()};
  (void)(*host)->add(std::move(job), observer);
  (void)(*host)->run_until_ended();
  return 0;
}
