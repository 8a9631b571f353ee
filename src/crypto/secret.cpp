#include "crypto/secret.h"

#include <algorithm>

#include "crypto/blake2b.h"

namespace stp::crypto {
namespace {

// What each derived value is for. Part of the protocol: changing one breaks every existing link.
constexpr std::string_view kPurposeSecret = "stp1 secret";
constexpr std::string_view kPurposeSwarmKey = "stp1 swarm key";
constexpr std::string_view kPurposePrivatePsk = "stp1 psk private";
constexpr std::string_view kPurposePublicPsk = "stp1 psk public";

template <class SecretType>
SecretType derive(ByteSpan key, std::string_view purpose, ByteSpan info_hash) {
  SecretType derived;
  blake2b_into(derived.mutable_span(), key, purpose, {info_hash});
  return derived;
}

}  // namespace

Secret share_secret(const NodeKey& node_key, const InfoHash& info_hash) {
  return derive<Secret>(node_key.span(), kPurposeSecret, info_hash.span());
}

SwarmKey public_swarm_key(const InfoHash& info_hash) {
  SwarmKey key;
  std::copy_n(info_hash.bytes.begin(), SwarmKey::kSize, key.bytes.begin());
  return key;
}

SwarmKey private_swarm_key(const Secret& secret, const InfoHash& info_hash) {
  return SwarmKey{blake2b<SwarmKey::kSize>(secret.span(), kPurposeSwarmKey, {info_hash.span()})};
}

Psk public_psk(const InfoHash& info_hash) {
  return derive<Psk>({}, kPurposePublicPsk, info_hash.span());
}

Psk public_psk(const InfoHashV1& info_hash) {
  return derive<Psk>({}, kPurposePublicPsk, info_hash.span());
}

Psk private_psk(const Secret& secret, const InfoHash& info_hash) {
  return derive<Psk>(secret.span(), kPurposePrivatePsk, info_hash.span());
}

}  // namespace stp::crypto
