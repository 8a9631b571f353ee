// Engine: what every job of a session runner runs on: the io_context, the session, its sockets, timers and signals, and
// the end.
//
// A Job (seed_run.h, get_run.h) says what session it needs (start_session) and reacts to events; the engine drains the
// cores after each input and arms one timer for them.
//
// The end: end() says goodbye (swarm, trackers), lets running writes finish and returns the result, after
// kGoodbyeTimeout at most. A second interrupt ends it at once, unless it is the first one repeated (core/interrupts.h).
// run() makes the calling thread the network thread.
// The observer must outlive the engine.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/session.h"
#include "core/rng.h"
#include "net/discovery_io.h"
#include "net/listen.h"
#include "net/network_watch.h"
#include "net/peer_acceptor.h"
#include "net/peer_troubles.h"
#include "net/rate_gate.h"
#include "net/session_runner.h"
#include "net/swarm_driver.h"
#include "net/task_thread.h"

namespace stp::net {

/// The work of a session runner. Called on the network thread.
class Job {
 public:
  virtual ~Job() = default;
  /// The network thread is running: start the session, or what comes before it.
  virtual void begin() = 0;
  virtual void on_event(const transfer::SwarmEvent& /*event*/) {}
  virtual void on_write_failed(const Error& /*error*/) {}
  /// Every kStatusInterval, before the status is reported.
  virtual void on_tick() {}
  /// The end has begun: long file work should stop soon.
  virtual void on_ending() {}
  /// The outcome of this job if it is interrupted.
  [[nodiscard]] virtual Outcome interrupted() const = 0;
  /// SessionStatus::verified_bytes.
  [[nodiscard]] virtual std::int64_t verified_bytes() const { return -1; }
  /// SessionStatus::verify_bytes.
  [[nodiscard]] virtual std::int64_t verify_bytes() const { return 0; }
  /// SessionStatus::syncing.
  [[nodiscard]] virtual std::optional<content::SyncProgress> syncing() const { return std::nullopt; }
};

class Engine final : public SwarmDriver::Owner {
 public:
  static constexpr Duration kStatusInterval = std::chrono::milliseconds(500);
  static constexpr Duration kGoodbyeTimeout = std::chrono::seconds(3);
  static constexpr Duration kEndPollInterval = std::chrono::milliseconds(10);

  Engine(SessionOptions options, Observer& observer);
  ~Engine() override;

  [[nodiscard]] Status bind();
  [[nodiscard]] Endpoint listening() const { return listening_->endpoint; }
  /// Call it once.
  [[nodiscard]] Result<Outcome> run(Job& job);
  /// Any thread.
  void interrupt();

  // --- for jobs, on the network thread
  /// Once: makes and starts the session. Without a link: a DHT node alone.
  void start_session(const wire::Link* link, std::shared_ptr<const content::Metainfo> metainfo);
  [[nodiscard]] transfer::Swarm& swarm() { return *session_->swarm(); }
  [[nodiscard]] SwarmDriver& driver() { return *driver_; }
  [[nodiscard]] TaskThread& tasks() { return *tasks_; }
  /// For file work that may take long and that nothing else waits for; the end waits for it as well.
  [[nodiscard]] TaskThread& background() { return *background_; }
  [[nodiscard]] Observer& observer() { return observer_; }
  [[nodiscard]] const SessionOptions& options() const { return options_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  /// Begins the end with this result. Only the first call counts.
  void end(Result<Outcome> result);
  [[nodiscard]] bool ending() const { return ending_.has_value() || interrupt_requested_; }
  /// Why the disk stopped the transfer, for the status.
  void set_pause(std::string reason) { pause_ = std::move(reason); }
  /// Does everything that can be done now.
  void pump();

  // SwarmDriver::Owner
  void on_driver_turn() override { pump(); }
  void on_write_failed(const Error& error) override;
  void on_refused(const Endpoint& from, const std::string& reason) override;

 private:
  [[nodiscard]] app::SessionConfig session_config(const wire::Link* link,
                                                  std::shared_ptr<const content::Metainfo> metainfo);
  void restore_dht();
  /// Traces what the swarm reports about the disk; it traces the rest itself.
  void trace_event(const transfer::SwarmEvent& event);
  void drain_swarm();
  void arm_timer();
  void wait_for_signal();
  /// A peer at this address has connected to us.
  void on_reached(const IpAddress& from);
  void on_interrupt(bool by_signal);
  void on_addresses(const app::AddressChange& change);
  /// Checks, before anything is handled, whether we have been asleep.
  void look_for_pause();
  void tick();
  /// The reports of the sources of peers, and names that could not be resolved.
  [[nodiscard]] std::string discovery_status(Instant now) const;
  [[nodiscard]] bool has_hope(const transfer::SwarmStatus& swarm) const;
  void tell_status();
  void poll_end();
  void quit();

  SessionOptions options_;
  Observer& observer_;
  const trace::Tracer tracer_;
  Rng rng_;
  SessionId session_id_;
  wire::BufferPool pool_;  // before the io_context: handlers destroyed with it give buffers back
  boost::asio::io_context io_;
  std::optional<Listening> listening_;
  RateGate down_;
  RateGate up_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer core_timer_;
  boost::asio::steady_timer status_timer_;
  boost::asio::steady_timer end_timer_;
  std::shared_ptr<DhtState> dht_state_;
  std::unique_ptr<app::Session> session_;
  std::unique_ptr<TaskThread> tasks_;
  std::unique_ptr<TaskThread> background_;
  std::unique_ptr<SwarmDriver> driver_;
  std::unique_ptr<DiscoveryIo> discovery_;
  std::unique_ptr<PeerAcceptor> acceptor_;
  std::unique_ptr<NetworkWatch> network_;

  Job* job_ = nullptr;
  std::string pause_;
  bool reached_from_outside_ = false;
  PeerTroubles troubles_;
  bool pumping_ = false;
  bool pump_again_ = false;
  std::optional<Instant> timer_at_;  // the time of core_timer_
  std::atomic<bool> interrupt_requested_ = false;
  std::optional<Instant> interrupted_at_;
  std::optional<Result<Outcome>> ending_;
  Instant end_by_;
};

}  // namespace stp::net
