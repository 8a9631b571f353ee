// ControlClient: asks the process that listens at a control socket (control_socket.h), through libcurl: one request after
// the other, each waited for. For commands, which have nothing else to do; never on the network thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "http/message.h"

namespace stp::net {

class ControlClient {
 public:
  static constexpr std::size_t kBodyBytesMax = std::size_t{256} * 1024 * 1024;
  static constexpr std::size_t kEventBytesMax = std::size_t{16} * 1024 * 1024;

  /// Connects with the first request. Once `cancel` is set (may be null), requests end with an `other` error.
  explicit ControlClient(std::filesystem::path socket, const std::atomic<bool>* cancel = nullptr);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  /// `method`: "GET", "POST", "DELETE". `target` begins with '/'. `json`: the body; what changes something is sent as
  /// JSON, even if it is empty. Errors: not_found (nobody listens), denied, io, limit, other.
  [[nodiscard]] Result<http::Response> send(std::string_view method, std::string_view target,
                                            std::string_view json = {});

  /// Takes an event; false: enough.
  using OnEvent = std::function<bool(std::string_view name, std::string_view data)>;
  /// Listens to the events at `target` until `on_event` has enough (then Done), the stream ends (io), or as send(). A
  /// response that is not a stream is an error with its body as the message.
  [[nodiscard]] Status listen(std::string_view target, const OnEvent& on_event);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stp::net
