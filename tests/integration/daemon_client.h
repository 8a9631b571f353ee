// Talking to a daemon's control socket byte by byte, as any program may: requests, and the stream of events.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace stp::integration {

/// A connection to a unix socket; every read has a deadline.
class UnixClient {
 public:
  explicit UnixClient(const std::filesystem::path& socket);
  ~UnixClient();
  UnixClient(const UnixClient&) = delete;
  UnixClient& operator=(const UnixClient&) = delete;

  [[nodiscard]] bool connected() const { return fd_ >= 0; }
  void send(const std::string& bytes) const;
  /// More bytes; empty: the other side has ended, or patience() ran out.
  [[nodiscard]] std::string receive() const;

 private:
  int fd_ = -1;
};

struct ApiAnswer {
  int status = 0;  // 0: there was none
  nlohmann::json body;
};

/// The head of a request and its body, with what the API wants in it.
[[nodiscard]] std::string api_request(const std::string& method, const std::string& target,
                                      const nlohmann::json& body = nullptr);
/// The answer to raw bytes.
[[nodiscard]] ApiAnswer ask_raw(const std::filesystem::path& socket, const std::string& request);
[[nodiscard]] ApiAnswer ask(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                            const nlohmann::json& body = nullptr);

/// GET /api/events.
class EventClient {
 public:
  explicit EventClient(const std::filesystem::path& socket);
  struct Event {
    std::string name;
    nlohmann::json data;
  };
  /// The next event; nullopt: the stream has ended, or patience() ran out.
  [[nodiscard]] std::optional<Event> next();
  /// The data of the first event from now on that is called so and satisfies `predicate`; null if it never comes.
  using EventTest = std::function<bool(const nlohmann::json&)>;
  [[nodiscard]] nlohmann::json wait(const std::string& name, const EventTest& predicate = {});
  /// "share" of this one, in this state.
  [[nodiscard]] nlohmann::json wait_state(std::int64_t id, const std::string& state);

 private:
  UnixClient client_;
  std::string text_;
  bool past_head_ = false;
};

}  // namespace stp::integration
