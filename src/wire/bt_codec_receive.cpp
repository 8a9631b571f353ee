// BtCodec: from the peer's bytes to messages.

#include <algorithm>
#include <utility>

#include "core/shown_text.h"
#include "wire/bt_codec.h"

namespace stp::wire {
namespace {

constexpr std::size_t kClientBytes = 8;      // of a peer id: "-LT2080-" (BEP 20)
constexpr std::size_t kBtRequestBytes = 13;  // without its length

BlockRun one(ChunkIndex chunk, std::uint32_t block) {
  return {chunk, block, 1};
}

}  // namespace

Error BtCodec::fail(Error error) {
  error_ = std::move(error);
  input_.release();
  begin_ = end_ = 0;
  return *error_;
}

MutableByteSpan BtCodec::prepare_input() {
  if (!input_) input_ = pool_->take();
  if (begin_ > 0) {
    // Room for the rest of a message that has begun; what was read before is at most a few blocks.
    std::ranges::copy(ByteSpan(input_.bytes()).subspan(begin_, end_ - begin_), input_.bytes().begin());
    end_ -= begin_;
    begin_ = 0;
  }
  return input_.bytes().subspan(end_);
}

Status BtCodec::handle_input(std::size_t n) {
  if (error_) return *error_;
  if (ciphers_.receive) ciphers_.receive->apply(input_.bytes().subspan(end_, n));
  end_ += n;
  if (begin_ == end_) {
    input_.release();  // an idle connection holds none
    begin_ = end_ = 0;
  }
  return Done{};
}

void BtCodec::take_early(ByteSpan bytes) {
  if (bytes.empty()) return;
  std::ranges::copy(bytes, prepare_input().begin());
  end_ += bytes.size();
}

std::optional<ByteSpan> BtCodec::front_message() const {
  const ByteSpan held = input_.bytes().subspan(begin_, end_ - begin_);
  if (held.size() < kBtPrefixBytes) return std::nullopt;
  const std::size_t bytes = load_be<std::uint32_t>(held.data());
  if (bytes > kBtMessageBytesMax || held.size() - kBtPrefixBytes < bytes) return std::nullopt;
  return held.subspan(kBtPrefixBytes, bytes);
}

void BtCodec::skip_message(std::size_t body_bytes) {
  begin_ += kBtPrefixBytes + body_bytes;
  if (begin_ < end_) return;
  input_.release();
  begin_ = end_ = 0;
}

Result<std::optional<Frame>> BtCodec::poll_frame() {
  for (;;) {
    if (!ready_.empty()) {
      Frame frame = std::move(ready_.front());
      ready_.pop_front();
      return std::optional<Frame>(std::move(frame));
    }
    if (error_) return *error_;
    if (!input_) return std::optional<Frame>();
    if (end_ - begin_ >= kBtPrefixBytes &&
        load_be<std::uint32_t>(input_.bytes().data() + begin_) > kBtMessageBytesMax) {
      return fail({ErrorKind::limit, "BitTorrent: a message is too long"});
    }
    const std::optional<ByteSpan> body = front_message();
    if (!body) return std::optional<Frame>();
    const Result<BtMessage> message = decode_bt_message(*body);
    if (!message) return fail(message.error());
    Status status = Done{};
    if (const auto* const piece = std::get_if<BtPiece>(&*message)) {
      status = receive_piece(*piece);
    } else if (const auto* const extended = std::get_if<BtExtended>(&*message)) {
      status = receive_extended(*extended);
      skip_message(body->size());
    } else {
      skip_message(body->size());
      receive(*message);
    }
    if (!status) return fail(status.error());
  }
}

// --- what comes first

void BtCodec::greet(Port listen_port, std::uint32_t metainfo_bytes, const std::string& agent) {
  greeted_ = true;
  const std::string client = display_text(as_text(peer_id_.bytes).substr(0, kClientBytes), kAgentBytesMax);
  const bool upload_only = theirs_.upload_only.value_or(false);
  ready(Hello{kProtocolVersion, peer_id_, listen_port, metainfo_bytes, agent.empty() ? client : agent, upload_only});
}

void BtCodec::begin_chunks() {
  if (!std::exchange(began_chunks_, true)) ready(HaveNone{});
}

void BtCodec::receive(const BtMessage& message) {
  if (std::holds_alternative<KeepAlive>(message) || std::holds_alternative<BtIgnored>(message)) {
    if (greeted_) ready(KeepAlive{});
    return;
  }
  if (!greeted_) greet(0, 0, {});
  if (const auto* const port = std::get_if<BtPort>(&message)) {
    if (dht_ && port->port != 0) dht_port_ = port->port;
    return;
  }
  const bool says_chunks = std::holds_alternative<BitfieldMessage>(message) ||
                           std::holds_alternative<HaveAll>(message) || std::holds_alternative<HaveNone>(message);
  if (says_chunks) {
    began_chunks_ = true;
  } else {
    begin_chunks();
  }
  struct Receive {
    BtCodec& codec;
    void operator()(const Choke&) { codec.receive_choke(); }
    void operator()(const Unchoke& m) {
      codec.choking_us_ = false;
      codec.ready(m);
    }
    void operator()(const BtRequest& m) { codec.receive_request(m.range); }
    void operator()(const BtCancel& m) { codec.receive_cancel(m.range); }
    void operator()(const BtReject& m) { codec.receive_reject(m.range); }
    void operator()(const BtHashRequest& m) {
      if (codec.hash_requests_.size() < kHashRequestsMax) {
        codec.hash_requests_.push_back(m);
        return codec.ready(m.request);
      }
      append_bt(codec.gathered_, BtMessageId::hash_reject, m.request, m.proof_layers);
    }
    void operator()(const BtHashes& m) { codec.ready(m.hashes); }
    void operator()(const BtHashReject& m) { codec.ready(HashReject{m.request}); }
    void operator()(const BtPiece&) {}     // in receive_piece()
    void operator()(const BtExtended&) {}  // in receive_extended()
    void operator()(const BtPort&) {}
    void operator()(const BtIgnored&) {}
    void operator()(const KeepAlive&) {}
    void operator()(const BitfieldMessage& m) { codec.ready(m); }
    void operator()(const HaveAll& m) { codec.ready(m); }
    void operator()(const HaveNone& m) { codec.ready(m); }
    void operator()(const Have& m) { codec.ready(m); }
    void operator()(const Interested& m) { codec.ready(m); }
    void operator()(const Suggest& m) { codec.ready(m); }
  };
  std::visit(Receive{*this}, message);
}

// --- requests of the peer

std::optional<BtCodec::Block> BtCodec::block_of(const BtRange& range) const {
  if (range.chunk.value >= shape_.chunk_count || range.offset % kBlockBytes != 0) return std::nullopt;
  if (range.offset >= shape_.bytes_of(range.chunk)) return std::nullopt;
  const Block block{range.chunk, range.offset / kBlockBytes};
  return range.bytes == range_of(block).bytes ? std::optional(block) : std::nullopt;
}

std::optional<BlockRun> BtCodec::run_of(const BtRange& range) const {
  if (range.chunk.value >= shape_.chunk_count || range.bytes == 0) return std::nullopt;
  const std::uint32_t chunk_end = shape_.bytes_of(range.chunk);
  if (range.offset >= chunk_end || range.bytes > BtOddRequests::kBytesMax ||
      range.bytes > shape_.chunk_bytes - range.offset) {
    return std::nullopt;
  }
  const std::uint32_t end = std::min(range.offset + range.bytes, chunk_end);
  const std::uint32_t first = range.offset / kBlockBytes;
  return BlockRun{range.chunk, first, (end + kBlockBytes - 1) / kBlockBytes - first};
}

std::optional<BtMessage> BtCodec::next_if_continues(const BtRange& before, BtMessageId id) const {
  const std::optional<ByteSpan> body = front_message();
  if (!body || body->empty() || (*body)[0] != static_cast<std::byte>(id)) return std::nullopt;
  Result<BtMessage> message = decode_bt_message(*body);
  if (!message) return std::nullopt;  // an error when it is its turn
  const auto follows = [&](ChunkIndex chunk, std::uint32_t offset) {
    return chunk == before.chunk && offset == before.offset + before.bytes;
  };
  if (const auto* const request = std::get_if<BtRequest>(&*message)) {
    if (!follows(request->range.chunk, request->range.offset)) return std::nullopt;
  } else if (const auto* const piece = std::get_if<BtPiece>(&*message)) {
    if (!follows(piece->chunk, piece->offset)) return std::nullopt;
  }
  return *std::move(message);
}

bool BtCodec::is_zeros(const BtRange& range) const {
  if (range.chunk.value >= shape_.chunk_count || !shape_.zeros_after || range.bytes == 0) return false;
  const std::uint32_t begin = shape_.bytes_of(range.chunk);
  const std::uint32_t end = begin + shape_.zeros_after(range.chunk);
  return range.bytes <= BtOddRequests::kBytesMax && range.offset >= begin && range.offset < end &&
         range.bytes <= end - range.offset;
}

// Requests that follow each other become one run: they are read from the disk together.
void BtCodec::receive_request(const BtRange& range) {
  if (const std::optional<Block> first = block_of(range)) return receive_blocks(range, *first);
  if (const std::optional<BlockRun> run = run_of(range)) {
    return odd_requests_.add(range, *run) ? ready(Request{*run}) : send_reject(range);
  }
  const bool room = zero_requests_.size() < kZeroRequestsMax && zero_bytes_ + range.bytes <= kZeroBytesMax;
  if (is_zeros(range) && !choking_it_ && room) {
    zero_bytes_ += range.bytes;
    return zero_requests_.push_back(range);
  }
  if (!fast_ && range.bytes > BtOddRequests::kBytesMax) {
    return static_cast<void>(fail({ErrorKind::limit, "BitTorrent: asks for more than 128 KiB at once"}));
  }
  send_reject(range);
}

void BtCodec::receive_blocks(const BtRange& range, const Block& first) {
  BlockRun run{first.chunk, first.number, 1};
  for (BtRange last = range; run.count < kRequestBlocksMax;) {
    const std::optional<BtMessage> next = next_if_continues(last, BtMessageId::request);
    if (!next) break;
    last = std::get<BtRequest>(*next).range;
    if (!block_of(last)) break;  // when it is its turn
    ++run.count;
    skip_message(kBtRequestBytes);
  }
  ready(Request{run});
}

// The swarm core cancels blocks, whoever needs them. What another odd request needs, too, is sent all the same: the
// peer has to expect that anyway.
void BtCodec::receive_cancel(const BtRange& range) {
  if (std::erase(zero_requests_, range) > 0) {
    zero_bytes_ = 0;
    for (const BtRange& zeros : zero_requests_) zero_bytes_ += zeros.bytes;
    return send_reject(range);
  }
  if (const std::optional<BlockRun> run = odd_requests_.run_of(range)) {
    if (odd_requests_.count_touching(*run) == 1) ready(Cancel{*run});
  } else if (const std::optional<Block> block = block_of(range)) {
    const BlockRun one_block = one(block->chunk, block->number);
    if (odd_requests_.count_touching(one_block) == 0) ready(Cancel{one_block});
  }
}

// --- answers to our requests

void BtCodec::receive_choke() {
  choking_us_ = true;
  ready(Choke{});
  const auto reject = [this](const Block& block) {
    ready(Reject{one(block.chunk, block.number), RejectReason::choked});
  };
  if (!fast_) {
    for (const Asked& asked : std::exchange(asked_, {})) reject(asked.block);
  }
  for (const Block& block : std::exchange(waiting_, {})) reject(block);
}

void BtCodec::receive_reject(const BtRange& range) {
  const std::optional<Block> block = block_of(range);
  if (!block) return;
  const auto asked = std::ranges::find(asked_, *block, &Asked::block);
  if (asked == asked_.end()) return;
  const RejectReason reason = asked->cancelled ? RejectReason::cancelled
                              : choking_us_    ? RejectReason::choked
                                               : RejectReason::overloaded;
  asked_.erase(asked);
  ready(Reject{one(block->chunk, block->number), reason});
  send_waiting();
}

Status BtCodec::receive_piece(const BtPiece& first) {
  if (!greeted_) greet(0, 0, {});
  begin_chunks();
  if (first.offset % kBlockBytes != 0 || first.offset / kBlockBytes >= kBlocksPerChunkMax ||
      first.chunk.value >= kChunksMax || first.payload.size() > kBlockBytes) {
    return Error{ErrorKind::malformed, "BitTorrent: a piece message that is not a block"};
  }
  DataFrame data{{first.chunk, first.offset / kBlockBytes, 0}, pool_->take(), {}};
  std::size_t filled = 0;
  BtPiece piece = first;
  for (;;) {
    std::ranges::copy(piece.payload, data.buffer.bytes().begin() + static_cast<std::ptrdiff_t>(filled));
    filled += piece.payload.size();
    const Block block{data.run.chunk, data.run.first + data.run.count};
    ++data.run.count;
    if (const auto asked = std::ranges::find(asked_, block, &Asked::block); asked != asked_.end()) asked_.erase(asked);
    const BtRange range{piece.chunk, piece.offset, static_cast<std::uint32_t>(piece.payload.size())};
    skip_message(kBtPieceHeaderBytes - kBtPrefixBytes + range.bytes);
    if (range.bytes < kBlockBytes || data.run.count == kDataBlocksMax || !input_ ||
        data.run.first + data.run.count == kBlocksPerChunkMax) {
      break;
    }
    const std::optional<BtMessage> next = next_if_continues(range, BtMessageId::piece);
    if (!next) break;
    piece = std::get<BtPiece>(*next);
    if (piece.payload.size() > kBlockBytes) break;  // an error when it is its turn
  }
  data.payload = data.buffer.bytes().first(filled);
  ready_.emplace_back(std::move(data));
  send_waiting();
  return Done{};
}

// --- extensions

Status BtCodec::receive_extended(const BtExtended& extended) {
  if (!extensions_) return Done{};
  if (extended.id == 0) {
    const Result<BtExtendedHandshake> handshake = decode_bt_extended_handshake(extended.payload);
    if (!handshake) return handshake.error();
    receive_extended_handshake(*handshake);
    return Done{};
  }
  if (!greeted_) greet(0, 0, {});
  if (extended.id == kUtMetadata) {
    const Result<std::optional<BtMetadata>> message = decode_bt_metadata(extended.payload);
    if (!message) return message.error();
    if (*message) receive_metadata(**message);
  } else if (extended.id == kUtPex) {
    Result<Peers> peers = decode_bt_pex(extended.payload);
    if (!peers) return peers.error();
    if (!peers->endpoints.empty()) ready(*std::move(peers));
  } else if (extended.id == kUploadOnly && !extended.payload.empty()) {
    theirs_.upload_only = extended.payload[0] != std::byte{0};
    greet(0, theirs_.ut_metadata == 0 ? 0 : theirs_.metainfo_bytes, {});
  } else if (extended.id == kDontHave) {
    const Result<ChunkIndex> lost = decode_bt_dont_have(extended.payload);
    if (!lost) return lost.error();
    receive_dont_have(*lost);
  }
  return Done{};
}

void BtCodec::receive_extended_handshake(const BtExtendedHandshake& handshake) {
  const BtExtendedHandshake before = std::exchange(theirs_, handshake);
  // A later one may say only what has changed (BEP 10): what it does not repeat stays.
  if (theirs_.ut_metadata == 0) theirs_.ut_metadata = before.ut_metadata;
  if (theirs_.ut_pex == 0) theirs_.ut_pex = before.ut_pex;
  if (theirs_.dont_have == 0) theirs_.dont_have = before.dont_have;
  if (!theirs_.upload_only) theirs_.upload_only = before.upload_only;
  if (theirs_.metainfo_bytes == 0) theirs_.metainfo_bytes = before.metainfo_bytes;
  if (theirs_.requests_max == 0) theirs_.requests_max = before.requests_max;
  const std::uint32_t metainfo_bytes = theirs_.ut_metadata == 0 ? 0 : theirs_.metainfo_bytes;
  greet(handshake.listen_port, metainfo_bytes, handshake.agent);
}

void BtCodec::receive_dont_have(ChunkIndex chunk) {
  if (!began_chunks_) return;  // it has nothing that it could lose
  const auto is_lost = [chunk](const Block& block) { return block.chunk == chunk; };
  std::erase_if(waiting_, is_lost);
  if (!fast_) std::erase_if(asked_, [&](const Asked& asked) { return is_lost(asked.block); });  // no answer comes
  ready(DontHave{{chunk}});
  send_waiting();
}

void BtCodec::receive_metadata(const BtMetadata& message) {
  if (const auto* const request = std::get_if<BtMetadataRequest>(&message)) {
    if (theirs_.ut_metadata == 0) return;
    if (metadata_requests_.size() == kMetadataRequestsMax) {
      return append_bt_extended(gathered_, theirs_.ut_metadata, encode(BtMetadataReject{request->piece}));
    }
    const std::uint32_t part = request->piece / kPiecesPerPart;
    const bool asked =
        std::ranges::any_of(metadata_requests_, [&](std::uint32_t piece) { return piece / kPiecesPerPart == part; });
    metadata_requests_.push_back(request->piece);
    if (!asked) ready(MetainfoRequest{part});  // its answer serves all pieces of the part
    return;
  }
  const auto* const piece = std::get_if<BtMetadataPiece>(&message);
  const std::uint32_t number = piece != nullptr ? piece->piece : std::get<BtMetadataReject>(message).piece;
  const auto part = parts_.find(number / kPiecesPerPart);
  if (part == parts_.end()) return;
  PartInAssembly& assembly = part->second;
  const std::uint32_t index = number % kPiecesPerPart;
  const std::size_t at = std::size_t{index} * kBtMetadataPieceBytes;
  const bool fits = piece != nullptr && index < assembly.have.size() &&
                    piece->bytes.size() == std::min<std::size_t>(kBtMetadataPieceBytes, assembly.bytes.size() - at);
  if (!fits) {
    parts_.erase(part);
    return ready(MetainfoReject{number / kPiecesPerPart});
  }
  if (assembly.have[index]) return;
  assembly.have[index] = true;
  std::ranges::copy(piece->bytes, assembly.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  if (--assembly.pieces_missing > 0) return;
  ready(MetainfoPart{part->first, std::move(assembly.bytes)});
  parts_.erase(part);
}

}  // namespace stp::wire
