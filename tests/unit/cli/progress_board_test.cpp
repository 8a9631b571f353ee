#include "cli/progress_board.h"

#include <gtest/gtest.h>

namespace stp::cli {
namespace {

transfer::SwarmStatus swarm(std::int64_t had, std::int64_t wanted, double rate) {
  transfer::SwarmStatus status;
  status.bytes_had = had;
  status.bytes_wanted = wanted;
  status.down_rate = rate;
  return status;
}

TEST(ProgressBoard, SumsUpWhatIsKnown) {
  console::Console console("stp", true);
  ProgressBoard board(console);
  const std::size_t a = board.add();
  const std::size_t b = board.add();
  const std::size_t c = board.add();
  EXPECT_EQ(console::whole_text(board.sum()), "0 of 3 complete  waiting for peers");
  board.show(a, {}, swarm(1'000'000, 4'000'000, 500'000));
  board.show(b, {}, swarm(1'000'000, 2'000'000, 500'000));
  EXPECT_EQ(console::whole_text(board.sum()), "0 of 3 complete  33 %  2.00 MB of 6.00 MB  1.00 MB/s  ETA 4s");
  board.done(b);
  EXPECT_EQ(console::whole_text(board.sum()), "1 of 3 complete  50 %  3.00 MB of 6.00 MB  500 kB/s  ETA 6s");
  board.done(a);
  board.done(c);
  EXPECT_EQ(console::whole_text(board.sum()), "3 of 3 complete  100 %  6.00 MB of 6.00 MB");
}

}  // namespace
}  // namespace stp::cli
