// UnprovenTable: connections that have not shown yet that they belong to the swarm.
//
// Anybody can connect and say nothing. There is room for a bounded number of such connections, and no newcomer is
// refused for them: when the table is full, the oldest of the address (origin: IPv4, or the /64 of IPv6) that holds
// most makes room, of several such addresses the one whose oldest is oldest. So a host that opens many connections
// closes its own, and a newcomer has as long for its handshake as all others need to fill the table once.
//
// Knows no sockets: a connection is a number, greater for later ones. Invariants: at most `max` are in; none is in
// twice. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "core/endpoint.h"

namespace stp::net {

class UnprovenTable {
 public:
  using Id = std::uint64_t;

  /// `max` is at least 1.
  explicit UnprovenTable(std::size_t max) : max_(max) {}

  /// Adds a connection; `id` is greater than all before. Returns the one that has to go for it.
  [[nodiscard]] std::optional<Id> add(Id id, const IpAddress& address);
  /// The connection has proved itself, or is gone; harmless if it is not in.
  void remove(Id id);
  [[nodiscard]] std::size_t size() const { return origins_.size(); }

 private:
  struct Holder {
    IpAddress origin;
    std::set<Id> ids;  // not empty
  };
  /// Most first, then the one whose oldest is oldest.
  struct HoldsMore {
    bool operator()(const Holder* a, const Holder* b) const {
      if (a->ids.size() != b->ids.size()) return a->ids.size() > b->ids.size();
      return *a->ids.begin() < *b->ids.begin();
    }
  };
  /// Changes a holder, on which its place in the order depends.
  template <class Change>
  void update(Holder& holder, Change change);

  std::size_t max_;
  std::map<Id, IpAddress> origins_;
  std::map<IpAddress, Holder> holders_;
  std::set<Holder*, HoldsMore> order_;
};

}  // namespace stp::net
