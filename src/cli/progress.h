// The progress line of each activity, put together from figures. Pure functions; the console decides when and where.
#pragma once

#include <cstdint>
#include <string>

#include "console/progress_line.h"
#include "net/host.h"

namespace stp::cli {

/// "scanning 12345 files"
[[nodiscard]] console::ProgressLine scanning_line(std::size_t files);

/// "hashing 43 % 1.20 GB of 2.70 GB 1.80 GB/s ETA 1s"; rate and ETA are left out while `rate` is 0: unknown.
[[nodiscard]] console::ProgressLine hashing_line(std::int64_t done, std::int64_t total, double rate);

/// A download: "NAME  43 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers", or, if nothing moves, why:
/// "NAME  43 %  1.20 GB of 2.70 GB  waiting: <reason> (<discovery>)". While data on disk is checked,
/// "NAME  checking what is on disk  43 % …" as hashing_line() with `checking_rate`. At the end "NAME  writing to disk:
/// 12 of 340 files  43 %  1.20 GB of 2.70 GB". `name` may be empty while it is not known.
[[nodiscard]] console::ProgressLine get_line(const std::string& name, const net::ShareStatus& status,
                                             double checking_rate = 0);

/// A seed: "seeding 3 peers 12.1 MB/s uploaded 1.20 GB", or "seeding no peers connected (<discovery>)". If all seats
/// are taken, "seeding 50 of 50 peers …"; if chunks were lost, how many are left.
[[nodiscard]] console::ProgressLine seed_line(const net::ShareStatus& status, std::uint32_t lost_chunks = 0);

/// "dht: 12 nodes" and the like for only a node.
[[nodiscard]] console::ProgressLine node_line(const net::ShareStatus& status);

/// "writing to disk: 12 of 340 files"
[[nodiscard]] std::string writing_reason(const content::SyncProgress& progress);

/// Why nothing moves, with the trouble that peers make and the report of discovery: "no peers found yet (dht: 12 nodes,
/// 0 peers)". Never empty.
[[nodiscard]] std::string why_waiting(const net::ShareStatus& status);

}  // namespace stp::cli
