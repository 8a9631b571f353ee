// The program `stp-sim`: see sim/cli/program.h.
#include "sim/cli/program.h"

int main(int argc, char** argv) {
  return stp::sim::run_program(argc, argv);
}
