#include "net/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/quiet_thread.h"
#include "net/address.h"
#include "net/zone.h"

namespace stp::net {
namespace {

constexpr std::size_t kPendingMax = 32;    // lookups at a time; each has a thread
constexpr std::size_t kAddressesMax = 16;  // taken from one name

Result<std::vector<Endpoint>> look_up(const HostPort& what) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(what.host.c_str(), nullptr, &hints, &list);
  if (code != 0) {
    return Error{ErrorKind::not_found, "can't resolve " + what.host + ": " + ::gai_strerror(code)};
  }
  std::vector<Endpoint> found;
  for (const addrinfo* entry = list; entry != nullptr && found.size() < kAddressesMax; entry = entry->ai_next) {
    const std::optional<IpAddress> address = address_of(entry->ai_addr);
    if (!address) continue;
    const Endpoint endpoint{*address, what.port};
    if (std::find(found.begin(), found.end(), endpoint) == found.end()) found.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  if (found.empty()) return Error{ErrorKind::not_found, "can't resolve " + what.host + ": no address"};
  return found;
}

}  // namespace

// Shared with the threads: their results go through here or nowhere.
struct Resolver::Mailbox {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;              // null: the resolver is gone
  std::unordered_map<std::uint64_t, Answer> waiting;  // network thread only
  std::uint64_t next_id = 0;                          // network thread only
};

Resolver::Resolver(boost::asio::io_context& io) : mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->io = &io;
}

Resolver::~Resolver() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->io = nullptr;
  mailbox_->waiting.clear();
}

void Resolver::resolve(const HostPort& what, Answer answer) {
  const std::uint64_t id = mailbox_->next_id++;
  const bool full = mailbox_->waiting.size() >= kPendingMax;
  mailbox_->waiting.emplace(id, std::move(answer));

  // Runs on any thread; the answer itself is called, and destroyed, on the network thread.
  const auto deliver = [mailbox = mailbox_, id](Result<std::vector<Endpoint>> result) {
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->io == nullptr) return;
    boost::asio::post(*mailbox->io, [mailbox, id, result = std::move(result)]() mutable {
      const auto found = mailbox->waiting.find(id);
      if (found == mailbox->waiting.end()) return;
      const Answer call = std::move(found->second);
      mailbox->waiting.erase(found);
      call(std::move(result));
    });
  };

  const Result<std::string> literal = number_zone(what.host);
  if (!literal)
    return deliver(Error{literal.error().kind, "can't resolve " + what.host + ": " + literal.error().message});
  if (const std::optional<IpAddress> address = IpAddress::parse(*literal)) {
    std::vector<Endpoint> endpoints;
    for (const IpAddress& each : with_zones(*address)) endpoints.push_back({each, what.port});
    return deliver(std::move(endpoints));
  }
  if (full) {
    deliver(Error{ErrorKind::limit, "can't resolve " + what.host + ": too many names at a time"});
    return;
  }
  try {
    quiet_thread([deliver, what] { deliver(look_up(what)); }).detach();
  } catch (const std::system_error&) {
    deliver(Error{ErrorKind::other, "can't resolve " + what.host + ": no thread to do it"});
  }
}

}  // namespace stp::net
