// The commands of `stp-sim` and the flags of each: one table for parsing, help and suggestions for typos.
#pragma once

#include <cstdint>

#include "console/command_table.h"

namespace stp::sim {

/// Indices into kProgram.commands.
enum class Command : std::uint8_t { run, sweep, fuzz, presets, settings, check };

extern const console::Program kProgram;

}  // namespace stp::sim
