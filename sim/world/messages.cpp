#include "sim/world/messages.h"

namespace stp::sim {

std::size_t kind_of_datagram(ByteSpan datagram) {
  constexpr std::size_t kReply = kFirstDatagramKind + 4;
  constexpr std::size_t kError = kFirstDatagramKind + 5;
  constexpr std::size_t kOther = kFirstDatagramKind + 6;
  const std::string_view text = as_text(datagram);
  if (text.starts_with("BT-SEARCH ")) return kLanAnnounce;
  if (text.ends_with("1:y1:re")) return kReply;
  if (text.ends_with("1:y1:ee")) return kError;
  constexpr std::array<std::string_view, 4> kMethods = {"1:q4:ping", "1:q9:find_node", "1:q9:get_peers",
                                                        "1:q13:announce_peer"};
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (text.find(kMethods[i]) != std::string_view::npos) return kFirstDatagramKind + i;
  }
  return kOther;
}

}  // namespace stp::sim
