#include "sim/world/host_trace.h"

#include <string>
#include <vector>

#include "sim/network/addresses.h"

namespace stp::sim {

void HostTrace::write(const trace::Line& line) {
  TraceRow row;
  row.at = line.at - Instant{};
  row.from = host_;
  std::vector<trace::Field> rest;
  for (const trace::Field& field : line.fields) {
    const Endpoint* const endpoint = std::get_if<Endpoint>(&field.value);
    if (endpoint != nullptr && !row.to) row.to = host_at(endpoint->address);
    if (endpoint == nullptr || !row.to) rest.push_back(field);
  }
  const std::string kind = std::string(name_of(line.module)).append(" ").append(line.what);
  const std::string detail = trace::text_of({line.at, line.module, line.level, {}, rest});
  row.kind = kind;
  row.detail = detail.empty() ? std::string_view() : std::string_view(detail).substr(1);  // after the space
  sink_(row);
}

}  // namespace stp::sim
