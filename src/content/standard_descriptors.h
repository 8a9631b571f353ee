// Descriptors 0 to 2 of a process that was started without them (`>&-`, some daemons' parents).
#pragma once

namespace stp::content {

/// Opens /dev/null in the place of each that is closed, so that no file or socket opened later is taken for stdin,
/// stdout or stderr and written into. To be called first of all. What was closed on purpose nobody wants to read:
/// writing to it succeeds.
void open_standard_descriptors();

}  // namespace stp::content
