#include "cli/check_network.h"

#include <algorithm>
#include <cstdlib>

#include "cli/format.h"

namespace stp::cli {
namespace {

std::string name_of(const net::PortCheck& check) {
  return std::string(check.udp ? "UDP" : "TCP") + " over " + (check.ipv6 ? "IPv6" : "IPv4");
}

std::string forward(const portmap::RouterStatus& router) {
  return "forward TCP and UDP " + std::to_string(router.inside) + " to this machine there";
}

}  // namespace

Finding judge_ports(Port port, const std::vector<net::PortCheck>& checks, bool chosen) {
  const std::string number = std::to_string(port);
  std::string families;
  std::string taken;
  std::string trouble;
  for (const net::PortCheck& check : checks) {
    if (check.absent) continue;
    if (!check.udp) families += std::string(families.empty() ? "" : " and ") + (check.ipv6 ? "IPv6" : "IPv4");
    if (check.trouble.empty()) continue;
    std::string& list = check.taken ? taken : trouble;
    list += (list.empty() ? "" : ", ") + name_of(check) + (check.taken ? "" : " (" + check.trouble + ")");
  }
  if (families.empty()) return {"ports", Verdict::wrong, "no network: neither IPv4 nor IPv6", "connect this machine"};
  if (!trouble.empty()) {
    return {"ports", Verdict::wrong, "port " + number + " can't be listened on: " + trouble,
            "choose another one with --listen"};
  }
  if (!taken.empty() && chosen) {
    return {"ports", Verdict::wrong, "port " + number + " is taken: " + taken,
            "end the program that has it, or choose another port with --listen"};
  }
  if (!taken.empty()) {
    return {"ports", Verdict::note,
            "port " + number + " is taken (" + taken + "), perhaps by another stp; the next free one is used"};
  }
  return {"ports", Verdict::ok, "TCP and UDP " + number + " are free, over " + families};
}

Finding judge_router(const portmap::RouterStatus& router) {
  using portmap::RouterState;
  switch (router.state) {
    case RouterState::off: return {"router", Verdict::note, "not asked to open ports"};
    case RouterState::not_needed:
      return {"router", Verdict::ok, "this machine has a public address; no router has to open a port"};
    case RouterState::no_network:
      return {"router", Verdict::wrong, "this machine has no IPv4 address", "connect it to a network"};
    case RouterState::asking: return {"router", Verdict::unknown, "has not answered yet"};
    case RouterState::refused: {
      const std::string why = router.reason.empty() ? "" : ": " + router.reason;
      const std::string name = router.protocol ? portmap::name_of(*router.protocol) : "UPnP";
      return {"router", Verdict::wrong, "refuses to open ports" + why,
              "allow " + name + " in it, or " + forward(router)};
    }
    case RouterState::no_router:
      return {"router", Verdict::wrong, "does not open ports: nobody answers by UPnP or NAT-PMP",
              "switch one of them on in it, or " + forward(router)};
    case RouterState::open: break;
  }
  const std::string by = router.protocol ? std::string(" by ") + portmap::name_of(*router.protocol) : std::string();
  if (router.behind_another()) {
    return {"router", Verdict::wrong,
            "opens ports" + by + ", but has no public address itself (" + router.address->to_string() + ")",
            "open the port in the router in front of it too, or ask the provider for a public address; without it, "
            "peers outside can't connect, but stp connects to them"};
  }
  if (!router.address) return {"router", Verdict::note, "opens ports" + by + ", but does not say its address"};
  return {"router", Verdict::ok, "opens ports" + by + ": " + text_of(router)};
}

Finding judge_outside(const net::HostStatus& status, bool dht, Duration waited) {
  std::string seen;
  for (const std::optional<IpAddress>& address : {status.seen_v4, status.seen_v6}) {
    if (address) seen += (seen.empty() ? "others see this machine at " : " and ") + address->to_string();
  }
  const std::optional<IpAddress>& router = status.router.address;
  if (status.router.state == portmap::RouterState::open && router && status.seen_v4 && *status.seen_v4 != *router) {
    return {"outside", Verdict::wrong,
            "others see this machine at " + status.seen_v4->to_string() + ", but the router says that it is " +
                router->to_string(),
            "there is another router in front of it; open the port there too"};
  }
  const std::string prefix = seen.empty() ? "" : seen + "; ";
  if (status.stranger_reached_us) {
    return {"outside", Verdict::ok, prefix + "a node that had not been contacted has reached it"};
  }
  if (!dht) return {"outside", Verdict::unknown, "who can reach this machine is not known without the DHT"};
  return {"outside", Verdict::unknown,
          prefix + "nobody else came within " + format_time_spent(waited) + ", which may have other reasons"};
}

Finding judge_dht(const net::HostStatus& status, bool dht) {
  if (!dht) return {"dht", Verdict::note, "switched off"};
  if (status.dht_nodes > 0) return {"dht", Verdict::ok, format_count(status.dht_nodes, "node", "nodes")};
  // The status is one of several parts of a line, each with its name; here the name has a column.
  constexpr std::string_view kName = "dht: ";
  const std::string_view said = status.dht;
  const std::string_view without = said.starts_with(kName) ? said.substr(kName.size()) : said;
  return {"dht", Verdict::wrong, without.empty() ? "no nodes" : std::string(without),
          "check the network and its firewall (UDP), or enter through a node of your own with --bootstrap HOST:PORT"};
}

Finding judge_tracker(const std::string& name, const Result<net::TrackerAnswer>& answer) {
  if (answer)
    return {"tracker", Verdict::ok,
            name + " answers in " + format_time_spent(std::max<Duration>(answer->took, std::chrono::milliseconds(1)))};
  return {"tracker", Verdict::wrong, name + ": " + answer.error().message, "check its URL, or ask who runs it"};
}

Finding judge_clock(std::optional<std::int64_t> ahead) {
  if (!ahead) return {"clock", Verdict::unknown, "not compared: no tracker given says what time it is"};
  const std::int64_t off = std::abs(*ahead);
  if (off <= kClockSecondsMax) return {"clock", Verdict::ok, "agrees with the tracker's"};
  return {"clock", Verdict::wrong,
          format_duration(std::chrono::seconds(off)) + (*ahead > 0 ? " ahead of" : " behind") + " the tracker's",
          "set it; certificates of https trackers are checked with it"};
}

}  // namespace stp::cli
