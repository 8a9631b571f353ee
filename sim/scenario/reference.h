// The reference of the scenario format as Markdown, made from the tables that the parser uses.
//
// docs/simulator-scenario.md and docs/settings.md contain these texts word for word; a test compares them.
#pragma once

#include <string>

namespace stp::sim {

/// One table for each object of the text: key, what it takes, its default, its meaning.
[[nodiscard]] std::string key_reference();

/// Tables of the names for links, latencies and sessions.
[[nodiscard]] std::string name_reference();

/// The policies of "transfer" and "dht": one table for each of their parts.
[[nodiscard]] std::string settings_reference();

/// A table of the presets.
[[nodiscard]] std::string preset_reference();

}  // namespace stp::sim
