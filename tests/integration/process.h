// Process: a program under test, whose output is read line by line as it arrives.
//
// A thread of its own reads both pipes, so a program never blocks on a full one. It is killed when the object is
// destroyed, and by the kernel when the test program itself dies. Every wait has a deadline; there are no blind sleeps.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace stp::integration {

/// How long a test waits for anything before it fails; longer under sanitizers.
std::chrono::seconds patience();

struct ProcessOptions {
  std::vector<std::string> arguments;  // the program first
  std::map<std::string, std::string> environment;
  std::filesystem::path directory;  // where it runs
  std::string input;                // on stdin, which is then closed
  bool stdout_closed = false;       // a pipe that nobody reads
};

class Process {
 public:
  explicit Process(ProcessOptions options);
  ~Process();  // SIGKILL if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  using Predicate = std::function<bool(const std::string& line)>;
  /// The first line from `from` on that satisfies `predicate`; nullopt if the program ended or patience() ran out
  /// first. `from` is moved past the line, so that the next call finds the next one.
  [[nodiscard]] std::optional<std::string> wait_stdout(const Predicate& predicate, std::size_t& from);
  [[nodiscard]] std::optional<std::string> wait_stdout(const Predicate& predicate);
  [[nodiscard]] std::optional<std::string> wait_stderr(const Predicate& predicate);
  /// Its first line.
  [[nodiscard]] std::optional<std::string> wait_first_line();

  /// The exit code; 1000 + signal if a signal killed it; -1 if it was still running after `limit` (it is then killed).
  [[nodiscard]] int wait(std::chrono::seconds limit = patience());
  /// Lets it run; returns whether it ended within `time`.
  [[nodiscard]] bool wait_until_exit(std::chrono::milliseconds time);
  [[nodiscard]] bool running();
  void signal(int number);
  /// Sends SIGKILL and waits for the end.
  void kill();
  /// Sends SIGINT, then as wait().
  [[nodiscard]] int interrupt();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string out();  // stdout so far, raw
  [[nodiscard]] std::string err();
  [[nodiscard]] std::vector<std::string> out_lines();
  /// Resident memory now, and at its peak (VmHWM), in KiB; 0 if it has ended.
  [[nodiscard]] long peak_rss_kib() const;

  /// Its command and output, for failure messages.
  [[nodiscard]] std::string report();

 private:
  struct Stream {
    int fd = -1;
    std::string text;
  };
  void read_until_end();
  std::optional<std::string> wait_line(const Stream& stream, const Predicate& predicate, std::size_t& from);

  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  Stream out_;
  Stream err_;
  std::optional<int> status_;
  std::thread reader_;
};

}  // namespace stp::integration
