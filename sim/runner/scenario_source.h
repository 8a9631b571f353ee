// Where a scenario comes from: a file or a preset, by the name that the user gives.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"
#include "sim/runner/sweep_plan.h"

namespace stp::sim {

/// A name with a '/' or that ends in ".json" is a file (relative to `beside`, unless it is absolute); any other is a
/// preset, or otherwise an existing file. The error says which presets there are, or the nearest.
[[nodiscard]] Result<ScenarioSource> load_scenario(const std::string& name, const std::filesystem::path& beside = {});

/// Reads the files that a scenario in `directory` names.
[[nodiscard]] FileReader files_beside(std::filesystem::path directory);

}  // namespace stp::sim
