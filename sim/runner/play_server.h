// PlayServer: a process beside this one that plays runs, one at a time, each in a child of its own.
//
// For ranks of an MPI job: a process that talks to an interconnect must not fork (the adapters' registered memory does
// not survive it). So the server is forked off before MPI begins, never touches it, and forks as it likes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace stp::sim {

class PlayServer {
 public:
  /// Forks the server. It dies with this process, or with the object.
  [[nodiscard]] static Result<std::unique_ptr<PlayServer>> start();
  ~PlayServer();
  PlayServer(const PlayServer&) = delete;
  PlayServer& operator=(const PlayServer&) = delete;

  /// Has a run played: a RunOrder goes out, a RunAnswer comes back (run_message.h). Waits for it. A run that crashes is
  /// an answer; the error is a server that is gone.
  [[nodiscard]] Result<std::string> play(const std::string& order);

 private:
  PlayServer(int socket, pid_t pid) : socket_(socket), pid_(pid) {}

  int socket_;
  pid_t pid_;
};

}  // namespace stp::sim
