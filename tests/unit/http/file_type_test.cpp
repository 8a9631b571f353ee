#include "http/file_type.h"

#include <gtest/gtest.h>

namespace stp::http {
namespace {

TEST(FileTypeOf, MediaAndTextIsShown) {
  EXPECT_EQ(file_type("holiday film.mp4").content_type, "video/mp4");
  EXPECT_EQ(file_type("a.b.MKV").content_type, "video/x-matroska");
  EXPECT_EQ(file_type("song.flac").content_type, "audio/flac");
  EXPECT_EQ(file_type("read.txt").content_type, "text/plain; charset=utf-8");
  EXPECT_TRUE(file_type("cover.jpg").shown);
}

TEST(FileTypeOf, WhatCouldRunInABrowserIsSaved) {
  for (const std::string_view name :
       {"a.html", "a.HTM", "a.xhtml",    "a.svg", "a.SVG", "a.xml", "a.js", "a.mjs", "a.css",  "a.pdf",
        "a.swf",  "a.mht", "a.mp4.html", "html",  "mp4",   "a.",    ".",    "",      "a.mp4 ", "a.mp4\n"}) {
    EXPECT_EQ(file_type(name).content_type, "application/octet-stream") << name;
    EXPECT_FALSE(file_type(name).shown) << name;
  }
}

}  // namespace
}  // namespace stp::http
