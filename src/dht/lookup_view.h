// LookupView: one lookup of a node as people see it: what it is for, how far it is, how it ended. Node::lookups() lists
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/ids.h"
#include "core/time.h"
#include "dht/rpc_manager.h"

namespace stp::dht {

struct LookupView {
  enum class Purpose : std::uint8_t {
    peers,     // finds peers
    announce,  // the same, and announces us to the closest nodes
    upkeep     // keeps our own table full and fresh
  };
  enum class Stage : std::uint8_t {
    waiting,     // for its turn, or for the first node
    looking,     // asks nodes
    announcing,  // waits for the closest ones to confirm
    done,
    cancelled
  };

  LookupId id;
  Purpose purpose = Purpose::peers;
  NodeId target;
  Stage stage = Stage::waiting;
  Instant started;
  std::optional<Instant> ended;  // done, cancelled
  std::size_t asked = 0;         // queries, including repeated ones
  std::size_t answered = 0;
  std::optional<unsigned> closest_prefix;  // leading bits that the target and the closest node that answered share
  std::size_t peers = 0;
  std::size_t announced = 0;  // nodes that confirmed
};

[[nodiscard]] constexpr const char* to_string(LookupView::Purpose purpose) {
  switch (purpose) {
    case LookupView::Purpose::peers: return "peers";
    case LookupView::Purpose::announce: return "announce";
    case LookupView::Purpose::upkeep: return "upkeep";
  }
  return "";
}

[[nodiscard]] constexpr const char* to_string(LookupView::Stage stage) {
  switch (stage) {
    case LookupView::Stage::waiting: return "waiting";
    case LookupView::Stage::looking: return "looking";
    case LookupView::Stage::announcing: return "announcing";
    case LookupView::Stage::done: return "done";
    case LookupView::Stage::cancelled: return "cancelled";
  }
  return "";
}

}  // namespace stp::dht
