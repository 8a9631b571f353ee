// What the bytes of one stored chunk show: for chunks that are judged by SHA-1 of the whole (proof.h).
#pragma once

#include <memory>

#include "content/proof.h"
#include "content/storage.h"
#include "core/result.h"

namespace stp::content {

/// Reads the chunk, in small steps, and weighs what it hashes to: SHA-1 alone, so the evidence has no root.
/// metainfo->has_v1(). An error: it could not be read.
[[nodiscard]] Result<Evidence> chunk_evidence(const std::shared_ptr<const Metainfo>& metainfo, Storage& storage,
                                              ChunkIndex chunk);

}  // namespace stp::content
