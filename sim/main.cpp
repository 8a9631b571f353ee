// The program `stp-sim`: see sim/cli/program.h.
#include "sim/cli/program.h"

#ifdef STP_WITH_JEMALLOC
/// Read by jemalloc before main(): memory in huge pages. See jemalloc(3), "TUNING".
extern "C" const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always";
#endif

int main(int argc, char** argv) {
  return stp::sim::run_program(argc, argv);
}
