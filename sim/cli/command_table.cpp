#include "sim/cli/command_table.h"

#include <array>

namespace stp::sim {
namespace {

using console::Flag;
using console::Shape;

constexpr std::uint32_t bit(Command command) {
  return console::bit_of(static_cast<std::size_t>(command));
}

constexpr std::uint32_t kRun = bit(Command::run);
constexpr std::uint32_t kSweep = bit(Command::sweep);
constexpr std::uint32_t kFuzz = bit(Command::fuzz);
constexpr std::uint32_t kCheck = bit(Command::check);

// A flag with another meaning for another command has a row for each.
constexpr std::array kFlags = {
    Flag{"seed", 0, Shape::value, "N", "Seed of the run; decides everything together with the scenario. Default 1.",
         kRun},
    Flag{"seeds", 0, Shape::value, "N", "Play this many seeds, from --seed on, and give means with 95 % intervals.",
         kRun},
    Flag{"jobs", 0, Shape::value, "N", "With --seeds: play this many runs at a time. Default: one per processor.",
         kRun},
    Flag{"jobs", 0, Shape::value, "N",
         "Play this many runs at a time. Default: one per processor. Under mpirun every rank plays one.", kSweep},
    Flag{"seconds", 0, Shape::value, "N", "Search for this long. Default 60; with --scenarios without a limit.", kFuzz},
    Flag{"scenarios", 0, Shape::value, "N", "Play this many scenarios.", kFuzz},
    Flag{"seed", 0, Shape::value, "N", "Seed of the first scenario; the next scenario has the next seed. Default 1.",
         kFuzz},
    Flag{"jobs", 0, Shape::value, "N", "Play this many scenarios at a time. Default 1.", kFuzz},
    Flag{"limit", 0, Shape::value, "SECONDS", "A scenario that plays longer than this has failed. Default 120.", kFuzz},
    Flag{"set", 0, Shape::list, "KEY=VALUE",
         "Change one value of the scenario, e.g. groups.leeches.count=200 or network.latency=king. Repeatable.",
         kRun | kCheck},
    Flag{"out", 0, Shape::value, "DIR", "Write results, plots and report.html there.", kRun},
    Flag{"out", 0, Shape::value, "DIR",
         "Write results, table, plots and report.html there, and what is needed to resume.", kSweep},
    Flag{"out", 0, Shape::value, "DIR", "Where the failing scenario is written. Default: the current directory.",
         kFuzz},
    Flag{"replay", 0, Shape::value, "FILE", "Check this one scenario, with --seed, instead of looking for one.", kFuzz},
    Flag{"resume", 0, Shape::flag, "", "Resume the sweep in DIR: play only what is missing.", kSweep},
    Flag{"dry-run", 0, Shape::flag, "", "List the runs without playing any.", kSweep},
    Flag{"trace", 0, Shape::flag, "", "Also write trace.csv: every message, and every action of a host.", kRun},
    Flag{"no-plots", 0, Shape::flag, "", "Do not start gnuplot.", kRun | kSweep},
    Flag{"force", 0, Shape::flag, "", "Overwrite results of another scenario or sweep in the output directory.",
         kRun | kSweep},
    Flag{"json", 0, Shape::flag, "", "Print the results as JSON.", kRun | kSweep},
    Flag{"quiet", 'q', Shape::flag, "", "No progress, only results and errors.", kRun | kSweep | kFuzz},
};

// In the order of Command.
constexpr std::array kCommands = {
    console::Command{
        "run", "SCENARIO", 1, 1, "write `stp-sim run SCENARIO`", "play a scenario",
        "SCENARIO is a file, or the name of a preset. Results are printed on stdout, progress on stderr. With --out, "
        "DIR gets summary.json, peers.csv, timeseries.csv, dht.csv, plots (by gnuplot, if installed) and "
        "report.html. Exit code 7: time was up and some peers did not have everything.",
        "  stp-sim run flash-crowd --out results\n"
        "  stp-sim run bharambe --set groups.leeches.count=200 --seed 7\n"
        "  stp-sim run my-experiment.json --seeds 20 --json\n",
        "presets"},
    console::Command{
        "sweep", "SWEEP.json", 1, 1, "write `stp-sim sweep SWEEP.json`", "play a scenario with many values and seeds",
        "SWEEP.json names a scenario, values of some of its settings, and seeds; every combination is played, each run "
        "in a process of its own. Ends with a table of means and 95 % intervals. A run that crashes is reported with "
        "the command that replays it, and the sweep continues. Under mpirun the runs are shared between the ranks.",
        "  stp-sim sweep sizes.json --jobs 8 --out sizes\n"
        "  stp-sim sweep sizes.json --out sizes --resume\n"
        "  mpirun -n 64 stp-sim sweep sizes.json --out sizes\n"},
    console::Command{"fuzz", "", 0, 0, "", "look for a scenario that breaks something",
                     "Plays small random scenarios, checks the invariants of hosts and links meanwhile, and "
                     "checks what must be true of every run. The first that breaks something is made as small as "
                     "possible and written to a file; exit code 1.",
                     "  stp-sim fuzz --seconds 600 --jobs 4\n"
                     "  stp-sim fuzz --replay fuzz-17.json --seed 17\n"},
    console::Command{"presets", "[NAME]", 0, 1, "", "list the presets, or print one",
                     "Without NAME, lists the experiments that come with the simulator. With NAME, prints its JSON, to "
                     "be copied and changed.",
                     "  stp-sim presets\n"
                     "  stp-sim presets flash-crowd > mine.json\n",
                     "presets"},
    console::Command{
        "settings", "", 0, 0, "", "list the policies that a scenario can change",
        "Prints every setting of \"transfer\" and \"dht\" with its values, its default and its meaning, as "
        "docs/settings.md has them.",
        "  stp-sim settings\n"
        "  stp-sim run flash-crowd --set transfer.choker.interval=20s\n"},
    console::Command{
        "check", "SCENARIO", 1, 1, "write `stp-sim check SCENARIO`", "check a scenario and print it in full",
        "Prints the scenario with every value that it leaves out, or says what is wrong with it (exit code 2).",
        "  stp-sim check mine.json\n"
        "  stp-sim check flash-crowd --set network.latency=king\n",
        "presets"},
};

}  // namespace

const console::Program kProgram = {
    "stp-sim",
    "stp-sim plays stp's own code, for thousands of peers, in virtual time.",
    kCommands,
    kFlags,
    "",
    "`stp-sim run flash-crowd`",
    "stp-sim run flash-crowd",
    "  stp-sim run flash-crowd --out results\n"
    "  stp-sim sweep sizes.json --jobs 8 --out sizes\n"
    "  stp-sim fuzz --seconds 600 --jobs 4\n"
    "  stp-sim presets flash-crowd > mine.json\n"
    "  stp-sim check mine.json\n",
    "Exit codes: 0 done; 1 error; 2 usage; 7 time was up before all peers had everything;\n"
    "9 disk full, or a limit on file sizes; 130 interrupted.\n"};

}  // namespace stp::sim
