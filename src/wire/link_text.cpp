#include "wire/link_text.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/text.h"

namespace stp::wire {
namespace {

constexpr std::array<std::string_view, 2> kSchemes = {"magnet:", "stp:"};

// Blanks and characters of zero width: nobody sees them in copied text.
constexpr std::string_view kBlanks[] = {
    " ",
    "\t",
    "\v",
    "\f",
    "\xc2\xa0",      // no-break space
    "\xef\xbb\xbf",  // byte order mark
    "\xe2\x80\x8b",
    "\xe2\x80\x8c",
    "\xe2\x80\x8d",
    "\xe2\x80\x8e",
    "\xe2\x80\x8f",  // zero width, direction marks
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",  // line and paragraph separator
    "\xe2\x81\xa0",
    "\xe2\x81\xa6",
    "\xe2\x81\xa7",
    "\xe2\x81\xa8",
    "\xe2\x81\xa9",  // word joiner, isolates
    "\xe3\x80\x80",  // ideographic space
};

struct Quote {
  std::string_view open;
  std::string_view close;
};
// None of the closing ones is ever part of an unescaped link.
constexpr Quote kQuotes[] = {
    {"<", ">"},
    {"\"", "\""},
    {"`", "`"},
    {"*", "*"},
    {"\xe2\x80\x9c", "\xe2\x80\x9d"},  // “ ”
    {"\xe2\x80\x9e", "\xe2\x80\x9c"},  // „ “
    {"\xe2\x80\x98", "\xe2\x80\x99"},  // ‘ ’
    {"\xc2\xab", "\xc2\xbb"},          // « »
    {"\xc2\xbb", "\xc2\xab"},          // » «
};
constexpr std::string_view kSentenceEnds[] = {".", ",", ";", "!", "'", "\xe2\x80\xa6"};

constexpr std::string_view kOpening = "([{";
constexpr std::string_view kClosing = ")]}";
// Quotes around quotes; nobody writes more than this.
constexpr std::size_t kQuotesMax = 16;

bool take_front(std::string_view& text, std::string_view piece) {
  if (!text.starts_with(piece)) return false;
  text.remove_prefix(piece.size());
  return true;
}

bool take_back(std::string_view& text, std::string_view piece) {
  if (!text.ends_with(piece)) return false;
  text.remove_suffix(piece.size());
  return true;
}

bool begins_like_link(std::string_view text) {
  return std::ranges::any_of(
      kSchemes, [&](std::string_view scheme) { return ascii_lower(text.substr(0, scheme.size())) == scheme; });
}

/// Where the bracket that closes one in front of `text` is; its size when there is none.
std::size_t unbalanced_bracket(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    depth += kOpening.find(c) != std::string_view::npos;
    depth -= kClosing.find(c) != std::string_view::npos;
    if (depth < 0) return at;
  }
  return text.size();
}

/// `line` without what surrounds the link; nullopt when it does not begin like one.
std::optional<std::string_view> unwrapped(std::string_view line) {
  std::vector<std::string_view> closing;  // what must end the link, outermost first
  bool bracket = false;
  for (bool more = true; more;) {
    more = std::ranges::any_of(kBlanks, [&](std::string_view blank) { return take_front(line, blank); });
    for (const Quote& quote : kQuotes) {
      if (!take_front(line, quote.open)) continue;
      closing.push_back(quote.close);
      more = true;
    }
    if (take_front(line, "'")) {
      closing.emplace_back("'");
      more = true;
    }
    for (const std::string_view open : {"(", "[", "{"}) {
      if (!take_front(line, open)) continue;
      bracket = more = true;
    }
  }
  if (!begins_like_link(line) || closing.size() > kQuotesMax) return std::nullopt;
  // An apostrophe may be part of a name, so the last one counts.
  for (const std::string_view close : closing)
    line = line.substr(0, close == "'" ? line.rfind(close) : line.find(close));
  if (bracket) line = line.substr(0, unbalanced_bracket(line));
  const auto is_one_of = [](std::string_view characters) {
    return [characters](char c) { return characters.find(c) != std::string_view::npos; };
  };
  std::ptrdiff_t closed_too_often =
      std::ranges::count_if(line, is_one_of(kClosing)) - std::ranges::count_if(line, is_one_of(kOpening));
  for (bool more = true; more;) {
    more = std::ranges::any_of(kBlanks, [&](std::string_view blank) { return take_back(line, blank); }) ||
           std::ranges::any_of(kSentenceEnds, [&](std::string_view end) { return take_back(line, end); }) ||
           std::ranges::any_of(kQuotes, [&](const Quote& quote) { return take_back(line, quote.close); });
    if (closed_too_often > 0 && !line.empty() && kClosing.find(line.back()) != std::string_view::npos) {
      line.remove_suffix(1);
      --closed_too_often;
      more = true;
    }
  }
  return line;
}

}  // namespace

std::string link_text(std::string_view bytes) {
  const bool little = bytes.starts_with("\xff\xfe");
  if (!little && !bytes.starts_with("\xfe\xff")) return std::string(bytes);
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 2; at + 1 < bytes.size(); at += 2) {
    const char low = bytes[at + (little ? 0 : 1)];
    const char high = bytes[at + (little ? 1 : 0)];
    text += high == 0 && static_cast<unsigned char>(low) < 0x80 ? low : '?';
  }
  return text;
}

std::optional<std::string_view> find_link(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (const std::optional<std::string_view> link = unwrapped(text.substr(0, end))) return link;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace stp::wire
