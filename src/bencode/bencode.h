// Bencode (BEP 3 "bencoding"): the encoding of metainfo, KRPC, tracker replies and stp's own small state files.
//
// Decoding makes one flat array of tokens that refer to the input: no tree of allocations, every bound is checked
// before memory is taken, depth and token count are limited, and the array is reused from one datagram to the next.
// A View is two words and borrows from its Document, which borrows from the input bytes.
//
// Invariants of a decoded Document:
//   1. every token is inside the input, children inside their parent;
//   2. a dictionary's keys are strings; with Strictness::canonical strictly ascending, integers without leading zeros;
//   3. nothing follows the top-level value, unless Limits::trailing allows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace stp::bencode {

enum class Type : std::uint8_t { integer, string, list, dict };

/// `canonical` refuses anything with two encodings (unsorted or repeated keys, "-0", leading zeros): for all that is
/// hashed or signed. `lenient` takes the unsorted dictionaries that some DHT nodes send; the first of equal keys wins.
enum class Strictness : std::uint8_t { canonical, lenient };

struct Limits {
  std::size_t depth_max = 100;
  std::size_t tokens_max = 3'000'000;
  Strictness strictness = Strictness::canonical;
  bool trailing = false;  // bytes after the value are ignored instead of refused
};

class Document;

/// One value of a Document.
class View {
 public:
  [[nodiscard]] Type type() const;
  [[nodiscard]] bool is_dict() const { return type() == Type::dict; }
  [[nodiscard]] bool is_list() const { return type() == Type::list; }

  /// The value, or nullopt when it is of another type.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<ByteSpan> string() const;
  [[nodiscard]] std::optional<std::string_view> text() const;

  /// The value's own encoding in the input.
  [[nodiscard]] ByteSpan raw() const;

  /// Dictionary member `key`; nullopt when there is none or this is not a dictionary.
  [[nodiscard]] std::optional<View> find(std::string_view key) const;
  /// `find` and the accessor of that type in one step.
  [[nodiscard]] std::optional<std::int64_t> find_integer(std::string_view key) const;
  [[nodiscard]] std::optional<ByteSpan> find_string(std::string_view key) const;
  [[nodiscard]] std::optional<std::string_view> find_text(std::string_view key) const;
  [[nodiscard]] std::optional<View> find_dict(std::string_view key) const;
  [[nodiscard]] std::optional<View> find_list(std::string_view key) const;

  /// Walks a container: `first()` is its first child (of a dictionary: the first key), `next()` the following sibling;
  /// in a dictionary keys and values alternate.
  [[nodiscard]] std::optional<View> first() const;
  [[nodiscard]] std::optional<View> next() const;

 private:
  friend class Document;
  View(const Document* document, std::uint32_t token, std::uint32_t parent_end)
      : document_(document), token_(token), parent_end_(parent_end) {}

  const Document* document_;
  std::uint32_t token_;
  std::uint32_t parent_end_;  // token index one past the last descendant of the parent
};

/// A decoded value. Borrows the input given to `decode`.
class Document {
 public:
  /// Replaces the contents with what `input` holds. On an error the document is empty; the error names the offset.
  /// Input is limited to 4 GiB.
  [[nodiscard]] Status decode(ByteSpan input, const Limits& limits = {});

  /// The top-level value. Only after a successful decode.
  [[nodiscard]] View root() const;

 private:
  friend class View;
  struct Token {
    std::uint32_t begin;   // offset of the encoding's first byte
    std::uint32_t end;     // offset one past its last byte
    std::uint32_t next;    // index one past this token's last descendant
    std::uint32_t header;  // string: bytes before the payload; else 0
    Type type;
  };

  ByteSpan input_;
  std::vector<Token> tokens_;
};

/// Writes bencode front to back. Keys of a dictionary must come in ascending byte order: anything else is our own
/// mistake and asserts.
class Encoder {
 public:
  Encoder& begin_dict();
  Encoder& begin_list();
  Encoder& end();
  Encoder& key(std::string_view key);
  Encoder& integer(std::int64_t value);
  Encoder& string(ByteSpan value);
  Encoder& string(std::string_view value);
  /// Appends an encoded value.
  Encoder& raw(ByteSpan encoded);

  /// The finished encoding; every container must have been ended.
  [[nodiscard]] Bytes take();

 private:
  struct Open {
    bool dict;
    bool any_key = false;
    std::size_t last_key_begin = 0;
    std::size_t last_key_size = 0;
  };
  Bytes out_;
  std::vector<Open> open_;
};

}  // namespace stp::bencode
