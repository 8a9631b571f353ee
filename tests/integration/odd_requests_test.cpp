// A BitTorrent client that asks for bytes which are not whole blocks (odd_requests.py).
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class OddRequests : public StpTest {
 protected:
  /// What odd_requests.py prints.
  std::string client(Words arguments) {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", "-B", STP_ODD_REQUESTS};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    Process& process = start_program("client", std::move(options));
    EXPECT_EQ(process.wait(), 0) << process.report();
    return process.out_lines().empty() ? "" : process.out_lines().front();
  }
};

TEST_F(OddRequests, AreAnsweredInOneMessageEach) {
  const std::string file = (user_dir("seed") / "data.bin").string();
  const std::string torrent = (user_dir("seed") / "data.torrent").string();
  write_random(file, 600'000, 5);
  const std::string info_hash = client({"make", file, torrent});
  const Seed seed = this->seed("seed", {torrent, file}, {"--no-dht", "--no-lan"});
  EXPECT_EQ(client({"ask", file, seed.endpoint, info_hash}), "right");
}

}  // namespace
}  // namespace stp::integration
