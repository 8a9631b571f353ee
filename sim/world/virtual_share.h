// A share without bytes: a true metainfo with true Merkle trees over invented block hashes.
//
// The payload of a simulated transfer does not exist. A block is its hash, so everything that decides about it (proofs,
// verdicts, who lied) runs as shipped, and no byte is copied or hashed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "content/metainfo.h"
#include "core/blocks.h"
#include "core/rng.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

class VirtualShare {
 public:
  VirtualShare(const ShareSpec& spec, Rng rng);

  [[nodiscard]] const std::shared_ptr<const content::Metainfo>& metainfo() const { return metainfo_; }
  /// All chunk hashes, as a seed has them.
  [[nodiscard]] const content::ChunkHashes& hashes() const { return hashes_; }
  /// Of a private share a random one, which only its members know.
  [[nodiscard]] const SwarmKey& key() const { return key_; }
  [[nodiscard]] bool is_private() const { return private_; }
  /// The true hashes of the run's blocks; borrows.
  [[nodiscard]] std::span<const Hash256> leaves(const BlockRun& run) const;

 private:
  struct Parts;
  VirtualShare(Parts parts, bool is_private);
  [[nodiscard]] static Parts invent(const ShareSpec& spec, Rng& rng);

  std::shared_ptr<const content::Metainfo> metainfo_;
  std::vector<Hash256> leaves_;            // of all chunks, one after another
  std::vector<std::uint32_t> first_leaf_;  // by chunk
  content::ChunkHashes hashes_;
  SwarmKey key_;
  bool private_;
};

}  // namespace stp::sim
