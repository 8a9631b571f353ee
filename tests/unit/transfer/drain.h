// What an owner of a swarm has written to its Outbox, taken out and sorted.
#pragma once

#include <utility>
#include <vector>

#include "transfer/outbox.h"

namespace stp::transfer {

struct Drained {
  std::vector<std::pair<PeerHandle, wire::Message>> messages;
  std::vector<Action> others;  // actions that are not messages
  std::vector<SwarmEvent> events;

  /// The messages of one kind to one peer, in order.
  template <class Message>
  [[nodiscard]] std::vector<Message> to(PeerHandle peer) const {
    std::vector<Message> found;
    for (const auto& [handle, message] : messages) {
      const Message* const one = std::get_if<Message>(&message);
      if (handle == peer && one != nullptr) found.push_back(*one);
    }
    return found;
  }
  template <class Wanted>
  [[nodiscard]] std::vector<Wanted> actions() const {
    return of<Wanted>(others);
  }
  template <class Wanted>
  [[nodiscard]] std::vector<Wanted> reported() const {
    return of<Wanted>(events);
  }

 private:
  template <class Wanted, class From>
  [[nodiscard]] static std::vector<Wanted> of(const From& all) {
    std::vector<Wanted> found;
    for (const auto& one : all) {
      if (const Wanted* const wanted = std::get_if<Wanted>(&one)) found.push_back(*wanted);
    }
    return found;
  }
};

inline Drained drain(Outbox& outbox) {
  Drained drained;
  while (auto action = outbox.poll_action()) {
    if (auto* const send = std::get_if<Send>(&*action)) {
      drained.messages.emplace_back(send->peer, std::move(send->message));
    } else {
      drained.others.push_back(std::move(*action));
    }
  }
  while (auto event = outbox.poll_event()) drained.events.push_back(std::move(*event));
  return drained;
}

}  // namespace stp::transfer
