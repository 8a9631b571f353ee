#include "core/fold_case.h"

#include <cstdint>

#include "core/utf8.h"

namespace stp {
namespace {

/// Every `step`-th code point from `first` to `last` folds to the one `distance` behind it.
struct FoldedRange {
  char32_t first;
  char32_t last;
  std::int32_t distance;
  char32_t step;
};

// Ascending, for code points of two and three bytes.
constexpr FoldedRange kFoldedRanges[] = {
    {0x00c0, 0x00d6, 32, 1},   {0x00d8, 0x00de, 32, 1}, {0x0100, 0x012e, 1, 2},    {0x0132, 0x0136, 1, 2},
    {0x0139, 0x0147, 1, 2},    {0x014a, 0x0176, 1, 2},  {0x0178, 0x0178, -121, 1}, {0x0179, 0x017d, 1, 2},
    {0x017f, 0x017f, -268, 1}, {0x0386, 0x0386, 38, 1}, {0x0388, 0x038a, 37, 1},   {0x038c, 0x038c, 64, 1},
    {0x038e, 0x038f, 63, 1},   {0x0391, 0x03a1, 32, 1}, {0x03a3, 0x03ab, 32, 1},   {0x03c2, 0x03c2, 1, 1},
    {0x0400, 0x040f, 80, 1},   {0x0410, 0x042f, 32, 1}, {0x0460, 0x0480, 1, 2},    {0x048a, 0x04be, 1, 2},
    {0x04c1, 0x04cd, 1, 2},    {0x04d0, 0x052e, 1, 2},  {0x0531, 0x0556, 48, 1},   {0x1e00, 0x1e94, 1, 2},
    {0x1ea0, 0x1efe, 1, 2},    {0xff21, 0xff3a, 32, 1},
};

char32_t folded_code_point(char32_t code) {
  for (const FoldedRange& range : kFoldedRanges) {
    if (code < range.first) break;
    if (code <= range.last && (code - range.first) % range.step == 0) {
      return static_cast<char32_t>(static_cast<std::int32_t>(code) + range.distance);
    }
  }
  return code;
}

/// What folds is at most three bytes long.
void append_utf8(std::string& out, char32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xe0U | code >> 12U);
    out += static_cast<char>(0x80U | (code >> 6U & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (first.bytes == 1) {
      const char c = text.front();
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (first.bytes == 0 || first.bytes > 3) {
      out += text.substr(0, first.bytes == 0 ? 1 : first.bytes);
    } else {
      append_utf8(out, folded_code_point(first.value));
    }
    text.remove_prefix(first.bytes == 0 ? 1 : first.bytes);
  }
  return out;
}

}  // namespace stp
