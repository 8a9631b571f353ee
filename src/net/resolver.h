// Resolver: resolves "host:port" texts to endpoints, in the background.
//
// getaddrinfo() can take many seconds and can't be cancelled. It runs on a thread of its own that is detached at
// shutdown (with a WorkerPool, as with Asio's resolver, the destructor would wait for it) and learns from the mailbox
// that nobody is listening any more. Lives on the network thread; answers are called there too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/host_port.h"
#include "core/result.h"

namespace stp::net {

class Resolver {
 public:
  /// All addresses of the name, best first, or why there are none.
  using Answer = std::function<void(Result<std::vector<Endpoint>>)>;

  explicit Resolver(boost::asio::io_context& io);
  /// Outstanding answers never come.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `answer` is called later, never from inside this call. Numeric addresses need no thread; a link-local one without
  /// a zone gives one address per network that it may be on.
  void resolve(const HostPort& what, Answer answer);

 private:
  struct Mailbox;
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace stp::net
