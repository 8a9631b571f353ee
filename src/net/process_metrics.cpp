#include "net/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "net/clock.h"

namespace stp::net {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// When this process was started, near enough: when the first of its constants was.
const std::int64_t kStarted = unix_now();

}  // namespace

void append_process_metrics(metrics::List& list) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    list.push_back({"process_cpu_seconds_total",
                    "CPU time of the process, user and system",
                    metrics::Type::counter,
                    {{seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), {}}}});
  }
  // Not a file on a disk: reading it does not block.
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  if (statm >> size >> resident) {
    list.push_back(metrics::gauge("process_resident_memory_bytes", "Resident memory of the process",
                                  resident * static_cast<double>(::sysconf(_SC_PAGESIZE))));
  }
  list.push_back(metrics::gauge("process_start_time_seconds", "When the process was started, in seconds since 1970",
                                static_cast<double>(kStarted)));
}

}  // namespace stp::net
