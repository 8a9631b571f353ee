#include "cli/torrent_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "content/share_builder.h"
#include "content/torrent_file.h"

namespace stp::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TorrentPlace : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "stp-torrent-place-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    fs::create_directories(directory_ / "tree" / "sub");
    write("tree/a", "contents");
    write("other", "not to be lost");
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& name, std::string_view contents) const {
    std::ofstream(directory_ / name, std::ios::binary) << contents;
  }
  [[nodiscard]] content::Scan scan(const std::string& name) const {
    const std::vector<std::string> paths = {(directory_ / name).string()};
    return *content::scan(paths);
  }
  [[nodiscard]] Status check(const std::string& file, const std::string& shared) const {
    return check_torrent_place(directory_ / file, scan(shared));
  }

  fs::path directory_;
};

TEST_F(TorrentPlace, NewNameIsFree) {
  EXPECT_TRUE(check("new.torrent", "tree"));
  EXPECT_TRUE(check("no-such-folder/new.torrent", "tree"));  // writing tells
  EXPECT_TRUE(check("tree.torrent", "tree"));                // begins like the folder, and does not lie in it
}

TEST_F(TorrentPlace, OlderTorrentMayBeReplacedUnlessItIsShared) {
  const Result<content::Share> share = content::build_share(scan("tree"), {});
  ASSERT_TRUE(share);
  write("old.torrent", as_text(content::encode_torrent({share->metainfo, share->hashes, {}})));
  EXPECT_TRUE(check("old.torrent", "tree"));
  const Status shared = check("old.torrent", "old.torrent");
  ASSERT_FALSE(shared);
  EXPECT_THAT(shared.error().message, HasSubstr("is what is to be shared"));
}

TEST_F(TorrentPlace, AnyOtherFileIsKept) {
  fs::create_symlink("nowhere", directory_ / "dangling");
  for (const char* name : {"other", "tree", "dangling"}) {
    const Status kept = check(name, "tree/a");
    ASSERT_FALSE(kept) << name;
    EXPECT_EQ(kept.error().kind, ErrorKind::exists);
  }
  EXPECT_FALSE(check_torrent_place("/dev/null", scan("tree")));
}

TEST_F(TorrentPlace, SharedFileIsKeptUnderWhateverName) {
  fs::create_symlink("tree/a", directory_ / "link");
  fs::create_hard_link(directory_ / "tree" / "a", directory_ / "second");
  for (const char* name : {"tree/a", "link", "second"}) EXPECT_FALSE(check(name, "tree")) << name;
}

TEST_F(TorrentPlace, NothingIsWrittenIntoASharedFolder) {
  fs::create_directory_symlink("tree/sub", directory_ / "way-in");
  for (const char* name :
       {"tree/new.torrent", "tree/sub/new.torrent", "tree/../tree/new.torrent", "way-in/new.torrent"}) {
    const Status inside = check(name, "tree");
    ASSERT_FALSE(inside) << name;
    EXPECT_THAT(inside.error().message, HasSubstr("is in what is to be shared"));
  }
}

}  // namespace
}  // namespace stp::cli
