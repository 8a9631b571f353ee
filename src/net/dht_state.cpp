#include "net/dht_state.h"

#include <utility>

#include "dht/saved_state.h"

namespace stp::net {

Result<DhtState> DhtState::open(const std::filesystem::path& directory) {
  Result<StateFile> file = StateFile::open(directory, "dht");
  if (!file) return file.error();
  return DhtState(*std::move(file));
}

std::optional<Bytes> DhtState::load(Rng& rng) const {
  Result<std::optional<Bytes>> file = file_.load(kBytesMax);
  if (!file || !*file) return std::nullopt;
  Bytes& raw = **file;
  Result<dht::SavedState> state = dht::decode_state(raw);
  if (!state) return std::nullopt;
  if (owns_ids()) return std::move(raw);
  for (NodeId& id : state->ids) rng.fill(id.bytes);
  return dht::encode_state(*state);
}

Status DhtState::save(ByteSpan state) const {
  if (!owns_ids()) return Done{};
  return file_.save(state);
}

}  // namespace stp::net
