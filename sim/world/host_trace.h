// HostTrace: the trace lines of one simulated host's cores (core/trace.h), with its number and those of its peers.
#pragma once

#include "core/time.h"
#include "core/trace.h"
#include "sim/measure/trace_row.h"

namespace stp::sim {

class HostTrace final : public trace::Sink {
 public:
  /// `sink` must outlive this.
  HostTrace(std::uint32_t host, const TraceSink& sink)
      : Sink(trace::Levels(trace::Level::trace)), host_(host), sink_(sink) {}

  /// The first address in the line becomes the host that it is about; the other fields are the detail.
  void write(const trace::Line& line) override;

 private:
  const std::uint32_t host_;
  const TraceSink& sink_;
};

}  // namespace stp::sim
