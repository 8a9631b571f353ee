#include "content/control_format.h"

#include <algorithm>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

constexpr std::string_view kMagic = "stp get\n";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kChecksumOffset = 56;
static_assert(kChecksumOffset + sizeof(Hash256) == kControlHeaderBytes);

Hash256 checksum(ByteSpan header, ByteSpan static_part) {
  crypto::Sha256 hash;
  hash.update(header.first(kChecksumOffset));
  hash.update(static_part);
  return hash.finish();
}

Bytes encode_static(const ControlContents& contents) {
  bencode::Encoder encoder;
  encoder.begin_dict();
  encoder.key("boot").string(contents.boot_id);
  encoder.key("info").string(contents.metainfo->info_bytes());
  encoder.key("layers").begin_list();
  for (std::size_t i = 0; contents.metainfo->has_v2() && i < contents.metainfo->files().size(); ++i) {
    if (contents.metainfo->files()[i].chunk_count < 2) continue;
    const auto layer = contents.hashes.layer_known(i) ? contents.hashes.layer(i) : std::span<const Hash256>();
    encoder.string(std::as_bytes(layer));
  }
  return encoder.end().end().take();
}

// `bytes`: the length of a file with this seal.
FileSignature decode_seal(ByteSpan seal, std::int64_t bytes) {
  FileSignature signature;
  signature.mtime_ns = static_cast<std::int64_t>(load_be<std::uint64_t>(seal.data()));
  signature.ctime_ns = static_cast<std::int64_t>(load_be<std::uint64_t>(seal.data() + 8));
  signature.inode = load_be<std::uint64_t>(seal.data() + 16);
  signature.device = load_be<std::uint64_t>(seal.data() + 24);
  if (signature != FileSignature()) signature.bytes = bytes;
  return signature;
}

Error damaged() {
  return {ErrorKind::malformed, "is damaged"};
}

}  // namespace

EncodedControl encode_control(const ControlContents& contents) {
  STP_ASSERT(contents.boot_id.size() <= kBootIdBytesMax && contents.marks.size() == contents.metainfo->chunk_count());
  const Bytes static_part = encode_static(contents);
  EncodedControl encoded;
  encoded.bytes.resize(kControlHeaderBytes);
  std::byte* const header = encoded.bytes.data();
  std::copy(as_bytes(kMagic).begin(), as_bytes(kMagic).end(), header);
  store_be(header + 8, kVersion);
  store_be(header + 12, contents.metainfo->chunk_count());
  store_be(header + 16, static_cast<std::uint64_t>(static_part.size()));
  std::copy_n(contents.metainfo->info_hash().bytes.begin(), InfoHash::kSize, header + 24);
  const Hash256 sum = checksum(encoded.bytes, static_part);
  std::copy(sum.bytes.begin(), sum.bytes.end(), header + kChecksumOffset);
  append(encoded.bytes, static_part);
  encoded.marks_offset = encoded.bytes.size();
  append(encoded.bytes, contents.marks.bytes());
  const std::size_t files = contents.metainfo->files().size();
  STP_ASSERT(contents.seals.empty() || contents.seals.size() == files);
  for (const FileSignature& seal : contents.seals) append(encoded.bytes, encode_seal(seal));
  if (contents.seals.empty()) encoded.bytes.resize(encoded.bytes.size() + files * kSealBytes);
  return encoded;
}

std::array<std::byte, kSealBytes> encode_seal(const FileSignature& signature) {
  std::array<std::byte, kSealBytes> seal{};
  store_be(seal.data(), static_cast<std::uint64_t>(signature.mtime_ns));
  store_be(seal.data() + 8, static_cast<std::uint64_t>(signature.ctime_ns));
  store_be(seal.data() + 16, signature.inode);
  store_be(seal.data() + 24, signature.device);
  return seal;
}

Result<DecodedControl> decode_control(ByteSpan bytes) {
  const std::optional<InfoHash> info_hash = peek_control(bytes);
  if (!info_hash || bytes.size() < kControlHeaderBytes) return damaged();
  if (load_be<std::uint32_t>(bytes.data() + 8) != kVersion) {
    return Error{ErrorKind::unsupported, "is from another version of stp"};
  }
  const auto static_bytes = load_be<std::uint64_t>(bytes.data() + 16);
  if (static_bytes > bytes.size() - kControlHeaderBytes) return damaged();
  const ByteSpan static_part = bytes.subspan(kControlHeaderBytes, static_cast<std::size_t>(static_bytes));
  if (Hash256::from(bytes.subspan(kChecksumOffset, sizeof(Hash256))) != checksum(bytes, static_part)) return damaged();

  bencode::Document document;
  if (const Status status = document.decode(static_part); !status) return damaged();
  const auto boot_id = document.root().find_text("boot");
  const auto info = document.root().find_string("info");
  const auto layers = document.root().find_list("layers");
  if (!boot_id || boot_id->size() > kBootIdBytesMax || !info || !layers) return damaged();
  Result<std::shared_ptr<const Metainfo>> metainfo = Metainfo::parse(*info);
  if (!metainfo) return damaged();
  if ((*metainfo)->info_hash() != *info_hash) return damaged();
  if (load_be<std::uint32_t>(bytes.data() + 12) != (*metainfo)->chunk_count()) return damaged();

  ChunkHashes hashes(*metainfo);
  std::optional<bencode::View> layer = layers->first();
  for (std::size_t i = 0; (*metainfo)->has_v2() && i < (*metainfo)->files().size(); ++i) {
    if ((*metainfo)->files()[i].chunk_count < 2) continue;
    if (!layer || !layer->string()) return damaged();
    if (!layer->string()->empty()) {
      const auto nodes = hashes_from(*layer->string());
      if (!nodes || !hashes.set_layer(i, *nodes)) return damaged();
    }
    layer = layer->next();
  }
  if (layer) return damaged();

  const std::size_t marks_offset = kControlHeaderBytes + static_part.size();
  const std::size_t mark_bytes = ((*metainfo)->chunk_count() + 7) / 8;
  const std::size_t files = (*metainfo)->files().size();
  if (bytes.size() - marks_offset != mark_bytes + files * kSealBytes) return damaged();
  std::optional<Bitfield> marks = Bitfield::from(bytes.subspan(marks_offset, mark_bytes), (*metainfo)->chunk_count());
  if (!marks) return damaged();
  std::vector<FileSignature> seals(files);
  for (std::size_t i = 0; i < files; ++i) {
    const std::size_t at = marks_offset + mark_bytes + i * kSealBytes;
    seals[i] = decode_seal(bytes.subspan(at, kSealBytes), (*metainfo)->files()[i].bytes);
  }
  return DecodedControl{{*metainfo, std::move(hashes), std::string(*boot_id), std::move(*marks), std::move(seals)},
                        marks_offset};
}

std::optional<InfoHash> peek_control(ByteSpan header) {
  if (header.size() < kChecksumOffset || !as_text(header).starts_with(kMagic)) return std::nullopt;
  return InfoHash::from(header.subspan(24, InfoHash::kSize));
}

}  // namespace stp::content
