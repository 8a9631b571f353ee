// EventHub: who listens to `GET /api/events`, and what they were told. Each gets the present state first, then what
// changes; a share is told about only if it differs from what was told last. Looking at a share costs more than telling
// about it, so of many shares those at rest are looked at in turn (due()): with 1,000, every two seconds.
//
// Lives on the network thread.
#pragma once

#include <cstddef>
#include <cstdint>
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
  /// Begins to look at `shares` shares, about twice a second.
  void begin_round(std::size_t shares);
  /// Whether this one is looked at in this round: it has changed since the look before, or it is its turn.
  [[nodiscard]] bool due(RecordId id) const;
  /// To everybody, if it is something new.
  void send_share(RecordId id, const nlohmann::json& share);
  /// The share was removed.
  void forget(RecordId id);
  /// Says that the process ends, and lets everybody go.
  void end();

 private:
  /// Shares at rest that are looked at in one round, and the rounds that such a share waits at most.
  static constexpr std::size_t kRestingPerRound = 250;
  static constexpr std::size_t kRoundsMax = 16;
  struct Told {
    std::string text;  // the last event
    bool changed = true;
  };
  void send_text(const char* name, const std::string& text);

  std::vector<std::shared_ptr<net::EventListener>> listeners_;
  std::map<RecordId, Told> told_;  // while somebody listens
  std::uint64_t round_ = 0;
  std::uint64_t turns_ = 1;
};

}  // namespace stp::daemon
