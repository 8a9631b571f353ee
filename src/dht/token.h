// Write tokens of get_peers (BEP 5): proof that the announcing node also receives at that address.
//
// A token is a keyed hash of the querier's address, port and the info-hash, so it is worthless for another key or to a
// neighbour behind the same NAT. The secret is replaced every storage.token_rotation; the previous one is still
// accepted, so a token lives between one and two rotations. Deviation: BEP 5 binds to the address alone. Not
// thread-safe.
#pragma once

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/rng.h"
#include "core/time.h"
#include "dht/keyed_hash.h"
#include "dht/krpc.h"

namespace stp::dht {

class TokenIssuer {
 public:
  /// A secret is replaced after `rotation`. `rng` is borrowed for later ones and must outlive the issuer.
  TokenIssuer(Duration rotation, Rng& rng, Instant now);

  [[nodiscard]] Token issue(const Endpoint& querier, const NodeId& info_hash, Instant now);
  [[nodiscard]] bool accepts(const Token& token, const Endpoint& querier, const NodeId& info_hash, Instant now);

 private:
  void rotate(Instant now);

  Duration rotation_;
  Rng& rng_;
  KeyedHash current_;
  KeyedHash previous_;
  Instant rotated_;
};

}  // namespace stp::dht
