// net::Engine: what can be changed while it runs, and the port at the router.
#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <string>
#include <utility>

#include "net/clock.h"
#include "net/engine.h"

namespace stp::net {

// --- settings

void Engine::set_limits(std::int64_t up, std::int64_t down) {
  up_.set_rate(up);
  down_.set_rate(down);
}

HostSettings Engine::settings() const {
  HostSettings settings;
  settings.must_hide = options_.must_hide;
  settings.port_map = options_.port_map;
  settings.connections_max = std::min(settings.connections_max, connections_within_limit());
  settings.connections = settings.connections_max;
  if (participant_) {
    settings.connections = participant_->commons().seats_max();
    settings.upload_slots = participant_->commons().slots_max();
  }
  return settings;
}

Status Engine::change(const HostChanges& changes) {
  using transfer::Commons;
  const auto between = [](std::uint32_t value, std::uint32_t min, std::uint32_t max, const char* name) -> Status {
    if (value >= min && value <= max) return Done{};
    return Error{ErrorKind::limit,
                 std::string(name) + " has to be between " + std::to_string(min) + " and " + std::to_string(max)};
  };
  if (!running_ || ending_) return Error{ErrorKind::busy, "it is starting or ending"};
  const HostSettings now = settings();
  if (changes.connections) {
    if (Status fits = between(*changes.connections, HostSettings::kConnectionsMin, now.connections_max, "connections");
        !fits) {
      return fits;
    }
  }
  if (changes.upload_slots) {
    if (Status fits = between(*changes.upload_slots, Commons::kSlotsMin, Commons::kSlotsMax, "upload_slots"); !fits) {
      return fits;
    }
  }
  if (closing_router_ && closing_router_->finished()) closing_router_.reset();
  if (closing_router_ && changes.port_map == true) {
    return Error{ErrorKind::busy, "the router is still closing the port: try again in a few seconds"};
  }
  if (changes.connections) participant_->commons().set_seats_max(*changes.connections);
  if (changes.upload_slots) participant_->commons().set_slots_max(*changes.upload_slots);
  if (changes.must_hide) {
    options_.must_hide = *changes.must_hide;
    for (auto& [id, run] : runs_) run->set_must_hide(options_.must_hide);
  }
  if (changes.port_map) {
    options_.port_map = *changes.port_map;
    if (options_.port_map) {
      start_router();
      if (router_) on_router();
    } else {
      stop_router();
    }
  }
  pump();
  return Done{};
}

// --- the router

void Engine::start_router() {
  const IpAddress& listen = listening_.address;
  const bool useful = !listen.is_loopback() && (listen.is_v4() || listen.is_unspecified());
  if (!options_.port_map || router_ || !useful) return;
  router_ = std::make_unique<PortMapper>(io_, listening_, tracer_, rng_, [this] { on_router(); });
}

portmap::RouterStatus Engine::ask_router(Duration limit) {
  start_router();
  if (!router_) return {};
  {
    const auto work = boost::asio::make_work_guard(io_);
    const Instant until = steady_now() + limit;
    while (!router_->status().decided() && steady_now() < until) io_.run_one_for(until - steady_now());
  }
  io_.restart();  // the end of the last work, here or above, has stopped it
  return router_->status();
}

void Engine::stop_router() {
  if (!router_) return;
  closing_router_ = std::move(router_);
  closing_router_->stop();
  participant_->set_outside_port(0, steady_now());
  pump();
}

void Engine::on_router() {
  if (!router_ || !running_ || ending_ || !router_->status().decided()) return;
  observer_.on_router(router_->status());
  participant_->set_outside_port(router_->status().announced(), steady_now());
  pump();
}

}  // namespace stp::net
