// FileStream: one file of a download, handed on in order while it arrives (`stp get -o -`).
//
// Chunks are added as they are verified and written, in any order; the next one of the file is ready once all before it
// are. Not thread-safe, except that send() may run while chunks are added.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "content/metainfo.h"
#include "content/storage.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::net {

/// Takes the next bytes; may block, but not for long once `cancel` is set.
using StreamSink = std::function<Status(ByteSpan bytes, const std::atomic<bool>& cancel)>;

class FileStream {
 public:
  /// `file`: its number in the metainfo.
  FileStream(std::shared_ptr<const content::Metainfo> metainfo, std::size_t file, StreamSink sink);

  /// The chunk is verified, and can be read. One of another file is ignored.
  void add(ChunkIndex chunk);
  /// The next chunk to send(), if there is one now. It counts as sent.
  [[nodiscard]] std::optional<ChunkIndex> take_ready();
  /// Whether every chunk was taken.
  [[nodiscard]] bool all_taken() const { return next_ == had_.size(); }
  /// Reads what the file has of the chunk, and gives it to the sink.
  [[nodiscard]] Status send(content::Storage& storage, ChunkIndex chunk, const std::atomic<bool>& cancel) const;

 private:
  [[nodiscard]] const content::FileEntry& file() const { return metainfo_->files()[file_]; }

  std::shared_ptr<const content::Metainfo> metainfo_;
  std::size_t file_;
  StreamSink sink_;
  std::vector<bool> had_;  // of the file's chunks
  std::size_t next_ = 0;
};

}  // namespace stp::net
