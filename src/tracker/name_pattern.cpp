#include "tracker/name_pattern.h"

#include <algorithm>

#include "core/fold_case.h"
#include "core/utf8.h"

namespace stp::tracker {
namespace {

/// What else costs as much as one step of a glob: positions of a plain search, bytes compared at each of them, ranges
/// of a set.
constexpr std::size_t kPositionsPerStep = 16;
constexpr std::size_t kBytesPerPosition = 32;
constexpr std::size_t kRangesPerStep = 8;

/// A byte that is not part of UTF-8 counts as a character.
CodePoint character_of(std::string_view text) {
  const CodePoint first = first_code_point(text);
  return first.bytes > 0 ? first : CodePoint{static_cast<unsigned char>(text.front()), 1};
}

}  // namespace

std::uint64_t pair_bits(std::string_view folded) {
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i < folded.size(); ++i) {
    const auto pair = static_cast<std::uint32_t>(static_cast<unsigned char>(folded[i - 1]) << 8U |
                                                 static_cast<unsigned char>(folded[i]));
    bits |= std::uint64_t{1} << (pair * 0x9e3779b1U >> 26U);  // Fibonacci hashing to 6 bits
  }
  return bits;
}

NamePattern::NamePattern(std::string_view text) : text_(text), folded_(fold_case(text)) {
  if (folded_.find_first_of("*?[") != std::string::npos) compile();
  if (glob_.empty()) bits_ = pair_bits(folded_);
}

bool NamePattern::Element::accepts(char32_t other) const {
  if (kind == Kind::character) return code == other;
  if (kind == Kind::any) return true;
  const auto holds = [other](const auto& each) { return other >= each.first && other <= each.second; };
  return std::any_of(range.begin(), range.end(), holds) != negated;
}

void NamePattern::compile() {
  std::string literal;  // the characters since the last one that is not itself
  for (std::string_view rest = folded_; !rest.empty();) {
    const CodePoint first = character_of(rest);
    if (first.value == '*' || first.value == '?') {
      glob_.push_back({first.value == '*' ? Element::Kind::star : Element::Kind::any, 0, false, {}});
    } else if (first.value == '[' && take_set(rest)) {
      bits_ |= pair_bits(std::exchange(literal, {}));
      continue;
    } else {
      glob_.push_back({Element::Kind::character, first.value, false, {}});
      literal += rest.substr(0, first.bytes);
      rest.remove_prefix(first.bytes);
      continue;
    }
    bits_ |= pair_bits(std::exchange(literal, {}));
    rest.remove_prefix(first.bytes);
  }
  bits_ |= pair_bits(literal);
}

bool NamePattern::take_set(std::string_view& rest) {
  std::string_view at = rest.substr(1);
  Element set{Element::Kind::set, 0, false, {}};
  if (at.starts_with('!') || at.starts_with('^')) {
    set.negated = true;
    at.remove_prefix(1);
  }
  // As in a shell, a ']' that comes first is in the set.
  for (bool first = true; !at.empty(); first = false) {
    const CodePoint from = character_of(at);
    at.remove_prefix(from.bytes);
    if (from.value == ']' && !first) {
      glob_.push_back(std::move(set));
      rest = at;
      return true;
    }
    char32_t to = from.value;
    if (at.size() > 1 && at[0] == '-' && at[1] != ']') {
      const CodePoint last = character_of(at.substr(1));
      to = last.value;
      at.remove_prefix(1 + last.bytes);
    }
    set.range.emplace_back(from.value, to);
  }
  return false;
}

NamePattern::Match NamePattern::match(std::string_view name, std::string_view folded, std::uint64_t& steps) const {
  ++steps;
  if (folded_.empty()) return Match::part;
  if (name == text_) return Match::exact;
  if (folded == folded_) return Match::folded;
  if (!glob_.empty()) return glob_matches(folded, steps) ? Match::part : Match::none;
  if (folded.size() < folded_.size()) return Match::none;
  steps += (folded.size() - folded_.size()) * (1 + folded_.size() / kBytesPerPosition) / kPositionsPerStep;
  return folded.find(folded_) != std::string_view::npos ? Match::part : Match::none;
}

// After a mismatch only the last '*' has to take one character more: what an earlier one takes makes no difference.
bool NamePattern::glob_matches(std::string_view folded, std::uint64_t& steps) const {
  std::size_t element = 0;
  std::size_t after_star = glob_.size() + 1;  // none so far
  std::string_view rest = folded;
  std::string_view star_rest;
  while (!rest.empty()) {
    ++steps;
    const CodePoint next = character_of(rest);
    if (element < glob_.size() && glob_[element].kind == Element::Kind::star) {
      after_star = ++element;
      star_rest = rest;
    } else if (element < glob_.size() && glob_[element].accepts(next.value)) {
      steps += glob_[element].range.size() / kRangesPerStep;
      ++element;
      rest.remove_prefix(next.bytes);
    } else if (after_star <= glob_.size()) {
      star_rest.remove_prefix(character_of(star_rest).bytes);
      rest = star_rest;
      element = after_star;
    } else {
      return false;
    }
  }
  while (element < glob_.size() && glob_[element].kind == Element::Kind::star) ++element;
  return element == glob_.size();
}

}  // namespace stp::tracker
