// FolderRun: a folder of a host, from Host::add() until its shares are gone. EachRun shares every file of it alone,
// WholeRun all of it together. Lives on the network thread.
#pragma once

namespace stp::net {

class FolderRun {
 public:
  FolderRun() = default;
  virtual ~FolderRun() = default;
  FolderRun(const FolderRun&) = delete;
  FolderRun& operator=(const FolderRun&) = delete;

  /// The network thread is running.
  virtual void begin() = 0;
  /// Every Engine::kStatusInterval.
  virtual void tick() = 0;
  /// Withdraws everything: its end begins.
  virtual void leave() = 0;
  [[nodiscard]] virtual bool ending() const = 0;
  [[nodiscard]] virtual bool is_gone() const = 0;
  /// The last call of the observer.
  virtual void report_end() = 0;
};

}  // namespace stp::net
