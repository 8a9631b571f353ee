#include "tracker/catalogue_query.h"

#include <gtest/gtest.h>

namespace stp::tracker {
namespace {

TEST(ShareQueryText, NothingAsksForEverything) {
  EXPECT_EQ(*parse_share_query(""), ShareQuery{});
  EXPECT_EQ(*parse_share_query("name=&sort=&page="), ShareQuery{});  // an empty form
  EXPECT_EQ(share_query({}), "");
}

TEST(ShareQueryText, SaysWhatIsAsked) {
  EXPECT_EQ(*parse_share_query("name=holiday+film%20%C3%9C%2B&sort=size&page=3&else=1"),
            (ShareQuery{"holiday film Ü+", ShareOrder::size, 3}));
}

TEST(ShareQueryText, IsReadBackAsItWasWritten) {
  for (const char* name : {"", "a", "a b+c&d=e%f#?", "日本\n\t", "*.iso"}) {
    for (const ShareOrder order : {ShareOrder::seeds, ShareOrder::name, ShareOrder::size, ShareOrder::age}) {
      const ShareQuery query{name, order, 7};
      const std::string text = share_query(query);
      EXPECT_EQ(text.find_first_of(" +#?\n"), std::string::npos) << text;
      EXPECT_EQ(*parse_share_query(text), query) << text;
    }
  }
}

TEST(ShareQueryText, IsRefusedWithAReason) {
  const std::string long_name = "name=" + std::string(256, 'a');
  for (const char* text : {"name=%zz", "name=%ff", long_name.c_str(), "sort=best", "page=0", "page=-1", "page=x",
                           "page=1x", "page=100001", "page=99999999999999999999"}) {
    const Result<ShareQuery> query = parse_share_query(text);
    ASSERT_FALSE(query.ok()) << text;
    EXPECT_FALSE(query.error().message.empty());
  }
}

}  // namespace
}  // namespace stp::tracker
