#include "web/page.h"

#include <gtest/gtest.h>

namespace stp::web {
namespace {

TEST(Page, HasItsFiles) {
  const std::optional<http::Response> page = page_file(Page::dashboard, "/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200U);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(as_text(page->body).starts_with("<!doctype html>"));
  EXPECT_EQ(page->body, page_file(Page::dashboard, "/index.html?x=1")->body);
  for (const char* const name : {"/stp.js", "/stp.css", "/icon.svg"}) {
    ASSERT_TRUE(page_file(Page::dashboard, name)) << name;
    EXPECT_GT(page_file(Page::dashboard, name)->body.size(), 100U) << name;
  }
}

TEST(Page, HasNothingElse) {
  for (const char* const name : {"", "stp.js", "/SOURCES", "//stp.js", "/../stp.js", "/stp.js/", "/x"}) {
    EXPECT_FALSE(page_file(Page::dashboard, name)) << name;
  }
}

TEST(Page, OfATrackerHasItsOwn) {
  const std::optional<http::Response> page = page_file(Page::tracker, "/");
  ASSERT_TRUE(page);
  EXPECT_NE(as_text(page->body).find("src=\"tracker.js\""), std::string_view::npos);
  EXPECT_EQ(page->fields, page_file(Page::dashboard, "/")->fields);
  for (const char* const name : {"/tracker.js", "/tracker.css", "/icon.svg", "/tracker.html"}) {
    ASSERT_TRUE(page_file(Page::tracker, name)) << name;
  }
  EXPECT_FALSE(page_file(Page::tracker, "/stp.js"));
  EXPECT_FALSE(page_file(Page::dashboard, "/tracker.js"));
}

TEST(Page, RunsNothingFromElsewhere) {
  const std::string fields = page_file(Page::dashboard, "/")->fields;
  EXPECT_NE(fields.find("default-src 'none'; script-src 'self'; style-src 'self'"), std::string::npos);
  EXPECT_EQ(fields.find("unsafe"), std::string::npos);
  EXPECT_TRUE(fields.ends_with("\r\n"));
}

}  // namespace
}  // namespace stp::web
