// The control socket on real sockets; the io_context runs until the bytes have arrived.
#include "net/control_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "http/event_stream.h"
#include "io_test.h"

namespace stp::net {
namespace {

namespace fs = std::filesystem;

/// Keeps replies until the test answers them.
class LaterHandler final : public ControlHandler {
 public:
  void on_request(const http::Request& request, std::shared_ptr<ControlReply> reply) override {
    asked.emplace_back(std::string(request.target) + std::string(request.body));
    replies.push_back(std::move(reply));
  }
  http::Response refusal_of(unsigned status) override { return {status, to_bytes("refused")}; }

  std::vector<std::string> asked;
  std::vector<std::shared_ptr<ControlReply>> replies;
};

class ClientSocket {
 public:
  explicit ClientSocket(const fs::path& path) : ClientSocket(AF_UNIX) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.string().size());
    connect(address);
  }
  explicit ClientSocket(Port loopback_port) : ClientSocket(AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(loopback_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(address);
  }
  ~ClientSocket() { ::close(fd_); }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  void send(const std::string& request) const {
    EXPECT_EQ(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  }
  /// What has come; `ended` once the other side has closed.
  void read() {
    char bytes[65536];
    for (;;) {
      const ssize_t got = ::read(fd_, bytes, sizeof bytes);
      if (got == 0 || (got < 0 && errno == ECONNRESET)) ended = true;
      if (got <= 0) return;
      text.append(bytes, static_cast<std::size_t>(got));
    }
  }
  bool has(const std::string& wanted) {
    read();
    return text.find(wanted) != std::string::npos;
  }

  std::string text;
  bool ended = false;

 private:
  explicit ClientSocket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  template <class Address>
  void connect(const Address& address) const {
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  }

  int fd_;
};

class ControlSocketTest : public IoTest {
 protected:
  ControlSocketTest() : path_(fs::temp_directory_path() / ("stp-control-" + std::to_string(::getpid()))) {
    Result<std::unique_ptr<ControlSocket>> opened = ControlSocket::open(io_, path_, handler_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    control_ = *std::move(opened);
  }
  static std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: stp\r\n\r\n"; }

  const fs::path path_;
  LaterHandler handler_;
  std::unique_ptr<ControlSocket> control_;
};

TEST_F(ControlSocketTest, OneRequestAfterTheOtherIsAnsweredWhenItsAnswerIsThere) {
  ClientSocket client(path_);
  client.send(get("/one") + "POST /two HTTP/1.1\r\nHost: stp\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
  io_.poll();
  EXPECT_EQ(handler_.replies.size(), 1U) << "the second waits for the first";
  handler_.replies[0]->respond({200, to_bytes("first")});
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 2; }));
  EXPECT_EQ(handler_.asked[1], "/twobody");
  handler_.replies[1]->respond({404, to_bytes("second")});
  EXPECT_TRUE(run_until([&] { return client.has("second"); }));
  EXPECT_LT(client.text.find("first"), client.text.find("HTTP/1.1 404"));
}

/// Gives what the test puts into `given`; an empty piece ends it.
class FakeBody final : public BodySource {
 public:
  struct State {
    std::function<void(Bytes)> take;  // while a piece is awaited
    bool alive = true;
  };
  explicit FakeBody(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~FakeBody() override { state_->alive = false; }
  void next(std::function<void(Bytes)> take) override { state_->take = std::move(take); }
  static void give(State& state, std::string_view piece) { std::exchange(state.take, nullptr)(to_bytes(piece)); }

 private:
  std::shared_ptr<State> state_;
};

class ControlSocketBody : public ControlSocketTest {
 protected:
  /// Asks, and gets an answer of 8 bytes that come later.
  void begin(ClientSocket& client) {
    client.send(get("/file"));
    ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
    http::Response head{206, {}, "video/mp4"};
    head.fields = "Content-Range: bytes 0-7/9\r\n";
    handler_.replies[0]->send(std::move(head), 8, std::make_unique<FakeBody>(body_));
    ASSERT_TRUE(run_until([&] { return client.has("\r\n\r\n") && body_->take; }));
  }

  std::shared_ptr<FakeBody::State> body_ = std::make_shared<FakeBody::State>();
};

TEST_F(ControlSocketBody, IsTakenPieceByPiece) {
  ClientSocket client(path_);
  begin(client);
  EXPECT_TRUE(client.text.starts_with("HTTP/1.1 206 Partial Content\r\n")) << client.text;
  EXPECT_NE(client.text.find("Content-Length: 8\r\nContent-Range: bytes 0-7/9\r\n"), std::string::npos) << client.text;
  client.send(get("/next"));
  io_.poll();
  EXPECT_EQ(handler_.replies.size(), 1U) << "its turn has not come";
  FakeBody::give(*body_, "1234");
  ASSERT_TRUE(run_until([&] { return client.has("1234") && body_->take; }));
  FakeBody::give(*body_, "5678");
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 2; }));
  EXPECT_FALSE(body_->alive);
  handler_.replies[1]->respond({200, to_bytes("next")});
  EXPECT_TRUE(run_until([&] { return client.has("12345678HTTP/1.1 200 OK"); })) << client.text;
}

TEST_F(ControlSocketBody, ThatEndsEarlyEndsTheConnection) {
  ClientSocket client(path_);
  begin(client);
  FakeBody::give(*body_, "123");
  ASSERT_TRUE(run_until([&] { return client.has("123") && body_->take; }));
  FakeBody::give(*body_, "");
  EXPECT_TRUE(run_until([&] {
    client.read();
    return client.ended;
  }));
  EXPECT_TRUE(client.text.ends_with("\r\n\r\n123")) << client.text;
  EXPECT_FALSE(body_->alive);
}

TEST_F(ControlSocketBody, OfAClientThatLeavesIsGivenUp) {
  {
    ClientSocket client(path_);
    begin(client);
    client.send(get("/pipelined"));
    io_.poll();
  }
  EXPECT_TRUE(run_until([&] { return !body_->alive; })) << "although nothing could be sent to it";
}

TEST_F(ControlSocketBody, EndsWithTheSocket) {
  ClientSocket client(path_);
  begin(client);
  control_.reset();
  EXPECT_FALSE(body_->alive);
  FakeBody::give(*body_, "1234");  // too late, and harmless
}

TEST_F(ControlSocketTest, ABodyIsAskedForOnce) {
  ClientSocket client(path_);
  for (const char* target : {"/one", "/two"}) {
    client.text.clear();
    client.send("POST " + std::string(target) + " HTTP/1.1\r\nHost: stp\r\nExpect: 100-Continue\r\n" +
                "Content-Length: 4\r\n\r\n");
    ASSERT_TRUE(run_until([&] { return client.has("100 Continue"); }));
    client.send("bo");
    io_.poll();
    client.send("dy");
    const std::string asked = std::string(target) + "body";
    ASSERT_TRUE(run_until([&] { return !handler_.asked.empty() && handler_.asked.back() == asked; }));
    handler_.replies.back()->respond({200, to_bytes("answer")});
    ASSERT_TRUE(run_until([&] { return client.has("answer"); }));
    EXPECT_EQ(client.text.find("100 Continue"), client.text.rfind("100 Continue")) << client.text;
  }
}

TEST_F(ControlSocketTest, WhatIsNotARequestIsRefusedAndCutOff) {
  ClientSocket client(path_);
  client.send("nonsense\r\n\r\n");
  EXPECT_TRUE(run_until([&] { return client.has("refused") && client.ended; }));
  EXPECT_TRUE(handler_.asked.empty());
}

TEST_F(ControlSocketTest, AListenerThatDoesNotReadIsCutOffAndToldSo) {
  ClientSocket client(path_);
  client.send(get("/events"));
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
  const std::shared_ptr<EventListener> listener = handler_.replies[0]->stream();
  listener->send(http::event_text("first", "{}"));
  ASSERT_TRUE(run_until([&] { return client.has("event: first"); }));
  const std::string big = http::event_text("big", std::string(1'000'000, 'x'));
  int sent = 0;
  while (!listener->gone() && sent < 100) {
    listener->send(big);
    io_.poll();
    ++sent;
  }
  EXPECT_LT(sent, 100) << "its memory is bounded";
  listener->send(http::event_text("late", "{}"));
  EXPECT_TRUE(run_until([&] {
    client.read();
    return client.ended;
  }));
  EXPECT_TRUE(client.text.ends_with(
      http::event_text("overrun", R"({"message":"events were not read in time; connect again"})")));
  EXPECT_EQ(client.text.find("event: late"), std::string::npos);
}

TEST_F(ControlSocketTest, AListenerThatLeavesIsNoticed) {
  std::shared_ptr<EventListener> listener;
  {
    ClientSocket client(path_);
    client.send(get("/events"));
    ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
    listener = handler_.replies[0]->stream();
    ASSERT_TRUE(run_until([&] { return client.has("text/event-stream"); }));
    EXPECT_FALSE(listener->gone());
  }
  EXPECT_TRUE(run_until([&] { return listener->gone(); }));
  listener->send("harmless");
  listener->end();
}

TEST_F(ControlSocketTest, TheOneLongestWithoutARequestMakesRoom) {
  ClientSocket busy(path_);
  busy.send(get("/busy"));
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
  ClientSocket idle(path_);
  std::vector<std::unique_ptr<ClientSocket>> others;
  for (std::size_t i = 0; i + 1 < ControlSocket::kConnectionsMax; ++i) {
    others.push_back(std::make_unique<ClientSocket>(path_));
  }
  EXPECT_TRUE(run_until([&] {
    idle.read();
    return idle.ended;
  }));
  others.back()->send(get("/last"));
  EXPECT_TRUE(run_until([&] { return handler_.replies.size() == 2; }));
  handler_.replies[0]->respond({200, to_bytes("still here")});
  EXPECT_TRUE(run_until([&] { return busy.has("still here"); }));
}

TEST_F(ControlSocketTest, TheFileGoesWithIt) {
  EXPECT_TRUE(fs::is_socket(path_));
  ClientSocket client(path_);
  client.send(get("/one"));
  ASSERT_TRUE(run_until([&] { return handler_.replies.size() == 1; }));
  control_.reset();
  EXPECT_FALSE(fs::exists(path_));
  handler_.replies[0]->respond({200, {}});  // nobody is there any more
}

class ControlPortTest : public IoTest {
 protected:
  /// Who connects belongs to `user`, whoever it really is.
  void open(uid_t user) {
    Result<std::unique_ptr<ControlSocket>> opened =
        ControlSocket::open(io_, {kLoopback, 0}, handler_, [this, user](const Endpoint& from, const Endpoint& to) {
          EXPECT_TRUE(from.address.is_loopback() && to.port == port_);
          EXPECT_NE(std::this_thread::get_id(), network_thread_);
          ++lookups_;
          return std::optional(user);
        });
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    control_ = *std::move(opened);
    port_ = control_->local_endpoint().port;
  }

  const std::thread::id network_thread_ = std::this_thread::get_id();
  LaterHandler handler_;
  Port port_ = 0;
  std::atomic<int> lookups_ = 0;
  std::unique_ptr<ControlSocket> control_;
};

TEST_F(ControlPortTest, TheOwnerIsLookedUpOnAnotherThreadAndServed) {
  open(::geteuid());
  ClientSocket one(port_);
  ClientSocket two(port_);
  one.send("GET /one HTTP/1.1\r\nHost: stp\r\n\r\n");
  two.send("GET /two HTTP/1.1\r\nHost: stp\r\n\r\n");
  EXPECT_TRUE(run_until([&] { return handler_.replies.size() == 2; }));
  EXPECT_EQ(lookups_, 2);
}

TEST_F(ControlPortTest, AnotherUserIsTurnedAway) {
  open(::geteuid() + 1);
  ClientSocket stranger(port_);
  stranger.send("GET /one HTTP/1.1\r\nHost: stp\r\n\r\n");
  EXPECT_TRUE(run_until([&] {
    stranger.read();
    return stranger.ended;
  }));
  EXPECT_TRUE(handler_.asked.empty());
  EXPECT_EQ(lookups_, 1);
}

TEST(ControlSocketPath, ALongOneIsRefusedWithWhatToDo) {
  EXPECT_TRUE(check_socket_path("/run/user/1000/stp/daemon.sock").ok());
  const Status refused = check_socket_path("/" + std::string(200, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("--state"), std::string::npos);
}

}  // namespace
}  // namespace stp::net
