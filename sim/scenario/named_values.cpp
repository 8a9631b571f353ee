#include "sim/scenario/named_values.h"

#include <array>

namespace stp::sim {
namespace {

constexpr double kKbit = 1000.0 / 8;
constexpr double kMinute = 60;

LinkClass link_class(double weight, double down_kbit, double up_kbit) {
  return {.weight = weight, .link = {.up = up_kbit * kKbit, .down = down_kbit * kKbit}};
}

}  // namespace

std::span<const NamedValue<std::vector<LinkClass>>> named_links() {
  static const std::array<NamedValue<std::vector<LinkClass>>, 6> kLinks = {{
      {"unlimited", "never the bottleneck", {LinkClass{}}},
      {"bharambe", "1500/400 kbit/s, the leeches of Bharambe et al., INFOCOM 2006", {link_class(1, 1500, 400)}},
      {"bharambe-seed", "6000/6000 kbit/s, the seed of the same", {link_class(1, 6000, 6000)}},
      {"bharambe-mix",
       "784/128, 1500/384, 3000/1000 and 10000/5000 kbit/s for 20, 40, 25 and 15 % of the peers; the same authors' mix",
       {link_class(20, 784, 128), link_class(40, 1500, 384), link_class(25, 3000, 1000), link_class(15, 10000, 5000)}},
      {"bindal", "1000/100 kbit/s, Bindal et al., ICDCS 2006", {link_class(1, 1000, 100)}},
      {"dsl", "2048/448 kbit/s, a DSL line", {link_class(1, 2048, 448)}},
  }};
  return kLinks;
}

std::span<const NamedValue<LatencyProfile>> named_latencies() {
  static constexpr std::array<NamedValue<LatencyProfile>, 3> kLatencies = {{
      {"king", "between DNS servers; quantiles of a Vivaldi fit of the King data", {{20, 44, 81, 120, 203, 340}}},
      {"meridian",
       "between DNS servers; quantiles of a Vivaldi fit of the Meridian data",
       {{19, 39, 59, 88, 223, 326}}},
      {"harvard",
       "between peers of Azureus; quantiles of a Vivaldi fit of the Harvard data",
       {{20, 57, 121, 240, 375, 463}}},
  }};
  return kLatencies;
}

std::span<const NamedValue<Distribution>> named_sessions() {
  static const std::array<NamedValue<Distribution>, 7> kSessions = {{
      {"kad", "KAD nodes: Weibull 0.5, 5000 s (mean 10,000 s)", Distribution::weibull(0.5, 5000)},
      {"redhat", "swarm of a Red Hat release: Weibull 0.34, 21.3 min; Stutzbach and Rejaie, IMC 2006",
       Distribution::weibull(0.34, 21.3 * kMinute)},
      {"debian", "swarm of a Debian release: Weibull 0.38, 42.4 min; the same",
       Distribution::weibull(0.38, 42.4 * kMinute)},
      {"flatout", "swarm of a game's demo: Weibull 0.59, 41.9 min; the same",
       Distribution::weibull(0.59, 41.9 * kMinute)},
      {"knoppix", "swarm of a Knoppix release: Weibull 0.59, 181.9 min; P2P Trace Archive, TU Delft",
       Distribution::weibull(0.59, 181.9 * kMinute)},
      {"linux", "swarms of Linux distributions: Weibull 0.67, 246.2 min; the same",
       Distribution::weibull(0.67, 246.2 * kMinute)},
      {"filelist", "swarms of the FileList community: Weibull 0.66, 295.9 min; the same",
       Distribution::weibull(0.66, 295.9 * kMinute)},
  }};
  return kSessions;
}

}  // namespace stp::sim
