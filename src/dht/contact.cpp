#include "dht/contact.h"

#include <algorithm>

namespace stp::dht {

void append_compact(Bytes& out, const NodeContact& contact) {
  append(out, contact.id.span());
  contact.endpoint.append_compact(out);
}

std::optional<std::vector<NodeContact>> parse_compact_nodes(ByteSpan raw, Family family, std::size_t max) {
  const std::size_t each = compact_node_bytes(family);
  if (raw.size() % each != 0) return std::nullopt;
  std::vector<NodeContact> contacts;
  contacts.reserve(std::min(raw.size() / each, max));
  for (; !raw.empty() && contacts.size() < max; raw = raw.subspan(each)) {
    NodeContact contact;
    std::copy_n(raw.begin(), NodeId::kSize, contact.id.bytes.begin());
    contact.endpoint = *Endpoint::from_compact(raw.subspan(NodeId::kSize, each - NodeId::kSize));
    if (contact.endpoint.is_dialable() && family_of(contact.endpoint) == family) contacts.push_back(contact);
  }
  return contacts;
}

std::uint64_t neighbourhood(const IpAddress& address) {
  const std::size_t prefix = address.is_v4() ? 3 : 8;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < prefix; ++i) bits = bits << 8 | std::to_integer<std::uint64_t>(address.bytes()[i]);
  return bits;
}

bool same_neighbourhood(const IpAddress& a, const IpAddress& b) {
  return a.is_v4() == b.is_v4() && !a.is_local() && neighbourhood(a) == neighbourhood(b);
}

}  // namespace stp::dht
