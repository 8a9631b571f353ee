// The program `stp-sim`: arguments in, exit code out.
#pragma once

namespace stp::sim {

/// main() without side effects on the process: never ends it.
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace stp::sim
