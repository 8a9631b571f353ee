// ScriptServer: an HTTP or HTTPS server that answers the head of a request with any bytes that a test specifies.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/endpoint.h"
#include "net/address.h"
#include "test_ca.h"

namespace stp::net {

class ScriptServer {
 public:
  using tcp = boost::asio::ip::tcp;
  /// The bytes to send for this head; empty: nothing is sent and the connection stays open.
  using Script = std::function<std::string(const std::string& head)>;

  ScriptServer(boost::asio::io_context& io, Script script, const IpAddress& address = *IpAddress::parse("127.0.0.1"))
      : acceptor_(io, to_asio<tcp>(Endpoint{address, 0})), script_(std::move(script)) {
    accept();
  }
  ScriptServer(boost::asio::io_context& io, std::string reply)
      : ScriptServer(io, [reply = std::move(reply)](const std::string&) { return reply; }) {}

  /// From now on with TLS.
  void use(const TestCertificate& certificate) {
    tls_.emplace(boost::asio::ssl::context::tls_server);
    tls_->use_certificate_chain(boost::asio::buffer(certificate.certificate));
    tls_->use_private_key(boost::asio::buffer(certificate.key), boost::asio::ssl::context::pem);
  }
  /// Keeps connections open when all is sent.
  void linger() { lingers_ = true; }
  /// Keeps connections open, and answers further requests on them.
  void keep_alive() { keeps_alive_ = true; }
  /// How many have been accepted.
  [[nodiscard]] int connections() const { return connections_; }
  void refuse() { acceptor_.close(); }

  [[nodiscard]] Port port() const { return port_; }
  [[nodiscard]] Endpoint endpoint() const { return from_asio(acceptor_.local_endpoint()); }
  [[nodiscard]] const std::vector<std::string>& heads() const { return heads_; }
  /// Where the latest connection came from.
  [[nodiscard]] const IpAddress& from() const { return from_; }

 private:
  struct Connection {
    explicit Connection(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    std::unique_ptr<boost::asio::ssl::stream<tcp::socket&>> tls;
    std::string head;
    std::string reply;
  };

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (error) return;
      ++connections_;
      from_ = from_asio(socket.remote_endpoint()).address;
      const auto connection = std::make_shared<Connection>(std::move(socket));
      if (tls_) {
        connection->tls = std::make_unique<boost::asio::ssl::stream<tcp::socket&>>(connection->socket, *tls_);
        connection->tls->async_handshake(boost::asio::ssl::stream_base::server,
                                         [this, connection](const boost::system::error_code& failed) {
                                           if (!failed) read(*connection->tls, connection);
                                         });
      } else {
        read(connection->socket, connection);
      }
      accept();
    });
  }

  template <class Stream>
  void read(Stream& stream, const std::shared_ptr<Connection>& connection) {
    boost::asio::async_read_until(stream, boost::asio::dynamic_buffer(connection->head), "\r\n\r\n",
                                  [this, &stream, connection](const boost::system::error_code& failed, std::size_t) {
                                    if (failed) return;
                                    heads_.push_back(connection->head);
                                    connection->reply = script_(connection->head);
                                    if (connection->reply.empty()) return kept_.push_back(connection);
                                    write(stream, connection);
                                  });
  }

  template <class Stream>
  void write(Stream& stream, const std::shared_ptr<Connection>& connection) {
    boost::asio::async_write(stream, boost::asio::buffer(connection->reply),
                             [this, &stream, connection](const boost::system::error_code&, std::size_t) {
                               connection->head.clear();
                               if (keeps_alive_) return read(stream, connection);
                               if (lingers_) return kept_.push_back(connection);
                               boost::system::error_code ignored;
                               connection->socket.shutdown(tcp::socket::shutdown_both, ignored);
                             });
  }

  tcp::acceptor acceptor_;
  Script script_;
  Port port_ = acceptor_.local_endpoint().port();
  std::optional<boost::asio::ssl::context> tls_;
  bool lingers_ = false;
  bool keeps_alive_ = false;
  int connections_ = 0;
  std::vector<std::string> heads_;
  std::vector<std::shared_ptr<Connection>> kept_;
  IpAddress from_;
};

}  // namespace stp::net
