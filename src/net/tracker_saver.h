// TrackerSaver: keeps what a registry and a catalogue know in their StateFile while the tracker runs.
//
// A change is written within a second, but at least kSaveInterval passes from one snapshot to the next; this is what a
// kill -9 can cost. Large snapshots are made less often: the disk gets no more than kBytesPerSecond on average.
//
//   idle ──changed, and time──▶ writing pieces (network thread) ──▶ sealing, replacing the file (task thread) ──▶ idle
//
// Between two pieces the network thread does its other work: no answer waits for more than one piece, or one swarm.
// Measured on two busy cores with 2 million peers in a million swarms: of 720,000 consecutive announces during which 57
// MB were saved, the median took 0.02 ms and the longest 32 ms.
//
// All calls come from the network thread. io_context, registry, catalogue and state must outlive the saver.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/time.h"
#include "net/state_file.h"
#include "net/task_queue.h"
#include "tracker/catalogue.h"
#include "tracker/registry.h"
#include "tracker/snapshot.h"

namespace stp::net {

class TrackerSaver {
 public:
  static constexpr Duration kCheckInterval = std::chrono::seconds(1);
  static constexpr Duration kSaveInterval = std::chrono::seconds(10);
  static constexpr std::size_t kPieceBytes = std::size_t{512} * 1024;
  static constexpr std::size_t kBytesPerSecond = std::size_t{1024} * 1024;

  using Warn = std::function<void(const std::string&)>;
  /// The present contents of registry and catalogue (null: there is none) count as saved. `warn` gets the reason why a
  /// snapshot could not be written, once for each reason in a row; it is tried again.
  TrackerSaver(boost::asio::io_context& io, const tracker::Registry& registry, const tracker::Catalogue* catalogue,
               const StateFile& state, Warn warn);
  TrackerSaver(const TrackerSaver&) = delete;
  TrackerSaver& operator=(const TrackerSaver&) = delete;

  /// Saves on this thread what is not saved yet, and nothing later: for the end, when the io_context no longer runs.
  void finish();

 private:
  void check_later();
  void begin();
  void write_piece();
  void hand_over();
  void note(const Status& status, std::uint64_t revision);
  /// Grows with every change.
  [[nodiscard]] std::uint64_t revision() const;

  boost::asio::io_context& io_;
  const tracker::Registry& registry_;
  const tracker::Catalogue* const catalogue_;
  const StateFile& state_;
  Warn warn_;
  boost::asio::steady_timer timer_;
  std::optional<std::uint64_t> saved_;  // the revision in the file; none: the last attempt failed
  Instant next_save_{};
  bool busy_ = false;
  std::uint64_t revision_ = 0;                     // of the snapshot under way
  std::optional<tracker::SnapshotWriter> writer_;  // while it is written in pieces
  std::string problem_;                            // last passed to warn_; empty after a success
  std::unique_ptr<TaskPool> pool_;
  TaskQueue tasks_;
};

}  // namespace stp::net
