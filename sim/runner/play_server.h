// PlayServer: a process next to this one that plays runs, one at a time, each in a child of its own.
//
// For ranks of an MPI job: a process that uses an interconnect must not fork (the adapters' registered memory does not
// survive it). So the server is forked off before MPI begins, never touches it, and can fork freely.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace stp::sim {

class PlayServer {
 public:
  /// Forks the server. It ends with this process, or with the object.
  [[nodiscard]] static Result<std::unique_ptr<PlayServer>> start();
  ~PlayServer();
  PlayServer(const PlayServer&) = delete;
  PlayServer& operator=(const PlayServer&) = delete;

  /// Has a run played: sends a RunOrder and waits for a RunAnswer (run_message.h). A run that crashes is an answer; the
  /// error is a server that has ended.
  [[nodiscard]] Result<std::string> play(const std::string& order);

 private:
  PlayServer(int socket, pid_t pid) : socket_(socket), pid_(pid) {}

  int socket_;
  pid_t pid_;
};

}  // namespace stp::sim
