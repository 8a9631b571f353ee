#include "net/closed_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "io_test.h"

namespace stp::net {
namespace {

namespace fs = std::filesystem;

const std::string kListedHash(64, 'a');

class ClosedFileTest : public IoTest {
 protected:
  ClosedFileTest() : file_(fs::temp_directory_path() / ("stp-closed-test-" + std::to_string(::getpid()))) {}
  ~ClosedFileTest() override { fs::remove(file_); }
  void write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }

  const fs::path file_;
  std::vector<std::size_t> sizes_;
  std::vector<std::string> warnings_;
};

TEST_F(ClosedFileTest, IsReadAgainOnSighup) {
  ClosedFile file(
      io_, file_, [this](const tracker::ClosedList& list) { sizes_.push_back(list.size()); },
      [this](const std::string& line) { warnings_.push_back(line); });
  write(kListedHash + "\n" + std::string(40, 'b') + "\n");
  ::raise(SIGHUP);
  ASSERT_TRUE(run_until([&] { return sizes_.size() == 1; }));
  EXPECT_EQ(sizes_[0], 2U);
  write("not a hash\n");
  ::raise(SIGHUP);
  ASSERT_TRUE(run_until([&] { return warnings_.size() == 1; }));
  EXPECT_NE(warnings_[0].find("line 1"), std::string::npos) << warnings_[0];
  fs::remove(file_);
  ::raise(SIGHUP);
  ASSERT_TRUE(run_until([&] { return warnings_.size() == 2; }));
  write(kListedHash);
  ::raise(SIGHUP);
  ASSERT_TRUE(run_until([&] { return sizes_.size() == 2; }));
  EXPECT_EQ(sizes_[1], 1U);
}

TEST_F(ClosedFileTest, AnErrorNamesTheFile) {
  EXPECT_EQ(read_closed_list(file_).error().kind, ErrorKind::not_found);
  write(kListedHash + "\nx");
  const Result<tracker::ClosedList> list = read_closed_list(file_);
  ASSERT_FALSE(list.ok());
  EXPECT_NE(list.error().message.find(file_.string() + ": line 2"), std::string::npos) << list.error().message;
}

}  // namespace
}  // namespace stp::net
