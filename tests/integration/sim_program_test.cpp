// The program `stp-sim` itself: exit codes, files, rejections, determinism, sweeps that are killed, ranks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "integration/process.h"
#include "integration/temp_tree.h"

namespace stp::integration {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

/// A flash crowd that is over in a blink.
const Words kTiny = {"--set", "groups.leeches.count=5", "--set", "share.chunks=8"};

class SimProgram : public testing::Test {
 protected:
  Process& start(Words words, Words before = {}) {
    before.emplace_back(STP_SIM_BINARY);
    before.insert(before.end(), words.begin(), words.end());
    ProcessOptions options;
    options.arguments = std::move(before);
    options.directory = dir();
    const char* path = std::getenv("PATH");
    options.environment = {{"PATH", path != nullptr ? path : "/usr/bin:/bin"},
                           {"TMPDIR", "/tmp"},  // a job's sockets need short names
                           {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                           {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"}};
    processes_.push_back(std::make_unique<Process>(std::move(options)));
    return *processes_.back();
  }
  /// The same, under a limit that a shell sets.
  Process& start_limited(const std::string& limit, Words words) {
    return start(std::move(words), {"/bin/sh", "-c", limit + R"(; exec "$@")", "sh"});
  }
  /// Runs it to its end, which must have this exit code.
  Process& run(Words words, int exit_code = 0) {
    Process& process = start(std::move(words));
    EXPECT_EQ(process.wait(), exit_code) << process.report();
    return process;
  }
  Process& run_tiny(Words more, int exit_code = 0) {
    Words words = {"run", "flash-crowd"};
    words.insert(words.end(), kTiny.begin(), kTiny.end());
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words), exit_code);
  }
  [[nodiscard]] fs::path dir() const { return temp_.path(); }
  [[nodiscard]] std::string text(const fs::path& file) const { return read_file(dir() / file); }
  /// Two values × three seeds.
  void write_sweep(const std::string& name = "sweep.json", const std::string& leeches = "5") {
    write_file(dir() / name, R"({"scenario": "flash-crowd", "set": {"groups.leeches.count": )" + leeches + R"(},
        "parameters": {"share.chunks": [4, 8]}, "seeds": 3, "figures": ["completion.mean", "makespan"]})");
  }

 private:
  TempDirectory temp_;
  std::vector<std::unique_ptr<Process>> processes_;  // destroyed before temp_
};

TEST_F(SimProgram, AFileThatMayNotGrowIsAnErrorAndNoDeath) {
  Process& limited = start_limited("ulimit -f 1", {"run", "flash-crowd", kTiny[0], kTiny[1], kTiny[2], kTiny[3],
                                                   "--out", "results", "--trace", "--no-plots"});
  EXPECT_EQ(limited.wait(), 9) << limited.report();
  EXPECT_THAT(limited.err(), HasSubstr("files are limited to 512 B (ulimit -f)"));
}

TEST_F(SimProgram, RunTellsItsSummaryAndWritesItsFiles) {
  Process& process = run_tiny({"--out", "results", "--no-plots"});
  EXPECT_THAT(process.out(), HasSubstr("completion.mean"));
  for (const char* name : {"summary.json", "scenario.json", "peers.csv", "timeseries.csv", "dht.csv", "report.html"}) {
    EXPECT_FALSE(text(fs::path("results") / name).empty()) << name;
  }
  EXPECT_FALSE(fs::exists(dir() / "results" / ".stp-sim.part"));
}

TEST_F(SimProgram, JsonOnStdoutIsTheSummaryFile) {
  Process& process = run_tiny({"--out", "results", "--no-plots", "--json"});
  EXPECT_EQ(process.out(), text("results/summary.json"));
  EXPECT_EQ(json::parse(process.out()).at("all_complete"), true);
}

TEST_F(SimProgram, SameSeedGivesSameBytesAndAnotherSeedDoesNot) {
  run_tiny({"--out", "a", "--no-plots", "--trace", "--seed", "3"});
  run_tiny({"--out", "b", "--no-plots", "--trace", "--seed", "3"});
  run_tiny({"--out", "c", "--no-plots", "--trace", "--seed", "4"});
  for (const auto& [name, contents] : contents_of(dir() / "a")) {
    if (name == "cost.json" || name == "report.html") continue;  // both tell what the run took on this machine
    EXPECT_EQ(contents, text(fs::path("b") / name)) << name;
  }
  EXPECT_NE(text("a/trace.csv"), text("c/trace.csv"));
  EXPECT_GT(text("a/trace.csv").size(), 1000U);
}

TEST_F(SimProgram, WrittenScenarioGivesTheSameRunAgain) {
  run_tiny({"--out", "a", "--no-plots"});
  run({"run", "a/scenario.json", "--out", "b", "--no-plots"});
  EXPECT_EQ(text("a/summary.json"), text("b/summary.json"));
}

TEST_F(SimProgram, ResultsOfAnotherScenarioAreNotOverwritten) {
  run_tiny({"--out", "results", "--no-plots"});
  const std::string before = text("results/summary.json");
  Process& refused = run_tiny({"--out", "results", "--no-plots", "--set", "share.chunks=9"}, 1);
  EXPECT_THAT(refused.err(), HasSubstr("results of another scenario"));
  EXPECT_EQ(text("results/summary.json"), before);
  run_tiny({"--out", "results", "--no-plots", "--seed", "2"});
  run_tiny({"--out", "results", "--no-plots", "--set", "share.chunks=9", "--force"});
  EXPECT_NE(text("results/summary.json"), before);
}

TEST_F(SimProgram, TimeThatIsOverBeforeAllAreCompleteIsExitCodeSeven) {
  Process& process = run_tiny({"--set", "duration=12s"}, 7);
  EXPECT_THAT(process.err(), HasSubstr("before all peers had everything"));
  EXPECT_THAT(process.out(), HasSubstr("unfinished"));
}

TEST_F(SimProgram, UsageErrorsAreOneLineAndExitTwo) {
  write_file(dir() / "broken.json", "{\"groups\": [");
  write_file(dir() / "typo.json", R"({"extends": "flash-crowd", "netwrok": {}})");
  for (const Words& words :
       {Words{}, Words{"rnu"}, Words{"run"}, Words{"run", "flash-crowdd"}, Words{"run", "missing.json"},
        Words{"run", "broken.json"}, Words{"run", "typo.json"}, Words{"run", "flash-crowd", "--seed", "x"},
        Words{"run", "flash-crowd", "--trace"}, Words{"run", "flash-crowd", "--set", "nonsense"},
        Words{"sweep", "missing.json"}, Words{"sweep", "typo.json"}, Words{"check", "typo.json"},
        Words{"presets", "nonsense"}, Words{"fuzz", "--seconds", "0"}}) {
    Process& process = start(words);
    EXPECT_EQ(process.wait(), 2) << process.report();
    EXPECT_THAT(process.err(), StartsWith("stp-sim: "));
    EXPECT_EQ(std::ranges::count(process.err(), '\n'), 1) << process.report();
    EXPECT_EQ(process.out(), "") << process.report();
  }
}

TEST_F(SimProgram, CheckPrintsAScenarioThatIsThePresetInFull) {
  write_file(dir() / "full.json", run({"check", "flash-crowd"}).out());
  EXPECT_EQ(run({"check", "full.json"}).out(), text("full.json"));
  EXPECT_THAT(run({"presets"}).out(), HasSubstr("flash-crowd"));
  EXPECT_THAT(run({"presets", "flash-crowd"}).out(), HasSubstr("\"groups\""));
}

TEST_F(SimProgram, CtrlCWritesWhatWasReached) {
  Process& process = start({"run", "bharambe", "--set", "duration=90d", "--set", "until=duration", "--out", "results",
                            "--no-plots", "--json"});
  while (!fs::exists(dir() / "results" / ".stp-sim.part")) {  // it is made when signals are already caught
    ASSERT_FALSE(process.wait_until_exit(std::chrono::milliseconds(2))) << process.report();
  }
  EXPECT_EQ(process.interrupt(), 130) << process.report();
  EXPECT_EQ(process.out(), text("results/summary.json"));
  EXPECT_LT(json::parse(process.out()).at("ended_s"), 90 * 86400);
}

TEST_F(SimProgram, SweepGivesTheSameResultsWithOneJobAndWithTwo) {
  write_sweep();
  run({"sweep", "sweep.json", "--jobs", "1", "--out", "one", "--no-plots"});
  run({"sweep", "sweep.json", "--jobs", "2", "--out", "two", "--no-plots"});
  for (const char* name : {"results.csv", "sweep.csv", "sweep.json", "curves.csv", "report.html"}) {
    EXPECT_EQ(text(fs::path("one") / name), text(fs::path("two") / name)) << name;
  }
  EXPECT_THAT(text("one/results.csv"), HasSubstr("share.chunks,seed,"));
}

TEST_F(SimProgram, SeedsOfARunAreASweepOfOneCell) {
  Process& process = run_tiny({"--seeds", "3", "--json"});
  const json table = json::parse(process.out());
  EXPECT_TRUE(table.is_object());
  EXPECT_THAT(run_tiny({"--seeds", "3"}).out(), HasSubstr("±"));
}

TEST_F(SimProgram, KilledSweepIsResumedToTheSameResults) {
#ifdef STP_SANITIZED
  write_sweep("sweep.json", "20");
#else
  write_sweep("sweep.json", "60");  // not over before it is killed
#endif
  run({"sweep", "sweep.json", "--jobs", "2", "--out", "whole", "--no-plots"});
  Process& killed = start({"sweep", "sweep.json", "--jobs", "1", "--out", "cut", "--no-plots"});
  const fs::path journal = dir() / "cut" / "results.jsonl";
  const auto lines = [&] { return fs::exists(journal) ? std::ranges::count(read_file(journal), '\n') : 0; };
  while (lines() < 3 && !killed.wait_until_exit(std::chrono::milliseconds(2))) {
  }
  killed.kill();
  ASSERT_GE(lines(), 3);
  run({"sweep", "sweep.json", "--out", "cut", "--no-plots"}, 1);
  run({"sweep", "sweep.json", "--out", "cut", "--resume", "--no-plots"});
  EXPECT_EQ(text("whole/results.csv"), text("cut/results.csv"));
}

TEST_F(SimProgram, AnotherSweepInTheSameDirectoryIsRefused) {
  write_sweep();
  write_sweep("other.json", "6");
  run({"sweep", "sweep.json", "--out", "results", "--no-plots"});
  EXPECT_THAT(run({"sweep", "other.json", "--out", "results", "--resume"}, 1).err(), HasSubstr("another sweep"));
  run_tiny({"--out", "results"}, 1);
}

TEST_F(SimProgram, DryRunListsCommandsThatPlayTheRuns) {
  write_sweep();
  Process& process = run({"sweep", "sweep.json", "--dry-run", "--out", "results"});
  const std::vector<std::string> lines = process.out_lines();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "stp-sim run flash-crowd --set groups.leeches.count=5 --set share.chunks=4 --seed 1");
  EXPECT_FALSE(fs::exists(dir() / "results"));
}

TEST_F(SimProgram, FuzzReplaysAScenarioThatIsInOrder) {
  write_file(dir() / "tiny.json", R"({"extends": "flash-crowd", "check-invariants": true,
      "shares": [{"name": "share", "chunks": 4}], "groups": [{"name": "leeches", "count": 6}]})");
  EXPECT_THAT(run({"fuzz", "--replay", "tiny.json", "--seed", "5"}).out(), HasSubstr("nothing is wrong"));
}

class SimRanks : public SimProgram {
 protected:
  void SetUp() override {
#ifdef STP_SANITIZED
    GTEST_SKIP() << "Open MPI is not built for sanitizers: they report its leaks and races as ours";
#endif
    if (run({"--version"}).out().find("without MPI") != std::string::npos)
      GTEST_SKIP() << "stp-sim was built without MPI";
    for (const char* place : {"/usr/bin/mpirun", "/usr/local/bin/mpirun"}) {
      if (fs::exists(place)) mpirun_ = place;
    }
    if (mpirun_.empty()) GTEST_SKIP() << "mpirun is not installed";
    write_sweep("sweep.json", "60");
  }
  Process& start_ranks(const char* count, Words words) {
    return start(std::move(words), {mpirun_, "--oversubscribe", "-n", count});
  }

 private:
  std::string mpirun_;
};

TEST_F(SimRanks, GiveTheSameResultsAsProcesses) {
  run({"sweep", "sweep.json", "--jobs", "2", "--out", "jobs", "--no-plots"});
  Process& ranks = start_ranks("3", {"sweep", "sweep.json", "--out", "ranks", "--no-plots"});
  EXPECT_EQ(ranks.wait(), 0) << ranks.report();
  for (const char* name : {"results.csv", "sweep.csv", "sweep.json", "curves.csv", "report.html"}) {
    EXPECT_EQ(text(fs::path("jobs") / name), text(fs::path("ranks") / name)) << name;
  }
}

TEST_F(SimRanks, UsageErrorIsToldOnceAndEndsTheJob) {
  write_file(dir() / "typo.json", R"({"scenario": "flash-crowd", "sede": 3})");
  Process& ranks = start_ranks("3", {"sweep", "typo.json"});
  EXPECT_EQ(ranks.wait(), 2) << ranks.report();
  std::size_t told = 0;
  for (std::size_t at = 0; (at = ranks.err().find("unknown key", at)) != std::string::npos; ++at) ++told;
  EXPECT_EQ(told, 1U) << ranks.report();
}

TEST_F(SimRanks, DeathOfARankEndsTheJobAndTheRestIsResumed) {
  write_sweep("long.json", "120");
  Process& ranks = start_ranks("3", {"sweep", "long.json", "--out", "ranks", "--no-plots"});
  // A rank is a child of mpirun; any of them will do.
  const std::string children =
      "/proc/" + std::to_string(ranks.pid()) + "/task/" + std::to_string(ranks.pid()) + "/children";
  const fs::path journal = dir() / "ranks" / "results.jsonl";
  while ((!fs::exists(journal) || std::ranges::count(read_file(journal), '\n') < 2) &&
         !ranks.wait_until_exit(std::chrono::milliseconds(2))) {
  }
  ASSERT_TRUE(ranks.running()) << ranks.report();
  const std::string pids = read_file(children);
  const long last = std::strtol(pids.substr(pids.find_last_of(' ', pids.size() - 2) + 1).c_str(), nullptr, 10);
  ASSERT_GT(last, 1) << pids;
  ASSERT_EQ(::kill(static_cast<pid_t>(last), SIGKILL), 0);
  EXPECT_GT(ranks.wait(), 0) << ranks.report();
  run({"sweep", "long.json", "--out", "ranks", "--resume", "--no-plots"});
  run({"sweep", "long.json", "--out", "jobs", "--no-plots"});
  EXPECT_EQ(text("jobs/results.csv"), text("ranks/results.csv"));
}

}  // namespace
}  // namespace stp::integration
