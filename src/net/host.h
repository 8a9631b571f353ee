// Host: runs a participant with its shares on real sockets, files and clocks, with Boost.Asio.
//
// One network thread (the one that calls run()) owns the participant and every socket; a small pool of disk threads
// reads and writes blocks, another does other file work, and both answer by posting to the network thread. The network
// thread never accesses a file.
//
//   socket ──read──▶ codec (decrypt into a frame buffer) ──hash blocks──▶ Swarm::handle_data
//          ──keep──▶ disk pool (coalesced pwritev) ──▶ Swarm::handle_written
//   and the way back: SendBlocks ──▶ disk pool (pread) ──▶ codec (seal) ──▶ socket
//
// Back-pressure: a socket is not read while more than a bounded number of bytes wait for the disk, and not filled
// beyond a bounded number of sealed bytes; memory use does not depend on the size of the shares.
//
// A share is a state machine of its own (share_run.h); it begins with add() and ends by itself, by remove(), or with
// the host. A command is what waits for one: run_until_ended().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/participant.h"
#include "content/file_sync.h"
#include "content/metainfo.h"
#include "content/storage.h"
#include "core/bitfield.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "core/trace.h"
#include "net/body_source.h"
#include "net/file_stream.h"
#include "net/host_settings.h"
#include "net/share_sources.h"
#include "portmap/router_status.h"
#include "transfer/chunk_map.h"
#include "transfer/swarm.h"
#include "wire/link.h"

namespace stp::content {
class FinishedFile;
}

namespace stp::net {

using app::ShareId;
/// A folder of a host; never used again.
using FolderId = Index<struct FolderIdTag>;
struct FolderJob;
struct FolderTotals;
class FolderObserver;

class ControlHandler;
class ControlSocket;
class TaskPool;

/// Whom a TCP port of a loopback address is for.
enum class Audience : std::uint8_t { owner, anybody };

struct HostOptions {
  /// Where TCP and UDP listen, on the same port. nullopt: [::]:64500 with IPv4 too, or the next free port; port 0 picks
  /// one.
  std::optional<Endpoint> listen;
  bool dht = true;
  bool lan = false;                      // look for peers on the local network, by multicast
  bool must_hide = false;                // SwarmIdentity::must_hide of every public share
  bool port_map = false;                 // ask the router to open the port, unless only this machine can connect anyway
  std::vector<std::string> bootstrap;    // "host:port", resolved in the background
  std::filesystem::path state_dir;       // DHT table; created if missing
  std::int64_t up_bytes_per_second = 0;  // 0: no limit; of all shares together
  std::int64_t down_bytes_per_second = 0;
  std::string agent;
  trace::Sink* trace = nullptr;  // receives what the cores and the host do (net/log.h); outlives the host
};

/// Serve what is already on disk.
struct SeedJob {
  wire::Link link;  // with a secret: a private swarm
  std::shared_ptr<const content::Metainfo> metainfo;
  content::ChunkHashes hashes;
  std::unique_ptr<content::Storage> storage;
  bool listed = false;  // in the catalogues of its trackers (net/catalogue_listing.h); never if it is private
  ShareSources sources = {};
};

/// Fetch.
struct GetJob {
  wire::Link link;
  std::shared_ptr<const content::Metainfo> metainfo;  // null: from a control file in `directory` or from peers
  std::optional<content::ChunkHashes> hashes;         // from a .torrent
  std::filesystem::path directory;                    // where NAME appears
  /// Files to fetch, by index in the metainfo; empty: all of them.
  std::function<bool(const content::Metainfo&, std::size_t file)> wanted;
  std::optional<ChunkIndex> only_chunk;  // fetch only this chunk into memory, no files: ShareObserver::on_chunk gets it
  bool only_hashes = false;  // fetch only metainfo and chunk hashes, no files: ShareObserver::on_hashes gets them
  bool repair = false;       // resume a damaged NAME, or an orphaned NAME.part (content/repair.h)
  bool sequential = false;   // chunks in order, instead of the rarest first
  StreamSink stream = {};    // gets the one file that is wanted, in order, while it arrives (file_stream.h)
  bool seed_after = false;   // keep serving when complete
  double seed_ratio = 0;     // stop at this ratio; 0: until interrupted
  std::int64_t uploaded_before = 0;  // in earlier runs: counts towards the ratio
  ShareSources sources = {};
};

enum class Outcome : std::uint8_t {
  done,         // the work is finished (or a seed was stopped by the user)
  interrupted,  // stopped with work left; everything verified so far is kept
  killed,       // a second interrupt: stopped at once
};

/// Everything that a person or program may want to know about a share at this moment.
struct ShareStatus {
  transfer::SwarmStatus swarm;
  std::string trouble;    // what is wrong with the peers (peer_troubles.h); empty while one is connected
  std::string discovery;  // "dht: 12 nodes, 3 peers; tracker …"
  std::uint32_t dht_nodes = 0;
  std::int64_t verified_bytes = -1;              // >= 0 while data on disk is being re-checked before the transfer
  std::int64_t verify_bytes = 0;                 // of this many bytes in total
  std::optional<content::SyncProgress> syncing;  // while a download is being synced to disk, after its last chunk
  std::string pause;                             // why the disk stopped us; empty if it did not
  bool hope = false;                  // a peer is known, or may be found: an announce was accepted, or not yet refused
  bool reached_from_outside = false;  // a peer that is not in a local network has connected to this host
  bool ending = false;                // the outcome is decided; only goodbyes follow
};

/// A share of a folder (FolderJob).
struct SharedOfFolder {
  ShareId id;
  std::shared_ptr<const content::Metainfo> metainfo;
};

/// Chunks of a share that are here, verified and written, and those that it is to have. Both of size 0 before its storage
/// is open.
struct ChunkSets {
  Bitfield had;
  Bitfield wanted;
};

/// The same for a host, whatever it shares.
struct HostStatus {
  std::uint32_t dht_nodes = 0;
  std::string dht;  // "dht: 12 nodes"; empty without DHT
  portmap::RouterStatus router;
  std::optional<IpAddress> seen_v4;  // where DHT nodes see us, as far as they agree (BEP 42)
  std::optional<IpAddress> seen_v6;
  bool stranger_reached_us = false;  // a node outside that we had not contacted: the UDP port is open
};

/// Called on the network thread. Calls must be short.
class ShareObserver {
 public:
  virtual ~ShareObserver() = default;
  virtual void on_metainfo(const content::Metainfo& /*metainfo*/) {}
  virtual void on_event(const transfer::SwarmEvent& /*event*/) {}
  /// Whether on_status() is to be called while it runs: a status costs more than an idle share.
  [[nodiscard]] virtual bool wants_status() const { return true; }
  /// About twice a second while running (wants_status()), and once at the end.
  virtual void on_status(const ShareStatus& /*status*/) {}
  /// `only_chunk`: the verified bytes.
  virtual void on_chunk(ByteSpan /*bytes*/) {}
  /// `only_hashes`: all chunk hashes, proven.
  virtual void on_hashes(const content::ChunkHashes& /*hashes*/) {}
  /// A download begins; `had` of `wanted` bytes already exist, verified. Not called if it is already complete.
  virtual void on_transfer(std::int64_t /*had*/, std::int64_t /*wanted*/) {}
  /// The download is complete and in place (before further seeding, if requested).
  virtual void on_complete() {}
  /// One line worth showing.
  virtual void on_notice(const std::string& /*line*/) {}
  /// The last call. An Error of kind disk_full, denied, io, integrity, exists … ended a get; verified data stays on
  /// disk and the message says what to do.
  virtual void on_ended(const Result<Outcome>& /*outcome*/) {}
};

/// Called on the network thread. Calls must be short.
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  virtual void on_listening(const Endpoint& /*endpoint*/) {}
  /// About twice a second while running.
  virtual void on_host_status(const HostStatus& /*status*/) {}
  /// What came of asking the router to open our port: once it has been asked, and when that changes.
  virtual void on_router(const portmap::RouterStatus& /*router*/) {}
  /// The end has begun, before the first share hears of it.
  virtual void on_ending() {}
  /// Somebody connected, but meant no share of ours, or did not say which.
  virtual void on_refused(const Endpoint& /*from*/, const std::string& /*reason*/) {}
  /// One line worth showing.
  virtual void on_notice(const std::string& /*line*/) {}
};

class Host {
 public:
  /// Binds the sockets. The observers must outlive the host.
  [[nodiscard]] static Result<std::unique_ptr<Host>> open(HostOptions options, HostObserver& observer);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] Endpoint listening() const;
  /// Asks the router to open the port (HostOptions::port_map), and waits for what it says, for `limit` at most, or not
  /// at all where none has to be asked. Before run(), which asks it otherwise. Blocks; observers are not called.
  [[nodiscard]] portmap::RouterStatus ask_router(Duration limit);

  /// The share begins at once, or with run(). Before run(), or on the network thread.
  ShareId add(SeedJob job, ShareObserver& observer);
  ShareId add(GetJob job, ShareObserver& observer);
  /// Says goodbye; on_ended() follows within seconds. On the network thread.
  void remove(ShareId id);

  /// A folder whose shares follow its files (net/folder_job.h). The same rules hold.
  FolderId add(FolderJob job, FolderObserver& observer);
  void remove(FolderId id);
  /// What its shares do together; all 0 once it has ended. While running, on the network thread. Looks at every share.
  [[nodiscard]] FolderTotals totals(FolderId id) const;
  /// The share with this info-hash; nullopt: it is not served, or not any more.
  [[nodiscard]] std::optional<SharedOfFolder> shared_of(FolderId id, const InfoHash& info_hash) const;
  /// What a share does now; nullopt: the share has ended. While running, on the network thread.
  [[nodiscard]] std::optional<ShareStatus> status(ShareId id) const;
  /// Its connected peers; none before it has joined its swarm.
  [[nodiscard]] std::vector<transfer::PeerStatus> peers(ShareId id) const;
  [[nodiscard]] HostStatus host_status() const;
  /// Its chunks in at most `cells_max` runs of equal length; empty before its storage is open.
  [[nodiscard]] transfer::ChunkMap chunk_map(ShareId id, std::size_t cells_max) const;
  [[nodiscard]] ChunkSets chunk_sets(ShareId id) const;
  /// Bytes [begin, end) of a file of the share's metainfo, in order, as they come: what is read next is fetched first
  /// (file_reader.h). All of its chunks are in chunk_sets(). null: the storage is not open, or the share ends. To be
  /// destroyed before the host.
  [[nodiscard]] std::unique_ptr<BodySource> read_file(ShareId id, std::size_t file, std::int64_t begin,
                                                      std::int64_t end);
  /// The same of a download that does not run any more (finished_reader.h). file->knows_chunks().
  [[nodiscard]] std::unique_ptr<BodySource> read_finished(std::shared_ptr<const content::FinishedFile> file,
                                                          std::int64_t begin, std::int64_t end);
  /// The DHT node; null without DHT, or before run().
  [[nodiscard]] const dht::Node* dht_node() const;
  /// What the share with this key is called; nullopt: there is none. While its name is unknown, its info-hash.
  [[nodiscard]] std::optional<std::string> name_of(const SwarmKey& key) const;
  /// Bytes per second of all shares together, from now on; 0: no limit. On the network thread, or before run().
  void set_limits(std::int64_t up, std::int64_t down);
  /// In force now. While running, on the network thread.
  [[nodiscard]] HostSettings settings() const;
  /// Changes all of these, or with an error none: `limit`, a number is out of its bounds; `busy`, the router is still
  /// closing the port. Connections in the clear end if they have to be hidden from now on. While running, on the network
  /// thread.
  [[nodiscard]] Status change(const HostChanges& changes);

  /// Runs `work` on the network thread, soon. Any thread; not at all once run() has ended.
  void post(std::function<void()> work);
  /// Threads for file work of whoever drives this host (task_queue.h); to be destroyed before the host.
  [[nodiscard]] std::unique_ptr<TaskPool> make_task_pool(std::size_t threads);
  /// Answers HTTP requests at a unix socket, while running (control_socket.h); to be destroyed before the host.
  [[nodiscard]] Result<std::unique_ptr<ControlSocket>> open_control(const std::filesystem::path& socket,
                                                                    ControlHandler& handler);
  /// The same at a TCP port.
  [[nodiscard]] Result<std::unique_ptr<ControlSocket>> open_web(const Endpoint& listen, ControlHandler& handler,
                                                                Audience audience);

  /// Runs until interrupted (SIGINT, SIGTERM, SIGHUP: once for a goodbye of at most a few seconds, twice to stop now;
  /// core/interrupts.h says what counts as twice). `done` or `killed`. Once.
  [[nodiscard]] Outcome run();
  /// The same, but only until the last share and folder has ended.
  [[nodiscard]] Outcome run_until_ended();

  /// Like one SIGINT: stops what runs, with a goodbye. For observers (e.g. if nothing arrived for too long), on any
  /// thread; harmless if nothing runs or the work is already finished.
  void interrupt();

 private:
  Host();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stp::net
