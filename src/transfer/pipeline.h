// How many bytes to request from one peer at a time: bandwidth × delay, measured.
//
// Like TCP it starts small and doubles per round trip (`slow start`) while the rate still grows; then the target is the
// rate times (smallest delay seen + requests.pipeline_horizon), with no upper bound of its own: 500 requests of 16 KiB,
// the cap in other clients, is 80 MB/s at 100 ms. Bytes are nominal: whole blocks, even if a file's last block is
// shorter.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/blocks.h"
#include "core/time.h"
#include "transfer/config.h"
#include "wire/message.h"

namespace stp::transfer {

class Pipeline {
 public:
  /// `config` must outlive it.
  explicit Pipeline(const RequestConfig& config)
      : config_(&config), target_(config.pipeline_start), delay_min_(config.snub_after) {}

  /// `bytes` arrived, requested `waited` ago.
  void on_data(std::int64_t bytes, Duration waited, Instant now) {
    delay_min_ = std::min(delay_min_, waited);
    if (window_bytes_ == 0 && rate_ == 0) window_start_ = now - waited;
    window_bytes_ += bytes;
    if (slow_start_) target_ += bytes;
    const Duration window = now - window_start_;
    if (window < std::max(config_->pipeline_tick / 4, 2 * delay_min_)) return;
    const double sample = static_cast<double>(window_bytes_) / seconds_of(window);
    if (sample < 1.25 * rate_) slow_start_ = false;
    rate_ = sample > rate_ ? sample : (3 * rate_ + sample) / 4;
    if (!slow_start_) target_ = static_cast<std::int64_t>(rate_ * seconds_of(delay_min_ + config_->pipeline_horizon));
    target_ = std::max<std::int64_t>(target_, config_->pipeline_min);
    window_start_ = now;
    window_bytes_ = 0;
  }

  /// The peer let us wait too long: one block at a time until it delivers again.
  void on_snub() {
    slow_start_ = true;
    rate_ = 0;
    window_bytes_ = 0;
    target_ = kBlockBytes;
  }

  [[nodiscard]] std::int64_t target_bytes() const { return target_; }
  /// Bytes per second; 0: unknown, or no longer known.
  [[nodiscard]] double rate() const { return rate_; }

  /// Blocks to ask for in one request: a sixteenth of the target, so requests stay few and a slow peer's stay small.
  [[nodiscard]] std::uint32_t run_blocks() const {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(target_ / (16 * kBlockBytes), 1, wire::kRequestBlocksMax));
  }

 private:
  const RequestConfig* config_;
  std::int64_t target_;
  std::int64_t window_bytes_ = 0;
  Instant window_start_;
  Duration delay_min_;
  double rate_ = 0;
  bool slow_start_ = true;
};

}  // namespace stp::transfer
