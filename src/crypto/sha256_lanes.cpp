#include "crypto/sha256_lanes.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/result.h"
#include "crypto/sha256.h"
#include "crypto/sha_instructions.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace stp::crypto {
namespace {

#if defined(__x86_64__)

constexpr std::size_t kLanes = 4;
constexpr std::size_t kBlockBytes = 64;  // of SHA-256, not of a share
#define STP_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

// FIPS 180-4 §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
alignas(16) constexpr std::array<std::uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The eight words of a hash as the instructions expect them: two registers, high word first.
struct State {
  __m128i abef;
  __m128i cdgh;
};
using States = std::array<State, kLanes>;
using Inputs = std::array<const std::byte*, kLanes>;

// Takes `blocks` blocks of each lane into its state.
STP_SHA_TARGET void compress(States& states, const Inputs& inputs, std::size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  for (std::size_t block = 0; block < blocks; ++block) {
    const States before = states;
    __m128i words[kLanes][4];  // the last sixteen words of each message schedule
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto* const data = reinterpret_cast<const __m128i*>(inputs[lane] + block * kBlockBytes);
      for (std::size_t i = 0; i < 4; ++i) words[lane][i] = _mm_shuffle_epi8(_mm_loadu_si128(data + i), big_endian);
    }
#pragma GCC unroll 16
    for (std::size_t group = 0; group < 16; ++group) {  // of four rounds
      const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants.data()) + group);
#pragma GCC unroll 4
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        State& state = states[lane];
        __m128i(&w)[4] = words[lane];
        const __m128i sum = _mm_add_epi32(w[group % 4], constants);
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sum, 0x0e));
        if (group >= 12) continue;  // the schedule is complete
        const __m128i nine_back = _mm_alignr_epi8(w[(group + 3) % 4], w[(group + 2) % 4], 4);
        const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(w[group % 4], w[(group + 1) % 4]), nine_back);
        w[group % 4] = _mm_sha256msg2_epu32(partial, w[(group + 3) % 4]);
      }
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      states[lane].abef = _mm_add_epi32(states[lane].abef, before[lane].abef);
      states[lane].cdgh = _mm_add_epi32(states[lane].cdgh, before[lane].cdgh);
    }
  }
}

STP_SHA_TARGET Hash256 hash_in(const State& state) {
  alignas(16) std::array<std::uint32_t, 4> abef{};  // lowest word first: f, e, b, a
  alignas(16) std::array<std::uint32_t, 4> cdgh{};
  _mm_store_si128(reinterpret_cast<__m128i*>(abef.data()), state.abef);
  _mm_store_si128(reinterpret_cast<__m128i*>(cdgh.data()), state.cdgh);
  const std::array<std::uint32_t, 8> words = {abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]};
  Hash256 hash;
  for (std::size_t i = 0; i < words.size(); ++i) store_be(hash.bytes.data() + 4 * i, words[i]);
  return hash;
}

// Four inputs of equal length.
STP_SHA_TARGET void hash_four(std::span<const ByteSpan> inputs, std::span<Hash256> hashes) {
  // FIPS 180-4 §5.3.3: the fractional parts of the square roots of the first eight primes.
  const State initial = {
      _mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c)),
      _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19)};
  States states;
  states.fill(initial);
  const std::size_t bytes = inputs[0].size();
  const std::size_t whole = bytes - bytes % kBlockBytes;
  Inputs at{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) at[lane] = inputs[lane].data();
  compress(states, at, whole / kBlockBytes);

  // §5.1.1: the rest, a one bit, zeros and the length in bits.
  const std::size_t rest = bytes - whole;
  const std::size_t tail_bytes = rest + 9 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
  std::array<std::array<std::byte, 2 * kBlockBytes>, kLanes> tails{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const ByteSpan tail = inputs[lane].subspan(whole);
    std::copy(tail.begin(), tail.end(), tails[lane].begin());
    tails[lane][rest] = std::byte{0x80};
    store_be(tails[lane].data() + tail_bytes - 8, std::uint64_t{bytes} * 8);
    at[lane] = tails[lane].data();
  }
  compress(states, at, tail_bytes / kBlockBytes);
  for (std::size_t lane = 0; lane < kLanes; ++lane) hashes[lane] = hash_in(states[lane]);
}

#endif  // __x86_64__

}  // namespace

void sha256_many(std::span<const ByteSpan> inputs, std::span<Hash256> hashes) {
  STP_ASSERT(inputs.size() == hashes.size());
  std::size_t i = 0;
#if defined(__x86_64__)
  if (has_sha_instructions()) {
    while (inputs.size() - i >= kLanes) {
      const std::span<const ByteSpan> four = inputs.subspan(i, kLanes);
      const bool equal =
          std::all_of(four.begin(), four.end(), [&](ByteSpan input) { return input.size() == four[0].size(); });
      if (equal) {
        hash_four(four, hashes.subspan(i, kLanes));
        i += kLanes;
      } else {
        hashes[i] = sha256(inputs[i]);
        ++i;
      }
    }
  }
#endif
  for (; i < inputs.size(); ++i) hashes[i] = sha256(inputs[i]);
}

}  // namespace stp::crypto
