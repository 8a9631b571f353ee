// ControlSocket: HTTP/1.1 at a unix socket or a TCP port, for those who may steer this process: its owner. Boost.Asio
// for the connections, src/http for the bytes, a ControlHandler for the answers.
//
// A unix socket's file is 0600 in a directory that the caller has made 0700; besides, the kernel says who connects
// (SO_PEERCRED), and other users but root are turned away. So they are at a TCP port of a loopback address
// (loopback_owner.h), unless it is there for anybody. At any other address the handler has to know who asks.
//
// Few connections, which may stay (control_connection.h): at most kConnectionsMax, of which the one longest without a
// request makes room. Lives on the network thread; the handler must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/endpoint.h"
#include "core/result.h"
#include "net/control_handler.h"
#include "net/loopback_owner.h"

namespace stp::net {

class ControlSocket {
 public:
  static constexpr std::size_t kConnectionsMax = 64;

  /// Replaces a socket that nobody listens at any more: the caller makes sure that there is no other process that
  /// should. Errors: limit (the path is too long for a socket), denied, io.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(boost::asio::io_context& io,
                                                                   const std::filesystem::path& path,
                                                                   ControlHandler& handler);
  /// Whose process has connected from `from` to `to`, both of this machine; called on a thread of its own.
  using OwnerLookup = std::function<std::optional<uid_t>(const Endpoint& from, const Endpoint& to)>;
  /// At a TCP port; 0 picks one. Without `lookup` whoever connects is served. Errors: exists (taken), denied, io; they name the address.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(boost::asio::io_context& io, const Endpoint& listen,
                                                                   ControlHandler& handler,
                                                                   OwnerLookup lookup = loopback_owner);
  /// Of a TCP port: where it listens, with the real port.
  [[nodiscard]] Endpoint local_endpoint() const;
  /// Removes the socket's file and closes every connection.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  class State;
  explicit ControlSocket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// An error if `path` is too long for a unix socket; the message says what to do.
[[nodiscard]] Status check_socket_path(const std::filesystem::path& path);

}  // namespace stp::net
