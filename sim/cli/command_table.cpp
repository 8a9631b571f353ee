#include "sim/cli/command_table.h"

#include <algorithm>
#include <array>

namespace stp::sim {
namespace {

constexpr Flag kSet{
    "set", "KEY=VALUE",
    "Change one value of the scenario, e.g. groups.leeches.count=200 or network.latency=king. Repeatable.", true};
constexpr Flag kJson{"json", nullptr, "Print the results as JSON."};
constexpr Flag kQuiet{"quiet", nullptr, "No progress, only results and errors."};
constexpr Flag kForce{"force", nullptr, "Overwrite what another scenario or sweep left in the output directory."};

constexpr std::array kRunFlags = {
    Flag{"seed", "N", "Seed of the run; decides everything together with the scenario. Default 1."},
    Flag{"seeds", "N", "Play this many seeds, from --seed on, and give means with 95 % intervals."},
    Flag{"jobs", "N", "With --seeds: so many runs at a time. Default: one a processor."},
    kSet,
    Flag{"out", "DIR", "Write results, plots and report.html there."},
    Flag{"trace", nullptr, "Also write trace.csv: every message, and what every host does."},
    Flag{"no-plots", nullptr, "Do not start gnuplot."},
    kForce,
    kJson,
    kQuiet,
};
constexpr std::array kSweepFlags = {
    Flag{"jobs", "N", "Play so many runs at a time. Default: one a processor. Under mpirun every rank plays one."},
    Flag{"out", "DIR", "Write results, table, plots and report.html there, and what is needed to resume."},
    Flag{"resume", nullptr, "Go on with what is in DIR: play only what is missing."},
    Flag{"dry-run", nullptr, "List the runs and play none."},
    Flag{"no-plots", nullptr, "Do not start gnuplot."},
    kForce,
    kJson,
    kQuiet,
};
constexpr std::array kFuzzFlags = {
    Flag{"seconds", "N", "Look for this long. Default 60; with --scenarios without a limit."},
    Flag{"scenarios", "N", "Play this many scenarios."},
    Flag{"seed", "N", "Seed of the first scenario; the next one has the next. Default 1."},
    Flag{"jobs", "N", "Play this many scenarios at a time. Default 1."},
    Flag{"limit", "SECONDS", "A scenario that plays longer than this has failed. Default 120."},
    Flag{"out", "DIR", "Where the failing scenario is written. Default: the current directory."},
    Flag{"replay", "FILE", "Check this one scenario, with --seed, instead of looking for one."},
    kQuiet,
};
constexpr std::array kCheckFlags = {kSet};
constexpr std::span<const Flag> kNoFlags;

constexpr std::array<CommandSpec, 6> kCommands = {{
    {Command::run, "run", "SCENARIO", 1, 1, "play a scenario",
     "SCENARIO is a file, or the name of a preset. Results are printed on stdout, progress on stderr. "
     "With --out, DIR gets\n"
     "summary.json, peers.csv, timeseries.csv, dht.csv, plots (by gnuplot, if it is there) and report.html. "
     "Exit code 7: the\ntime was over and some peers did not have everything.",
     "  stp-sim run flash-crowd --out results\n"
     "  stp-sim run bharambe --set groups.leeches.count=200 --seed 7\n"
     "  stp-sim run my-experiment.json --seeds 20 --json\n",
     kRunFlags},
    {Command::sweep, "sweep", "SWEEP.json", 1, 1, "play a scenario with many values and seeds",
     "SWEEP.json names a scenario, values of some of its settings, and seeds; "
     "every combination is played, each run in a\nprocess of its own. "
     "Ends with a table of means and 95 % intervals. "
     "A run that crashes is told with the command that\nreplays it, and the sweep goes on. "
     "Under mpirun the runs are shared between the ranks.",
     "  stp-sim sweep sizes.json --jobs 8 --out sizes\n"
     "  stp-sim sweep sizes.json --out sizes --resume\n"
     "  mpirun -n 64 stp-sim sweep sizes.json --out sizes\n",
     kSweepFlags},
    {Command::fuzz, "fuzz", "", 0, 0, "look for a scenario that breaks something",
     "Plays random small scenarios with the invariants of each host checked after its events, and checks what must be\n"
     "true of every run. The first that breaks something is made as small as possible and written to a file; exit\n"
     "code 1.",
     "  stp-sim fuzz --seconds 600 --jobs 4\n"
     "  stp-sim fuzz --replay fuzz-17.json --seed 17\n",
     kFuzzFlags},
    {Command::presets, "presets", "[NAME]", 0, 1, "list the presets, or print one",
     "Without NAME lists the experiments that come with the simulator. "
     "With NAME prints its JSON, to be copied and changed.",
     "  stp-sim presets\n"
     "  stp-sim presets flash-crowd > mine.json\n",
     kNoFlags},
    {Command::settings, "settings", "", 0, 0, "list the policies that a scenario can change",
     "Prints every setting of \"transfer\" and \"dht\" with what it takes, its default and its meaning, as "
     "docs/settings.md\n"
     "has them.",
     "  stp-sim settings\n"
     "  stp-sim run flash-crowd --set transfer.choker.interval=20s\n",
     kNoFlags},
    {Command::check, "check", "SCENARIO", 1, 1, "check a scenario and print it in full",
     "Prints the scenario with every value that it leaves out, or says what is wrong with it (exit code 2).",
     "  stp-sim check mine.json\n"
     "  stp-sim check flash-crowd --set network.latency=king\n",
     kCheckFlags},
}};

}  // namespace

std::span<const CommandSpec> command_table() {
  return kCommands;
}

const CommandSpec& spec_of(Command command) {
  return *std::ranges::find(kCommands, command, &CommandSpec::command);
}

const CommandSpec* find_command(std::string_view name) {
  const auto found = std::ranges::find_if(kCommands, [&](const CommandSpec& spec) { return spec.name == name; });
  return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace stp::sim
