#include "net/tracker_runner.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "content/path_rules.h"
#include "core/rng.h"
#include "core/shown_text.h"
#include "crypto/random.h"
#include "net/clock.h"
#include "net/closed_file.h"
#include "net/end_signals.h"
#include "net/http_server.h"
#include "net/peer_acceptor.h"
#include "net/tracker_saver.h"
#include "net/tracker_state.h"
#include "tracker/catalogue.h"
#include "tracker/registry.h"
#include "tracker/snapshot.h"

namespace stp::net {
namespace {

// Frees the memory of peers that have gone silent, and of the names whose peers have gone, even if no requests arrive.
class Upkeep {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(1);

  Upkeep(boost::asio::io_context& io, tracker::Registry& registry, tracker::Catalogue* catalogue)
      : timer_(io), registry_(registry), catalogue_(catalogue) {
    wait();
  }

 private:
  void wait() {
    timer_.expires_after(kInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      registry_.handle_timeout(steady_now());
      if (catalogue_ != nullptr) catalogue_->handle_timeout(steady_now());
      wait();
    });
  }

  boost::asio::steady_timer timer_;
  tracker::Registry& registry_;
  tracker::Catalogue* catalogue_;  // may be null
};

// A useless file is left where it is; the next snapshot replaces it.
void restore(tracker::Registry& registry, tracker::Catalogue* catalogue, const StateFile& state,
             const std::function<void(const std::string&)>& warn) {
  const tracker::CatalogueConfig names = catalogue != nullptr ? catalogue->config() : tracker::CatalogueConfig();
  const Result<std::optional<Bytes>> snapshot = state.load(tracker::snapshot_bytes_max(registry.config(), names));
  Status status = Done{};
  if (!snapshot) {
    status = snapshot.error();
  } else if (*snapshot) {
    status = tracker::restore_snapshot(registry, **snapshot, unix_now(), steady_now(), catalogue);
  }
  if (!status) {
    warn("the peers of the last run can't be read from " + escaped(state.path()) + ": " + status.error().message +
         "; starting without them");
  }
}

}  // namespace

Status run_tracker(const TrackerOptions& options) {
  raise_open_files_limit();
  crypto::initialize();
  Rng rng(crypto::random_seed());
  tracker::Registry registry(tracker::RegistryConfig{}, rng);
  std::optional<tracker::Catalogue> names;
  if (options.catalogue) names.emplace(tracker::CatalogueConfig{}, registry, rng);
  tracker::Catalogue* const catalogue = names ? &*names : nullptr;
  boost::asio::io_context io(1);
  HttpServerOptions server_options;
  server_options.listen = options.listen;
  server_options.responder.trusted_proxies = options.trusted_proxies;
  server_options.responder.tracer = {options.trace, trace::Module::tracker};
  server_options.responder.catalogue = catalogue;
  Result<std::unique_ptr<HttpServer>> server = HttpServer::open(io, registry, steady_now, server_options);
  if (!server) return server.error();
  tracker::Responder& responder = (*server)->responder();

  // Clients that already connect wait until all peers are in the registry again: nothing is answered before run().
  const Result<StateFile> state = open_tracker_state(options.state_dir, (*server)->local_endpoint().port);
  std::optional<TrackerSaver> saver;
  if (state) {
    restore(registry, catalogue, *state, options.on_warning);
    saver.emplace(io, registry, catalogue, *state, options.on_warning);
  } else {
    options.on_warning("the peers are not kept for a restart: " + state.error().message +
                       "; --state names another directory");
  }

  boost::asio::signal_set signals(io);
  add_end_signals(signals);
  std::optional<ClosedFile> closed;
  if (!options.closed_file.empty()) {
    Result<tracker::ClosedList> list = read_closed_list(options.closed_file);
    if (!list) return list.error();
    responder.set_closed(*std::move(list));
    closed.emplace(
        io, options.closed_file, [&responder](tracker::ClosedList again) { responder.set_closed(std::move(again)); },
        options.on_warning);
    boost::system::error_code ignored;
    signals.remove(SIGHUP, ignored);
  }
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  const Upkeep upkeep(io, registry, catalogue);
  options.on_listening((*server)->local_endpoint());
  io.run();
  if (saver) saver->finish();
  options.on_stopped(responder.counters());
  return Done{};
}

}  // namespace stp::net
