// `stp tracker`: the registry and its HTTP front on one thread.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "core/rng.h"
#include "crypto/random.h"
#include "net/clock.h"
#include "net/end_signals.h"
#include "net/host.h"
#include "net/peer_acceptor.h"
#include "tracker/http_server.h"
#include "tracker/registry.h"

namespace stp::net {
namespace {

// Gives back the memory of peers that have gone silent, even when nobody asks anything.
class Upkeep {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(30);

  Upkeep(boost::asio::io_context& io, tracker::Registry& registry) : timer_(io), registry_(registry) { wait(); }

 private:
  void wait() {
    timer_.expires_after(kInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      registry_.handle_timeout(steady_now());
      wait();
    });
  }

  boost::asio::steady_timer timer_;
  tracker::Registry& registry_;
};

}  // namespace

Result<Outcome> run_tracker(const Endpoint& listen, const std::function<void(const Endpoint&)>& on_listening) {
  raise_open_files_limit();
  crypto::initialize();
  Rng rng(crypto::random_seed());
  tracker::Registry registry(tracker::RegistryConfig{}, rng);
  boost::asio::io_context io(1);
  tracker::HttpServerOptions options;
  options.listen = listen;
  Result<std::unique_ptr<tracker::HttpServer>> server = tracker::HttpServer::open(io, registry, steady_now, options);
  if (!server) return server.error();

  boost::asio::signal_set signals(io);
  add_end_signals(signals);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  Upkeep upkeep(io, registry);
  on_listening((*server)->local_endpoint());
  io.run();
  return Outcome::done;
}

}  // namespace stp::net
