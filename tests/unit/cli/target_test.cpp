#include "cli/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "content/posix_file.h"
#include "content/torrent_file.h"

namespace stp::cli {
namespace {

const std::string kMagnet = "magnet:?xt=urn:btmh:1220" + std::string(64, 'b') + "&dn=x";

class TargetTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "stp-target-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string file(const std::string& contents) {
    std::ofstream(directory_ / "f", std::ios::binary) << contents;
    return (directory_ / "f").string();
  }
  std::filesystem::path directory_;
};

TEST_F(TargetTest, LinkIsALink) {
  const Result<Target> target = resolve_target(kMagnet);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->link.info_hash().hex(), std::string(64, 'b'));
  EXPECT_EQ(target->metainfo, nullptr);
}

TEST_F(TargetTest, ABareInfoHashIsALinkUnlessThereIsSuchAFile) {
  const std::string hash(40, 'a');
  const Result<Target> target = resolve_target(hash);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->link.to_string(), "magnet:?xt=urn:btih:" + hash);
  std::ofstream(directory_ / hash) << kMagnet;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory_);
  const Result<Target> file = resolve_target(hash);
  std::filesystem::current_path(before);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->link.name, "x");
}

TEST_F(TargetTest, AWebAddressThatIsNoneIsAWrongArgument) {
  const Result<Target> target = resolve_target("http://user:word@example/x.torrent");
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
}

TEST_F(TargetTest, FileMayHoldALink) {
  const Result<Target> target = resolve_target(file(kMagnet + "\n"));
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->link.name, "x");
}

TEST_F(TargetTest, FilesThatEditorsAndMailMadeOfALinkAreRead) {
  std::string utf16("\xff\xfe", 2);
  for (const char c : kMagnet + "\r\n") utf16 += {c, '\0'};
  for (const std::string& contents :
       {"\xef\xbb\xbf" + kMagnet + "\r\nmore\r\n", "\n# my photos\n<" + kMagnet + ">.\n", utf16}) {
    const Result<Target> target = resolve_target(file(contents));
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->link.info_hash().hex(), std::string(64, 'b'));
    EXPECT_EQ(target->link.name, "x");
  }
}

TEST_F(TargetTest, WhatOfALinkCannotBeReadIsReported) {
  const Result<Target> target = resolve_target(kMagnet + "&tr=%zz");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->notices.size(), 1U);
}

TEST_F(TargetTest, ANamedPipeIsWaitedForUntilCancelled) {
  const std::string pipe = (directory_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const content::Fd cancel(::eventfd(1, EFD_CLOEXEC));
  const Result<Target> target = resolve_target(pipe, cancel.get());
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, testing::HasSubstr("interrupted while reading"));
}

TEST_F(TargetTest, ANamedPipeGivesWhatItsWriterSays) {
  const std::string pipe = (directory_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << kMagnet << "\n"; });
  const Result<Target> target = resolve_target(pipe);
  writer.join();
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->link.name, "x");
}

TEST_F(TargetTest, LinksThatCannotBeUsedAreUsageErrors) {
  for (const std::string& link : {kMagnet.substr(0, 40), std::string("stp:AAAA")}) {
    EXPECT_EQ(resolve_target(link).error().kind, ErrorKind::usage) << link;
    EXPECT_EQ(resolve_target(file(link + "\n")).error().kind, ErrorKind::usage) << link;
  }
}

TEST_F(TargetTest, ALinkOfV1IsATarget) {
  const Result<Target> target = resolve_target("magnet:?xt=urn:btih:" + std::string(40, 'c'));
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->link.info_hashes.hex(), std::string(40, 'c'));
}

TEST_F(TargetTest, NeitherLinkNorFileIsAUsageError) {
  const Result<Target> target = resolve_target((directory_ / "nothing\x1b[2J").string());
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
  EXPECT_EQ(target.error().message.find('\x1b'), std::string::npos);
}

TEST_F(TargetTest, FileThatIsNoTorrentIsNamed) {
  const std::string path = file("not bencode at all");
  const Result<Target> target = resolve_target(path);
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().kind, ErrorKind::usage);
  EXPECT_THAT(target.error().message, testing::HasSubstr(path));
}

TEST_F(TargetTest, DirectoryIsNoTarget) {
  const Result<Target> target = resolve_target(directory_.string());
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, testing::HasSubstr("is neither a .torrent file nor a text file with a link"));
  EXPECT_THAT(target.error().message, testing::HasSubstr("it is a directory"));
}

TEST_F(TargetTest, ATorrentFileThatIsWrongIsCalledOne) {
  const std::string path = file("d4:infod4:name2:..ee");
  const Result<Target> target = resolve_target(path);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, testing::StartsWith(path + ": "));
}

TEST_F(TargetTest, FileThatIsTooBigForATorrentIsNoTarget) {
  const std::string path = file("");
  std::filesystem::resize_file(path, content::kTorrentBytesMax + 1);
  const Result<Target> target = resolve_target(path);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, testing::HasSubstr("is neither a .torrent file nor a text file with a link"));
}

}  // namespace
}  // namespace stp::cli
