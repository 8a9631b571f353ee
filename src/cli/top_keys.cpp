#include "cli/top_keys.h"

#include <algorithm>
#include <optional>

#include "core/utf8.h"

namespace stp::cli {
namespace {

struct Sequence {
  std::string_view bytes;
  Key key;
};

constexpr Sequence kSequences[] = {
    {"\x1b[A", Key::up},       {"\x1bOA", Key::up},         {"\x1b[B", Key::down},    {"\x1bOB", Key::down},
    {"\x1b[5~", Key::page_up}, {"\x1b[6~", Key::page_down}, {"\x1b[H", Key::home},    {"\x1bOH", Key::home},
    {"\x1b[1~", Key::home},    {"\x1b[F", Key::end},        {"\x1bOF", Key::end},     {"\x1b[4~", Key::end},
    {"\r", Key::enter},        {"\n", Key::enter},          {"\x7f", Key::backspace}, {"\b", Key::backspace},
};

/// The length of the sequence at the beginning of `bytes`, which begins with an escape: CSI or SS3, parameters, a letter.
std::size_t length_of_sequence(std::string_view bytes) {
  if (bytes.size() < 2 || (bytes[1] != '[' && bytes[1] != 'O')) return 1;
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] >= 0x40 && bytes[i] <= 0x7e) return i + 1;
  }
  return bytes.size();
}

}  // namespace

std::vector<KeyPress> keys_in(std::string_view bytes) {
  std::vector<KeyPress> keys;
  while (!bytes.empty()) {
    const auto* const known = std::find_if(std::begin(kSequences), std::end(kSequences),
                                           [&](const Sequence& each) { return bytes.starts_with(each.bytes); });
    if (known != std::end(kSequences)) {
      keys.push_back({known->key});
      bytes.remove_prefix(known->bytes.size());
    } else if (bytes.front() == '\x1b') {
      const std::size_t length = length_of_sequence(bytes);
      if (length == 1) keys.push_back({Key::escape});
      bytes.remove_prefix(length);
    } else {
      const std::size_t length = std::max<std::size_t>(first_code_point(bytes).bytes, 1);
      const auto first = static_cast<unsigned char>(bytes.front());
      if (first >= 0x20) keys.push_back({Key::text, std::string(bytes.substr(0, length))});
      bytes.remove_prefix(length);
    }
  }
  return keys;
}

}  // namespace stp::cli
