#include "webseed/seed_url.h"

#include <gtest/gtest.h>

#include "support/virtual_share.h"

namespace stp::webseed {
namespace {

content::WebSeed seed_at(const std::string& url) {
  return *content::parse_web_seed(content::WebSeed::Kind::files, url);
}

std::shared_ptr<const content::Metainfo> metainfo_of(const std::string& name, std::vector<std::string> path) {
  content::FileEntry file;
  file.path = std::move(path);
  file.bytes = 1;
  file.root.bytes[0] = std::byte{1};
  return *content::Metainfo::build(name, kBlockBytes, {file}, false);
}

TEST(SeedUrl, OfASingleFileIsTheUrlUnlessItNamesAFolder) {
  const auto metainfo = metainfo_of("a b.iso", {"a b.iso"});
  EXPECT_EQ(url_of_file(seed_at("http://h/x.iso"), *metainfo, 0).to_string(), "http://h/x.iso");
  EXPECT_EQ(url_of_file(seed_at("http://h/x/"), *metainfo, 0).to_string(), "http://h/x/a%20b.iso");
  EXPECT_EQ(url_of_file(seed_at("http://h"), *metainfo, 0).to_string(), "http://h/a%20b.iso");
  EXPECT_EQ(url_of_file(seed_at("http://h/x/?key=1"), *metainfo, 0).to_string(), "http://h/x/a%20b.iso?key=1");
}

TEST(SeedUrl, OfAFileInAFolderHasTheNameOfTheShareAndThePath) {
  const auto metainfo = metainfo_of("photos", {"2024", "a&b#?\xc3\xa9.jpg"});
  EXPECT_EQ(url_of_file(seed_at("http://h/x"), *metainfo, 0).to_string(),
            "http://h/x/photos/2024/a%26b%23%3F%C3%A9.jpg");
  EXPECT_EQ(url_of_file(seed_at("https://h/x/"), *metainfo, 0).to_string(),
            "https://h/x/photos/2024/a%26b%23%3F%C3%A9.jpg");
}

struct RedirectCase {
  const char* name;
  const char* location;
  const char* expected;  // nullptr: refused
};

class Redirects : public testing::TestWithParam<RedirectCase> {};

TEST_P(Redirects, LeadWhereTheySay) {
  const Result<Url> url = resolve_redirect(*Url::parse("http://h:81/a/b?q"), GetParam().location);
  ASSERT_EQ(url.ok(), GetParam().expected != nullptr);
  if (url) {
    EXPECT_EQ(url->to_string(), GetParam().expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , Redirects,
    testing::Values(RedirectCase{"Absolute", "https://x/y?z", "https://x/y?z"},
                    RedirectCase{"WithoutPath", "http://x", "http://x/"},
                    RedirectCase{"SchemeRelative", "//x/y", "http://x/y"},
                    RedirectCase{"PathAbsolute", "/y", "http://h:81/y"}, RedirectCase{"Relative", "y:1/c", nullptr},
                    RedirectCase{"RelativeFile", "c.iso#part", "http://h:81/a/c.iso"},
                    RedirectCase{"QueryAlone", "?r", "http://h:81/a/b?r"},
                    RedirectCase{"File", "file:///etc/passwd", nullptr}, RedirectCase{"Ftp", "ftp://x/y", nullptr},
                    RedirectCase{"Udp", "udp://x:1/y", nullptr}, RedirectCase{"Empty", "", nullptr},
                    RedirectCase{"LineEnd", "/a\r\nb", nullptr}),
    [](const auto& row) { return row.param.name; });

struct AddressCase {
  const char* name;
  const char* address;
  AddressRules rules;
  bool allowed;
};

class Addresses : public testing::TestWithParam<AddressCase> {};

TEST_P(Addresses, InsideOurNetworkAreAskedOnlyForWhatCanDoNoHarm) {
  const Endpoint endpoint{*IpAddress::parse(GetParam().address), 80};
  EXPECT_EQ(allowed_servers({&endpoint, 1}, GetParam().rules, nullptr).ok(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(, Addresses,
                         testing::Values(AddressCase{"Public", "192.0.2.1", {}, true},
                                         AddressCase{"PublicWithQuery", "192.0.2.1", {true, false}, true},
                                         AddressCase{"PublicRedirected", "192.0.2.1", {false, true}, true},
                                         AddressCase{"Private", "10.0.0.1", {}, true},
                                         AddressCase{"PrivateWithQuery", "10.0.0.1", {true, false}, false},
                                         AddressCase{"PrivateRedirectedFromOutside", "10.0.0.1", {false, true}, false},
                                         AddressCase{"LoopbackRedirectedFromOutside", "::1", {false, true}, false},
                                         AddressCase{"MetadataService", "169.254.169.254", {}, false},
                                         AddressCase{"LinkLocalV6", "fe80::1", {}, false},
                                         AddressCase{"Unspecified", "0.0.0.0", {}, false}),
                         [](const auto& row) { return row.param.name; });

TEST(AllowedServers, AreOfTheFamilyThatWeListenOn) {
  const std::vector<Endpoint> found = {{*IpAddress::parse("192.0.2.1"), 80}, {*IpAddress::parse("2001:db8::1"), 80}};
  const IpAddress source = *IpAddress::parse("2001:db8::2");
  const auto servers = allowed_servers(found, {}, &source);
  ASSERT_TRUE(servers);
  EXPECT_EQ(*servers, std::vector<Endpoint>{found[1]});
}

}  // namespace
}  // namespace stp::webseed
