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

struct AddressCase {
  const char* name;
  const char* address;
  bool own_query;
  bool allowed;
};

class Addresses : public testing::TestWithParam<AddressCase> {};

TEST_P(Addresses, InsideOurNetworkAreAskedOnlyForWhatCanDoNoHarm) {
  const Endpoint endpoint{*IpAddress::parse(GetParam().address), 80};
  EXPECT_EQ(allowed_servers({&endpoint, 1}, GetParam().own_query, nullptr).ok(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(, Addresses,
                         testing::Values(AddressCase{"Public", "192.0.2.1", false, true},
                                         AddressCase{"PublicWithQuery", "192.0.2.1", true, true},
                                         AddressCase{"Private", "10.0.0.1", false, true},
                                         AddressCase{"PrivateWithQuery", "10.0.0.1", true, false},
                                         AddressCase{"MetadataService", "169.254.169.254", false, false},
                                         AddressCase{"LinkLocalV6", "fe80::1", false, false},
                                         AddressCase{"Unspecified", "0.0.0.0", false, false}),
                         [](const auto& row) { return row.param.name; });

TEST(AllowedServers, AreOfTheFamilyThatWeListenOn) {
  const std::vector<Endpoint> found = {{*IpAddress::parse("192.0.2.1"), 80}, {*IpAddress::parse("2001:db8::1"), 80}};
  const IpAddress source = *IpAddress::parse("2001:db8::2");
  const auto servers = allowed_servers(found, false, &source);
  ASSERT_TRUE(servers);
  EXPECT_EQ(*servers, std::vector<Endpoint>{found[1]});
}

}  // namespace
}  // namespace stp::webseed
