#include "content/standard_descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace stp::content {
namespace {

TEST(StandardDescriptorsDeathTest, ClosedOnesAreNotGivenToWhatIsOpenedLater) {
  const auto opened_without = [](int closed) {
    ::close(closed);
    open_standard_descriptors();
    const bool kept_free = ::open("/dev/null", O_RDONLY) > STDERR_FILENO;
    ::_exit(kept_free && ::write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 1);
  };
  for (const int closed : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    EXPECT_EXIT(opened_without(closed), testing::ExitedWithCode(0), "") << closed;
  }
}

}  // namespace
}  // namespace stp::content
