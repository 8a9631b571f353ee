#include "transfer/intake.h"

namespace stp::transfer {
namespace {

constexpr double kGrowth = 1.25;      // what counts as a higher rate
constexpr std::uint32_t kClimb = 4;   // times as many sources are tried …
constexpr double kClimbGrowth = 1.5;  // … and kept if the rate is this much higher: four times, if all were equal
constexpr double kDecline = 0.7;      // and as low enough that the sources may now be the bottleneck

}  // namespace

void Intake::on_busy(Instant now) {
  if (now < last_data_ + delay_mean_ + config_.requests.pipeline_tick) return;  // one request at a time, not a pause
  sample_start_ = level_start_ = now;
  sample_bytes_ = level_bytes_ = 0;
}

void Intake::on_data(std::int64_t bytes, Duration waited, std::uint32_t sources, bool at_the_end, Instant now) {
  if (slow_start_) {
    if (delay_min_ != Duration::max() && waited > delay_min_ + config_.intake.delay_growth) slow_start_ = false;
    if (slow_start_) window_bytes_ += bytes;
  }
  last_data_ = now;
  delay_min_ = std::min(delay_min_, waited);
  delay_mean_ = rate_ == 0 && sample_bytes_ == 0 ? waited : (7 * delay_mean_ + waited) / 8;
  sample_bytes_ += bytes;
  level_bytes_ += bytes;
  // Until everything outstanding has been turned over twice: blocks sent in parallel arrive in bursts.
  const Duration turned_over = std::max<Duration>(config_.requests.pipeline_tick / 4, 2 * delay_mean_);
  if (now - sample_start_ >= std::min<Duration>(turned_over, 2 * (delay_min_ + config_.intake.horizon)))
    update_rate(at_the_end, now);
  const std::int64_t level = std::int64_t{std::max(sources, sources_max_) + config_.intake.sources_min} * kBlockBytes;
  if (level_bytes_ >= level && now - level_start_ >= turned_over) judge_sources(sources, now);
}

void Intake::update_rate(bool at_the_end, Instant now) {
  double sample = static_cast<double>(sample_bytes_) / seconds_of(now - sample_start_);
  if (at_the_end) sample = std::max(sample, rate_);
  if (sample < kGrowth * rate_) slow_start_ = false;
  rate_ = sample > rate_ || sample < kDecline * rate_ ? sample : (3 * rate_ + sample) / 4;
  if (!slow_start_) window_bytes_ = static_cast<std::int64_t>(rate_ * seconds_of(delay_min_ + config_.intake.horizon));
  window_bytes_ = std::max<std::int64_t>(window_bytes_, config_.intake.min);
  sample_start_ = now;
  sample_bytes_ = 0;
}

void Intake::judge_sources(std::uint32_t sources, Instant now) {
  const double rate = static_cast<double>(level_bytes_) / std::max(seconds_of(now - level_start_), 1e-3);
  level_start_ = now;
  level_bytes_ = 0;
  // No peer would have been asked for more: nothing can be learnt from that.
  if (!std::exchange(held_back_, false)) return;
  const auto climb = [&] {
    level_rate_ = rate;
    sources_before_ = std::max(sources, config_.intake.sources_min);
    // If our own link turns out to be the bottleneck, the trial must be over before any peer seems silent.
    const double affordable = rate * seconds_of(config_.intake.sources_trial_max) / kBlockBytes;
    const auto tried = static_cast<std::uint32_t>(std::min<double>(kClimb * sources_before_, affordable));
    climbing_ = tried >= 2 * sources_before_;
    sources_max_ = climbing_ ? tried : sources_before_;
    if (!climbing_) hold_until_ = now + hold_;
  };
  if (climbing_) {
    if (rate >= kClimbGrowth * level_rate_) return climb();
    climbing_ = false;
    sources_max_ = sources_before_;
    hold_until_ = now + hold_;
    hold_ = std::min<Duration>(2 * hold_, config_.intake.sources_hold_max);
  } else if (rate < kDecline * level_rate_ || now >= hold_until_) {
    climb();
  }
}

std::int64_t Intake::source_bytes(double rate) const {
  if (rate_ <= 0) return window_bytes_;
  const auto share =
      rate > 0 ? static_cast<std::int64_t>(std::min(rate, 1e12) * seconds_of(delay_min_ + config_.intake.horizon))
               : window_bytes_ / config_.intake.trial;
  return std::max(share, static_cast<std::int64_t>(kBlockBytes));
}

bool Intake::own_link_is_full(double rate) const {
  return !climbing_ && rate >= kDecline * level_rate_;
}

Duration Intake::time_for(std::int64_t outstanding_bytes, Duration unknown) const {
  if (rate_ <= 0) return unknown;
  const double seconds = static_cast<double>(outstanding_bytes) / rate_;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, 1e6)));
}

}  // namespace stp::transfer
