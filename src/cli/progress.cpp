#include "cli/progress.h"

#include "cli/format.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::cli {

using console::ProgressLine;

namespace {

void add_amount(ProgressLine& line, std::int64_t part, std::int64_t whole) {
  if (whole > 0) line.done = static_cast<double>(part) / static_cast<double>(whole);
  line.add(format_percent(part, whole));
  line.add_dispensable(format_bytes(part) + " of " + format_bytes(whole));
}

void add_speed(ProgressLine& line, double rate, std::int64_t left) {
  line.add(format_rate(rate));
  line.add("ETA " + format_eta(left, rate));
}

// "50 of 50 peers" if no more can connect.
std::string peers(const transfer::SwarmStatus& swarm) {
  if (swarm.seats > 0 && swarm.seats_taken >= swarm.seats) {
    return std::to_string(swarm.peers) + " of " + format_count(swarm.seats, "peer", "peers");
  }
  return format_count(swarm.peers, "peer", "peers");
}

}  // namespace

ProgressLine scanning_line(std::size_t files) {
  ProgressLine line;
  line.add("scanning " + format_count(files, "file", "files"));
  return line;
}

ProgressLine hashing_line(std::int64_t done, std::int64_t total, double rate) {
  ProgressLine line;
  line.add("hashing");
  add_amount(line, done, total);
  if (rate > 0) add_speed(line, rate, total - done);
  return line;
}

std::string writing_reason(const content::SyncProgress& progress) {
  return "writing to disk: " + std::to_string(progress.files) + " of " +
         format_count(static_cast<std::size_t>(progress.files_all), "file", "files");
}

namespace {

/// Why nothing moves, without the reports of peers and discovery.
std::string bare_reason(const net::ShareStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  std::string why = status.pause.empty() ? swarm.reason : status.pause;
  if (why.empty() && swarm.peers == 0) {
    why =
        swarm.connecting > 0 ? "connecting to " + format_count(swarm.connecting, "peer", "peers") : "looking for peers";
  }
  if (why.empty()) why = peers(swarm) + " connected, none sends anything yet";
  return why;
}

std::string trouble_of(const net::ShareStatus& status) {
  return status.pause.empty() ? status.trouble : std::string();
}

std::string discovery_of(const net::ShareStatus& status) {
  return "(" +
         (status.discovery.empty() ? std::string("no discovery: give --dht, --tracker or --peer") : status.discovery) +
         ")";
}

/// The reason stays on a narrow terminal; additional facts are dropped after all numbers.
void add_waiting(ProgressLine& line, const net::ShareStatus& status) {
  using Yields = ProgressLine::Yields;
  line.parts.push_back({"waiting:", Yields::late});
  line.parts.push_back({bare_reason(status), Yields::never, " "});
  if (const std::string trouble = trouble_of(status); !trouble.empty()) {
    line.parts.push_back({trouble, Yields::late, "; "});
  }
  line.parts.push_back({discovery_of(status), Yields::late, " "});
}

}  // namespace

std::string why_waiting(const net::ShareStatus& status) {
  const std::string trouble = trouble_of(status);
  return bare_reason(status) + (trouble.empty() ? "" : "; " + trouble) + " " + discovery_of(status);
}

ProgressLine get_line(const std::string& name, const net::ShareStatus& status, double checking_rate) {
  const transfer::SwarmStatus& swarm = status.swarm;
  ProgressLine line;
  line.name = escaped(name);
  if (status.syncing) {
    line.add(writing_reason(*status.syncing));
    add_amount(line, status.syncing->bytes, status.syncing->bytes_all);
    return line;
  }
  if (status.verified_bytes >= 0) {
    line.add("checking what is on disk");
    add_amount(line, status.verified_bytes, status.verify_bytes);
    if (checking_rate > 0) add_speed(line, checking_rate, status.verify_bytes - status.verified_bytes);
    return line;
  }
  if (swarm.bytes_wanted > 0) add_amount(line, swarm.bytes_had, swarm.bytes_wanted);
  line.idle = swarm.down_rate < 1 || !status.pause.empty() || !swarm.reason.empty();
  if (line.idle) {
    if (!line.parts.empty()) line.parts.front().yields = ProgressLine::Yields::early;  // the percentage
    add_waiting(line, status);
    return line;
  }
  add_speed(line, swarm.down_rate, swarm.bytes_wanted - swarm.bytes_had);
  if (swarm.peers > 0 || swarm.web_seeds == 0) line.add_dispensable(peers(swarm));
  if (swarm.web_seeds > 0) line.add_dispensable(format_count(swarm.web_seeds, "web seed", "web seeds"));
  return line;
}

ProgressLine seed_line(const net::ShareStatus& status, std::uint32_t lost_chunks) {
  const transfer::SwarmStatus& swarm = status.swarm;
  ProgressLine line;
  line.idle = swarm.up_rate < 1;
  line.done = 1;
  line.add("seeding");
  if (lost_chunks > 0) {
    line.add("only " + std::to_string(swarm.chunks_had) + " of " +
             format_count(swarm.chunks_had + lost_chunks, "chunk", "chunks"));
  }
  if (swarm.peers == 0) {
    line.add("no peers connected");
    if (!status.discovery.empty()) {
      line.parts.push_back({"(" + status.discovery + ")", ProgressLine::Yields::late, " "});
    }
  } else {
    line.add(peers(swarm));
    line.add(format_rate(swarm.up_rate));
  }
  if (swarm.uploaded > 0) line.add_dispensable("uploaded " + format_bytes(swarm.uploaded));
  return line;
}

ProgressLine node_line(const net::ShareStatus& status) {
  ProgressLine line;
  line.idle = true;
  line.done = 1;  // of a node nothing is missing
  line.add(status.discovery.empty() ? format_count(status.dht_nodes, "node", "nodes") : status.discovery);
  return line;
}

}  // namespace stp::cli
