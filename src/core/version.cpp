#include "core/version.h"

#include <algorithm>

#ifndef STP_VERSION
#error "the build defines STP_VERSION: see src/core/CMakeLists.txt"
#endif

namespace stp {
namespace {

constexpr std::string_view kVersion = STP_VERSION;

/// Major, minor and patch of "1.2.3".
constexpr std::array<unsigned, 3> numbers() {
  std::array<unsigned, 3> parts{};
  std::size_t at = 0;
  for (const char c : kVersion) {
    if (c == '.') {
      ++at;
    } else {
      parts.at(at) = parts.at(at) * 10 + static_cast<unsigned>(c - '0');
    }
  }
  return parts;
}
constexpr std::array<unsigned, 3> kNumbers = numbers();
static_assert(*std::max_element(kNumbers.begin(), kNumbers.end()) < 36, "a peer id has one digit for each");

std::byte digit(unsigned number) {
  return static_cast<std::byte>("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]);
}

}  // namespace

std::string_view version() {
  return kVersion;
}

std::string http_agent() {
  return "stp/" + std::string(kVersion);
}

std::array<std::byte, 8> peer_id_prefix() {
  return {std::byte{'-'},
          static_cast<std::byte>(kClientLetters[0]),
          static_cast<std::byte>(kClientLetters[1]),
          digit(kNumbers[0]),
          digit(kNumbers[1]),
          digit(kNumbers[2]),
          std::byte{'0'},
          std::byte{'-'}};
}

std::array<std::byte, 4> dht_client_version() {
  return {static_cast<std::byte>(kClientLetters[0]), static_cast<std::byte>(kClientLetters[1]),
          static_cast<std::byte>(kNumbers[0]), static_cast<std::byte>(kNumbers[1])};
}

}  // namespace stp
