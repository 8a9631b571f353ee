// Scenarios and settings (sim/scenario): accepted input survives its canonical text, rejected input gives one printable
// line. An input is a scenario and, after a line "%%", one setting per line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "sim/scenario/scenario_json.h"
#include "sim/scenario/settings.h"

using namespace stp;

namespace {

constexpr std::string_view kSeparator = "\n%%\n";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

void check_refusal(const Error& error) {
  STP_ASSERT(error.kind == ErrorKind::usage && !error.message.empty() && error.message.size() < 4096);
  STP_ASSERT(std::all_of(error.message.begin(), error.message.end(),
                         [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text(std::as_bytes(std::span(data, size)));
  const std::size_t end = input.find(kSeparator);
  const std::string_view text = input.substr(0, end);
  std::vector<std::string> settings;
  if (end != std::string_view::npos) settings = lines_of(input.substr(end + kSeparator.size()));

  const Result<sim::Scenario> scenario = sim::parse_scenario(text, settings);
  if (!scenario) {
    check_refusal(scenario.error());
    return 0;
  }
  const Result<std::string> applied = sim::apply_settings(text, settings);
  STP_ASSERT(applied.ok());
  const Result<sim::Scenario> same = sim::parse_scenario(*applied);
  STP_ASSERT(same.ok() && *same == *scenario);
  const Result<sim::Scenario> again = sim::parse_scenario(sim::to_json(*scenario));
  STP_ASSERT(again.ok() && *again == *scenario);
  return 0;
}
