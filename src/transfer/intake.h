// How much to request from all peers together, and from how many: what our own link delivers in a few seconds.
//
// A Pipeline sees one peer. If our own link is the bottleneck, every peer looks slow, and what is requested ahead from
// each adds up to minutes of the link: chunks stay unfinished, a choke or a lost connection affects much, and it is
// impossible to say whether a peer that sends nothing hangs or only waits for the others.
//
// Two limits for all sources together; a request needs room in one of them:
//   window_bytes()  the total rate times (smallest delay seen + intake.horizon), so requests wait no longer than that
//                   on average (Little's law). It starts at intake.start and doubles per round trip while that
//                   increases the rate and not the delay.
//   sources_max()   peers that may have one block requested whatever the window says. Without them, a window based on
//                   the rate would leave slow sources idle, measure a lower rate, and shrink further. It is raised
//                   while that increases the rate (a peer was held back, so the sources were the bottleneck), and
//                   reverted when it does not (our own link was): tried again after a hold that doubles, or when the
//                   rate falls.
//
// And one limit for each of them:
//   source_bytes()  the window's share of one source: what it delivers in the window's time. More would only wait
//                   there, and sources that deliver a block in ten seconds would fill the window, so that fast ones
//                   could be asked for only one block at a time and the link would not be full.
//
// Bytes are nominal, as in Pipeline. Not thread-safe; `now` never decreases.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/blocks.h"
#include "core/time.h"
#include "transfer/config.h"

namespace stp::transfer {

class Intake {
 public:
  /// `config` must outlive it.
  explicit Intake(const TransferConfig& config)
      : config_(config),
        window_bytes_(config.intake.start),
        sources_max_(config.intake.sources_min),
        sources_before_(config.intake.sources_min),
        hold_(config.intake.sources_hold) {}

  /// Something is requested while nothing was outstanding: the pause before it says nothing about the link.
  void on_busy(Instant now);
  /// `bytes` arrived, requested `waited` ago, while `sources` peers had requests outstanding. `at_the_end`: nothing is
  /// left to request, so a lower rate says nothing about the link.
  void on_data(std::int64_t bytes, Duration waited, std::uint32_t sources, bool at_the_end, Instant now);
  /// A peer could have been asked, but there was no room.
  void on_held_back() { held_back_ = true; }

  [[nodiscard]] std::int64_t window_bytes() const { return window_bytes_; }
  /// How much may be requested from a source that delivers `rate` bytes per second (0: unknown yet); at least a block.
  [[nodiscard]] std::int64_t source_bytes(double rate) const;
  [[nodiscard]] std::uint32_t sources_max() const { return sources_max_; }
  /// More sources were tried and brought nothing, and the present `rate`, in bytes per second, is no lower than then.
  [[nodiscard]] bool own_link_is_full(double rate) const;
  /// How long the last requests took to be answered, on average; 0 before there was one.
  [[nodiscard]] Duration delay_mean() const { return delay_mean_; }
  /// How long `outstanding_bytes` take to arrive at the present rate; `unknown` while there is none.
  [[nodiscard]] Duration time_for(std::int64_t outstanding_bytes, Duration unknown) const;

 private:
  void update_rate(bool at_the_end, Instant now);
  void judge_sources(std::uint32_t sources, Instant now);

  const TransferConfig& config_;
  std::int64_t window_bytes_;
  bool slow_start_ = true;
  double rate_ = 0;  // bytes per second; 0: not known yet
  Instant last_data_{};
  Duration delay_min_ = Duration::max();
  Duration delay_mean_{};  // of the last requests
  Instant sample_start_{};
  std::int64_t sample_bytes_ = 0;

  std::uint32_t sources_max_;
  std::uint32_t sources_before_;  // while climbing: its value at `level_rate_`
  bool held_back_ = false;
  bool climbing_ = true;
  double level_rate_ = 0;  // with the sources that are kept, or with half of those tried
  std::int64_t level_bytes_ = 0;
  Instant level_start_{};
  Instant hold_until_{};
  Duration hold_;
};

}  // namespace stp::transfer
