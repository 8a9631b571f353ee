#include "content/temporary_names.h"

#include <gtest/gtest.h>

namespace stp::content {
namespace {

TEST(TemporaryNames, EditorsAndDownloadsAreRecognised) {
  for (const char* name :
       {"a~", ".a.txt.swp", ".a.swx", "#a.txt#", ".#a.txt", ".~lock.a.odt#", "~$a.docx", "4913", "film.mkv.part",
        "film.mkv.stp", "a.crdownload", "a.tmp", ".goutputstream-X1", ".nfs0001", ".fuse_hidden01", "Thumbs.db"}) {
    EXPECT_TRUE(looks_temporary(name)) << name;
  }
}

TEST(TemporaryNames, OrdinaryNamesAreNot) {
  for (const char* name :
       {"a", "a.txt", ".bashrc", "~", "#", "##", "part", ".part", "49130", "a.swp", "notes#1", "tmp"}) {
    EXPECT_FALSE(looks_temporary(name)) << name;
  }
}

}  // namespace
}  // namespace stp::content
