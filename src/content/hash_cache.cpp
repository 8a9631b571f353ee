#include "content/hash_cache.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "content/metainfo.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

// magic ‖ SHA-256 of the rest ‖ {"chunk": size, "files": [[source, bytes, mtime, ctime, inode, device, root, layer],
// …]}
constexpr std::string_view kCacheMagic = "stp hashes 1\n";
constexpr std::string_view kCacheSuffix = ".hashes";
constexpr std::size_t kBodyOffset = kCacheMagic.size() + sizeof(Hash256);

Error damaged_cache() {
  return {ErrorKind::malformed, "hash cache is damaged"};
}

// Reads a list front to back; fails on a value of the wrong type or a missing one.
class ListReader {
 public:
  explicit ListReader(const bencode::View& list) : at_(list.first()) {}
  std::int64_t integer() { return take(&bencode::View::integer); }
  std::string_view text() { return take(&bencode::View::text); }
  ByteSpan string() { return take(&bencode::View::string); }
  [[nodiscard]] bool good() const { return good_ && !at_; }

 private:
  template <class T>
  T take(std::optional<T> (bencode::View::*access)() const) {
    const std::optional<T> value = at_ ? ((*at_).*access)() : std::nullopt;
    good_ = good_ && value.has_value();
    if (at_) at_ = at_->next();
    return value.value_or(T());
  }
  std::optional<bencode::View> at_;
  bool good_ = true;
};

}  // namespace

Bytes encode_cached_share(const CachedShare& share) {
  // In path order, so equal shares give equal bytes.
  std::vector<const std::pair<const std::string, CachedFile>*> files;
  files.reserve(share.files.size());
  for (const auto& file : share.files) files.push_back(&file);
  std::sort(files.begin(), files.end(), [](const auto* a, const auto* b) { return a->first < b->first; });

  bencode::Encoder encoder;
  encoder.begin_dict().key("chunk").integer(share.chunk_bytes).key("files").begin_list();
  for (const auto* file : files) {
    const auto& [source, cached] = *file;
    encoder.begin_list().string(source);
    encoder.integer(cached.signature.bytes).integer(cached.signature.mtime_ns).integer(cached.signature.ctime_ns);
    encoder.integer(static_cast<std::int64_t>(cached.signature.inode));
    encoder.integer(static_cast<std::int64_t>(cached.signature.device));
    encoder.string(cached.root.span()).string(std::as_bytes(std::span(cached.layer))).end();
  }
  const Bytes body = encoder.end().end().take();
  Bytes bytes = to_bytes(kCacheMagic);
  append(bytes, crypto::sha256(body).span());
  append(bytes, body);
  return bytes;
}

Result<CachedShare> decode_cached_share(ByteSpan bytes) {
  if (bytes.size() < kBodyOffset || !as_text(bytes).starts_with(kCacheMagic)) return damaged_cache();
  const ByteSpan body = bytes.subspan(kBodyOffset);
  if (Hash256::from(bytes.subspan(kCacheMagic.size(), sizeof(Hash256))) != crypto::sha256(body)) return damaged_cache();
  bencode::Document document;
  if (!document.decode(body)) return damaged_cache();
  const auto chunk_bytes = document.root().find_integer("chunk");
  const auto files = document.root().find_list("files");
  if (!chunk_bytes || *chunk_bytes < kChunkBytesMin || *chunk_bytes > kChunkBytesMax || !files) return damaged_cache();
  if ((*chunk_bytes & (*chunk_bytes - 1)) != 0) return damaged_cache();

  CachedShare share;
  share.chunk_bytes = static_cast<std::uint32_t>(*chunk_bytes);
  for (std::optional<bencode::View> file = files->first(); file; file = file->next()) {
    ListReader reader(*file);
    const std::string source(reader.text());
    CachedFile cached;
    cached.signature.bytes = reader.integer();
    cached.signature.mtime_ns = reader.integer();
    cached.signature.ctime_ns = reader.integer();
    cached.signature.inode = static_cast<std::uint64_t>(reader.integer());
    cached.signature.device = static_cast<std::uint64_t>(reader.integer());
    const std::optional<Hash256> root = Hash256::from(reader.string());
    std::optional<std::vector<Hash256>> layer = hashes_from(reader.string());
    if (!reader.good() || !root || !layer || cached.signature.bytes < 0) return damaged_cache();
    const std::int64_t chunks = (cached.signature.bytes + *chunk_bytes - 1) / *chunk_bytes;
    if (static_cast<std::int64_t>(layer->size()) != (chunks > 1 ? chunks : 0)) return damaged_cache();
    cached.root = *root;
    cached.layer = std::move(*layer);
    share.files.emplace(source, std::move(cached));
  }
  return share;
}

bool HashCache::is_settled(const FileSignature& signature, std::int64_t hashed_at_ns) {
  const auto near = [&](std::int64_t time) { return time > hashed_at_ns - kRacyNs && time < hashed_at_ns + kRacyNs; };
  return !near(signature.mtime_ns) && signature.ctime_ns <= hashed_at_ns - kRacyNs;
}

CachedShare HashCache::load(const Scan& scan) const {
  const Result<Fd> folder = open_directory(directory_);
  if (!folder) return {};
  const Result<Bytes> bytes = read_file(*folder, entry_name(scan), kEntryBytesMax);
  if (!bytes) return {};
  Result<CachedShare> share = decode_cached_share(*bytes);
  return share ? std::move(*share) : CachedShare();
}

Status HashCache::store(const Scan& scan, CachedShare share, std::int64_t hashed_at_ns) const {
  for (auto file = share.files.begin(); file != share.files.end();) {
    file = is_settled(file->second.signature, hashed_at_ns) ? std::next(file) : share.files.erase(file);
  }
  const int made = FileSystem::posix().mkdirat(AT_FDCWD, directory_.c_str(), 0700);
  if (made < 0 && made != -EEXIST) return file_error("create folder", directory_, -made);
  const Result<Fd> folder = open_directory(directory_);
  if (!folder) return folder.error();
  const Bytes bytes = encode_cached_share(share);
  if (bytes.size() > kEntryBytesMax) return Error{ErrorKind::limit, "too many files for the hash cache"};
  if (Status status = replace_file(*folder, entry_name(scan), bytes, Sync::no); !status) return status;

  const Result<std::vector<std::string>> names = list_folder(*folder);
  if (!names) return names.error();
  std::vector<std::pair<std::int64_t, std::string>> entries;  // by time of last use
  for (const std::string& name : *names) {
    struct ::stat status {};
    if (!std::string_view(name).ends_with(kCacheSuffix)) continue;
    if (folder->file_system().fstatat(folder->get(), name.c_str(), status, AT_SYMLINK_NOFOLLOW) < 0) continue;
    entries.emplace_back(FileSignature::of(status).mtime_ns, name);
  }
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = 0; i + entries_max_ < entries.size(); ++i) {
    static_cast<void>(folder->file_system().unlinkat(folder->get(), entries[i].second.c_str(), 0));
  }
  return Done{};
}

std::string HashCache::entry_name(const Scan& scan) {
  crypto::Sha256 hash;
  for (const std::string& root : scan.roots) {
    hash.update(as_bytes(root));
    hash.update(as_bytes(std::string_view("\0", 1)));
  }
  hash.update(as_bytes(scan.name));
  return hash.finish().hex().substr(0, 32) + std::string(kCacheSuffix);
}

}  // namespace stp::content
