// FileReader: a part of one file of a share, read in order while the share is downloaded, or served. FileReaders: all of
// one share.
//
//   next() ──▶ the chunk is here? ──▶ DiskPool (read) ──▶ take()
//                    │ no: it is one of those that the swarm is asked to fetch first (transfer/read_ahead.h)
//                    └──────── look(), when the swarm has done something
//
// Only what is verified and written is read, through the share's storage: what another program has changed is an error.
// A reader fails, which its taker sees as an empty piece, when a chunk was lost, can't be read, or when the share ends; not
// if it ends because it is complete (keep()): then the reader goes on alone.
//
// A reader has at most one piece of kPieceBytesMax in memory, and what the disk pool allows. Lives on the network thread.
// The pools must outlive the readers; a reader may outlive its FileReaders.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "net/body_source.h"
#include "net/disk_pool.h"
#include "transfer/read_ahead.h"

namespace stp::net {

class FileReaders {
 public:
  static constexpr std::uint32_t kPieceBytesMax = 8 * kBlockBytes;
  static_assert(kPieceBytesMax <= wire::kBufferBytes);

  enum class Chunk : std::uint8_t { here, coming, lost };
  /// What it needs of the share.
  class Share {
   public:
    virtual ~Share() = default;
    [[nodiscard]] virtual Chunk state_of(ChunkIndex chunk) const = 0;
    /// Where chunks that are here are read.
    [[nodiscard]] virtual const DiskTarget& storage() const = 0;
    /// Replaces what was wanted first before.
    virtual void want_first(std::vector<ChunkIndex> chunks) = 0;
  };
  struct Pools {
    boost::asio::io_context& io;
    DiskPool& disk;
    wire::BufferPool& buffers;
  };

  FileReaders(Share& share, Pools pools, const transfer::UrgentConfig& config)
      : share_(share), pools_(pools), config_(config) {}
  ~FileReaders() { end(); }
  FileReaders(const FileReaders&) = delete;
  FileReaders& operator=(const FileReaders&) = delete;

  /// Bytes [begin, end) of `file`, which has them. The storage is open.
  [[nodiscard]] std::unique_ptr<BodySource> open(const content::FileEntry& file, std::int64_t begin, std::int64_t end);
  /// Chunks may have come, or gone.
  void look();
  /// The share is complete, and may end: those who read go on.
  void keep();
  /// The share ends: those who read fail, soon.
  void end();

 private:
  class Reader;
  void forget(const Reader& reader);
  /// A reader needs other chunks than before.
  void on_moved();

  Share& share_;
  const Pools pools_;
  const transfer::UrgentConfig config_;
  std::vector<Reader*> readers_;
};

}  // namespace stp::net
