#include "sim/runner/sweep.h"

#include <algorithm>
#include <map>

#include "sim/runner/run.h"
#include "sim/runner/sweep_forecast.h"

namespace stp::sim {
namespace {

using Clock = std::chrono::steady_clock;

class SweepPlayer {
 public:
  SweepPlayer(const SweepPlan& plan, SweepWorkers& workers, SweepJournal* journal, const SweepHooks& hooks)
      : plan_(plan),
        workers_(workers),
        journal_(journal),
        hooks_(hooks),
        start_(Clock::now()),
        forecast_(work_of(plan)),
        waiting_(plan.cells.size(), 0) {
    outcome_.runs.resize(plan.runs());
  }

  Result<SweepOutcome> play() {
    reuse();
    for (std::size_t i = 0; i < outcome_.runs.size(); ++i) waiting_[run_at(plan_, i).cell] += !outcome_.runs[i];
    for (;;) {
      if (Status started = hand_out(); !started) return started.error();
      if (workers_.busy() == 0) break;
      if (const std::optional<RunAnswer> answer = workers_.wait(kProgressEvery)) {
        if (Status kept = keep(*answer); !kept) return kept.error();
      }
      if (hooks_.on_progress && !hooks_.on_progress(progress())) {
        outcome_.interrupted = true;
        break;
      }
    }
    std::sort(outcome_.failed.begin(), outcome_.failed.end(),
              [&](const FailedRun& a, const FailedRun& b) { return index_of(a.run) < index_of(b.run); });
    return std::move(outcome_);
  }

 private:
  /// Takes over the runs that an earlier call has played.
  void reuse() {
    if (journal_ == nullptr) return;
    for (std::size_t i = 0; i < outcome_.runs.size(); ++i) {
      const SweepRun run = run_at(plan_, i);
      const auto found = journal_->played().find({plan_.cells[run.cell].scenario_hash, run.seed});
      if (found == journal_->played().end()) continue;
      outcome_.runs[i] = found->second;
      ++reused_;
    }
  }

  static std::vector<double> work_of(const SweepPlan& plan) {
    std::vector<double> work;
    for (const SweepCell& cell : plan.cells) work.push_back(cell.work);
    return work;
  }

  /// Seed by seed: after the first round the time for a run of each cell is known, and an interrupted sweep has some
  /// runs of every cell.
  [[nodiscard]] std::size_t in_order(std::size_t n) const {
    const std::size_t seeds = plan_.seeds.size();
    return n % plan_.cells.size() * seeds + n / plan_.cells.size();
  }

  Status hand_out() {
    while (workers_.busy() < workers_.capacity()) {
      while (next_ < outcome_.runs.size() && outcome_.runs[in_order(next_)]) ++next_;
      if (next_ == outcome_.runs.size()) break;
      const std::size_t index = in_order(next_);
      const SweepRun run = run_at(plan_, index);
      if (Status s = workers_.start({index, plan_.cells[run.cell].scenario, run.seed}); !s) return s;
      started_[index] = Clock::now();
      --waiting_[run.cell];
      ++next_;
    }
    return Done{};
  }

  Status keep(const RunAnswer& answer) {
    const SweepRun run = run_at(plan_, answer.id);
    if (const auto began = started_.find(answer.id); began != started_.end()) {
      forecast_.add(run.cell, std::chrono::duration<double>(Clock::now() - began->second).count());
      started_.erase(began);
    }
    if (!answer.ok) return fail(run, answer.why);
    Result<PlayedRun> played = parse_played_run(answer.line);
    if (!played) return fail(run, played.error().message);
    if (played->seed != run.seed || played->scenario_hash != plan_.cells[run.cell].scenario_hash) {
      return fail(run, "error: the answer is that of another run; do all ranks run the same version?");
    }
    if (journal_ != nullptr) {
      if (Status appended = journal_->append(*played); !appended) return appended;
    }
    outcome_.runs[answer.id] = *std::move(played);
    ++played_;
    return Done{};
  }

  Status fail(const SweepRun& run, const std::string& why) {
    outcome_.failed.push_back({run, why});
    if (hooks_.on_failure) hooks_.on_failure(outcome_.failed.back());
    return Done{};
  }

  [[nodiscard]] SweepProgress progress() const {
    SweepProgress p;
    p.total = plan_.runs();
    p.failed = outcome_.failed.size();
    p.done = reused_ + played_ + p.failed;
    p.running = workers_.busy();
    p.elapsed = Clock::now() - start_;
    std::vector<SweepForecast::Running> running;
    for (const auto& [index, began] : started_) {
      running.push_back({run_at(plan_, index).cell, std::chrono::duration<double>(Clock::now() - began).count()});
    }
    if (const auto rest = forecast_.rest(waiting_, running, workers_.capacity())) {
      p.expected = std::chrono::duration<double>(*rest);
    }
    return p;
  }

  [[nodiscard]] std::size_t index_of(const SweepRun& run) const {
    const auto seed = std::find(plan_.seeds.begin(), plan_.seeds.end(), run.seed) - plan_.seeds.begin();
    return run.cell * plan_.seeds.size() + static_cast<std::size_t>(seed);
  }

  const SweepPlan& plan_;
  SweepWorkers& workers_;
  SweepJournal* journal_;
  const SweepHooks& hooks_;
  Clock::time_point start_;
  SweepForecast forecast_;
  std::vector<std::size_t> waiting_;                    // runs to be started, by cell
  std::map<std::uint64_t, Clock::time_point> started_;  // start times of the runs being played
  SweepOutcome outcome_;
  std::size_t next_ = 0;
  std::size_t reused_ = 0;
  std::size_t played_ = 0;
};

}  // namespace

Result<SweepOutcome> play_sweep(const SweepPlan& plan, SweepWorkers& workers, SweepJournal* journal,
                                const SweepHooks& hooks) {
  return SweepPlayer(plan, workers, journal, hooks).play();
}

}  // namespace stp::sim
