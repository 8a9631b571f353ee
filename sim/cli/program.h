// The program `stp-sim`: arguments in, exit code out.
#pragma once

namespace stp::sim {

/// main() without its privileges: never ends the process itself.
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace stp::sim
