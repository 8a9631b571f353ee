// The main() of a fuzz target in a build without libFuzzer: runs it on every file of its seed directory, on every
// prefix of each file and with each byte changed. A target without seeds fails, because it would test nothing.
//
//   fuzz_NAME DIRECTORY|FILE…     replays; a FILE (a reproducer) is run as it is, without variations
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Defined by targets that need a set-up; libFuzzer calls it once too.
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

using Bytes = std::vector<std::uint8_t>;

// Positions of a seed that are varied: all of a small one, evenly spread ones of a large one.
constexpr std::size_t kVariedPositionsMax = 2048;
// A seed of one megabyte times all its prefixes is more than a test should read.
constexpr std::size_t kVariedBytesMax = 32U << 20U;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Runs the target on a copy of exactly the input's size (never null, as with libFuzzer), so that AddressSanitizer sees
// a read past its end.
void run(const std::uint8_t* data, std::size_t size) {
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(data, size, exact.get());
  static_cast<void>(LLVMFuzzerTestOneInput(exact.get(), size));
}

std::size_t run_variations(const Bytes& seed) {
  const std::size_t positions =
      std::min({seed.size(), kVariedPositionsMax, kVariedBytesMax / std::max<std::size_t>(seed.size(), 1)});
  for (std::size_t i = 0; i < positions; ++i) {
    const std::size_t position = i * seed.size() / positions;
    run(seed.data(), position);
    Bytes changed = seed;
    // Ones that reach other branches of a decoder: the sign bit, the lowest bit, the largest length byte.
    for (const std::uint8_t value : {static_cast<std::uint8_t>(seed[position] ^ 0x80U),
                                     static_cast<std::uint8_t>(seed[position] ^ 0x01U), std::uint8_t{0xff}}) {
      changed[position] = value;
      run(changed.data(), changed.size());
    }
  }
  return 4 * positions;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  std::size_t files = 0;
  std::size_t variations = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (std::filesystem::is_regular_file(path)) {
      const Bytes input = read_file(path);
      run(input.data(), input.size());
      ++files;
      continue;
    }
    std::error_code error;
    std::vector<std::filesystem::path> seeds(std::filesystem::directory_iterator(path, error), {});
    std::sort(seeds.begin(), seeds.end());
    for (const std::filesystem::path& seed : seeds) {
      const Bytes input = read_file(seed);
      run(input.data(), input.size());
      variations += run_variations(input);
      ++files;
    }
  }
  if (files == 0) {
    std::fprintf(stderr, "no seeds: give a directory with at least one file\n");
    return 1;
  }
  std::printf("replayed %zu inputs and %zu variations\n", files, variations);
  return 0;
}
