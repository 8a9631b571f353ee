#include "net/loopback_owner.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/digits.h"
#include "core/text.h"

namespace stp::net {
namespace {

constexpr std::string_view kEstablished = "01";  // TCP_ESTABLISHED

void append_hex(std::string& out, std::uint32_t number, int digits) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kDigits[(number >> shift) & 0xF];
}

/// As the kernel writes it: words of the address in the machine's order. `mapped`: an IPv4 address at an IPv6 socket.
std::string listed(const Endpoint& endpoint, bool mapped) {
  std::string out = mapped ? "0000000000000000FFFF0000" : "";
  const ByteSpan bytes = endpoint.address.bytes();
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    append_hex(out, word, 8);
  }
  out += ':';
  append_hex(out, endpoint.port, 4);
  return out;
}

std::vector<std::string_view> words_of(std::string_view line, std::size_t count) {
  std::vector<std::string_view> words;
  while (words.size() < count) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    words.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(words.back().size());
  }
  return words;
}

}  // namespace

std::optional<uid_t> owner_in_list(std::string_view list, const Endpoint& from, const Endpoint& to) {
  // sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid …
  constexpr std::size_t kLocal = 1, kRemote = 2, kState = 3, kUser = 7;
  const std::array<std::string, 2> locals = {listed(from, false), listed(from, true)};
  const std::array<std::string, 2> remotes = {listed(to, false), listed(to, true)};
  while (const std::optional<std::string_view> line = take_line(list)) {
    const std::vector<std::string_view> words = words_of(*line, kUser + 1);
    if (words.size() <= kUser || words[kState] != kEstablished) continue;
    const bool plain = words[kLocal] == locals[0] && words[kRemote] == remotes[0];
    const bool mapped = from.address.is_v4() && words[kLocal] == locals[1] && words[kRemote] == remotes[1];
    if (!plain && !mapped) continue;
    if (const std::optional<uid_t> user = parse_digits<uid_t>(words[kUser])) return user;
  }
  return std::nullopt;
}

std::optional<uid_t> loopback_owner(const Endpoint& from, const Endpoint& to) {
  for (const char* const file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(file);
    const std::string list{std::istreambuf_iterator<char>(in), {}};
    if (const std::optional<uid_t> user = owner_in_list(list, from, to)) return user;
  }
  return std::nullopt;
}

}  // namespace stp::net
