// SessionObserver: what share, get, info and node tell of a running host, in common: notices and warnings on stderr,
// events, and the status that a summary needs. Called on the network thread, as the host promises.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "cli/commands.h"
#include "cli/signals.h"
#include "net/session_runner.h"
#include "wire/link.h"

namespace stp::cli {

class SessionObserver : public net::Observer {
 public:
  explicit SessionObserver(Context& context) : context_(context) {}

  /// Before the host runs; both must outlive the last call. The host handles signals once it runs; one that came
  /// before, while `signals` watched, is passed on to it.
  void attach(net::SessionRunner& host, const CancelOnSignal& signals);

  void on_listening(const Endpoint& endpoint) override;
  void on_metainfo(const content::Metainfo& metainfo) override;
  void on_event(const transfer::SwarmEvent& event) override;
  void on_status(const net::SessionStatus& status) override;
  void on_notice(const std::string& line) override;

  /// The latest status; the default before the first.
  [[nodiscard]] const net::SessionStatus& status() const { return status_; }
  [[nodiscard]] std::uint32_t banned() const { return banned_; }

 protected:
  /// Null before attach().
  [[nodiscard]] net::SessionRunner* host() const { return host_; }
  /// The line that stands at the bottom now; nullopt for none.
  [[nodiscard]] virtual std::optional<ProgressLine> progress_line(const net::SessionStatus& status) const = 0;
  /// What the user can do about chunks that are not offered any more, to stand after "; "; empty: nothing.
  [[nodiscard]] virtual std::string remedy_for_lost() const { return {}; }
  /// Chunks that were offered and can't be any more.
  [[nodiscard]] std::uint32_t lost_chunks() const { return lost_; }

  Context& context_;

 private:
  /// A damaged file loses many chunks for the same reason; that is said once. Bounded, as reasons come from files and
  /// peers.
  static constexpr std::size_t kReasonsMax = 100;

  void on_lost(const transfer::ChunkLost& lost);
  void on_back(const transfer::ChunkBack& back);

  net::SessionRunner* host_ = nullptr;
  const CancelOnSignal* signals_ = nullptr;
  net::SessionStatus status_;
  std::uint32_t banned_ = 0;
  std::uint32_t lost_ = 0;
  std::uint32_t lost_in_status_ = 0;  // of them, those that status_ knows
  std::set<std::string> lost_reasons_;
  std::set<ChunkIndex> away_;  // lost for now
  bool told_away_ = false;     // that some are, which is not said each time
};

/// The host's options from the command line's; trackers and peers of `link` (may be null) are added.
[[nodiscard]] net::SessionOptions host_options(const Context& context, const wire::Link* link);

}  // namespace stp::cli
