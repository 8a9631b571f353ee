// Proof: how the bytes of a chunk are shown to be right.
//
//   v2       the root of the chunk's blocks is its chunk hash (BEP 52), once that is known
//   v1       SHA-1 of the whole chunk is its piece hash (BEP 3)
//   hybrid   both; SHA-1 alone while the chunk hash is unknown
//
// Whoever hashes a chunk makes a ChunkDigest of the kinds that kinds() names (parallel_hasher.h does), and the proof
// weighs it. Only the Merkle part resists forgery: nobody can make two contents with one SHA-256, while for SHA-1
// somebody who makes the metainfo can.
#pragma once

#include <memory>

#include "content/metainfo.h"
#include "core/ids.h"
#include "core/info_hashes.h"

namespace stp::content {

/// What has to be computed of a chunk's bytes.
struct HashKinds {
  bool merkle = false;  // the root of its blocks, chunk_root()
  bool sha1 = false;    // of its bytes and the zeros after them, Layout::zeros_after()
  bool operator==(const HashKinds&) const = default;
};

/// What a chunk's bytes hash to; zero where it was not computed.
struct ChunkDigest {
  Hash256 root;
  Hash160 sha1;        // with Layout::zeros_after()
  Hash160 sha1_alone;  // without
};

/// What a digest says about a chunk: all that is worth keeping of it until its chunk hash is known.
struct Evidence {
  Hash256 root;              // zero in v1
  bool present = false;      // the chunk was hashed
  bool piece_right = false;  // SHA-1 is that of the metainfo
};

class Proof {
 public:
  Proof(std::shared_ptr<const Metainfo> metainfo, ChunkHashes hashes)
      : metainfo_(std::move(metainfo)), hashes_(std::move(hashes)) {}

  [[nodiscard]] static HashKinds kinds(const Metainfo& metainfo) { return {metainfo.has_v2(), metainfo.has_v1()}; }
  /// Looks only at the metainfo: any thread may call it.
  [[nodiscard]] static Evidence weigh(const Metainfo& metainfo, ChunkIndex chunk, const ChunkDigest& digest);

  /// Whether a verdict on the chunk is possible.
  [[nodiscard]] bool known(ChunkIndex chunk) const { return metainfo_->has_v1() || hashes_.known(chunk); }
  /// Whether the evidence shows that the chunk is right. False while that is not known().
  [[nodiscard]] bool shows(ChunkIndex chunk, const Evidence& evidence) const;

  /// What is known of the Merkle trees; may be completed.
  [[nodiscard]] ChunkHashes& hashes() { return hashes_; }

 private:
  std::shared_ptr<const Metainfo> metainfo_;
  ChunkHashes hashes_;
};

}  // namespace stp::content
