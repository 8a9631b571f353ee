// RunObserver: what share, get, info and node have in common in reporting on a running host and its share: notices and
// warnings on stderr, events, and the status that a summary needs. Called on the network thread, as the host guarantees.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "cli/host_reporter.h"
#include "wire/link.h"

namespace stp::cli {

class RunObserver : public HostReporter, public net::ShareObserver {
 public:
  using HostReporter::HostReporter;

  /// As HostReporter's. `share`: the one that this observer is for, if any.
  void attach(net::Host& host, const CancelOnSignal& signals, std::optional<net::ShareId> share = std::nullopt);

  void on_metainfo(const content::Metainfo& metainfo) override;
  void on_complete() override;
  void on_event(const transfer::SwarmEvent& event) override;
  void on_status(const net::ShareStatus& status) override;
  /// Of the share, and of the host.
  void on_notice(const std::string& line) override { HostReporter::on_notice(line); }
  void on_ended(const Result<net::Outcome>& outcome) override;

  /// How the share has ended; killed before that.
  [[nodiscard]] const Result<net::Outcome>& outcome() const { return outcome_; }
  /// The latest status; the default before the first.
  [[nodiscard]] const net::ShareStatus& status() const { return status_; }
  [[nodiscard]] std::uint32_t banned() const { return banned_; }

 protected:
  /// Ends the share, or the host if the observer is for no share. Nothing before attach().
  void stop() const;
  /// Shows what is going on now.
  virtual void show(const ProgressLine& line) { context_.console.progress(line); }
  /// The line at the bottom now; nullopt for none.
  [[nodiscard]] virtual std::optional<ProgressLine> progress_line(const net::ShareStatus& status) const = 0;
  /// What the user can do about chunks that are no longer offered, as text after "; "; empty: nothing.
  [[nodiscard]] virtual std::string remedy_for_lost() const { return {}; }
  /// Which chunks are here and at the peers, in at most `cells` cells; empty before it has joined its swarm.
  [[nodiscard]] transfer::ChunkMap chunk_map(std::size_t cells) const;
  /// Number of chunks that were offered and can't be any more.
  [[nodiscard]] std::uint32_t lost_chunks() const { return lost_; }

 private:
  /// A damaged file loses many chunks for the same reason; it is reported once. Bounded, as reasons come from files and
  /// peers.
  static constexpr std::size_t kReasonsMax = 100;

  void on_web_seed(const transfer::WebSeedTrouble& trouble);
  void on_lost(const transfer::ChunkLost& lost);
  void on_back(const transfer::ChunkBack& back);

  std::optional<net::ShareId> share_;
  std::uint32_t chunks_ = 0;  // of the share; 0: not known yet
  Result<net::Outcome> outcome_ = net::Outcome::killed;
  net::ShareStatus status_;
  std::uint32_t banned_ = 0;
  std::uint32_t lost_ = 0;
  std::uint32_t lost_in_status_ = 0;  // of these, the ones that status_ includes
  std::set<std::string> lost_reasons_;
  std::set<ChunkIndex> away_;  // lost for now
  bool told_away_ = false;     // some chunks are away, which is not reported each time
};

/// The host's options from the command line's.
[[nodiscard]] net::HostOptions host_options(const Context& context);
/// Those from the command line, those of `link` (may be null), and web seeds of BEP 17.
[[nodiscard]] net::ShareSources share_sources(const Context& context, const wire::Link* link,
                                              std::vector<std::string> http_seeds = {});

}  // namespace stp::cli
