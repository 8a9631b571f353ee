// Network: the addresses that are reached without a router.
#pragma once

#include <algorithm>

#include "core/endpoint.h"

namespace stp::lan {

struct Network {
  IpAddress address;  // any of it
  unsigned bits = 0;  // that all its addresses begin with

  /// The zone does not matter: it names the interface, whose network this is.
  [[nodiscard]] bool contains(const IpAddress& other) const {
    if (other.is_v4() != address.is_v4()) return false;
    const ByteSpan a = address.bytes();
    const ByteSpan b = other.bytes();
    const std::size_t whole = std::min<std::size_t>(bits / 8, a.size());
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    if (whole == a.size() || bits % 8 == 0) return true;
    const auto mask = static_cast<std::byte>(0xff00U >> (bits % 8));
    return (a[whole] & mask) == (b[whole] & mask);
  }
};

}  // namespace stp::lan
