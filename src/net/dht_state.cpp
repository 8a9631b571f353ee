#include "net/dht_state.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "dht/saved_state.h"

namespace stp::net {

Result<DhtState> DhtState::open(const std::filesystem::path& path) {
  std::error_code ignored;  // opening it tells more
  std::filesystem::create_directories(path, ignored);
  Result<content::Fd> directory = content::open_directory(path.string());
  if (!directory) return directory.error();
  content::Fd lock(::openat(directory->get(), kLockName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return content::file_error("open", (path / kLockName).string(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock = content::Fd();
  return DhtState(std::move(*directory), std::move(lock));
}

std::optional<Bytes> DhtState::load(Rng& rng) const {
  Result<Bytes> raw = content::read_file(directory_.get(), kFileName, kBytesMax);
  if (!raw) return std::nullopt;
  Result<dht::SavedState> state = dht::decode_state(*raw);
  if (!state) return std::nullopt;
  if (owns_ids()) return *std::move(raw);
  for (NodeId& id : state->ids) rng.fill(id.bytes);
  return dht::encode_state(*state);
}

Status DhtState::save(ByteSpan state) const {
  if (!owns_ids()) return Done{};
  return content::replace_file(directory_.get(), kFileName, state);
}

}  // namespace stp::net
