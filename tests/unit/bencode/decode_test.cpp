#include <gtest/gtest.h>

#include <string>

#include "bencode/bencode.h"

namespace stp::bencode {
namespace {

Status decode(Document& document, std::string_view text, Strictness strictness, std::size_t depth_max = 100) {
  Limits limits;
  limits.strictness = strictness;
  limits.depth_max = depth_max;
  return document.decode(as_bytes(text), limits);
}

enum class Accepts { both, lenient_only, neither };
struct DecodeCase {
  const char* name;
  std::string_view text;
  Accepts accepts;
};
class Decode : public testing::TestWithParam<DecodeCase> {};

TEST_P(Decode, AcceptsWhatItsStrictnessAllows) {
  Document document;
  const DecodeCase& row = GetParam();
  EXPECT_EQ(decode(document, row.text, Strictness::canonical).ok(), row.accepts == Accepts::both);
  EXPECT_EQ(decode(document, row.text, Strictness::lenient).ok(), row.accepts != Accepts::neither);
}

using namespace std::string_view_literals;
constexpr DecodeCase kDecodeCases[] = {
    {"Zero", "i0e", Accepts::both},
    {"Positive", "i42e", Accepts::both},
    {"Negative", "i-42e", Accepts::both},
    {"LargestInteger", "i9223372036854775807e", Accepts::both},
    {"SmallestInteger", "i-9223372036854775808e", Accepts::both},
    {"IntegerTooLarge", "i9223372036854775808e", Accepts::neither},
    {"IntegerTooSmall", "i-9223372036854775809e", Accepts::neither},
    {"IntegerWithALeadingZero", "i03e", Accepts::lenient_only},
    {"MinusZero", "i-0e", Accepts::lenient_only},
    {"PlusSign", "i+1e", Accepts::neither},
    {"EmptyInteger", "ie", Accepts::neither},
    {"OnlyAMinus", "i-e", Accepts::neither},
    {"IntegerWithoutEnd", "i42", Accepts::neither},
    {"IntegerWithLetters", "i4x2e", Accepts::neither},
    {"IntegerWithSpace", "i 42e", Accepts::neither},
    {"IntegerOfManyZeros", "i0000000000000000000000000000001e", Accepts::neither},
    {"EmptyString", "0:", Accepts::both},
    {"String", "4:spam", Accepts::both},
    {"StringWithAnyBytes", "3:\x00\xff\n"sv, Accepts::both},
    {"StringLengthWithALeadingZero", "04:spam", Accepts::lenient_only},
    {"EmptyStringWithTwoZeros", "00:", Accepts::lenient_only},
    {"StringTooShort", "5:spam", Accepts::neither},
    {"StringOfHugeLength", "4294967295:x", Accepts::neither},
    {"StringLengthBeyondTenDigits", "99999999999999999999:x", Accepts::neither},
    {"StringWithoutColon", "4spam", Accepts::neither},
    {"StringOfNegativeLength", "-1:x", Accepts::neither},
    {"EmptyList", "le", Accepts::both},
    {"List", "l4:spami42ee", Accepts::both},
    {"NestedLists", "lllleeee", Accepts::both},
    {"ListWithoutEnd", "l4:spam", Accepts::neither},
    {"EmptyDictionary", "de", Accepts::both},
    {"Dictionary", "d3:bar4:spam3:fooi42ee", Accepts::both},
    {"KeysAreComparedAsBytes", "d1:Bi1e1:ai2e2:aai3ee", Accepts::both},
    {"EmptyKeyFirst", "d0:i1e1:ai2ee", Accepts::both},
    {"HighBytesSortLast", "d1:zi1e1:\xc3i2ee", Accepts::both},
    {"UnsortedKeys", "d3:foo4:spam3:bari42ee", Accepts::lenient_only},
    {"RepeatedKey", "d3:bari1e3:bari2ee", Accepts::lenient_only},
    {"LongerKeyBeforeItsPrefix", "d2:aai1e1:ai2ee", Accepts::lenient_only},
    {"KeyIsAnInteger", "di1ei2ee", Accepts::neither},
    {"KeyIsAList", "dlei2ee", Accepts::neither},
    {"KeyIsADictionary", "ddei2ee", Accepts::neither},
    {"KeyWithoutValue", "d3:fooe", Accepts::neither},
    {"DictionaryWithoutEnd", "d3:fooi1e", Accepts::neither},
    {"TrailingBytes", "i1ei2e", Accepts::neither},
    {"TrailingNewline", "de\n", Accepts::neither},
    {"LeadingSpace", " de", Accepts::neither},
    {"LoneEnd", "e", Accepts::neither},
    {"OneEndTooMany", "lee", Accepts::neither},
    {"Nothing", "", Accepts::neither},
    {"UnknownLetter", "x", Accepts::neither},
};
INSTANTIATE_TEST_SUITE_P(Table, Decode, testing::ValuesIn(kDecodeCases),
                         [](const auto& row) { return row.param.name; });

TEST(Document, EveryPrefixOfAValueIsRefused) {
  const std::string text = "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:lli-7elee1:q0:e";
  Document document;
  ASSERT_TRUE(document.decode(as_bytes(text)));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(document.decode(as_bytes(text.substr(0, size)))) << size;
  }
}

TEST(Document, ErrorsNameTheOffset) {
  Document document;
  const Status status = document.decode(as_bytes("d3:fooi1e3:bari2ee"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::malformed);
  EXPECT_NE(status.error().message.find("byte 11"), std::string::npos) << status.error().message;
}

TEST(Document, DepthIsLimited) {
  Document document;
  const auto nested = [](std::size_t depth) { return std::string(depth, 'l') + std::string(depth, 'e'); };
  EXPECT_TRUE(decode(document, nested(5), Strictness::canonical, 5));
  const Status status = decode(document, nested(6), Strictness::canonical, 5);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::limit);
  EXPECT_FALSE(decode(document, std::string(1'000'000, 'l'), Strictness::lenient));
}

TEST(Document, NumberOfValuesIsLimited) {
  Document document;
  Limits limits;
  limits.tokens_max = 4;
  EXPECT_TRUE(document.decode(as_bytes("li1ei2ei3ee"), limits));
  const Status status = document.decode(as_bytes("li1ei2ei3ei4ee"), limits);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::limit);
}

TEST(Document, CanBeUsedAgainAfterAnError) {
  Document document;
  EXPECT_FALSE(document.decode(as_bytes("d1:a")));
  ASSERT_TRUE(document.decode(as_bytes("i5e")));
  EXPECT_EQ(document.root().integer(), 5);
}

TEST(View, TellsTypeAndValue) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d1:ai-3e1:b2:xy1:cle1:ddee")));
  const View root = document.root();
  EXPECT_TRUE(root.is_dict());
  EXPECT_EQ(root.find_integer("a"), -3);
  EXPECT_EQ(root.find_text("b"), "xy");
  EXPECT_EQ(as_text(*root.find_string("b")), "xy");
  EXPECT_TRUE(root.find_list("c")->is_list());
  EXPECT_TRUE(root.find_dict("d")->is_dict());
}

TEST(View, AccessorsOfAnotherTypeGiveNothing) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d1:ai1e1:b1:xe")));
  const View root = document.root();
  EXPECT_FALSE(root.find_integer("b").has_value());
  EXPECT_FALSE(root.find_string("a").has_value());
  EXPECT_FALSE(root.find_text("a").has_value());
  EXPECT_FALSE(root.find_dict("a").has_value());
  EXPECT_FALSE(root.find_list("b").has_value());
  EXPECT_FALSE(root.find("missing").has_value());
  EXPECT_FALSE(root.find("a")->find("x").has_value());
  EXPECT_FALSE(root.find("a")->first().has_value());
  EXPECT_FALSE(root.integer().has_value());
}

TEST(View, FindLooksAtKeysOnlyNotAtValues) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d1:a1:k1:b1:ke")));
  EXPECT_FALSE(document.root().find("k").has_value());
}

TEST(View, FindDoesNotLookIntoNestedDictionaries) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d1:ad1:xi1ee1:zi2ee")));
  EXPECT_FALSE(document.root().find("x").has_value());
  EXPECT_EQ(document.root().find_integer("z"), 2);
}

TEST(View, FirstOfEqualKeysWinsWhenLenient) {
  Document document;
  ASSERT_TRUE(decode(document, "d1:ai1e1:ai2ee", Strictness::lenient));
  EXPECT_EQ(document.root().find_integer("a"), 1);
}

TEST(View, RawIsTheValuesOwnEncoding) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d4:infod1:ali1e2:xyee1:zi2ee")));
  EXPECT_EQ(as_text(document.root().find("info")->raw()), "d1:ali1e2:xyee");
  EXPECT_EQ(as_text(document.root().find("z")->raw()), "i2e");
  EXPECT_EQ(as_text(document.root().raw()), "d4:infod1:ali1e2:xyee1:zi2ee");
}

TEST(View, WalksListsInOrder) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("li1eli9ee2:xyd1:ai7eei3ee")));
  std::string walked;
  for (auto item = document.root().first(); item; item = item->next())
    walked += std::string(as_text(item->raw())) + " ";
  EXPECT_EQ(walked, "i1e li9ee 2:xy d1:ai7ee i3e ");
}

TEST(View, OfADictionaryWalksKeysAndValuesInTurn) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("d1:ali1ee1:bi2ee")));
  std::string walked;
  for (auto item = document.root().first(); item; item = item->next())
    walked += std::string(as_text(item->raw())) + " ";
  EXPECT_EQ(walked, "1:a li1ee 1:b i2e ");
}

TEST(View, RootHasNoSibling) {
  Document document;
  ASSERT_TRUE(document.decode(as_bytes("le")));
  EXPECT_FALSE(document.root().next().has_value());
  EXPECT_FALSE(document.root().first().has_value());
}

}  // namespace
}  // namespace stp::bencode
