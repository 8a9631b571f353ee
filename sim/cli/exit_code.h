// What stp-sim returns to the shell; the same numbers as stp's (docs/cli.md "Exit codes").
#pragma once

#include "core/result.h"

namespace stp::sim {

enum class ExitCode : int {
  done = 0,
  error = 1,         // something failed, a run of a sweep crashed, or fuzz found something
  usage = 2,         // the command line, a scenario or a sweep is wrong
  incomplete = 7,    // the time was over before all peers had everything, in a scenario that waits for them
  interrupted = 130  // Ctrl-C; what had been reached was written
};

[[nodiscard]] inline ExitCode exit_code_of(ErrorKind kind) {
  return kind == ErrorKind::usage ? ExitCode::usage : ExitCode::error;
}

}  // namespace stp::sim
