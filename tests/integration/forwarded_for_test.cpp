// `stp tracker` behind a proxy: whose X-Forwarded-For counts.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class ForwardedFor : public StpTest {
 protected:
  /// The reply of the tracker at 127.0.0.1:`port` to an announce with this header.
  static std::string announce(std::uint16_t port, const std::string& listens, const std::string& forwarded_for) {
    return raw_answer(
        port, "GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&compact=0&left=1&port=" +
                  listens + " HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: " + forwarded_for + "\r\n\r\n");
  }
  /// What a second peer is told, after one behind a proxy has come.
  std::string told(const Words& flags) {
    Words words = {"tracker", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& tracker = start("tracker", words);
    const std::string url = tracker.wait_first_line().value_or("http://127.0.0.1:0/");
    const std::uint16_t port = port_of(url);
    static_cast<void>(announce(port, "7001", "198.51.100.7"));
    std::string reply = announce(port, "7002", "198.51.100.8");
    EXPECT_EQ(tracker.interrupt(), 0);
    return reply;
  }
};

TEST_F(ForwardedFor, CountsFromANamedProxy) {
  EXPECT_THAT(told({"--trust-forwarded-for", "127.0.0.1"}), HasSubstr("12:198.51.100.7"));
}

TEST_F(ForwardedFor, CountsFromNobodyElse) {
  for (const Words& flags : {Words{}, Words{"--trust-forwarded-for", "127.0.0.2"}}) {
    EXPECT_THAT(told(flags), testing::AllOf(HasSubstr("9:127.0.0.1"), Not(HasSubstr("198.51.100"))));
  }
}

}  // namespace
}  // namespace stp::integration
