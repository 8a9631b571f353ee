#include "net/file_reader.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace stp::net {

class FileReaders::Reader final : public BodySource, private DiskPool::Client {
 public:
  Reader(FileReaders& group, transfer::ReadSpan span)
      : group_(&group), pools_(group.pools_), target_(group.share_.storage()), span_(span) {
    disk_id_ = pools_.disk.join(*this);
  }
  ~Reader() override {
    pools_.disk.leave(disk_id_);
    if (group_ != nullptr) group_->forget(*this);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void next(std::function<void(Bytes)> take) override {
    take_ = std::move(take);
    if (failed_) return fail();
    read();
  }

  [[nodiscard]] const transfer::ReadSpan& span() const { return span_; }
  /// Reads on, if it waits for what is here now.
  void read() {
    if (!take_ || reading_ || failed_ || !piece_.empty()) return;
    const content::Metainfo& metainfo = *target_.metainfo;
    const ChunkIndex chunk = chunk_at(span_.begin);
    const Chunk state = group_ != nullptr ? group_->share_.state_of(chunk) : Chunk::here;
    if (state == Chunk::lost) return fail();
    if (state == Chunk::coming || !pools_.disk.may_read(disk_id_)) return;
    const std::int64_t begin = metainfo.layout().position(chunk);
    const auto first = static_cast<std::uint32_t>((span_.begin - begin) / kBlockBytes);
    const std::int64_t end = std::min(span_.end, begin + std::int64_t{metainfo.bytes_of(chunk)}) - begin;
    const auto past = static_cast<std::uint32_t>((end + kBlockBytes - 1) / kBlockBytes);
    const BlockRun run{chunk, first, std::min(past - first, kPieceBytesMax / kBlockBytes)};
    wire::PooledBuffer buffer = pools_.buffers.take();
    const MutableByteSpan room = buffer.bytes().first(metainfo.bytes_of(run));
    reading_ = true;
    pools_.disk.submit_read(disk_id_, target_, {{}, 0, run, std::move(buffer), room});
  }
  /// Not within this call: it may be one of the disk pool's, which no client may leave in.
  void fail() {
    failed_ = true;
    if (!take_) return;
    boost::asio::post(pools_.io, [this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) give({});
    });
  }
  /// Goes on alone: everything that it needs is here.
  void leave_group() { group_ = nullptr; }

 private:
  [[nodiscard]] ChunkIndex chunk_at(std::int64_t position) const {
    return {static_cast<std::uint32_t>(position / target_.metainfo->chunk_bytes())};
  }
  /// May destroy it.
  void give(Bytes piece) {
    if (const auto take = std::exchange(take_, nullptr)) take(std::move(piece));
  }

  // DiskPool::Client
  void on_written(WriteJob /*job*/, const Status& /*status*/) override {}
  void on_hashed(ChunkIndex /*chunk*/, const Result<content::Evidence>& /*evidence*/) override {}
  void on_disk_room() override {}  // on_disk_turn_end() follows
  void on_read(ReadJob job, const Status& status) override {
    reading_ = false;
    if (!status) return fail();
    const std::int64_t begin = target_.metainfo->layout().position(job.run);
    const auto from = static_cast<std::size_t>(span_.begin - begin);
    const auto size =
        static_cast<std::size_t>(std::min(span_.end - span_.begin, static_cast<std::int64_t>(job.bytes.size() - from)));
    const ByteSpan piece = ByteSpan(job.bytes).subspan(from, size);
    piece_ = Bytes(piece.begin(), piece.end());
  }
  void on_disk_turn_end() override {
    if (failed_) return;
    if (piece_.empty()) return read();
    const ChunkIndex before = chunk_at(span_.begin);
    span_.begin += static_cast<std::int64_t>(piece_.size());
    if (group_ != nullptr && chunk_at(span_.begin) != before) group_->on_moved();
    give(std::exchange(piece_, {}));
  }

  FileReaders* group_;  // null: it goes on alone
  const Pools pools_;
  const DiskTarget target_;
  transfer::ReadSpan span_;  // what was not given yet
  DiskPool::ClientId disk_id_ = 0;
  std::function<void(Bytes)> take_;
  Bytes piece_;  // read, and about to be given
  bool reading_ = false;
  bool failed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

std::unique_ptr<BodySource> FileReaders::open(const content::FileEntry& file, std::int64_t begin, std::int64_t end) {
  auto reader = std::make_unique<Reader>(*this, transfer::ReadSpan{file.position + begin, file.position + end});
  readers_.push_back(reader.get());
  on_moved();
  return reader;
}

void FileReaders::look() {
  for (Reader* const reader : readers_) reader->read();
}

void FileReaders::keep() {
  for (Reader* const reader : std::exchange(readers_, {})) reader->leave_group();
}

void FileReaders::end() {
  for (Reader* const reader : std::exchange(readers_, {})) {
    reader->leave_group();
    reader->fail();
  }
}

void FileReaders::forget(const Reader& reader) {
  std::erase(readers_, &reader);
  on_moved();
}

void FileReaders::on_moved() {
  std::vector<transfer::ReadSpan> spans;
  for (const Reader* const reader : readers_) spans.push_back(reader->span());
  share_.want_first(transfer::chunks_ahead(share_.storage().metainfo->layout(), spans, config_));
}

}  // namespace stp::net
