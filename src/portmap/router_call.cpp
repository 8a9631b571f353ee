#include "portmap/router_call.h"

namespace stp::portmap {

const char* name_of(Protocol protocol) {
  return protocol == Protocol::nat_pmp ? "NAT-PMP" : "UPnP";
}

bool is_public(const IpAddress& address) {
  if (!Endpoint{address, 1}.is_dialable() || address.is_local()) return false;
  const ByteSpan bytes = address.bytes();
  const bool shared = address.is_v4() && bytes[0] == std::byte{100} && (bytes[1] & std::byte{0xc0}) == std::byte{0x40};
  return !shared;
}

}  // namespace stp::portmap
