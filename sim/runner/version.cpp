#include "sim/runner/version.h"

#ifndef STP_VERSION
#define STP_VERSION "development"
#endif

namespace stp::sim {

const char* version() {
  return STP_VERSION;
}

}  // namespace stp::sim
