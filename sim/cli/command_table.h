// What commands `stp-sim` has and what flags each takes: one table for parsing, help and the nearest name of a typo.
#pragma once

#include <cstdint>

#include "console/command_table.h"

namespace stp::sim {

/// Places in kProgram.commands.
enum class Command : std::uint8_t { run, sweep, fuzz, presets, settings, check };

extern const console::Program kProgram;

}  // namespace stp::sim
