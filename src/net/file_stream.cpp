#include "net/file_stream.h"

#include <algorithm>
#include <utility>

namespace stp::net {

FileStream::FileStream(std::shared_ptr<const content::Metainfo> metainfo, std::size_t file, StreamSink sink)
    : metainfo_(std::move(metainfo)), file_(file), sink_(std::move(sink)), had_(this->file().chunk_count) {}

void FileStream::add(ChunkIndex chunk) {
  const std::uint32_t first = file().first_chunk.value;
  if (chunk.value >= first && chunk.value - first < had_.size()) had_[chunk.value - first] = true;
}

std::optional<ChunkIndex> FileStream::take_ready() {
  if (all_taken() || !had_[next_]) return std::nullopt;
  return ChunkIndex{file().first_chunk.value + static_cast<std::uint32_t>(next_++)};
}

Status FileStream::send(content::Storage& storage, ChunkIndex chunk, const std::atomic<bool>& cancel) const {
  Bytes bytes(metainfo_->bytes_of(chunk));
  if (Status read = storage.read({chunk, 0, metainfo_->blocks_of(chunk)}, bytes); !read) return read;
  const std::int64_t begin = metainfo_->layout().position(chunk);
  const auto skipped = static_cast<std::size_t>(std::max<std::int64_t>(0, file().position - begin));
  const auto count = static_cast<std::size_t>(metainfo_->bytes_in(file(), chunk));
  return sink_(ByteSpan(bytes).subspan(skipped, count), cancel);
}

}  // namespace stp::net
