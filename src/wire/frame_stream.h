// From sealed bytes to frames: the receiving half of a channel, and its hot path.
//
//   socket ──▶ input buffer: records ──open──▶ frame buffer ──▶ DataFrame      a record that is inside a data frame
//                                   └──open──▶ in place     ──▶ Message        everything else
//
// A record is decrypted straight into the buffer of the frame that is being assembled when all of it belongs there, so
// the payload of a data frame is written once, by the cipher. Since stp's sender ends a record at the start and at the
// end of every payload, this applies to every payload record; any other split is also accepted, at the price of a copy.
//
// Bounds: one input buffer, one frame in assembly; nothing is decrypted before the caller asks for the next frame, and
// a length is checked before a buffer is taken for it. When nothing is buffered, no pooled buffer is held.
//
// Invariants (check_invariants()):
//   1. plain_ and the sealed bytes are in the input buffer, plain_ before them;
//   2. a frame in assembly has a length within kFrameBytesMax, is not complete, and has a buffer.
// After an error no more frames come. Not thread-safe. The pool must outlive the stream and its frames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/result.h"
#include "wire/buffer_pool.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/record.h"

namespace stp::wire {

class FrameStream {
 public:
  explicit FrameStream(BufferPool& pool) : pool_(&pool) {}

  /// The buffer for the next bytes: at least kRecordBytesMax, unless frames are waiting to be polled; then it may be
  /// empty. Must be followed by commit(), before which the span stays valid.
  [[nodiscard]] MutableByteSpan prepare();
  /// The first n bytes of prepare() are filled; n may be 0.
  void commit(std::size_t n);

  /// Bytes not yet consumed; they may be the handshake's.
  [[nodiscard]] ByteSpan raw() const { return input_.bytes().subspan(begin_, end_ - begin_); }
  /// Drops the first n bytes of raw().
  void skip_raw(std::size_t n);

  /// From now on raw() is read as records. Once.
  void start_records(RecordOpener opener) { opener_.emplace(std::move(opener)); }

  /// The next frame; nullopt when more input is needed. Only after start_records(). An error is final and returned by
  /// every later call.
  [[nodiscard]] Result<std::optional<Frame>> poll();

  void check_invariants() const;

 private:
  // One step each; false when more input is needed.
  [[nodiscard]] Result<bool> open_next_record();
  [[nodiscard]] Result<std::optional<Frame>> take_plain();
  [[nodiscard]] Result<std::optional<Frame>> poll_step_by_step();

  [[nodiscard]] bool assembling() const { return static_cast<bool>(frame_); }
  [[nodiscard]] MutableByteSpan frame_room();
  [[nodiscard]] Result<std::optional<Frame>> finish_frame();
  void release_when_idle();

  BufferPool* pool_;
  std::optional<RecordOpener> opener_;
  std::optional<Error> error_;

  // Sealed bytes not yet opened: input_[begin_, end_). Before them: opened bytes that are still to be parsed.
  PooledBuffer input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool lent_ = false;  // between prepare() and commit(): nothing may move
  MutableByteSpan plain_;

  // The frame in assembly: the part of its length known so far, then its body.
  std::array<std::byte, kFramePrefixBytes> prefix_{};
  std::size_t prefix_bytes_ = 0;
  PooledBuffer frame_;
  std::size_t frame_bytes_ = 0;
  std::size_t frame_filled_ = 0;
};

}  // namespace stp::wire
