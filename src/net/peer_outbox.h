// PeerOutbox: what waits to be sealed for one peer: messages, and data still being read from the disk.
//
// Data is sent in the order in which it was requested, in whatever order the disk threads finish. A message overtakes
// data that still waits: a request of ours must not wait behind a megabyte for a slow peer. Only messages that change
// the meaning of the data around them keep their place: Choke, Unchoke and Bye, and anything queued behind one of
// these.
//
// The driver takes what is ready (pop), starts reads while there is room (next_read) and reports their results
// (handle_read).
// Invariants: tags are unique and ascend; entries leave in queue order.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "core/blocks.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "wire/buffer_pool.h"
#include "wire/message.h"

namespace stp::net {

class PeerOutbox {
 public:
  /// A read to start; answer with handle_blocks() or handle_leaves() under the same tag, or drop().
  struct Read {
    std::uint64_t tag = 0;
    BlockRun run;
    std::optional<wire::HashRequest> leaves_for;  // the hashes of the blocks are wanted, not the blocks
  };
  struct Blocks {
    BlockRun run;
    wire::PooledBuffer buffer;  // owns payload
    ByteSpan payload;
  };
  struct Leaves {
    wire::Hashes message;
  };
  using Ready = std::variant<wire::Message, Blocks, Leaves>;

  void push(wire::Message message);
  void push_blocks(const BlockRun& run);
  void push_leaves(const BlockRun& run, const wire::HashRequest& request);

  /// The next read that has not been started; nullopt if all have.
  [[nodiscard]] std::optional<Read> next_read();
  void handle_blocks(std::uint64_t tag, wire::PooledBuffer buffer, ByteSpan payload);
  void handle_leaves(std::uint64_t tag, wire::Hashes hashes);
  /// The read failed: nothing is sent in its place.
  void drop(std::uint64_t tag);
  /// Forgets data that has not been read yet and everything ordered behind it except a Bye.
  void drop_unread();

  /// What can be sealed now, in order; nullopt if there is nothing, or it is still being read.
  [[nodiscard]] std::optional<Ready> pop();
  [[nodiscard]] bool empty() const { return overtaking_.empty() && queue_.empty(); }

 private:
  struct Reading {
    std::uint64_t tag;
    BlockRun run;
    std::optional<wire::HashRequest> leaves_for;
    bool started = false;
  };
  using Entry = std::variant<wire::Message, Reading, Blocks, Leaves>;
  [[nodiscard]] std::deque<Entry>::iterator find(std::uint64_t tag);

  std::deque<wire::Message> overtaking_;
  std::deque<Entry> queue_;
  std::size_t ordered_messages_ = 0;  // in queue_
  std::uint64_t next_tag_ = 0;
};

}  // namespace stp::net
