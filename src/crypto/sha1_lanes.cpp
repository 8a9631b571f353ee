#include "crypto/sha1_lanes.h"

#include <algorithm>

#include "core/result.h"
#include "crypto/sha_instructions.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace stp::crypto {
namespace {

// FIPS 180-4 §5.3.1.
constexpr std::array<std::uint32_t, 5> kSha1Initial = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

using LaneData = std::array<const std::byte*, Sha1Lanes::kLanes>;

#if defined(__x86_64__)

#define STP_SHA1_NI __attribute__((target("sha,sse4.1,ssse3")))
#define STP_SHA1_WIDE __attribute__((target("avx512f,avx512bw")))

// --- one lane in the SHA unit

struct UnitLane {
  __m128i abcd;
  __m128i e[2];
  __m128i words[4];
};

// Four rounds: group `Group` of twenty.
template <std::size_t Group>
STP_SHA1_NI __attribute__((always_inline)) inline void unit_rounds(UnitLane& lane) {
  __m128i& e = lane.e[Group % 2];
  __m128i(&w)[4] = lane.words;
  const __m128i present = w[Group % 4];
  e = Group == 0 ? _mm_add_epi32(e, present) : _mm_sha1nexte_epu32(e, present);
  lane.e[(Group + 1) % 2] = lane.abcd;
  if constexpr (Group >= 3 && Group <= 18) w[(Group + 1) % 4] = _mm_sha1msg2_epu32(w[(Group + 1) % 4], present);
  lane.abcd = _mm_sha1rnds4_epu32(lane.abcd, e, Group / 5);
  if constexpr (Group >= 1 && Group <= 16) w[(Group + 3) % 4] = _mm_sha1msg1_epu32(w[(Group + 3) % 4], present);
  if constexpr (Group >= 2 && Group <= 17) w[(Group + 2) % 4] = _mm_xor_si128(w[(Group + 2) % 4], present);
}

template <std::size_t Group = 0>
STP_SHA1_NI __attribute__((always_inline)) inline void unit_block(UnitLane& lane) {
  if constexpr (Group < 20) {
    unit_rounds<Group>(lane);
    unit_block<Group + 1>(lane);
  }
}

STP_SHA1_NI void compress_in_unit(Sha1Lanes::State& state, std::size_t number, const std::byte* input,
                                  std::size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  const auto word = [&](std::size_t which) { return static_cast<int>(state[which][number]); };
  UnitLane lane;
  lane.abcd = _mm_set_epi32(word(0), word(1), word(2), word(3));
  lane.e[0] = _mm_set_epi32(word(4), 0, 0, 0);
  for (std::size_t block = 0; block < blocks; ++block) {
    const __m128i abcd = lane.abcd;
    const __m128i e = lane.e[0];
    const auto* const data = reinterpret_cast<const __m128i*>(input + block * Sha1Lanes::kBlockBytes);
    for (std::size_t i = 0; i < 4; ++i) lane.words[i] = _mm_shuffle_epi8(_mm_loadu_si128(data + i), big_endian);
    unit_block(lane);
    lane.e[0] = _mm_sha1nexte_epu32(lane.e[0], e);
    lane.abcd = _mm_add_epi32(lane.abcd, abcd);
  }
  alignas(16) std::array<std::uint32_t, 4> words{};  // d, c, b, a
  _mm_store_si128(reinterpret_cast<__m128i*>(words.data()), lane.abcd);
  for (std::size_t which = 0; which < 4; ++which) state[which][number] = words[3 - which];
  state[4][number] = static_cast<std::uint32_t>(_mm_extract_epi32(lane.e[0], 3));
}

// --- sixteen lanes in wide registers

// Row i of a 16 × 16 matrix of words becomes column i.
STP_SHA1_WIDE __attribute__((always_inline)) inline void transpose(__m512i (&rows)[16]) {
  __m512i pairs[16];
  for (std::size_t i = 0; i < 16; i += 4) {
    const __m512i low01 = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    const __m512i high01 = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    const __m512i low23 = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]);
    const __m512i high23 = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
    pairs[i] = _mm512_unpacklo_epi64(low01, low23);
    pairs[i + 1] = _mm512_unpackhi_epi64(low01, low23);
    pairs[i + 2] = _mm512_unpacklo_epi64(high01, high23);
    pairs[i + 3] = _mm512_unpackhi_epi64(high01, high23);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const __m512i even01 = _mm512_shuffle_i32x4(pairs[i], pairs[i + 4], 0x88);
    const __m512i odd01 = _mm512_shuffle_i32x4(pairs[i], pairs[i + 4], 0xdd);
    const __m512i even23 = _mm512_shuffle_i32x4(pairs[i + 8], pairs[i + 12], 0x88);
    const __m512i odd23 = _mm512_shuffle_i32x4(pairs[i + 8], pairs[i + 12], 0xdd);
    rows[i] = _mm512_shuffle_i32x4(even01, even23, 0x88);
    rows[i + 4] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
    rows[i + 12] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
  }
}

struct WideState {
  __m512i a, b, c, d, e;
};

// §6.1.2. The function of twenty rounds is a truth table of b, c and d: b ? c : d, b ^ c ^ d, their majority, b ^ c ^ d.
constexpr std::array<int, 4> kWideLogic = {0xca, 0x96, 0xe8, 0x96};
constexpr std::array<std::uint32_t, 4> kWideConstants = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

// The rounds from `Round` on, unrolled so that all words stay in registers.
template <std::size_t Round>
STP_SHA1_WIDE __attribute__((always_inline)) inline void wide_rounds(const WideState& s, __m512i (&w)[16],
                                                                     WideState& result) {
  if constexpr (Round == 80) {
    result = s;
  } else {
    if constexpr (Round >= 16) {
      const __m512i three =
          _mm512_ternarylogic_epi32(w[(Round + 13) % 16], w[(Round + 8) % 16], w[(Round + 2) % 16], 0x96);
      w[Round % 16] = _mm512_rol_epi32(_mm512_xor_si512(three, w[Round % 16]), 1);
    }
    constexpr int kLogic = kWideLogic[Round / 20];  // an immediate operand
    const __m512i constant = _mm512_set1_epi32(static_cast<int>(kWideConstants[Round / 20]));
    const __m512i logic = _mm512_ternarylogic_epi32(s.b, s.c, s.d, kLogic);
    const __m512i rest = _mm512_add_epi32(_mm512_add_epi32(s.e, constant), w[Round % 16]);
    const __m512i sum = _mm512_add_epi32(_mm512_rol_epi32(s.a, 5), _mm512_add_epi32(logic, rest));
    wide_rounds<Round + 1>({sum, s.a, _mm512_rol_epi32(s.b, 30), s.c, s.d}, w, result);
  }
}

// Lanes that are not in `active` have any readable input, and keep their state.
STP_SHA1_WIDE void compress_wide(Sha1Lanes::State& state, const LaneData& inputs, std::size_t blocks,
                                 std::uint32_t active) {
  const __m512i big_endian =
      _mm512_set4_epi64(0x0c0d0e0f08090a0b, 0x0405060700010203, 0x0c0d0e0f08090a0b, 0x0405060700010203);
  WideState s = {_mm512_load_si512(state[0].data()), _mm512_load_si512(state[1].data()),
                 _mm512_load_si512(state[2].data()), _mm512_load_si512(state[3].data()),
                 _mm512_load_si512(state[4].data())};
  for (std::size_t block = 0; block < blocks; ++block) {
    const WideState before = s;
    __m512i w[16];
    for (std::size_t lane = 0; lane < 16; ++lane) {
      w[lane] = _mm512_shuffle_epi8(_mm512_loadu_si512(inputs[lane] + block * Sha1Lanes::kBlockBytes), big_endian);
    }
    transpose(w);
    wide_rounds<0>(before, w, s);
    s.a = _mm512_add_epi32(s.a, before.a);
    s.b = _mm512_add_epi32(s.b, before.b);
    s.c = _mm512_add_epi32(s.c, before.c);
    s.d = _mm512_add_epi32(s.d, before.d);
    s.e = _mm512_add_epi32(s.e, before.e);
  }
  const auto mask = static_cast<__mmask16>(active);
  _mm512_mask_store_epi32(state[0].data(), mask, s.a);
  _mm512_mask_store_epi32(state[1].data(), mask, s.b);
  _mm512_mask_store_epi32(state[2].data(), mask, s.c);
  _mm512_mask_store_epi32(state[3].data(), mask, s.d);
  _mm512_mask_store_epi32(state[4].data(), mask, s.e);
}

// From how many lanes on the wide registers are faster than the SHA unit.
constexpr std::size_t kWideFrom = 5;

void compress_lanes(Sha1Lanes::State& state, std::span<const std::size_t> active, LaneData inputs, std::size_t blocks,
                    bool wide) {
  if (wide && active.size() >= kWideFrom) {
    std::uint32_t mask = 0;
    for (const std::size_t lane : active) mask |= 1U << lane;
    for (std::size_t lane = 0; lane < Sha1Lanes::kLanes; ++lane) {
      if ((mask >> lane & 1U) == 0) inputs[lane] = inputs[active[0]];
    }
    return compress_wide(state, inputs, blocks, mask);
  }
  for (const std::size_t lane : active) compress_in_unit(state, lane, inputs[lane], blocks);
}

#else

void compress_lanes(Sha1Lanes::State&, std::span<const std::size_t>, const LaneData&, std::size_t, bool) {
  STP_ASSERT(false);
}

#endif  // __x86_64__

}  // namespace

Sha1Lanes::Means Sha1Lanes::best() {
  if (!has_sha_instructions()) return Means::libcrypto;
  return has_wide_vectors() ? Means::wide_vectors : Means::sha_instructions;
}

Sha1Lanes::Sha1Lanes(Means means) : means_(means) {
  if (means_ == Means::libcrypto) plain_.resize(kLanes);
  for (std::size_t lane = 0; lane < kLanes; ++lane) begin(lane);
}

void Sha1Lanes::begin(std::size_t lane) {
  bytes_[lane] = 0;
  for (std::size_t word = 0; word < state_.size(); ++word) state_[word][lane] = kSha1Initial[word];
  if (means_ == Means::libcrypto) plain_[lane] = Sha1();
}

void Sha1Lanes::update(std::span<const ByteSpan, kLanes> inputs) {
  LaneData at{};
  std::array<std::size_t, kLanes> left{};  // blocks
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    STP_ASSERT(inputs[lane].size() % kBlockBytes == 0);
    bytes_[lane] += inputs[lane].size();
    at[lane] = inputs[lane].data();
    left[lane] = inputs[lane].size() / kBlockBytes;
    if (means_ == Means::libcrypto && left[lane] > 0) plain_[lane].update(inputs[lane]);
  }
  if (means_ == Means::libcrypto) return;
  for (;;) {
    std::array<std::size_t, kLanes> active{};
    std::size_t count = 0;
    std::size_t blocks = SIZE_MAX;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (left[lane] == 0) continue;
      active[count++] = lane;
      blocks = std::min(blocks, left[lane]);
    }
    if (count == 0) return;
    const auto lanes = std::span(active).first(count);
    compress_lanes(state_, lanes, at, blocks, means_ == Means::wide_vectors);
    for (const std::size_t lane : lanes) {
      left[lane] -= blocks;
      at[lane] += blocks * kBlockBytes;
    }
  }
}

Sha1Digest Sha1Lanes::digest(std::size_t lane, ByteSpan tail) const {
  if (means_ == Means::libcrypto) {
    Sha1 rest = plain_[lane];
    rest.update(tail);
    return rest.finish();
  }
  // §5.1.1: the rest, a one bit, zeros and the length in bits.
  const std::size_t whole = tail.size() - tail.size() % kBlockBytes;
  std::array<std::byte, 2 * kBlockBytes> last{};
  const ByteSpan rest = tail.subspan(whole);
  std::ranges::copy(rest, last.begin());
  last[rest.size()] = std::byte{0x80};
  const std::size_t last_bytes = rest.size() + 9 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
  store_be(last.data() + last_bytes - 8, (bytes_[lane] + tail.size()) * 8);
  alignas(64) State state = state_;
  const std::array<std::size_t, 1> one = {lane};
  LaneData at{};
  at[lane] = tail.data();
  if (whole > 0) compress_lanes(state, one, at, whole / kBlockBytes, false);
  at[lane] = last.data();
  compress_lanes(state, one, at, last_bytes / kBlockBytes, false);
  Sha1Digest digest{};
  for (std::size_t word = 0; word < state.size(); ++word) store_be(digest.data() + 4 * word, state[word][lane]);
  return digest;
}

}  // namespace stp::crypto
