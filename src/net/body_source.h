// BodySource: the body of an answer that is too long to be made at once, or not all there yet. The connection takes piece
// after piece, as its client reads them, so one piece at a time is in memory.
//
// Lives on the network thread. Destroyed when everything was taken, or nobody wants the rest.
#pragma once

#include <functional>

#include "core/bytes.h"

namespace stp::net {

class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Gives the next piece to `take`, now or later; an empty one: nothing more comes, although something is missing. May be
  /// destroyed by that. Not to be called again before.
  virtual void next(std::function<void(Bytes)> take) = 0;
};

}  // namespace stp::net
