// bencode::Document: whatever decodes has the meaning of its bytes, and canonical values have one encoding.
#include <cstddef>
#include <cstdint>

#include "bencode/bencode.h"

namespace {

using stp::ByteSpan;
using stp::bencode::Document;
using stp::bencode::Encoder;
using stp::bencode::Limits;
using stp::bencode::Strictness;
using stp::bencode::Type;
using stp::bencode::View;

// Writes `view` again through its accessors. The depth is bounded by the decoder's limit.
void encode(Encoder& encoder, const View& view) {
  switch (view.type()) {
    case Type::integer: encoder.integer(*view.integer()); break;
    case Type::string: encoder.string(*view.string()); break;
    case Type::list:
      encoder.begin_list();
      for (auto item = view.first(); item; item = item->next()) encode(encoder, *item);
      encoder.end();
      break;
    case Type::dict:
      encoder.begin_dict();
      for (auto key = view.first(); key;) {
        const View value = *key->next();
        encoder.key(*key->text());
        encode(encoder, value);
        key = value.next();
      }
      encoder.end();
      break;
  }
}

// Every value lies inside its parent, and dictionaries find the first of each key.
void walk(const View& view) {
  const ByteSpan raw = view.raw();
  STP_ASSERT(!raw.empty());
  for (auto child = view.first(); child; child = child->next()) {
    STP_ASSERT(child->raw().data() > raw.data());
    STP_ASSERT(child->raw().data() + child->raw().size() < raw.data() + raw.size());
    walk(*child);
  }
  if (view.type() != Type::dict) return;
  if (const auto key = view.first()) STP_ASSERT(view.find(*key->text())->raw().data() == key->next()->raw().data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(reinterpret_cast<const std::byte*>(data), size);
  Limits limits;
  limits.tokens_max = 10'000;
  Document document;
  const bool canonical = document.decode(input, limits).ok();
  if (canonical) {
    walk(document.root());
    Encoder encoder;
    encode(encoder, document.root());
    STP_ASSERT(stp::as_text(encoder.take()) == stp::as_text(input));
  }
  limits.strictness = Strictness::lenient;
  const bool lenient = document.decode(input, limits).ok();
  STP_ASSERT(lenient || !canonical);
  if (lenient) walk(document.root());
  return 0;
}
