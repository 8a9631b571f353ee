// Codec: what stands between the bytes of an open connection and the messages of two peers. One per connection.
//
//   prepare_input, handle_input ──▶ poll_frame          send, send_data ──▶ pending_output, consume_output
//
// There are two: stp's channel (wire/channel.h) and BitTorrent's peer wire (wire/bt_codec.h). The host and the swarm
// core know only this interface; what the other wire lacks, its codec makes up for, so that the same rules hold for
// every peer: Hello comes first, then what the peer has, and what was requested is answered block by block.
//
// Not thread-safe. The pool must outlive the codec and the data frames that came out of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

#include "core/blocks.h"
#include "core/bytes.h"
#include "core/result.h"
#include "wire/buffer_pool.h"
#include "wire/message.h"

namespace stp::wire {

/// Chunk data that arrived, in its own buffer: hash it, write it, then drop it (or move it on).
struct DataFrame {
  BlockRun run;
  PooledBuffer buffer;
  MutableByteSpan payload;  // inside buffer; aligned to kBufferAlignment when stp sent it
};

using Frame = std::variant<Message, DataFrame>;

/// How a share is cut into chunks: what a wire needs that names bytes instead of blocks.
struct ShareShape {
  std::uint32_t chunk_count = 0;
  std::uint32_t chunk_bytes = 0;  // nominal: without the last chunk of a file being shorter
  /// Payload bytes of a chunk; only for chunks below chunk_count.
  std::function<std::uint32_t(ChunkIndex)> bytes_of;
  /// Zeros that other clients take for the chunk's next bytes (the v1 view of a hybrid); empty: there are none.
  std::function<std::uint32_t(ChunkIndex)> zeros_after = {};
};

class Codec {
 public:
  virtual ~Codec() = default;

  /// Once the metainfo is known, and before any message about chunks is sent.
  virtual void set_shape(ShareShape shape) = 0;

  // --- input ---------------------------------------------------------------------------------------------------------
  /// The buffer to read from the socket into: not empty once poll_frame() has given everything; may be empty before.
  /// Stays valid until the next handle_input(), which must follow. An idle connection holds no buffer, so call it only
  /// when there is something to read.
  [[nodiscard]] virtual MutableByteSpan prepare_input() = 0;
  /// n bytes were read into it (0: none after all). An error is final.
  virtual Status handle_input(std::size_t n) = 0;
  /// The next frame; nullopt when more input is needed. An error is final and returned by every later call.
  [[nodiscard]] virtual Result<std::optional<Frame>> poll_frame() = 0;

  /// Where the peer says that its DHT node listens, if it has said so since the last call (BEP 5).
  [[nodiscard]] virtual std::optional<Port> take_dht_port() { return std::nullopt; }

  // --- output --------------------------------------------------------------------------------------------------------
  /// Queues a message.
  virtual void send(const Message& message) = 0;
  /// Queues chunk data: `payload` (at most kDataPayloadBytesMax) fills `run`.
  virtual void send_data(const BlockRun& run, ByteSpan payload) = 0;
  /// The next bytes for the socket; empty when there are none. They stay valid and in place until they are consumed,
  /// even while more is sent.
  [[nodiscard]] virtual ByteSpan pending_output() = 0;
  /// The socket took the first n bytes of pending_output().
  virtual void consume_output(std::size_t n) = 0;
  /// Everything waiting to be written.
  [[nodiscard]] virtual std::size_t pending_output_bytes() const = 0;
};

}  // namespace stp::wire
