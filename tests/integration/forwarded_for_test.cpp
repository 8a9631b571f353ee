// `stp tracker` behind a proxy: whose X-Forwarded-For counts.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class ForwardedFor : public StpTest {
 protected:
  /// The reply of the tracker at 127.0.0.1:`port` to an announce with this header.
  static std::string announce(std::uint16_t port, const std::string& listens, const std::string& forwarded_for) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string request =
        "GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&compact=0&left=1&port=" + listens +
        " HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: " + forwarded_for + "\r\n\r\n";
    EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string reply;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
      reply.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return reply;
  }
  /// What a second peer is told, after one behind a proxy has come.
  std::string told(const Words& flags) {
    Words words = {"tracker", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& tracker = start("tracker", words);
    const std::string url = tracker.wait_first_line().value_or("http://127.0.0.1:0/");
    const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
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
