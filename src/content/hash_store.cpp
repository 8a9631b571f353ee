#include "content/hash_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "crypto/sha256.h"

namespace stp::content {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr const char* kShardsLock = "lock";

std::string shard_name(std::size_t shard) {
  const auto number = static_cast<std::byte>(shard);
  return to_hex(std::span(&number, 1)) + ".hashes";
}

PathDigest digest_of(const std::string& path) {
  PathDigest digest{};
  const Hash256 hash = crypto::sha256(as_bytes(path));
  std::copy_n(hash.bytes.begin(), digest.size(), digest.begin());
  return digest;
}

// 0: the file system does not say.
std::int64_t birth_time_ns(const std::string& path) {
  struct ::statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_SYNC_AS_STAT, STATX_BTIME, &status) != 0) return 0;
  if ((status.stx_mask & STATX_BTIME) == 0) return 0;
  return status.stx_btime.tv_sec * kSecondNs + status.stx_btime.tv_nsec;
}

bool is_renamed(const HashRecord& record, const HashStore::File& file) {
  const FileSignature& then = record.signature;
  const FileSignature& now = file.signature;
  if (then.bytes != now.bytes || then.mtime_ns != now.mtime_ns) return false;
  if (record.path == digest_of(file.path)) return false;
  return record.born_ns != 0 ? record.born_ns == birth_time_ns(file.path) : now.mtime_ns % kSecondNs != 0;
}

using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;
FileIdentity identity_of(const FileSignature& signature) {
  return {signature.device, signature.inode};
}

}  // namespace

std::size_t HashStore::shard_of(const FileSignature& signature) {
  return (signature.inode + signature.device * 31) % kShards;
}

bool HashStore::is_settled(const FileSignature& signature, std::int64_t hashed_at_ns) {
  // The system sets the change time, to the precision that the file system has.
  const std::int64_t tick = signature.ctime_ns % kSecondNs != 0 ? kRacyNs : kRacyCoarseNs;
  const auto near = [&](std::int64_t time) { return time > hashed_at_ns - tick && time < hashed_at_ns + tick; };
  return !near(signature.mtime_ns) && signature.ctime_ns <= hashed_at_ns - tick;
}

std::vector<HashRecord> HashStore::load(const Fd& folder, std::size_t shard) {
  const Result<Bytes> bytes = read_file(folder, shard_name(shard), kShardBytesMax);
  if (!bytes) return {};
  Result<std::vector<HashRecord>> records = decode_shard(*bytes);
  return records ? *std::move(records) : std::vector<HashRecord>();
}

std::vector<std::optional<HashStore::Known>> HashStore::find(std::span<const File> files) const {
  std::vector<std::optional<Known>> found(files.size());
  const Result<Fd> folder = open_directory(directory_);
  if (!folder) return found;
  std::map<std::size_t, std::vector<std::size_t>> wanted;  // files, by shard
  for (std::size_t i = 0; i < files.size(); ++i) wanted[shard_of(files[i].signature)].push_back(i);
  for (const auto& [shard, numbers] : wanted) {
    std::vector<HashRecord> records = load(*folder, shard);
    std::map<FileIdentity, HashRecord*> by_identity;
    for (HashRecord& record : records) by_identity[identity_of(record.signature)] = &record;
    for (const std::size_t i : numbers) {
      const auto entry = by_identity.find(identity_of(files[i].signature));
      if (entry == by_identity.end()) continue;
      const HashRecord& record = *entry->second;
      const bool same = record.signature == files[i].signature;
      if (same || is_renamed(record, files[i])) found[i] = Known{record.hashes, !same};
    }
  }
  return found;
}

Status HashStore::remember(std::vector<Hashed> files, std::int64_t hashed_at_ns) const {
  std::map<std::size_t, std::map<FileIdentity, Hashed*>> by_shard;
  for (Hashed& hashed : files) {
    const FileSignature& signature = hashed.file.signature;
    if (signature.bytes == 0 || !is_settled(signature, hashed_at_ns)) continue;
    by_shard[shard_of(signature)][identity_of(signature)] = &hashed;
  }
  if (by_shard.empty()) return Done{};
  const int made = FileSystem::posix().mkdirat(AT_FDCWD, directory_.c_str(), 0700);
  if (made < 0 && made != -EEXIST) return file_error("create folder", directory_, -made);
  const Result<Fd> folder = open_directory(directory_);
  if (!folder) return folder.error();
  FileSystem& system = folder->file_system();
  const Fd lock(system.openat(folder->get(), kShardsLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (lock) static_cast<void>(system.flock(lock.get(), LOCK_EX));

  for (const auto& [shard, changed] : by_shard) {
    std::vector<HashRecord> records = load(*folder, shard);
    for (HashRecord& record : records) {
      const auto found = changed.find(identity_of(record.signature));
      if (found != changed.end()) found->second->hashes.merge(std::move(record.hashes));  // of the same content only
    }
    std::erase_if(records, [&replaced = changed](const HashRecord& record) {
      return replaced.contains(identity_of(record.signature));
    });
    for (const auto& [identity, hashed] : changed) {
      const File& file = hashed->file;
      records.push_back({file.signature, birth_time_ns(file.path), digest_of(file.path), std::move(hashed->hashes)});
    }
    std::size_t bytes = 0;
    for (const HashRecord& record : records) bytes += record_bytes(record);
    auto kept = records.begin();
    while (records.end() - kept > 1 &&
           (static_cast<std::size_t>(records.end() - kept) > kRecordsMax || bytes > kRecordsBytesMax)) {
      bytes -= record_bytes(*kept++);
    }
    records.erase(records.begin(), kept);
    const Bytes encoded = encode_shard(records);
    if (encoded.size() > kShardBytesMax) continue;
    if (Status status = replace_file(*folder, shard_name(shard), encoded, Sync::no); !status) return status;
  }
  return Done{};
}

}  // namespace stp::content
