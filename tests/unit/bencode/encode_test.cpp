#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "bencode/bencode.h"
#include "core/rng.h"

namespace stp::bencode {
namespace {

TEST(Encoder, WritesEveryType) {
  Encoder encoder;
  encoder.begin_dict();
  encoder.key("int").integer(-5);
  encoder.key("list").begin_list().integer(0).string("x").begin_list().end().end();
  encoder.key("raw").raw(as_bytes("d1:ai1ee"));
  const std::string_view any_bytes("\0\xff", 2);
  encoder.key("str").string(as_bytes(any_bytes));
  encoder.end();
  EXPECT_EQ(as_text(encoder.take()), "d3:inti-5e4:listli0e1:xlee3:rawd1:ai1ee3:str2:" + std::string(any_bytes) + "e");
}

TEST(Encoder, WritesTheBoundsOfIntegers) {
  EXPECT_EQ(as_text(Encoder().integer(INT64_MIN).take()), "i-9223372036854775808e");
  EXPECT_EQ(as_text(Encoder().integer(INT64_MAX).take()), "i9223372036854775807e");
}

TEST(Encoder, AcceptsKeysInByteOrder) {
  Encoder encoder;
  encoder.begin_dict();
  for (const char* key : {"", "B", "a", "aa", "b", "\xc3\xa9"}) encoder.key(key).begin_dict().key("z").integer(1).end();
  const Bytes bytes = encoder.end().take();
  Document document;
  EXPECT_TRUE(document.decode(bytes));
}

TEST(EncoderDeathTest, KeysOutOfOrderAreOurOwnMistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Encoder().begin_dict().key("b").integer(1).key("a"), "internal error");
  EXPECT_DEATH(Encoder().begin_dict().key("a").integer(1).key("a"), "internal error");
  EXPECT_DEATH(Encoder().begin_dict().key("aa").integer(1).key("a"), "internal error");
}

TEST(EncoderDeathTest, OpenContainersAreOurOwnMistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(Encoder().begin_list().take()), "internal error");
  EXPECT_DEATH(Encoder().end(), "internal error");
  EXPECT_DEATH(Encoder().key("outside of a dictionary"), "internal error");
}

// A value as a plain tree: the naive model that encoder and decoder are held against.
struct Value {
  Type type = Type::integer;
  std::int64_t integer = 0;
  std::string string;
  std::vector<Value> list;
  std::map<std::string, Value> dict;
  bool operator==(const Value&) const = default;
};

std::string random_string(Rng& rng) {
  std::string text(rng.below(12), '\0');
  for (char& c : text) c = static_cast<char>(rng.below(256));
  return text;
}

Value random_value(Rng& rng, int depth) {
  Value value;
  value.type = static_cast<Type>(rng.below(depth > 0 ? 4 : 2));
  switch (value.type) {
    case Type::integer: value.integer = static_cast<std::int64_t>(rng.next() >> rng.below(64)); break;
    case Type::string: value.string = random_string(rng); break;
    case Type::list:
      for (std::uint64_t n = rng.below(5); n > 0; --n) value.list.push_back(random_value(rng, depth - 1));
      break;
    case Type::dict:
      for (std::uint64_t n = rng.below(5); n > 0; --n) value.dict[random_string(rng)] = random_value(rng, depth - 1);
      break;
  }
  return value;
}

void encode(Encoder& encoder, const Value& value) {
  switch (value.type) {
    case Type::integer: encoder.integer(value.integer); break;
    case Type::string: encoder.string(value.string); break;
    case Type::list:
      encoder.begin_list();
      for (const Value& item : value.list) encode(encoder, item);
      encoder.end();
      break;
    case Type::dict:
      encoder.begin_dict();
      for (const auto& [key, item] : value.dict) {
        encoder.key(key);
        encode(encoder, item);
      }
      encoder.end();
      break;
  }
}

Value read(const View& view) {
  Value value;
  value.type = view.type();
  switch (value.type) {
    case Type::integer: value.integer = *view.integer(); break;
    case Type::string: value.string = std::string(*view.text()); break;
    case Type::list:
      for (auto item = view.first(); item; item = item->next()) value.list.push_back(read(*item));
      break;
    case Type::dict:
      for (auto key = view.first(); key;) {
        const View item = *key->next();
        value.dict[std::string(*key->text())] = read(item);
        EXPECT_EQ(as_text(view.find(*key->text())->raw()), as_text(item.raw()));
        key = item.next();
      }
      break;
  }
  return value;
}

TEST(Encoder, WhatItWritesDecodesToTheSame) {
  Rng rng(1);
  Document document;
  for (int round = 0; round < 3000; ++round) {
    const Value value = random_value(rng, 4);
    Encoder encoder;
    encode(encoder, value);
    const Bytes bytes = encoder.take();
    ASSERT_TRUE(document.decode(bytes)) << round;
    ASSERT_EQ(read(document.root()), value) << round;
    ASSERT_EQ(document.root().raw().size(), bytes.size());
  }
}

}  // namespace
}  // namespace stp::bencode
