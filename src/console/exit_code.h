// The exit codes of `stp`. The numbers are part of stp's contract with scripts (docs/cli.md "Exit codes").
#pragma once

#include "core/result.h"

namespace stp::console {

enum class ExitCode : int {
  done = 0,          // everything asked for was done
  error = 1,         // something failed; the last line on stderr says what
  usage = 2,         // the command line, an environment variable, the configuration or a link is wrong
  incomplete = 7,    // work is left: nobody had it, nothing arrived for --timeout, or Ctrl-C; run it again to resume
  disk_full = 9,     // no space left; run it again when there is some
  integrity = 32,    // bytes do not match their hash, and nobody had correct ones
  interrupted = 130  // a second Ctrl-C
};

/// The only place where kinds of errors become exit codes.
[[nodiscard]] ExitCode exit_code_of(ErrorKind kind);

/// "usage", "disk_full", ...: the kind's name in JSON events.
[[nodiscard]] const char* name_of(ErrorKind kind);

}  // namespace stp::console
