// RunOrder and RunAnswer as text, for playing runs in another process or on another machine.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/runner/sweep_workers.h"

namespace stp::sim {

/// Receivers reject longer messages.
inline constexpr std::size_t kRunMessageBytesMax = 64U * 1024 * 1024;

[[nodiscard]] std::string to_message(const RunOrder& order);
[[nodiscard]] std::string to_message(const RunAnswer& answer);
/// Rejects an order of another version of stp-sim: its runs would not be comparable.
[[nodiscard]] Result<RunOrder> parse_run_order(std::string_view message);
[[nodiscard]] Result<RunAnswer> parse_run_answer(std::string_view message);

}  // namespace stp::sim
