#include "cli/node_key.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/random.h"

namespace stp::cli {
namespace {

class NodeKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    crypto::initialize();
    std::string name = (std::filesystem::temp_directory_path() / "stp-node-key-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(NodeKeyTest, IsMadeOnceAndKept) {
  const Result<crypto::NodeKey> first = load_node_key(directory_ / "new" / "state");
  ASSERT_TRUE(first) << first.error().message;
  const Result<crypto::NodeKey> again = load_node_key(directory_ / "new" / "state");
  ASSERT_TRUE(again);
  EXPECT_TRUE(*first == *again);
  const Result<crypto::NodeKey> other = load_node_key(directory_ / "other");
  ASSERT_TRUE(other);
  EXPECT_FALSE(*first == *other);
}

TEST_F(NodeKeyTest, OnlyTheOwnerCanReadIt) {
  ASSERT_TRUE(load_node_key(directory_));
  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "node.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(status.st_size, 32);
}

TEST_F(NodeKeyTest, KeyThatOthersCanReadIsRefused) {
  ASSERT_TRUE(load_node_key(directory_));
  std::filesystem::permissions(directory_ / "node.key", std::filesystem::perms(0644));
  const Result<crypto::NodeKey> key = load_node_key(directory_);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::denied);
}

TEST_F(NodeKeyTest, KeyOfTheWrongSizeIsRefused) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    const std::filesystem::path file = directory_ / "node.key";
    std::ofstream(file, std::ios::trunc) << std::string(size, 'x');
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    const Result<crypto::NodeKey> key = load_node_key(directory_);
    ASSERT_FALSE(key) << size;
    EXPECT_EQ(key.error().kind, ErrorKind::malformed);
  }
}

}  // namespace
}  // namespace stp::cli
