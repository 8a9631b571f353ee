// BtCodec: a connection that goes on as BitTorrent after the handshake, with a client that is not stp.
//
//   their bytes ──▶ input buffer ──▶ bt_message ──▶ what stp's rules require besides ──▶ Message, DataFrame
//   Message, data ──▶ what BitTorrent has for it ──▶ output
//
// What it makes up for, so that the swarm core can treat every peer alike:
//   Hello       is made of the two handshakes (BEP 3, BEP 10); if the extended one does not come first, without it
//   HaveNone    if a peer's first message about chunks is none of bitfield, have all and have none
//   Request     becomes one request per block, at most as many at a time as the peer accepts; theirs become runs again
//   HashRequest is rejected here if the peer has no BEP 52: it does not know the message
//   Reject      without BEP 6 a choke rejects all requests, silently: they are rejected here
//   DontHave    is not said to peers that do not know it (BEP 54)
//   MetainfoPart, MetainfoRequest    of 64 KiB here, four pieces of 16 KiB there (BEP 9)
//   Bye         is the end of the connection
// Where its DHT node listens, a peer says in a message of its own (BEP 5), which is for the host: take_dht_port(). Ours
// is the port where we accept connections.
// A peer may ask for up to 128 KiB at a time, from anywhere in a chunk, and gets each answer in one message
// (wire/bt_odd_requests.h); for what is beyond the end of a file, but not of a full chunk, it gets zeros. Requests for
// nothing but the zeros after a chunk of a hybrid, which clients of v1 take for data, are answered here, while there is
// room in the output. Everything else is rejected; a peer that asks for more than 128 KiB and has no rejects is
// disconnected, as it would wait forever (BEP 3).
//
// Bounds: one input buffer; blocks that follow each other are handed over together, in one more; and for each list of
// what the peer asked us or we asked the peer, the constants below. Errors are final.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wire/bt_extension.h"
#include "wire/bt_handshake.h"
#include "wire/bt_message.h"
#include "wire/bt_odd_requests.h"
#include "wire/codec.h"
#include "wire/mse.h"
#include "wire/output_queue.h"

namespace stp::wire {

class BtCodec final : public Codec {
 public:
  /// Requests that we send before some are answered, unless the peer says that it accepts fewer; and what we say.
  static constexpr std::uint32_t kRequestsMax = 500;
  /// Hash requests and metainfo pieces that the peer waits for.
  static constexpr std::size_t kHashRequestsMax = 64;
  static constexpr std::size_t kMetadataRequestsMax = 1024;
  /// Requests for zeros alone, not yet answered, and their bytes; no more is answered while so much waits to be written.
  static constexpr std::size_t kZeroRequestsMax = 512;
  static constexpr std::size_t kZeroBytesMax = kZeroRequestsMax * kBlockBytes;
  static constexpr std::size_t kZerosBehindMax = 64 * 1024;

  /// After the peer's handshake; ours had the bits of `ours` set. `ciphers`: of an encrypted connection (wire/mse.h).
  BtCodec(BufferPool& pool, const BtHandshake& ours, const BtHandshake& theirs, MseCiphers ciphers = {});

  /// What a Hello becomes.
  [[nodiscard]] static BtExtendedHandshake greeting_of(const Hello& hello);

  /// Bytes of the peer that came with its handshake, in the clear; at most kBufferBytes. Before any other input.
  void take_early(ByteSpan bytes);

  void set_shape(ShareShape shape) override { shape_ = std::move(shape); }
  [[nodiscard]] std::optional<Port> take_dht_port() override { return std::exchange(dht_port_, std::nullopt); }

  [[nodiscard]] MutableByteSpan prepare_input() override;
  Status handle_input(std::size_t n) override;
  [[nodiscard]] Result<std::optional<Frame>> poll_frame() override;

  void send(const Message& message) override;
  void send_data(const BlockRun& run, ByteSpan payload) override;
  [[nodiscard]] ByteSpan pending_output() override;
  void consume_output(std::size_t n) override { output_.consume(n); }
  [[nodiscard]] std::size_t pending_output_bytes() const override;

  void check_invariants() const;

 private:
  // What we want the messages of extensions to be called.
  static constexpr std::uint8_t kUtPex = 1;
  static constexpr std::uint8_t kUtMetadata = 2;
  static constexpr std::uint8_t kUploadOnly = 3;
  static constexpr std::uint8_t kDontHave = 4;
  static constexpr std::uint32_t kPiecesPerPart = kMetainfoPartBytes / kBtMetadataPieceBytes;

  struct Block {
    ChunkIndex chunk;
    std::uint32_t number = 0;
    bool operator==(const Block&) const = default;
  };
  struct Asked {
    Block block;
    bool cancelled = false;
  };
  struct PartInAssembly {
    Bytes bytes;
    std::uint32_t pieces_missing = 0;
    std::vector<bool> have;
  };

  // --- bt_codec_receive.cpp
  [[nodiscard]] std::optional<ByteSpan> front_message() const;
  [[nodiscard]] std::optional<BtMessage> next_if_continues(const BtRange& before, BtMessageId id) const;
  void receive(const BtMessage& message);
  void receive_request(const BtRange& range);
  void receive_blocks(const BtRange& range, const Block& first);
  void receive_cancel(const BtRange& range);
  void receive_reject(const BtRange& range);
  Status receive_piece(const BtPiece& first);
  void receive_choke();
  Status receive_extended(const BtExtended& extended);
  void receive_extended_handshake(const BtExtendedHandshake& handshake);
  void receive_metadata(const BtMetadata& message);
  void receive_dont_have(ChunkIndex chunk);
  void begin_chunks();
  void greet(Port listen_port, std::uint32_t metainfo_bytes, const std::string& agent);
  void skip_message(std::size_t body_bytes);
  Error fail(Error error);

  // --- bt_codec.cpp
  void send_greeting(const Hello& hello);
  void send_request(const BlockRun& run);
  void send_cancel(const BlockRun& run);
  void send_metainfo_request(std::uint32_t part);
  void send_metainfo_part(const MetainfoPart& part);
  void reject_metainfo(std::uint32_t part);
  /// Of the peer's request, which is answered now.
  [[nodiscard]] std::uint32_t take_proof_layers(const HashRequest& request);
  /// Sends requests that wait while the peer accepts more.
  void send_waiting();
  void gather_output();
  /// Encrypts what has been written to the output, if the connection is encrypted.
  void encrypt(MutableByteSpan written);

  [[nodiscard]] BtRange range_of(const Block& block) const;
  /// The block that the range is; nullopt if it is not exactly one.
  [[nodiscard]] std::optional<Block> block_of(const BtRange& range) const;
  /// The blocks that the range touches; nullopt if it is not served.
  [[nodiscard]] std::optional<BlockRun> run_of(const BtRange& range) const;
  /// Whether the range is of the zeros after a chunk, and may be asked for at once.
  [[nodiscard]] bool is_zeros(const BtRange& range) const;
  void send_zeros();
  /// Answers a request with a part of the payload, which begins with block `first`, and zeros for what is missing.
  void send_odd(const BtRange& range, std::uint32_t first, ByteSpan payload);
  void send_reject(const BtRange& range);
  void ready(Message message) { ready_.emplace_back(std::move(message)); }

  BufferPool* pool_;
  const SessionId peer_id_;
  const bool extensions_;  // both sides have BEP 10
  const bool fast_;        // both sides have BEP 6
  const bool hashes_;      // it has BEP 52
  const bool dht_;         // both sides have a DHT node
  ShareShape shape_;

  PooledBuffer input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::deque<Frame> ready_;
  std::optional<Error> error_;
  bool greeted_ = false;  // its Hello has been made
  std::optional<Port> dht_port_;
  bool began_chunks_ = false;  // it has said what it has
  bool choking_us_ = true;
  bool choking_it_ = true;

  BtExtendedHandshake theirs_;
  std::uint32_t metainfo_bytes_ = 0;               // of ours, once we have said so
  std::deque<Asked> asked_;                        // requests not yet answered, oldest first
  std::deque<Block> waiting_;                      // requests not yet sent
  std::vector<BtHashRequest> hash_requests_;       // of the peer, not yet answered
  BtOddRequests odd_requests_;                     // of the peer: not exactly a block
  std::deque<BtRange> zero_requests_;              // of the peer: for zeros alone
  std::size_t zero_bytes_ = 0;                     // of these
  std::vector<std::uint32_t> metadata_requests_;   // of the peer: pieces not yet answered
  std::map<std::uint32_t, PartInAssembly> parts_;  // of the metainfo, that we asked for

  MseCiphers ciphers_;
  OutputQueue output_;
  Bytes gathered_;  // messages that are not in output_ yet
};

}  // namespace stp::wire
