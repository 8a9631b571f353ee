// Engine: everything of a host on the network thread: the io_context, the participant, its sockets, timers and signals,
// the shares, and the end.
//
// After each input it carries results between the cores (pump()) and arms one timer for them. What a share does is its
// ShareRun's business.
//
// The end: every share says goodbye, trackers are told, running writes finish; after kGoodbyeTimeout at most. A second
// interrupt ends it at once, unless it is the first one repeated (core/interrupts.h). run() makes the calling thread the
// network thread. The observer must outlive the engine. engine.cpp has the start, the loop and the end; engine_settings.cpp
// what changes meanwhile; engine_status.cpp what it says of itself.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/participant.h"
#include "core/rng.h"
#include "net/catalogue_listing.h"
#include "net/discovery_io.h"
#include "net/disk_pool.h"
#include "net/host.h"
#include "net/incoming_connections.h"
#include "net/listen.h"
#include "net/network_watch.h"
#include "net/peer_acceptor.h"
#include "net/port_mapper.h"
#include "net/rate_gate.h"
#include "net/swarm_driver.h"
#include "net/task_queue.h"

namespace stp::net {

class FolderRun;
class ShareRun;

class Engine final : public IncomingConnections::Owner {
 public:
  static constexpr Duration kStatusInterval = std::chrono::milliseconds(500);
  static constexpr Duration kGoodbyeTimeout = std::chrono::seconds(3);
  static constexpr Duration kEndPollInterval = std::chrono::milliseconds(10);
  static constexpr std::size_t kDiskThreads = 2;
  static constexpr std::size_t kTaskThreads = 4;
  static constexpr std::size_t kBackgroundThreads = 2;
  static constexpr std::size_t kEndedLookupsKept = 32;

  enum class Until : std::uint8_t { interrupted, all_ended };

  Engine(HostOptions options, HostObserver& observer);
  ~Engine() override;

  [[nodiscard]] Status bind();
  [[nodiscard]] Endpoint listening() const { return listening_; }
  /// See Host::ask_router(). After bind(), before run().
  [[nodiscard]] portmap::RouterStatus ask_router(Duration limit);
  using MakeRun = std::function<std::unique_ptr<ShareRun>(ShareId)>;
  ShareId add(const MakeRun& make);
  void remove(ShareId id);
  FolderId add_folder(FolderJob job, FolderObserver& observer);
  void remove_folder(FolderId id);
  [[nodiscard]] FolderTotals folder_totals(FolderId id) const;
  [[nodiscard]] std::optional<SharedOfFolder> shared_of(FolderId id, const InfoHash& info_hash) const;
  /// Call it once, after bind(). `done` or `killed`.
  [[nodiscard]] Outcome run(Until until);
  /// Any thread.
  void interrupt();
  /// Any thread.
  void post(std::function<void()> work);

  // --- for whoever drives the host, on the network thread
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] std::optional<ShareStatus> status(ShareId id) const;
  [[nodiscard]] std::vector<transfer::PeerStatus> peers(ShareId id) const;
  [[nodiscard]] HostStatus host_status() const;
  [[nodiscard]] transfer::ChunkMap chunk_map(ShareId id, std::size_t cells_max) const;
  [[nodiscard]] ChunkSets chunk_sets(ShareId id) const;
  [[nodiscard]] std::unique_ptr<BodySource> read_finished(std::shared_ptr<const content::FinishedFile> file,
                                                          std::int64_t begin, std::int64_t end);
  [[nodiscard]] std::unique_ptr<BodySource> read_file(ShareId id, std::size_t file, std::int64_t begin,
                                                      std::int64_t end);
  [[nodiscard]] const dht::Node* dht_node() const;
  [[nodiscard]] std::optional<std::string> name_of(const SwarmKey& key) const;
  void set_limits(std::int64_t up, std::int64_t down);
  [[nodiscard]] HostSettings settings() const;
  [[nodiscard]] Status change(const HostChanges& changes);

  // --- for the shares, on the network thread
  [[nodiscard]] app::Participant& participant() { return *participant_; }
  [[nodiscard]] const app::Participant& participant() const { return *participant_; }
  [[nodiscard]] DiscoveryIo& discovery() { return *discovery_; }
  [[nodiscard]] IncomingConnections& incoming() { return *incoming_; }
  [[nodiscard]] SwarmDriver::Shared& driver_parts() { return driver_parts_; }
  [[nodiscard]] TaskPool& tasks() { return *tasks_; }
  [[nodiscard]] TaskPool& background() { return *background_; }
  [[nodiscard]] const HostOptions& options() const { return options_; }
  [[nodiscard]] const SessionId& session() const { return session_id_; }
  [[nodiscard]] const trace::Tracer& tracer() const { return tracer_; }
  [[nodiscard]] bool reached_from_outside() const { return reached_from_outside_; }
  /// Lists the share in the catalogues of these trackers, until unlist(); `on_listed` gets each one that has it.
  void list(const std::vector<std::string>& trackers, const std::shared_ptr<const content::Metainfo>& metainfo,
            const CatalogueListing::OnListed& on_listed);
  void unlist(const InfoHash& info_hash);
  /// Does everything that can be done now.
  void pump();
  /// The share's end has begun.
  void share_ends(ShareId id);
  /// The same for a folder, and each time one of its shares is gone then.
  void folder_ends() { poll_end_soon(); }

 private:
  // IncomingConnections::Owner
  void on_refused(SwarmDriver* driver, const Endpoint& from, const std::string& reason) override;
  void on_incoming_turn() override { pump(); }

  [[nodiscard]] app::ParticipantConfig participant_config() const;
  void open_dht_state();
  void start();
  /// The network thread's work is over.
  void finish();
  void arm_timer();
  void wait_for_signal();
  /// A peer at this address has connected to us.
  void on_reached(const IpAddress& from);
  void start_router();
  void stop_router();
  void on_router();
  void on_interrupt(bool by_signal);
  void on_addresses(const app::AddressChange& change);
  /// Checks, before anything is handled, whether we have been asleep.
  void look_for_pause();
  void tick();
  /// Begins the end of everything.
  void end();
  void poll_end_soon();
  /// Forgets shares that are gone, and ends the host if it is time.
  void poll_end();
  void quit();

  HostOptions options_;
  HostObserver& observer_;
  const trace::Tracer tracer_;
  Rng rng_;
  SessionId session_id_;
  wire::BufferPool pool_;  // before the io_context: handlers destroyed with it give buffers back
  boost::asio::io_context io_;
  Endpoint listening_;
  RateGate down_;
  RateGate up_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer core_timer_;
  boost::asio::steady_timer status_timer_;
  boost::asio::steady_timer end_timer_;
  std::optional<Listening> sockets_;  // between bind() and run()
  std::shared_ptr<DhtState> dht_state_;
  std::unique_ptr<app::Participant> participant_;
  PeerConnection::Shared connection_parts_;
  std::map<FolderId, std::unique_ptr<FolderRun>> folders_;  // before the runs, which report to them
  std::map<ShareId, std::unique_ptr<ShareRun>> runs_;
  std::set<ShareId> ticking_;        // those that want it
  std::set<ShareId> ending_shares_;  // whose end has begun
  std::unique_ptr<DiscoveryIo> discovery_;
  std::unique_ptr<IncomingConnections> incoming_;
  std::unique_ptr<PeerAcceptor> acceptor_;
  struct Listing;
  std::unique_ptr<Listing> listing_;  // made when first needed
  std::unique_ptr<NetworkWatch> network_;
  std::unique_ptr<PortMapper> router_;          // null: the router is not to be asked
  std::unique_ptr<PortMapper> closing_router_;  // switched off while it runs: closes the port
  std::optional<TaskPool> tasks_;               // these two end before the shares that their tasks use
  std::optional<TaskPool> background_;
  DiskPool disk_;
  Resolver web_seed_names_;
  WebSeedShared web_seed_parts_;
  SwarmDriver::Shared driver_parts_;

  ShareId next_id_{0};
  FolderId next_folder_{0};
  Until until_ = Until::interrupted;
  bool running_ = false;
  bool reached_from_outside_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool polling_end_ = false;
  bool ending_ = false;  // the host, not only a share
  bool killed_ = false;
  std::optional<Instant> timer_at_;  // the time of core_timer_
  std::atomic<bool> interrupt_requested_ = false;
  std::optional<Instant> interrupted_at_;
  Instant end_by_;
};

}  // namespace stp::net
