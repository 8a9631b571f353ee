#include "sim/cli/help.h"

#include <algorithm>

#include "sim/runner/mpi_job.h"
#include "sim/runner/version.h"

namespace stp::sim {
namespace {

constexpr std::size_t kColumn = 20;  // where descriptions begin
constexpr std::size_t kColumnsMax = 100;

/// `left` and, from kColumn on, `text` broken at blanks.
std::string row(std::string left, const std::string& text) {
  std::string out = "  " + std::move(left);
  if (out.size() + 2 > kColumn) {
    out += "\n" + std::string(kColumn, ' ');
  } else {
    out.resize(kColumn, ' ');
  }
  std::size_t column = kColumn;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (column > kColumn) {
      const bool fits = column + 1 + (end - begin) <= kColumnsMax;
      out += fits ? " " : "\n" + std::string(kColumn, ' ');
      column = fits ? column + 1 : kColumn;
    }
    out.append(text, begin, end - begin);
    column += end - begin;
    begin = end + 1;
  }
  return out + "\n";
}

std::string overview() {
  std::string out =
      "stp-sim plays stp's own code, for thousands of peers, in virtual time.\n\n"
      "Usage: stp-sim COMMAND [FLAGS]\n\n";
  for (const CommandSpec& spec : command_table()) out += row(spec.name, spec.summary);
  out += "\n`stp-sim COMMAND --help` shows a command's flags. `stp-sim --version` shows the version.\n\nExamples:\n";
  for (const CommandSpec& spec : command_table()) {
    const std::string examples = spec.examples;
    out += examples.substr(0, examples.find('\n') + 1);
  }
  return out +
         "\nExit codes: 0 done; 1 error; 2 usage; 7 the time was over before all had everything; 130 interrupted.\n";
}

}  // namespace

std::string help_text(std::optional<Command> command) {
  if (!command) return overview();
  const CommandSpec& spec = spec_of(*command);
  std::string out = std::string("Usage: stp-sim ") + spec.name;
  if (*spec.operands != '\0') out += std::string(" ") + spec.operands;
  out += spec.flags.empty() ? "\n\n" : " [FLAGS]\n\n";
  out += std::string(spec.description) + "\n\n";
  for (const Flag& flag : spec.flags) {
    out += row("--" + std::string(flag.name) + (flag.metavar != nullptr ? std::string(" ") + flag.metavar : ""),
               flag.help);
  }
  if (!spec.flags.empty()) out += "\n";
  return out + "Examples:\n" + spec.examples;
}

std::string version_text() {
  const std::string mpi = mpi_description();
  return std::string("stp-sim ") + version() + (mpi.empty() ? " (built without MPI)" : " (" + mpi + ")");
}

}  // namespace stp::sim
