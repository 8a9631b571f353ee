// The progress line of each activity, put together from figures. Pure functions; the console decides when and where.
#pragma once

#include <cstdint>
#include <string>

#include "net/host.h"

namespace stp::cli {

/// "hashing  43 %  1.20 GB of 2.70 GB  1.80 GB/s  ETA 1s"
[[nodiscard]] std::string hashing_line(std::int64_t done, std::int64_t total, double rate);

/// A download: "NAME  43 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers", or, when nothing moves, why:
/// "NAME  43 %  1.20 GB of 2.70 GB  waiting: <reason> (<discovery>)". `name` may be empty while it is not known.
[[nodiscard]] std::string get_line(const std::string& name, const net::HostStatus& status);

/// A seed: "seeding  3 peers  12.1 MB/s  uploaded 1.20 GB", or "seeding  no peers yet (<discovery>)".
[[nodiscard]] std::string seed_line(const net::HostStatus& status);

/// "dht: 12 nodes" and the like for a node alone.
[[nodiscard]] std::string node_line(const net::HostStatus& status);

/// Why nothing moves, with what discovery says: "no peers found (dht: 12 nodes, 0 peers)". Never empty.
[[nodiscard]] std::string why_waiting(const net::HostStatus& status);

}  // namespace stp::cli
