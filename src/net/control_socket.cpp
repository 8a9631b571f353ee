#include "net/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <list>
#include <optional>
#include <utility>

#include "content/posix_file.h"
#include "core/shown_text.h"
#include "net/address.h"
#include "net/clock.h"
#include "net/control_connection.h"
#include "net/listen.h"
#include "net/listen_error.h"
#include "net/task_queue.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using local = asio::local::stream_protocol;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kAcceptPause = std::chrono::milliseconds(200);

/// Whether processes of this user may steer this one.
bool may_steer(uid_t user) {
  return user == ::geteuid() || user == 0;
}

/// Whether the process at the other end may steer this one.
bool is_owner(local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return may_steer(peer.uid);
}

}  // namespace

class ControlSocket::State final : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ControlHandler& handler_in)
      : handler(handler_in), at_path(io), at_port(io), timer(io), pause(io), io_(io) {}

  Status listen(const std::filesystem::path& wanted) {
    if (Status fits = check_socket_path(wanted); !fits) return fits;
    error_code error;
    at_path.open(local(), error);
    if (!error) {
      ::unlink(wanted.c_str());
      at_path.bind(local::endpoint(wanted.string()), error);
    }
    // Its directory lets nobody else in, not even for the moment before this.
    if (!error && ::chmod(wanted.c_str(), 0600) != 0) error.assign(errno, boost::system::system_category());
    if (!error) at_path.listen(asio::socket_base::max_listen_connections, error);
    if (error) return content::file_error("listen at", wanted.string(), error.value());
    path = wanted;
    accept(at_path);
    tick();
    return Done{};
  }

  Status listen(const Endpoint& wanted, OwnerLookup lookup) {
    owner_of_ = std::move(lookup);
    if (const error_code error = listen_on(at_port, wanted, asio::socket_base::max_listen_connections)) {
      return listen_error(wanted, error.value());
    }
    accept(at_port);
    tick();
    return Done{};
  }

  void stop() {
    if (std::exchange(stopped, true)) return;
    error_code ignored;
    if (at_path.is_open()) ::unlink(path.c_str());
    at_path.close(ignored);
    at_port.close(ignored);
    timer.cancel();
    pause.cancel();
    lookups_.reset();
    lookup_thread_.reset();
    while (!connections.empty()) connections.front()->close();
  }

  std::filesystem::path path;  // of the unix socket
  ControlHandler& handler;
  local::acceptor at_path;  // one of the two is open
  tcp::acceptor at_port;
  asio::steady_timer timer;
  asio::steady_timer pause;
  std::list<std::shared_ptr<ControlConnection>> connections;  // the oldest first
  bool stopped = false;

 private:
  template <class Acceptor>
  void accept(Acceptor& acceptor) {
    using Socket = typename Acceptor::protocol_type::socket;
    acceptor.async_accept([self = shared_from_this(), &acceptor](const error_code& error, Socket socket) {
      if (self->stopped) return;
      if (!error) {
        return self->check(std::make_shared<Socket>(std::move(socket)));
      }
      // No descriptors, for instance: a moment later there may be some.
      self->pause.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(kAcceptPause));
      self->pause.async_wait([self, &acceptor](const error_code& failed) {
        if (!failed && !self->stopped) self->accept(acceptor);
      });
    });
  }

  void check(const std::shared_ptr<local::socket>& socket) {
    if (is_owner(*socket)) serve(stream_protocol::socket(std::move(*socket)));
    accept(at_path);
  }

  /// The kernel's list is as long as there are connections of whatever program, so it is read elsewhere. The next one is
  /// accepted after that: who connects again and again waits in the kernel.
  void check(const std::shared_ptr<tcp::socket>& socket) {
    error_code error;
    const Endpoint from = from_asio(socket->remote_endpoint(error));
    const Endpoint to = error ? Endpoint() : from_asio(socket->local_endpoint(error));
    if (error) return accept(at_port);
    if (!owner_of_ || !from.address.is_loopback()) {  // the handler knows who may ask
      serve(stream_protocol::socket(std::move(*socket)));
      return accept(at_port);
    }
    if (!lookups_) lookups_.emplace(lookup_thread_.emplace(io_, 1));
    const auto user = std::make_shared<std::optional<uid_t>>();
    lookups_->run([user, from, to, owner_of = owner_of_] { *user = owner_of(from, to); },
                  [this, socket, user] {  // not called after stop()
                    if (*user && may_steer(**user)) serve(stream_protocol::socket(std::move(*socket)));
                    accept(at_port);
                  });
  }

  void serve(stream_protocol::socket socket) {
    if (connections.size() >= kConnectionsMax) {
      const auto idle = std::ranges::find_if(connections, [](const auto& each) { return each->waits_for_request(); });
      if (idle == connections.end()) return;
      (*idle)->close();
    }
    const auto place = connections.insert(connections.end(), nullptr);
    *place = std::make_shared<ControlConnection>(std::move(socket), handler);
    (*place)->start([this, place] { connections.erase(place); });  // stop() closes them all
  }

  void tick() {
    timer.expires_after(std::chrono::seconds(1));
    timer.async_wait([self = shared_from_this()](const error_code& error) {
      if (error || self->stopped) return;
      const Instant now = steady_now();
      for (auto at = self->connections.begin(); at != self->connections.end();) (*at++)->look(now);
      self->tick();
    });
  }

  asio::io_context& io_;
  OwnerLookup owner_of_;
  std::optional<TaskPool> lookup_thread_;  // from the first lookup on
  std::optional<TaskQueue> lookups_;
};

Status check_socket_path(const std::filesystem::path& path) {
  if (path.string().size() < sizeof(sockaddr_un::sun_path)) return Done{};
  return Error{ErrorKind::limit, escaped(path.string()) + " is too long for a socket (at most " +
                                     std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                     " bytes); set XDG_RUNTIME_DIR, or name a shorter directory with --state"};
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::io_context& io, const std::filesystem::path& path,
                                                           ControlHandler& handler) {
  auto state = std::make_shared<State>(io, handler);
  if (Status listening = state->listen(path); !listening) return listening.error();
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::io_context& io, const Endpoint& listen,
                                                           ControlHandler& handler, OwnerLookup lookup) {
  auto state = std::make_shared<State>(io, handler);
  if (Status listening = state->listen(listen, std::move(lookup)); !listening) return listening.error();
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

Endpoint ControlSocket::local_endpoint() const {
  error_code error;
  const tcp::endpoint endpoint = state_->at_port.local_endpoint(error);
  return error ? Endpoint() : from_asio(endpoint);
}

ControlSocket::ControlSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

ControlSocket::~ControlSocket() {
  state_->stop();
}

}  // namespace stp::net
