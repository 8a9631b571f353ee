#include "cli/progress.h"

#include "cli/format.h"
#include "content/path_rules.h"

namespace stp::cli {
namespace {

constexpr const char* kGap = "  ";

std::string amount(std::int64_t part, std::int64_t whole) {
  return format_percent(part, whole) + kGap + format_bytes(part) + " of " + format_bytes(whole);
}

std::string peers(const transfer::SwarmStatus& swarm) {
  return format_count(swarm.peers, "peer", "peers");
}

}  // namespace

std::string hashing_line(std::int64_t done, std::int64_t total, double rate) {
  return std::string("hashing") + kGap + amount(done, total) + kGap + format_rate(rate) + kGap + "ETA " +
         format_eta(total - done, rate);
}

std::string why_waiting(const net::HostStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  std::string why = status.pause.empty() ? swarm.reason : status.pause;
  if (why.empty() && swarm.peers == 0) {
    why =
        swarm.connecting > 0 ? "connecting to " + format_count(swarm.connecting, "peer", "peers") : "looking for peers";
  }
  if (why.empty()) why = peers(swarm) + " connected, none sends anything yet";
  return status.discovery.empty() ? why : why + " (" + status.discovery + ")";
}

std::string get_line(const std::string& name, const net::HostStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  std::string line = name.empty() ? std::string() : content::display_name(name) + kGap;
  if (status.verified_bytes >= 0) return line + "checking what is on disk" + kGap + format_bytes(status.verified_bytes);
  if (swarm.bytes_wanted > 0) line += amount(swarm.bytes_had, swarm.bytes_wanted) + kGap;
  const bool moving = swarm.down_rate >= 1 && status.pause.empty() && swarm.reason.empty();
  if (!moving) return line + "waiting: " + why_waiting(status);
  return line + format_rate(swarm.down_rate) + kGap + "ETA " +
         format_eta(swarm.bytes_wanted - swarm.bytes_had, swarm.down_rate) + kGap + peers(swarm);
}

std::string seed_line(const net::HostStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  const std::string uploaded = swarm.uploaded > 0 ? kGap + ("uploaded " + format_bytes(swarm.uploaded)) : std::string();
  if (swarm.peers == 0)
    return std::string("seeding") + kGap + "no peers connected (" + status.discovery + ")" + uploaded;
  return std::string("seeding") + kGap + peers(swarm) + kGap + format_rate(swarm.up_rate) + uploaded;
}

std::string node_line(const net::HostStatus& status) {
  return status.discovery.empty() ? format_count(status.dht_nodes, "node", "nodes") : status.discovery;
}

}  // namespace stp::cli
