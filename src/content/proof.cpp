#include "content/proof.h"

namespace stp::content {

Evidence Proof::weigh(const Metainfo& metainfo, ChunkIndex chunk, const ChunkDigest& digest) {
  return {digest.root, true, metainfo.has_v1() && digest.sha1 == metainfo.piece_hash(chunk)};
}

bool Proof::shows(ChunkIndex chunk, const Evidence& evidence) const {
  if (!evidence.present || !known(chunk)) return false;
  if (metainfo_->has_v1() && !evidence.piece_right) return false;
  return !hashes_.known(chunk) || hashes_[chunk] == evidence.root;
}

}  // namespace stp::content
