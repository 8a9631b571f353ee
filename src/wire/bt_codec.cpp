#include "wire/bt_codec.h"

#include <algorithm>
#include <utility>

#include "core/overloaded.h"

namespace stp::wire {

BtCodec::BtCodec(BufferPool& pool, const BtHandshake& ours, const BtHandshake& theirs, MseCiphers ciphers)
    : pool_(&pool),
      peer_id_(theirs.peer_id),
      extensions_(ours.extensions && theirs.extensions),
      fast_(ours.fast && theirs.fast),
      hashes_(theirs.v2),
      dht_(ours.dht && theirs.dht),
      ciphers_(std::move(ciphers)),
      output_(pool) {}

void BtCodec::encrypt(MutableByteSpan written) {
  if (ciphers_.send) ciphers_.send->apply(written);
}

BtRange BtCodec::range_of(const Block& block) const {
  const std::uint32_t offset = block.number * kBlockBytes;
  return {block.chunk, offset, std::min(kBlockBytes, shape_.bytes_of(block.chunk) - offset)};
}

void BtCodec::send_reject(const BtRange& range) {
  if (fast_) append_bt(gathered_, BtMessageId::reject, range);
}

// --- output

void BtCodec::send(const Message& message) {
  std::visit(Overloaded{
                 [&](const Hello& m) { send_greeting(m); },
                 [&](const BitfieldMessage& m) { append_bt(gathered_, BtMessageId::bitfield, m.bits); },
                 [&](const HaveAll&) {
                   if (fast_) return append_bt(gathered_, BtMessageId::have_all);
                   Bytes bits((shape_.chunk_count + 7) / 8, std::byte{0xff});
                   if (shape_.chunk_count % 8 != 0) bits.back() <<= 8 - shape_.chunk_count % 8;
                   append_bt(gathered_, BtMessageId::bitfield, bits);
                 },
                 [&](const HaveNone&) {
                   if (fast_) append_bt(gathered_, BtMessageId::have_none);
                 },
                 [&](const Have& m) {
                   for (const ChunkIndex chunk : m.chunks) append_bt(gathered_, BtMessageId::have, chunk);
                 },
                 [&](const DontHave& m) {
                   if (theirs_.dont_have == 0) return;
                   for (const ChunkIndex chunk : m.chunks) {
                     append_bt_extended(gathered_, theirs_.dont_have, encode_bt_dont_have(chunk));
                   }
                 },
                 [&](const Interested& m) {
                   append_bt(gathered_, m.interested ? BtMessageId::interested : BtMessageId::not_interested);
                 },
                 [&](const Choke&) {
                   choking_it_ = true;
                   append_bt(gathered_, BtMessageId::choke);
                   for (const BtRange& range : std::exchange(zero_requests_, {})) send_reject(range);
                   zero_bytes_ = 0;
                 },
                 [&](const Unchoke&) {
                   choking_it_ = false;
                   append_bt(gathered_, BtMessageId::unchoke);
                 },
                 [&](const Request& m) { send_request(m.run); },
                 [&](const Cancel& m) { send_cancel(m.run); },
                 [&](const Reject& m) {
                   if (const std::optional<BtRange> odd = odd_requests_.take(m.run)) return send_reject(*odd);
                   for (std::uint32_t i = 0; i < m.run.count; ++i) {
                     send_reject(range_of({m.run.chunk, m.run.first + i}));
                   }
                 },
                 [&](const HashRequest& m) {
                   if (!hashes_) return ready(HashReject{m});
                   append_bt(gathered_, BtMessageId::hash_request, m, bt_proof_layers(m));
                 },
                 [&](const Hashes& m) {
                   append_bt(gathered_, BtMessageId::hashes, m.request, take_proof_layers(m.request), m.hashes);
                 },
                 [&](const HashReject& m) {
                   append_bt(gathered_, BtMessageId::hash_reject, m.request, take_proof_layers(m.request));
                 },
                 [&](const MetainfoRequest& m) { send_metainfo_request(m.part); },
                 [&](const MetainfoPart& m) { send_metainfo_part(m); },
                 [&](const MetainfoReject& m) { reject_metainfo(m.part); },
                 [&](const Peers& m) {
                   if (theirs_.ut_pex != 0) append_bt_extended(gathered_, theirs_.ut_pex, encode_bt_pex(m));
                 },
                 [&](const KeepAlive&) { append_bt_keep_alive(gathered_); },
                 [&](const Bye&) {},
                 [&](const Suggest& m) {
                   for (const ChunkIndex chunk : m.chunks) {
                     if (fast_) append_bt(gathered_, BtMessageId::suggest, chunk);
                   }
                 },
             },
             message);
  if (gathered_.size() >= kBlockBytes) gather_output();
}

void BtCodec::send_greeting(const Hello& hello) {
  metainfo_bytes_ = hello.metainfo_bytes;
  if (extensions_) append_bt_extended(gathered_, 0, encode(greeting_of(hello)));
  if (dht_ && hello.listen_port != 0) append_bt_port(gathered_, hello.listen_port);
}

BtExtendedHandshake BtCodec::greeting_of(const Hello& hello) {
  BtExtendedHandshake ours;
  ours.ut_metadata = kUtMetadata;
  ours.ut_pex = kUtPex;
  ours.upload_only_id = kUploadOnly;
  ours.dont_have = kDontHave;
  ours.upload_only = hello.upload_only;
  ours.listen_port = hello.listen_port;
  ours.metainfo_bytes = hello.metainfo_bytes;
  ours.requests_max = kRequestsMax;
  ours.agent = hello.agent;
  return ours;
}

void BtCodec::send_request(const BlockRun& run) {
  for (std::uint32_t i = 0; i < run.count; ++i) waiting_.push_back({run.chunk, run.first + i});
  send_waiting();
}

void BtCodec::send_waiting() {
  const std::uint32_t max = theirs_.requests_max == 0 ? kRequestsMax : std::min(kRequestsMax, theirs_.requests_max);
  while (!waiting_.empty() && asked_.size() < max) {
    append_bt(gathered_, BtMessageId::request, range_of(waiting_.front()));
    asked_.push_back({waiting_.front()});
    waiting_.pop_front();
  }
}

void BtCodec::send_cancel(const BlockRun& run) {
  for (std::uint32_t i = 0; i < run.count; ++i) {
    const Block block{run.chunk, run.first + i};
    if (std::erase(waiting_, block) > 0) {
      ready(Reject{{block.chunk, block.number, 1}, RejectReason::cancelled});
      continue;
    }
    const auto asked = std::ranges::find(asked_, block, &Asked::block);
    if (asked == asked_.end() || std::exchange(asked->cancelled, true)) continue;
    append_bt(gathered_, BtMessageId::cancel, range_of(block));
  }
}

std::uint32_t BtCodec::take_proof_layers(const HashRequest& request) {
  const auto asked = std::ranges::find(hash_requests_, request, &BtHashRequest::request);
  if (asked == hash_requests_.end()) return bt_proof_layers(request);
  const std::uint32_t layers = asked->proof_layers;
  hash_requests_.erase(asked);
  return layers;
}

void BtCodec::send_metainfo_request(std::uint32_t part) {
  const std::uint32_t offset = part * kMetainfoPartBytes;
  if (theirs_.ut_metadata == 0 || offset >= theirs_.metainfo_bytes) return ready(MetainfoReject{part});
  const std::uint32_t bytes = std::min(kMetainfoPartBytes, theirs_.metainfo_bytes - offset);
  const std::uint32_t pieces = (bytes + kBtMetadataPieceBytes - 1) / kBtMetadataPieceBytes;
  parts_[part] = {Bytes(bytes), pieces, std::vector<bool>(pieces)};
  for (std::uint32_t i = 0; i < pieces; ++i) {
    append_bt_extended(gathered_, theirs_.ut_metadata, encode(BtMetadataRequest{part * kPiecesPerPart + i}));
  }
}

void BtCodec::send_metainfo_part(const MetainfoPart& part) {
  std::erase_if(metadata_requests_, [&](std::uint32_t piece) {
    if (piece / kPiecesPerPart != part.part) return false;
    const ByteSpan bytes(part.bytes);
    const std::size_t at = std::min<std::size_t>(bytes.size(), piece % kPiecesPerPart * kBtMetadataPieceBytes);
    const ByteSpan slice = bytes.subspan(at, std::min<std::size_t>(kBtMetadataPieceBytes, bytes.size() - at));
    append_bt_extended(
        gathered_, theirs_.ut_metadata,
        slice.empty() ? encode(BtMetadataReject{piece}) : encode(BtMetadataPiece{piece, metainfo_bytes_, slice}));
    return true;
  });
}

void BtCodec::reject_metainfo(std::uint32_t part) {
  std::erase_if(metadata_requests_, [&](std::uint32_t piece) {
    if (piece / kPiecesPerPart != part) return false;
    append_bt_extended(gathered_, theirs_.ut_metadata, encode(BtMetadataReject{piece}));
    return true;
  });
}

void BtCodec::send_data(const BlockRun& run, ByteSpan payload) {
  gather_output();
  if (const std::optional<BtRange> odd = odd_requests_.take(run)) return send_odd(*odd, run.first, payload);
  for (std::uint32_t block = run.first; !payload.empty(); ++block) {
    const ByteSpan part = payload.first(std::min<std::size_t>(payload.size(), kBlockBytes));
    const MutableByteSpan room = output_.append(kBtPieceHeaderBytes + part.size());
    store_bt_piece_header(room.data(), run.chunk, block * kBlockBytes, static_cast<std::uint32_t>(part.size()));
    std::ranges::copy(part, room.begin() + kBtPieceHeaderBytes);
    encrypt(room);
    payload = payload.subspan(part.size());
  }
}

void BtCodec::send_odd(const BtRange& range, std::uint32_t first, ByteSpan payload) {
  const ByteSpan rest = payload.subspan(range.offset - first * kBlockBytes);
  const ByteSpan part = rest.first(std::min<std::size_t>(rest.size(), range.bytes));
  const MutableByteSpan room = output_.append(kBtPieceHeaderBytes + range.bytes);
  store_bt_piece_header(room.data(), range.chunk, range.offset, range.bytes);
  const auto zeros = std::ranges::copy(part, room.begin() + kBtPieceHeaderBytes).out;
  std::fill(zeros, room.end(), std::byte{0});
  encrypt(room);
}

void BtCodec::gather_output() {
  ByteSpan rest = gathered_;
  while (!rest.empty()) {
    const ByteSpan part = rest.first(std::min<std::size_t>(rest.size(), kBufferBytes));
    const MutableByteSpan room = output_.append(part.size());
    std::ranges::copy(part, room.begin());
    encrypt(room);
    rest = rest.subspan(part.size());
  }
  gathered_.clear();
  if (gathered_.capacity() > kBlockBytes) Bytes().swap(gathered_);  // a long bitfield is rare
}

void BtCodec::send_zeros() {
  while (!zero_requests_.empty() && output_.size() < kZerosBehindMax) {
    const BtRange range = zero_requests_.front();
    zero_requests_.pop_front();
    zero_bytes_ -= range.bytes;
    const MutableByteSpan room = output_.append(kBtPieceHeaderBytes + range.bytes);
    store_bt_piece_header(room.data(), range.chunk, range.offset, range.bytes);
    std::ranges::fill(room.subspan(kBtPieceHeaderBytes), std::byte{0});
    encrypt(room);
  }
}

std::size_t BtCodec::pending_output_bytes() const {
  return output_.size() + gathered_.size() + zero_requests_.size() * kBtPieceHeaderBytes + zero_bytes_;
}

ByteSpan BtCodec::pending_output() {
  gather_output();
  send_zeros();
  return output_.front();
}

void BtCodec::check_invariants() const {
  STP_ASSERT(begin_ <= end_ && end_ <= kBufferBytes && (input_ || end_ == 0));
  STP_ASSERT(asked_.size() <= kRequestsMax);
  STP_ASSERT(odd_requests_.size() <= BtOddRequests::kMax);
  STP_ASSERT(zero_requests_.size() <= kZeroRequestsMax && (zero_requests_.empty() || !choking_it_));
  std::size_t zero_bytes = 0;
  for (const BtRange& range : zero_requests_) zero_bytes += range.bytes;
  STP_ASSERT(zero_bytes == zero_bytes_ && zero_bytes <= kZeroBytesMax);
  STP_ASSERT(hash_requests_.size() <= kHashRequestsMax && metadata_requests_.size() <= kMetadataRequestsMax);
  output_.check_invariants();
}

}  // namespace stp::wire
