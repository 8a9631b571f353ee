#include "core/result.h"

#include <cstdio>

namespace stp {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "stp: internal error: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace stp
