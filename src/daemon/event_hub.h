// EventHub: who listens to `GET /api/events`, and what they were told. Each gets the present state first, then what
// changes; a share is told about only if it differs from what was told last.
//
// Lives on the network thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/record.h"
#include "net/control_socket.h"

namespace stp::daemon {

class EventHub {
 public:
  /// Begins the stream with the event `daemon`; null, after the refusal, if too many listen already. Then come the shares
  /// (say_share()) and welcomed().
  [[nodiscard]] std::shared_ptr<net::EventListener> begin(net::ControlReply& reply, const nlohmann::json& daemon);
  /// Of the shares that are there at the beginning.
  static void say_share(net::EventListener& listener, const nlohmann::json& share);
  void welcomed(std::shared_ptr<net::EventListener> listener);

  /// Whether somebody listens. Forgets those that have gone.
  [[nodiscard]] bool anybody();
  void send(const char* name, const nlohmann::json& data);
  /// To everybody, if it is something new.
  void send_share(RecordId id, const nlohmann::json& share);
  /// The share was removed.
  void forget(RecordId id);
  /// Says that the process ends, and lets everybody go.
  void end();

 private:
  void send_text(const char* name, const std::string& text);

  std::vector<std::shared_ptr<net::EventListener>> listeners_;
  std::map<RecordId, std::string> told_;  // the last event of each, while somebody listens
};

}  // namespace stp::daemon
