// Ctrl-C and SIGTERM while stp-sim works: the first asks for an orderly end with the results so far, the second ends
// the process.
#pragma once

namespace stp::sim {

/// From now on signals are noted. Call it once, at the start of the program.
void note_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace stp::sim
