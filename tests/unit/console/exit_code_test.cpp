#include "console/exit_code.h"

#include <gtest/gtest.h>

namespace stp::console {
namespace {

TEST(ExitCode, HasTheDocumentedNumbers) {
  EXPECT_EQ(static_cast<int>(ExitCode::done), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::error), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::usage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::incomplete), 7);
  EXPECT_EQ(static_cast<int>(ExitCode::disk_full), 9);
  EXPECT_EQ(static_cast<int>(ExitCode::integrity), 32);
  EXPECT_EQ(static_cast<int>(ExitCode::interrupted), 130);
}

TEST(ExitCode, FollowsTheKindOfError) {
  EXPECT_EQ(exit_code_of(ErrorKind::usage), ExitCode::usage);
  EXPECT_EQ(exit_code_of(ErrorKind::disk_full), ExitCode::disk_full);
  EXPECT_EQ(exit_code_of(ErrorKind::integrity), ExitCode::integrity);
  for (const ErrorKind kind : {ErrorKind::other, ErrorKind::malformed, ErrorKind::limit, ErrorKind::not_found,
                               ErrorKind::exists, ErrorKind::denied, ErrorKind::io, ErrorKind::unsupported}) {
    EXPECT_EQ(exit_code_of(kind), ExitCode::error) << name_of(kind);
  }
}

}  // namespace
}  // namespace stp::console
