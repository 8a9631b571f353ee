// The whole program: arguments in, exit code out.
#pragma once

namespace stp::cli {

/// What main() does. Returns the process's exit code (console/exit_code.h).
[[nodiscard]] int run(int argc, char** argv);

}  // namespace stp::cli
