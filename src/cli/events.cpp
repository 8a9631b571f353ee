#include "cli/events.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/progress.h"
#include "content/small_file.h"
#include "daemon/peer_json.h"

namespace stp::cli {
namespace {

using nlohmann::json;

const char* name_of(transfer::Phase phase) {
  switch (phase) {
    case transfer::Phase::metainfo: return "metainfo";
    case transfer::Phase::storage: return "storage";
    case transfer::Phase::hashes: return "hashes";
    case transfer::Phase::chunks: return "chunks";
    case transfer::Phase::complete: return "complete";
  }
  return "";
}

std::string reason_of(const net::ShareStatus& status) {
  if (status.syncing) return writing_reason(*status.syncing);
  return status.pause.empty() ? status.swarm.reason : status.pause;
}

std::int64_t whole(double rate) {
  return static_cast<std::int64_t>(std::llround(rate));
}

}  // namespace

void Events::emit(const char* name, json fields) {
  if (!enabled_) return;
  json event = {{"event", name}};
  event.update(fields);
  const std::lock_guard lock(mutex_);
  event["time"] = timestamp(std::chrono::system_clock::now());  // under the lock: lines are in order of their times
  const std::string line = event.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  // A reader that has gone does not end a transfer; the command asks failure() when it prints its result.
  if (!content::write_all(STDOUT_FILENO, line) && failure_ == 0) failure_ = errno;
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole_seconds = seconds.count();
  std::tm parts{};
  ::gmtime_r(&whole_seconds, &parts);
  char text[sizeof "2026-01-31T23:59:59"];
  if (std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) == 0) return {};
  const std::string thousandths = std::to_string((since_epoch - seconds).count());
  return std::string(text) + "." + std::string(3 - thousandths.size(), '0') + thousandths + "Z";
}

json peer_list(std::vector<transfer::PeerStatus> peers, std::uint32_t chunks) {
  const auto busier = [](const transfer::PeerStatus& a, const transfer::PeerStatus& b) {
    return a.down_rate + a.up_rate > b.down_rate + b.up_rate;
  };
  std::stable_sort(peers.begin(), peers.end(), busier);
  if (peers.size() > kPeersInStatusMax) peers.resize(kPeersInStatusMax);
  json list = json::array();
  for (const transfer::PeerStatus& peer : peers) list.push_back(daemon::peer_json(peer, chunks));
  return list;
}

json status_fields(const net::ShareStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  return {{"phase", name_of(swarm.phase)},
          {"bytes_wanted", swarm.bytes_wanted},
          {"bytes_had", swarm.bytes_had},
          {"chunks_wanted", swarm.chunks_wanted},
          {"chunks_had", swarm.chunks_had},
          {"downloaded", swarm.downloaded},
          {"uploaded", swarm.uploaded},
          {"wasted", swarm.wasted},
          {"down_rate", whole(swarm.down_rate)},
          {"up_rate", whole(swarm.up_rate)},
          {"peers", swarm.peers},
          {"web_seeds", swarm.web_seeds},
          {"seeds", swarm.seeds},
          {"connecting", swarm.connecting},
          {"candidates", swarm.candidates},
          {"banned", swarm.banned},
          {"trackers_only", swarm.trackers_only},
          {"full", swarm.full},
          {"seats", swarm.seats},
          {"seats_taken", swarm.seats_taken},
          {"turned_away", swarm.turned_away},
          {"dht_nodes", status.dht_nodes},
          {"checking", status.verified_bytes >= 0 ? json(status.verified_bytes) : json(nullptr)},
          {"checking_of", status.verified_bytes >= 0 ? json(status.verify_bytes) : json(nullptr)},
          {"writing", status.syncing ? json(status.syncing->files) : json(nullptr)},
          {"writing_of", status.syncing ? json(status.syncing->files_all) : json(nullptr)},
          {"reason", reason_of(status)},
          {"trouble", status.trouble},
          {"discovery", status.discovery}};
}

json metainfo_fields(const content::Metainfo& metainfo) {
  return {{"name", metainfo.name()},
          {"info_hash", metainfo.info_hashes().hex()},
          {"bytes", metainfo.total_bytes()},
          {"files", metainfo.files().size()},
          {"chunks", metainfo.chunk_count()},
          {"chunk_bytes", metainfo.chunk_bytes()},
          {"private_flag", metainfo.is_private()}};
}

}  // namespace stp::cli
