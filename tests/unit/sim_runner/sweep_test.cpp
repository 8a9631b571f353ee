// A sweep with workers that play nothing: what is handed out, kept, repeated and reported.
#include "sim/runner/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>

#include "content/small_file.h"
#include "sim/runner/sweep_files.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_hash.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (fs::temp_directory_path() / "stp-sim-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDirectory() { fs::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Answers orders at once, the last one first, with figures made of seed and scenario.
class FakeWorkers final : public SweepWorkers {
 public:
  std::vector<std::uint64_t> fails = {};  // seeds
  std::size_t played = 0;

  [[nodiscard]] std::size_t capacity() const override { return 3; }
  [[nodiscard]] std::size_t busy() const override { return orders_.size(); }
  [[nodiscard]] Status start(RunOrder order) override {
    orders_.push_back(std::move(order));
    return Done{};
  }
  [[nodiscard]] std::optional<RunAnswer> wait(std::chrono::milliseconds) override {
    const RunOrder order = std::move(orders_.back());
    orders_.pop_back();
    ++played;
    if (std::ranges::find(fails, order.seed) != fails.end()) return RunAnswer{order.id, false, "", "signal 6"};
    const Result<Scenario> scenario = parse_scenario(order.scenario);
    EXPECT_TRUE(scenario);
    PlayedRun run;
    run.scenario_hash = scenario_hash(*scenario);
    run.seed = order.seed;
    run.figures = {{"makespan", static_cast<double>(order.seed) / 3 + scenario->shares[0].chunks}};
    return RunAnswer{order.id, true, to_line(run), ""};
  }

 private:
  std::deque<RunOrder> orders_;
};

SweepPlan flash_crowd_plan(const std::string& more) {
  const Preset* preset = find_preset("flash-crowd");
  const ScenarioLoader load = [&](const std::string&) {
    return Result<ScenarioSource>(ScenarioSource{"flash-crowd", std::string(preset->text)});
  };
  Result<SweepPlan> plan = parse_sweep(R"({"scenario": "flash-crowd", "figures": ["makespan"], )" + more + "}", load);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return *std::move(plan);
}
const char* const kTwoByThree = R"("seeds": 3, "parameters": {"share.chunks": [10, 20]})";

class Sweep : public testing::Test {
 protected:
  Result<SweepJournal> open(const SweepPlan& plan, SweepJournal::Mode mode) {
    return SweepJournal::open(file(), plan, mode);
  }
  SweepOutcome play(const SweepPlan& plan, FakeWorkers& workers, SweepJournal::Mode mode) {
    Result<SweepJournal> journal = open(plan, mode);
    EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
    Result<SweepOutcome> outcome = play_sweep(plan, workers, &journal.value(), {});
    EXPECT_TRUE(outcome);
    return *std::move(outcome);
  }
  [[nodiscard]] fs::path file() const { return temp_.path() / kJournalName; }
  [[nodiscard]] std::string text() const { return content::read_small_file(file(), 1 << 20).value(); }
  void write(const std::string& contents) const {
    ASSERT_TRUE(content::replace_file(file(), contents, content::Sync::no, content::kAnybody));
  }

 private:
  TempDirectory temp_;
};

TEST_F(Sweep, RunsKeepTheOrderOfThePlanWhoeverEndsFirst) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  FakeWorkers workers;
  const Result<SweepOutcome> outcome = play_sweep(plan, workers, nullptr, {});
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->runs.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(outcome->runs[i]);
    EXPECT_EQ(outcome->runs[i]->seed, i % 3 + 1);
    EXPECT_EQ(outcome->runs[i]->scenario_hash, plan.cells[i / 3].scenario_hash);
  }
}

TEST_F(Sweep, FailedRunIsToldAndTheOthersGoOn) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  FakeWorkers workers;
  workers.fails = {2};
  std::vector<std::uint64_t> told;
  SweepHooks hooks;
  hooks.on_failure = [&](const FailedRun& failed) { told.push_back(failed.run.cell); };
  const Result<SweepOutcome> outcome = play_sweep(plan, workers, nullptr, hooks);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(told.size(), 2U);
  ASSERT_EQ(outcome->failed.size(), 2U);
  EXPECT_EQ(outcome->failed[0].run.cell, 0U);
  EXPECT_EQ(outcome->failed[1].run.cell, 1U);
  EXPECT_EQ(std::ranges::count_if(outcome->runs, [](const auto& run) { return run.has_value(); }), 4);
  EXPECT_EQ(table_of(plan, *outcome).rows[0].failed, 1U);
}

TEST_F(Sweep, ResumedSweepPlaysOnlyWhatIsMissingAndGivesTheSameTable) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  FakeWorkers first;
  first.fails = {3};
  play(plan, first, SweepJournal::Mode::fresh);
  FakeWorkers second;
  const SweepOutcome resumed = play(plan, second, SweepJournal::Mode::resume);
  EXPECT_EQ(second.played, 2U);
  FakeWorkers all;
  const Result<SweepOutcome> at_once = play_sweep(plan, all, nullptr, {});
  EXPECT_EQ(results_csv(plan, resumed), results_csv(plan, *at_once));
}

TEST_F(Sweep, MoreSeedsGoOnWithTheOldOnes) {
  FakeWorkers first;
  play(flash_crowd_plan(R"("seeds": 2)"), first, SweepJournal::Mode::fresh);
  FakeWorkers second;
  play(flash_crowd_plan(R"("seeds": 5)"), second, SweepJournal::Mode::resume);
  EXPECT_EQ(second.played, 3U);
}

TEST_F(Sweep, HalfALineAtTheEndIsCutOffAndPlayedAgain) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  FakeWorkers first;
  play(plan, first, SweepJournal::Mode::fresh);
  const std::string whole = text();
  write(whole.substr(0, whole.size() - 10));
  FakeWorkers second;
  play(plan, second, SweepJournal::Mode::resume);
  EXPECT_EQ(second.played, 1U);
  EXPECT_EQ(std::ranges::count(text(), '\n'), 7);
  FakeWorkers third;
  play(plan, third, SweepJournal::Mode::resume);
  EXPECT_EQ(third.played, 0U);
}

TEST_F(Sweep, JournalCutAtAnyByteIsResumed) {
  const SweepPlan plan = flash_crowd_plan(R"("seeds": 2)");
  FakeWorkers first;
  play(plan, first, SweepJournal::Mode::fresh);
  const std::string whole = text();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write(whole.substr(0, size));
    FakeWorkers again;
    play(plan, again, SweepJournal::Mode::resume);
    EXPECT_EQ(std::ranges::count(text(), '\n'), 3) << "cut at " << size;
  }
}

TEST_F(Sweep, DamageInTheMiddleIsRefused) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  FakeWorkers workers;
  play(plan, workers, SweepJournal::Mode::fresh);
  std::string damaged = text();
  damaged[damaged.find("seed\"", damaged.find('\n'))] = '#';
  write(damaged);
  const Result<SweepJournal> journal = open(plan, SweepJournal::Mode::resume);
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().message, HasSubstr("damaged at byte"));
}

TEST_F(Sweep, AnotherSweepIsRefused) {
  FakeWorkers workers;
  play(flash_crowd_plan(kTwoByThree), workers, SweepJournal::Mode::fresh);
  const Result<SweepJournal> journal = open(flash_crowd_plan(R"("seeds": 3)"), SweepJournal::Mode::resume);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().kind, ErrorKind::exists);
  EXPECT_THAT(journal.error().message, HasSubstr("another sweep"));
}

TEST_F(Sweep, SameSweepWantsToBeAskedToResume) {
  FakeWorkers workers;
  play(flash_crowd_plan(kTwoByThree), workers, SweepJournal::Mode::fresh);
  const Result<SweepJournal> journal = open(flash_crowd_plan(kTwoByThree), SweepJournal::Mode::fresh);
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().message, HasSubstr("--resume"));
}

TEST_F(Sweep, ForceBeginsAgain) {
  FakeWorkers first;
  play(flash_crowd_plan(kTwoByThree), first, SweepJournal::Mode::fresh);
  FakeWorkers second;
  play(flash_crowd_plan(kTwoByThree), second, SweepJournal::Mode::force);
  EXPECT_EQ(second.played, 6U);
}

TEST_F(Sweep, InterruptionKeepsWhatWasPlayed) {
  const SweepPlan plan = flash_crowd_plan(kTwoByThree);
  {
    Result<SweepJournal> journal = open(plan, SweepJournal::Mode::fresh);
    FakeWorkers workers;
    SweepHooks hooks;
    hooks.on_progress = [](const SweepProgress& progress) { return progress.done < 2; };
    const Result<SweepOutcome> outcome = play_sweep(plan, workers, &journal.value(), hooks);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->interrupted);
  }
  FakeWorkers rest;
  play(plan, rest, SweepJournal::Mode::resume);
  EXPECT_EQ(rest.played, 4U);
}

TEST(PlayedRun, LineIsReadBackExactly) {
  PlayedRun run;
  run.scenario_hash = 0xfedcba9876543210;
  run.seed = UINT64_MAX;
  run.trace_hash = 1;
  run.all_complete = true;
  run.figures = {{"a", 1.0 / 3}, {"b", 1e300}, {"c", -0.1}};
  run.curves = {{"completion", {{0.125, 1.0 / 3}, {7, 100}}}, {"leeches", {{0, 5}}}};
  const Result<PlayedRun> read = parse_played_run(to_line(run));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, run);
}

TEST(PlayedRun, WrongLinesAreRefused) {
  for (const char* line :
       {"", "{", "[]", "{}", R"({"scenario_hash": 1})",
        R"({"scenario_hash": "xyz", "seed": 1, "trace_hash": "0", "figures": {}})",
        R"({"scenario_hash": "0", "seed": -1, "trace_hash": "0", "all_complete": true, "figures": {}})",
        R"({"scenario_hash": "0", "seed": 1, "trace_hash": "0", "all_complete": 1, "figures": {}})",
        R"({"scenario_hash": "0", "seed": 1, "trace_hash": "0", "all_complete": true, "figures": {"a": "b"}})",
        R"({"scenario_hash": "0", "seed": 1, "trace_hash": "0", "all_complete": true, "figures": {}})"}) {
    EXPECT_FALSE(parse_played_run(line)) << line;
  }
}

TEST(PlayedRun, WrongCurvesAreRefused) {
  const auto with = [](const std::string& curves) {
    return parse_played_run(
        R"({"scenario_hash": "0", "seed": 1, "trace_hash": "0", "all_complete": true, "figures": {},)"
        R"("curves": )" +
        curves + "}");
  };
  EXPECT_TRUE(with(R"({"completion": [[1, 1, 2], [0, 5, 9]]})"));
  std::string many = "0";
  for (std::size_t i = 0; i < kCurvePointsMax; ++i) many += ", 1";
  for (const std::string& curves :
       {std::string("[]"), std::string(R"({"other": [[1], [0]]})"), std::string(R"({"completion": [[], []]})"),
        std::string(R"({"completion": [[1], [0, 1]]})"), std::string(R"({"completion": [[1]]})"),
        std::string(R"({"completion": [[2, 1], [0, 1]]})"), std::string(R"({"completion": [["1"], [0]]})"),
        R"({"completion": [[)" + many + "], [" + many + "]]}"}) {
    EXPECT_FALSE(with(curves)) << curves;
  }
}

}  // namespace
}  // namespace stp::sim
