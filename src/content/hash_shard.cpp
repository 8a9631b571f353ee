#include "content/hash_shard.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>

#include "content/merkle.h"
#include "content/metainfo.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

constexpr std::string_view kShardMagic = "stp hashes 3\n";
constexpr std::size_t kShardHeader = kShardMagic.size() + sizeof(Hash256);
constexpr std::size_t kRecordFixed = 93;

Error damaged_shard() {
  return {ErrorKind::malformed, "a part of the hash store is damaged"};
}

template <class T>
void put(Bytes& out, T value) {
  std::array<std::byte, sizeof(T)> raw{};
  store_be(raw.data(), value);
  append(out, raw);
}

// Takes numbers and hashes from the front of bytes that were checked to be long enough.
class RecordReader {
 public:
  explicit RecordReader(ByteSpan bytes) : rest_(bytes) {}
  template <class T>
  T take() {
    const T value = load_be<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  std::int64_t take_signed() { return static_cast<std::int64_t>(take<std::uint64_t>()); }
  void take(std::span<std::byte> out) {
    std::copy_n(rest_.begin(), out.size(), out.begin());
    rest_ = rest_.subspan(out.size());
  }
  [[nodiscard]] ByteSpan rest() const { return rest_; }

 private:
  ByteSpan rest_;
};

bool may_be(std::uint32_t chunk_bytes, std::int64_t file_bytes) {
  return chunk_bytes >= kChunkBytesMin && chunk_bytes <= kChunkBytesMax && std::has_single_bit(chunk_bytes) &&
         file_bytes > 0 && file_bytes <= std::int64_t{kChunksMax} * chunk_bytes;
}

// nullopt: it is damaged.
std::optional<PieceHashes> take_pieces(RecordReader& reader, std::int64_t file_bytes) {
  if (reader.rest().size() < sizeof(std::uint32_t)) return std::nullopt;
  PieceHashes pieces;
  pieces.chunk_bytes = reader.take<std::uint32_t>();
  if (!may_be(pieces.chunk_bytes, file_bytes)) return std::nullopt;
  const std::uint32_t chunks = chunks_in(file_bytes, pieces.chunk_bytes);
  if (reader.rest().size() / sizeof(Hash160) < std::size_t{chunks} + 1) return std::nullopt;
  pieces.padded.resize(chunks);
  for (Hash160& hash : pieces.padded) reader.take(hash.bytes);
  reader.take(pieces.last.bytes);
  return pieces;
}

}  // namespace

std::size_t record_bytes(const HashRecord& record) {
  std::size_t bytes = kRecordFixed + record.hashes.layer.size() * sizeof(Hash256);
  for (const PieceHashes& pieces : record.hashes.pieces) {
    bytes += sizeof(pieces.chunk_bytes) + (pieces.padded.size() + 1) * sizeof(Hash160);
  }
  return bytes;
}

Bytes encode_shard(const std::vector<HashRecord>& records) {
  Bytes body;
  for (const HashRecord& record : records) {
    put(body, record.hashes.chunk_bytes);
    for (const std::int64_t number : {record.signature.bytes, record.signature.mtime_ns, record.signature.ctime_ns,
                                      static_cast<std::int64_t>(record.signature.inode),
                                      static_cast<std::int64_t>(record.signature.device), record.born_ns}) {
      put(body, static_cast<std::uint64_t>(number));
    }
    append(body, record.path);
    append(body, record.hashes.root.span());
    put(body, static_cast<std::uint8_t>(record.hashes.pieces.size()));
    append(body, std::as_bytes(std::span(record.hashes.layer)));
    for (const PieceHashes& pieces : record.hashes.pieces) {
      put(body, pieces.chunk_bytes);
      append(body, std::as_bytes(std::span(pieces.padded)));
      append(body, pieces.last.span());
    }
  }
  Bytes bytes = to_bytes(kShardMagic);
  append(bytes, crypto::sha256(body).span());
  append(bytes, body);
  return bytes;
}

Result<std::vector<HashRecord>> decode_shard(ByteSpan bytes) {
  if (bytes.size() < kShardHeader || bytes.size() > kShardBytesMax) return damaged_shard();
  if (!as_text(bytes).starts_with(kShardMagic)) return damaged_shard();
  const ByteSpan body = bytes.subspan(kShardHeader);
  if (Hash256::from(bytes.subspan(kShardMagic.size(), sizeof(Hash256))) != crypto::sha256(body)) return damaged_shard();

  std::vector<HashRecord> records;
  RecordReader reader(body);
  while (!reader.rest().empty()) {
    if (reader.rest().size() < kRecordFixed) return damaged_shard();
    HashRecord record;
    FileHashes& hashes = record.hashes;
    hashes.chunk_bytes = reader.take<std::uint32_t>();
    record.signature.bytes = reader.take_signed();
    record.signature.mtime_ns = reader.take_signed();
    record.signature.ctime_ns = reader.take_signed();
    record.signature.inode = reader.take<std::uint64_t>();
    record.signature.device = reader.take<std::uint64_t>();
    record.born_ns = reader.take_signed();
    reader.take(record.path);
    reader.take(hashes.root.bytes);
    const auto sets = reader.take<std::uint8_t>();
    if (!may_be(hashes.chunk_bytes, record.signature.bytes) || sets > FileHashes::kPieceSizesMax) {
      return damaged_shard();
    }
    const std::uint32_t chunks = chunks_in(record.signature.bytes, hashes.chunk_bytes);
    if (chunks > 1) {
      if (reader.rest().size() / sizeof(Hash256) < chunks) return damaged_shard();
      hashes.layer.resize(chunks);
      for (Hash256& hash : hashes.layer) reader.take(hash.bytes);
    }
    for (std::uint8_t i = 0; i < sets; ++i) {
      std::optional<PieceHashes> pieces = take_pieces(reader, record.signature.bytes);
      if (!pieces || hashes.pieces_of(pieces->chunk_bytes) != nullptr) return damaged_shard();
      hashes.pieces.push_back(*std::move(pieces));
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace stp::content
