#include "dht/token.h"

namespace stp::dht {
namespace {

Token token_with(const KeyedHash& secret, const Endpoint& querier, const NodeId& info_hash) {
  std::array<std::byte, 16 + sizeof(Port) + NodeId::kSize> data{};
  static_assert(sizeof data <= KeyedHash::kDataBytesMax);
  const ByteSpan address = querier.address.bytes();
  std::size_t size = address.size();
  std::copy(address.begin(), address.end(), data.begin());
  store_be(data.data() + size, querier.port);
  size += sizeof(Port);
  std::copy(info_hash.bytes.begin(), info_hash.bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(size));
  size += NodeId::kSize;
  std::array<std::byte, kTokenBytes> raw{};
  store_be(raw.data(), secret(ByteSpan(data).first(size)));
  return *Token::from(raw);
}

}  // namespace

TokenIssuer::TokenIssuer(Duration rotation, Rng& rng, Instant now)
    : rotation_(rotation), rng_(rng), current_(rng), previous_(rng), rotated_(now) {}

void TokenIssuer::rotate(Instant now) {
  if (now < rotated_ + rotation_) return;
  // After a long silence even the current secret is too old to become the previous one.
  previous_ = now < rotated_ + 2 * rotation_ ? current_ : KeyedHash(rng_);
  current_ = KeyedHash(rng_);
  rotated_ = now;
}

Token TokenIssuer::issue(const Endpoint& querier, const NodeId& info_hash, Instant now) {
  rotate(now);
  return token_with(current_, querier, info_hash);
}

bool TokenIssuer::accepts(const Token& token, const Endpoint& querier, const NodeId& info_hash, Instant now) {
  rotate(now);
  return token == token_with(current_, querier, info_hash) || token == token_with(previous_, querier, info_hash);
}

}  // namespace stp::dht
