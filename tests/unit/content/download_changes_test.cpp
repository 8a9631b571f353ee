// Other programs that change the files of a download, between two runs and during one.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <tuple>

#include "download_target.h"

namespace stp::content {
namespace {

using test::pattern;
using test::Target;

// What others do to a file of a download, its size kept.
struct Change {
  const char* name;
  std::function<void(const std::string& file)> make;
};
const Change kChanges[] = {
    {"WrittenInPlace",
     [](const std::string& file) {
       std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
       out.seekp(7);
       out << "other";
     }},
    {"ReplacedByAnotherFile",
     [](const std::string& file) {
       Bytes bytes = test::read_file(file);
       bytes[7] ^= std::byte{1};
       test::write_file(file + "~", bytes);
       std::filesystem::rename(file + "~", file);
     }},
    {"OverwrittenWithZeros",
     [](const std::string& file) { test::write_file(file, Bytes(test::read_file(file).size())); }},
    {"CutAndGrownAgain",
     [](const std::string& file) {
       const auto bytes = std::filesystem::file_size(file);
       std::filesystem::resize_file(file, 5);
       std::filesystem::resize_file(file, bytes);
     }},
    {"PutBackWithItsTime",
     [](const std::string& file) {
       const auto time = std::filesystem::last_write_time(file);
       Bytes bytes = test::read_file(file);
       bytes[7] ^= std::byte{1};
       test::write_file(file, bytes);
       std::filesystem::last_write_time(file, time);
     }},
};

class ChangedByOthersAs : public testing::TestWithParam<std::tuple<bool, Change>> {
 protected:
  void SetUp() override { std::get<0>(GetParam()) ? target_.make_folder() : target_.make_file(); }
  void change() const {
    const bool folder = std::get<0>(GetParam());
    std::get<1>(GetParam()).make(target_.dir / (folder ? "s.part/a" : "s.part"));
  }
  // Another file in the place of NAME.part itself ends the download (TargetStorage); a later run goes on with it.
  static bool ends_the_download() {
    return !std::get<0>(GetParam()) && std::string_view(std::get<1>(GetParam()).name) == "ReplacedByAnotherFile";
  }
  // Fetches and finishes until nothing is wrong any more; how many chunks were wrong after they had been marked.
  std::uint32_t finish(Download& download) const {
    std::uint32_t wrong = 0;
    for (int round = 0; round < 3; ++round) {
      target_.fetch_all(download);
      const auto outcome = download.finish();
      EXPECT_TRUE(outcome) << outcome.error().message;
      if (!outcome || outcome->none()) return wrong;
      wrong += outcome->count();
    }
    ADD_FAILURE() << "never complete";
    return wrong;
  }
  Target target_;
};
INSTANTIATE_TEST_SUITE_P(Table, ChangedByOthersAs, testing::Combine(testing::Bool(), testing::ValuesIn(kChanges)),
                         [](const auto& row) {
                           return std::string(std::get<1>(row.param).name) +
                                  (std::get<0>(row.param) ? "OfAFolder" : "Alone");
                         });

TEST_P(ChangedByOthersAs, BetweenTwoRunsIsVerifiedAgain) {
  {
    const auto download = target_.open();
    ASSERT_TRUE(download->store_hashes(target_.share->hashes));
    target_.fetch(*download, {0});
    target_.fetch(*download, {1});
  }
  change();
  const auto download = target_.open();
  EXPECT_EQ(download->to_verify().count(), 2U);
  ASSERT_TRUE(download->reverify({}));
  EXPECT_FALSE(download->verified().test({0}));
  EXPECT_EQ(finish(*download), 0U);
  target_.expect_finished();
}

TEST_P(ChangedByOthersAs, BetweenTwoWritesIsNoticedAtTheEnd) {
  const auto download = target_.open();
  ASSERT_TRUE(download->store_hashes(target_.share->hashes));
  target_.fetch(*download, {0});
  change();
  if (ends_the_download()) {
    const Bytes block(kBlockBytes);
    const ByteSpan buffer = block;
    EXPECT_FALSE(download->storage().write({{1}, 0, 1}, std::span(&buffer, 1)));
    return;
  }
  EXPECT_GE(finish(*download), 1U);
  target_.expect_finished();
}

TEST_P(ChangedByOthersAs, AfterTheLastWriteIsNoticedAtTheEnd) {
  const auto download = target_.open();
  ASSERT_TRUE(download->store_hashes(target_.share->hashes));
  target_.fetch_all(*download);
  change();
  if (ends_the_download()) {
    const auto outcome = download->finish();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::not_found);
    EXPECT_FALSE(std::filesystem::exists(target_.dir / "s"));
    return;
  }
  EXPECT_GE(finish(*download), 1U);
  target_.expect_finished();
}

TEST_P(ChangedByOthersAs, IsNotServed) {
  const auto download = target_.open();
  ASSERT_TRUE(download->store_hashes(target_.share->hashes));
  target_.fetch_all(*download);
  Bytes out(kBlockBytes);
  ASSERT_TRUE(download->storage().read({{0}, 0, 1}, out));
  change();
  if (const Status read = download->storage().read({{0}, 0, 1}, out)) {
    EXPECT_EQ(out, Bytes(pattern(0, kBlockBytes))) << "read from the file that was replaced";
  } else {
    EXPECT_EQ(read.error().kind, ErrorKind::integrity);
  }
}

TEST(ChangedByOthers, AFileThatIsRemovedInTheEndIsFetchedAgain) {
  Target target;
  target.make_folder();
  const auto download = target.open();
  ASSERT_TRUE(download->store_hashes(target.share->hashes));
  target.fetch_all(*download);
  std::filesystem::remove_all(target.dir / "s.part/d");
  const auto wrong = download->finish();
  ASSERT_TRUE(wrong) << wrong.error().message;
  EXPECT_EQ(wrong->count(), 1U);
}

// The restart and the removed file come together: what is settled for the one says nothing about the rest.
TEST(ChangedByOthers, ARemovedFileDoesNotMakeTheMarksOfTheOthersCountAfterARestart) {
  Target target;
  target.make_folder();
  {
    const auto download = target.open("boot-1");
    ASSERT_TRUE(download->store_hashes(target.share->hashes));
    target.fetch_all(*download);
  }
  std::filesystem::remove(target.dir / "s.part/a");
  { const auto download = target.open("boot-2"); }
  const auto download = target.open("boot-2");
  EXPECT_EQ(download->to_verify().count(), 1U);
  EXPECT_TRUE(download->verified().none());
}

TEST(ChangedByOthers, IsStillToVerifyAfterARunThatDidNot) {
  Target target;
  target.make_file();
  {
    const auto download = target.open();
    ASSERT_TRUE(download->store_hashes(target.share->hashes));
    target.fetch(*download, {0});
  }
  kChanges[0].make(target.dir / "s.part");
  {
    const auto download = target.open();
    target.fetch(*download, {1});  // and it looks like ours again
  }
  const auto download = target.open();
  EXPECT_TRUE(download->to_verify().test({0}));
  ASSERT_TRUE(download->reverify({}));
  EXPECT_FALSE(download->verified().test({0}));
}

}  // namespace
}  // namespace stp::content
