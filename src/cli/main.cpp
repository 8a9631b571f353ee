// The program `stp`: see cli/run.h.
#include "cli/run.h"

int main(int argc, char** argv) {
  return stp::cli::run(argc, argv);
}
