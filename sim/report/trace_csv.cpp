#include "sim/report/trace_csv.h"

#include "sim/report/text.h"

namespace stp::sim {

TraceCsv::TraceCsv(const Scenario& scenario, std::uint64_t hash, std::uint64_t seed, std::string_view version)
    : csv_({"stp-sim trace", "scenario: " + scenario.name, "scenario hash: " + hex64(hash),
            "seed: " + std::to_string(seed), "version: " + std::string(version)},
           {"time_s", "kind", "from", "to", "bytes", "detail"}) {}

std::string TraceCsv::line(const TraceRow& row) {
  csv_.number(seconds_of(row.at), 9).text(row.kind).integer(row.from);
  row.to ? csv_.integer(*row.to) : csv_.empty();
  row.bytes ? csv_.integer(*row.bytes) : csv_.empty();
  csv_.text(row.detail).end_row();
  return csv_.take();
}

}  // namespace stp::sim
