// Descriptors 0 to 2 of a process that was started without them (`>&-`, some daemons' parents).
#pragma once

namespace stp::content {

/// Opens /dev/null in place of each closed one, so that no file or socket opened later is mistaken for stdin, stdout or
/// stderr and written to. Call it before anything else. Output closed on purpose is unwanted: writing to it succeeds.
void open_standard_descriptors();

}  // namespace stp::content
