// NamePattern: what a search of the catalogue asks for: a part of the name, or a glob for all of it. Case is ignored
// (core/fold_case.h).
//
//   holiday        names that contain it
//   *.iso          a glob, because it has '*', '?' or '[': '*' any text, '?' one character, [a-z0-9], [!a-z]
//
// A name that is exactly the text matches as well, whatever characters are in it. A '[' without its ']' is itself.
//
// The pattern and the names come from strangers: matching costs at most (name × pattern) steps, which are counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stp::tracker {

/// Which pairs of bytes occur in a folded name, as a set of 64 bits: whatever contains a text has all of its bits.
[[nodiscard]] std::uint64_t pair_bits(std::string_view folded);

class NamePattern {
 public:
  /// `text` is UTF-8; empty: matches every name.
  explicit NamePattern(std::string_view text);

  /// How close a name is, when it matches.
  enum class Match : std::uint8_t { none, part, folded, exact };
  /// `folded` is the folded `name`. Adds the steps taken to `steps`.
  [[nodiscard]] Match match(std::string_view name, std::string_view folded, std::uint64_t& steps) const;

  /// The pair_bits() of a name that matches include these.
  [[nodiscard]] std::uint64_t bits() const { return bits_; }

 private:
  struct Element {
    enum class Kind : std::uint8_t { character, any, star, set };
    Kind kind = Kind::character;
    char32_t code = 0;                                 // character
    bool negated = false;                              // set
    std::vector<std::pair<char32_t, char32_t>> range;  // set
    [[nodiscard]] bool accepts(char32_t other) const;
  };

  void compile();
  /// The set behind the '[' that `rest` begins with, taken off `rest`; false if it has no end.
  [[nodiscard]] bool take_set(std::string_view& rest);
  [[nodiscard]] bool glob_matches(std::string_view folded, std::uint64_t& steps) const;

  std::string text_;
  std::string folded_;
  std::vector<Element> glob_;  // empty: not a glob
  std::uint64_t bits_ = 0;
};

}  // namespace stp::tracker
