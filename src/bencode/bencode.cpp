#include "bencode/bencode.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace stp::bencode {
namespace {

Error malformed(std::string_view what, std::size_t offset) {
  return {ErrorKind::malformed, "bencode: " + std::string(what) + " at byte " + std::to_string(offset)};
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Status Document::decode(ByteSpan input, const Limits& limits) {
  tokens_.clear();
  input_ = {};
  if (input.size() >= std::numeric_limits<std::uint32_t>::max()) {
    return Error{ErrorKind::limit, "bencode: input is larger than 4 GiB"};
  }
  struct Open {
    std::uint32_t token;
    bool expects_key;
    std::string_view last_key;
    bool any_key = false;
  };
  std::vector<Open> open;
  const std::string_view text = as_text(input);
  const bool canonical = limits.strictness == Strictness::canonical;
  std::size_t at = 0;
  const auto fail = [this](Error error) -> Status {
    tokens_.clear();
    return error;
  };

  do {
    if (at >= text.size()) return fail(malformed("input ends inside a value", at));
    const char c = text[at];
    const bool in_dict = !open.empty() && tokens_[open.back().token].type == Type::dict;

    if (c == 'e') {
      if (open.empty()) return fail(malformed("'e' closes nothing", at));
      if (in_dict && !open.back().expects_key) return fail(malformed("key without a value", at));
      Token& closed = tokens_[open.back().token];
      closed.end = static_cast<std::uint32_t>(++at);
      closed.next = static_cast<std::uint32_t>(tokens_.size());
      open.pop_back();
      if (!open.empty()) open.back().expects_key = tokens_[open.back().token].type == Type::dict;
      continue;
    }
    if (tokens_.size() >= limits.tokens_max) {
      return fail({ErrorKind::limit, "bencode: more than " + std::to_string(limits.tokens_max) + " values"});
    }
    const bool is_key = in_dict && open.back().expects_key;
    if (is_key && !is_digit(c)) return fail(malformed("dictionary key is not a string", at));

    Token token{static_cast<std::uint32_t>(at), 0, static_cast<std::uint32_t>(tokens_.size() + 1), 0, Type::string};
    if (c == 'd' || c == 'l') {
      if (open.size() >= limits.depth_max) {
        return fail({ErrorKind::limit, "bencode: nested deeper than " + std::to_string(limits.depth_max)});
      }
      token.type = c == 'd' ? Type::dict : Type::list;
      open.push_back({static_cast<std::uint32_t>(tokens_.size()), c == 'd', {}});
      tokens_.push_back(token);
      ++at;
      continue;
    }
    if (c == 'i') {
      token.type = Type::integer;
      const std::size_t end = text.find('e', at);
      if (end == std::string_view::npos || end - at > 21) return fail(malformed("integer without an end", at));
      const std::string_view digits = text.substr(at + 1, end - at - 1);
      std::int64_t value = 0;
      const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc{} || stop != digits.data() + digits.size()) return fail(malformed("bad integer", at));
      if (canonical && digits != std::to_string(value)) return fail(malformed("integer is not canonical", at));
      at = end + 1;
    } else if (is_digit(c)) {
      // A length never needs more than ten digits here: the whole input is below 4 GiB.
      const std::size_t colon = text.substr(at, 11).find(':');
      if (colon == std::string_view::npos) return fail(malformed("string without ':'", at));
      std::uint64_t length = 0;
      const auto [stop, error] = std::from_chars(text.data() + at, text.data() + at + colon, length);
      if (error != std::errc{} || stop != text.data() + at + colon) return fail(malformed("bad string length", at));
      if (canonical && c == '0' && colon != 1) return fail(malformed("string length is not canonical", at));
      token.header = static_cast<std::uint32_t>(colon + 1);
      at += colon + 1;
      if (length > text.size() - at) return fail(malformed("string runs past the end", token.begin));
      if (is_key) {
        const std::string_view key = text.substr(at, length);
        Open& dict = open.back();
        if (canonical && dict.any_key && key <= dict.last_key) return fail(malformed("keys are not sorted", at));
        dict.last_key = key;
        dict.any_key = true;
      }
      at += length;
    } else {
      return fail(malformed("no value starts like this", at));
    }
    token.end = static_cast<std::uint32_t>(at);
    tokens_.push_back(token);
    if (in_dict) open.back().expects_key = !is_key;
  } while (!open.empty());

  if (at != text.size() && !limits.trailing) return fail(malformed("trailing bytes", at));
  input_ = input;
  return Done{};
}

View Document::root() const {
  STP_ASSERT(!tokens_.empty());
  return {this, 0, 1};
}

Type View::type() const {
  return document_->tokens_[token_].type;
}

ByteSpan View::raw() const {
  const Document::Token& token = document_->tokens_[token_];
  return document_->input_.subspan(token.begin, token.end - token.begin);
}

std::optional<std::int64_t> View::integer() const {
  if (type() != Type::integer) return std::nullopt;
  const std::string_view digits = as_text(raw());
  std::int64_t value = 0;
  std::from_chars(digits.data() + 1, digits.data() + digits.size() - 1, value);
  return value;
}

std::optional<ByteSpan> View::string() const {
  if (type() != Type::string) return std::nullopt;
  return raw().subspan(document_->tokens_[token_].header);
}

std::optional<std::string_view> View::text() const {
  const auto bytes = string();
  if (!bytes) return std::nullopt;
  return as_text(*bytes);
}

std::optional<View> View::first() const {
  if (type() != Type::list && type() != Type::dict) return std::nullopt;
  const std::uint32_t end = document_->tokens_[token_].next;
  if (token_ + 1 >= end) return std::nullopt;
  return View(document_, token_ + 1, end);
}

std::optional<View> View::next() const {
  const std::uint32_t sibling = document_->tokens_[token_].next;
  if (sibling >= parent_end_) return std::nullopt;
  return View(document_, sibling, parent_end_);
}

std::optional<View> View::find(std::string_view key) const {
  if (!is_dict()) return std::nullopt;
  for (std::optional<View> name = first(); name;) {
    const View value = *name->next();
    if (name->text() == key) return value;
    name = value.next();
  }
  return std::nullopt;
}

std::optional<std::int64_t> View::find_integer(std::string_view key) const {
  const auto value = find(key);
  return value ? value->integer() : std::nullopt;
}

std::optional<ByteSpan> View::find_string(std::string_view key) const {
  const auto value = find(key);
  return value ? value->string() : std::nullopt;
}

std::optional<std::string_view> View::find_text(std::string_view key) const {
  const auto value = find(key);
  return value ? value->text() : std::nullopt;
}

std::optional<View> View::find_dict(std::string_view key) const {
  const auto value = find(key);
  return value && value->is_dict() ? value : std::nullopt;
}

std::optional<View> View::find_list(std::string_view key) const {
  const auto value = find(key);
  return value && value->is_list() ? value : std::nullopt;
}

Encoder& Encoder::begin_dict() {
  out_.push_back(std::byte{'d'});
  open_.push_back({true});
  return *this;
}

Encoder& Encoder::begin_list() {
  out_.push_back(std::byte{'l'});
  open_.push_back({false});
  return *this;
}

Encoder& Encoder::end() {
  STP_ASSERT(!open_.empty());
  open_.pop_back();
  out_.push_back(std::byte{'e'});
  return *this;
}

Encoder& Encoder::key(std::string_view key) {
  STP_ASSERT(!open_.empty() && open_.back().dict);
  Open& dict = open_.back();
  if (dict.any_key) {
    const std::string_view last = as_text(ByteSpan(out_).subspan(dict.last_key_begin, dict.last_key_size));
    STP_ASSERT(last < key);
  }
  string(key);
  dict.any_key = true;
  dict.last_key_begin = out_.size() - key.size();
  dict.last_key_size = key.size();
  return *this;
}

Encoder& Encoder::integer(std::int64_t value) {
  append(out_, as_bytes("i" + std::to_string(value) + "e"));
  return *this;
}

Encoder& Encoder::string(ByteSpan value) {
  append(out_, as_bytes(std::to_string(value.size()) + ":"));
  append(out_, value);
  return *this;
}

Encoder& Encoder::string(std::string_view value) {
  return string(as_bytes(value));
}

Encoder& Encoder::raw(ByteSpan encoded) {
  append(out_, encoded);
  return *this;
}

Bytes Encoder::take() {
  STP_ASSERT(open_.empty());
  return std::move(out_);
}

}  // namespace stp::bencode
