#include "crypto/sha_instructions.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace stp::crypto {

#if defined(__x86_64__)

bool has_sha_instructions() {
  static const bool kHas = [] {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
  }();
  return kHas;
}

bool has_wide_vectors() {
  static const bool kHas = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  return kHas;
}

#else

bool has_sha_instructions() {
  return false;
}

bool has_wide_vectors() {
  return false;
}

#endif

}  // namespace stp::crypto
