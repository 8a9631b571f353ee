// Answers peers' requests for piece layers (BEP 52) from the chunk hashes in memory.
//
// For each file with more than one chunk, the upper tree over groups of kLayerHashesPerRequest hashes is computed once,
// at the first request, so a request costs one group whatever the size of the file. Requests for other layers are
// refused; leaves (layer 0) need the disk and are not answered here. Not thread-safe. The ChunkHashes must be complete
// and outlive the server.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "content/metainfo.h"
#include "wire/message.h"

namespace stp::transfer {

class HashServer {
 public:
  HashServer(std::shared_ptr<const content::Metainfo> metainfo, const content::ChunkHashes& hashes);

  /// The requested hashes, or nullopt if they can't be served. The request may be anything.
  [[nodiscard]] std::optional<wire::Hashes> answer(const wire::HashRequest& request);

  /// For a request of layer 0: the blocks to read and hash, when it is exactly one chunk. nullopt otherwise.
  [[nodiscard]] std::optional<BlockRun> leaves_run(const wire::HashRequest& request) const;

 private:
  [[nodiscard]] std::optional<std::size_t> file_with_root(const Hash256& root) const;
  const std::vector<Hash256>& group_roots(std::size_t file);

  std::shared_ptr<const content::Metainfo> metainfo_;
  const content::ChunkHashes& hashes_;
  std::map<Hash256, std::size_t> file_by_root_;
  std::map<std::size_t, std::vector<Hash256>> group_roots_;
};

}  // namespace stp::transfer
