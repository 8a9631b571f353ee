// Ctrl-C and SIGTERM while stp-sim works: the first asks for an orderly end with what has been reached, the second ends
// the process.
#pragma once

namespace stp::sim {

/// From now on signals are noted. Once, at the start of the program.
void note_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace stp::sim
