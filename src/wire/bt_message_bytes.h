// How long stp's messages are on BitTorrent's wire: what BtCodec sends for them, without a connection.
//
// For the simulator, which passes messages around without encoding them. The peer has BEP 6, BEP 9, BEP 10 and BEP 11.
#pragma once

#include <cstddef>

#include "wire/message.h"

namespace stp::wire {

/// Bytes of all BitTorrent messages that stand for it; 0: BitTorrent has none, nothing is sent (Bye). Of a
/// MetainfoRequest: as if the part were a full one. Of a MetainfoPart: as if it were all of the info dictionary, whose
/// length is repeated in a few digits.
[[nodiscard]] std::size_t bt_message_bytes(const Message& message);

}  // namespace stp::wire
