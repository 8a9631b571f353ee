// What of a daemon's settings can be changed while it runs.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

/// A BitTorrent client that speaks in the clear and says no more than its handshake, and that it does not choke.
class PlainClient {
 public:
  PlainClient(std::uint16_t port, const std::string& key) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    timeval limit{};
    limit.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(patience()).count();
    EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    const std::string hello =
        "\x13"
        "BitTorrent protocol" +
        std::string(8, '\0') + key + std::string(20, 'c') + std::string("\0\0\0\1\1", 5);  // unchoke
    EXPECT_EQ(::send(fd_, hello.data(), hello.size(), MSG_NOSIGNAL), static_cast<ssize_t>(hello.size()));
  }
  ~PlainClient() { ::close(fd_); }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  /// Everything until the other side hangs up; nullopt: it does not.
  [[nodiscard]] std::optional<std::string> read_to_end() const {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno != ECONNRESET) return std::nullopt;
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int fd_;
};

std::string v1_key(const std::string& link) {
  constexpr std::string_view kName = "urn:btih:";
  const std::string hex = link.substr(link.find(kName) + kName.size(), 40);
  std::string key;
  for (std::size_t i = 0; i < 40; i += 2) key.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return key;
}

class DaemonSettings : public DaemonTest {
 protected:
  ApiAnswer set(const json& changes) { return ask(socket_of("d"), "POST", "/api/daemon/settings", changes); }
  json settings() { return ask(socket_of("d"), "GET", "/api/daemon").body.at("daemon").at("settings"); }
};

TEST_F(DaemonSettings, ConnectionsInTheClearEndWhenEncryptionIsRequired) {
  write_random(user_dir("d") / "f.bin", 50'000, 1);
  Process& process = daemon("d");
  const std::uint16_t port = port_of(events(process, "ready").front().at("endpoint"));
  EventClient events(socket_of("d"));
  const std::int64_t id = add("d", seed_order(user_dir("d") / "f.bin"));
  const std::string key = v1_key(events.wait_state(id, "seeding").at("link"));
  const PlainClient client(port, key);
  ASSERT_TRUE(events.wait("share", [](const json& share) { return share.at("peers") == 1; }).is_object());
  const json peer = show("d", id).at("peers").at(0);
  EXPECT_EQ(peer.at("wire"), "bittorrent");
  EXPECT_EQ(peer.at("wire_version"), 1);
  EXPECT_EQ(peer.at("encrypted"), false);

  const ApiAnswer changed = set({{"must_hide", true}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.body.at("daemon").at("settings").at("must_hide"), true);
  const std::optional<std::string> heard = client.read_to_end();
  ASSERT_TRUE(heard) << "the connection goes on";
  EXPECT_THAT(*heard, HasSubstr("BitTorrent protocol")) << "it was answered before";
  EXPECT_TRUE(events.wait("share", [](const json& share) { return share.at("peers") == 0; }).is_object());
  EXPECT_EQ(PlainClient(port, key).read_to_end(), "") << "another one is not answered";
  EXPECT_EQ(set({{"must_hide", false}}).status, 200);
  const PlainClient again(port, key);
  EXPECT_TRUE(events.wait("share", [](const json& share) { return share.at("peers") == 1; }).is_object());
}

TEST_F(DaemonSettings, AreChangedTogetherOrNotAtAllAndEndWithTheProcess) {
  Process& first = daemon("d");
  const json before = settings();
  EXPECT_EQ(before.at("connections"), before.at("connections_max"));
  EventClient events(socket_of("d"));
  const ApiAnswer refused = set({{"must_hide", true}, {"connections", 100}, {"upload_slots", 1}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body.at("error").at("message"), "upload_slots has to be between 2 and 200");
  const std::string max = before.at("connections_max").dump();
  EXPECT_EQ(set({{"connections", 7}}).body.at("error").at("message"), "connections has to be between 8 and " + max);
  EXPECT_EQ(set({{"connections", before.at("connections_max").get<int>() + 1}}).status, 400);
  EXPECT_THAT(set({{"dht", false}}).body.at("error").at("message").get<std::string>(), HasSubstr("'dht' is not"));
  EXPECT_EQ(settings(), before);

  EXPECT_EQ(set({{"connections", 100}, {"upload_slots", 5}}).status, 200);
  const json now = settings();
  EXPECT_EQ(now.at("connections"), 100);
  EXPECT_EQ(now.at("upload_slots"), 5);
  EXPECT_EQ(now.at("must_hide"), before.at("must_hide"));
  EXPECT_TRUE(
      events
          .wait("daemon", [](const json& event) { return event.at("daemon").at("settings").at("connections") == 100; })
          .is_object());
  EXPECT_EQ(first.interrupt(), 0);
  daemon("d");
  EXPECT_EQ(settings(), before);
}

}  // namespace
}  // namespace stp::integration
