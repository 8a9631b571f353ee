#include "net/peer_acceptor.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "net/address.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr rlim_t kOpenFilesWanted = 4096;

}  // namespace

PeerAcceptor::PeerAcceptor(tcp::acceptor acceptor, Accept accept)
    : acceptor_(std::move(acceptor)), pause_(acceptor_.get_executor()), accept_(std::move(accept)) {}

void PeerAcceptor::start() {
  wait();
}

void PeerAcceptor::wait() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;  // closed, perhaps destroyed
    if (error == boost::asio::error::connection_aborted) return wait();
    if (error) {
      pause_.expires_after(kPauseAfterError);
      pause_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) wait();
      });
      return;
    }
    error_code gone;
    const tcp::endpoint from = socket.remote_endpoint(gone);
    if (!gone) accept_(std::move(socket), from_asio(from));
    wait();
  });
}

void PeerAcceptor::close() {
  error_code ignored;
  pause_.cancel();
  acceptor_.close(ignored);
}

std::uint32_t connections_within_limit() {
  constexpr std::size_t kOthers = 24;     // sockets that listen, timers, state and control files, directories, lookups
  constexpr std::size_t kFilesShare = 4;  // one in kFilesShare is for files of the share (content/open_files.h)
  constexpr std::size_t kConnectionsMin = 4;
  const std::size_t limit = open_files_limit();
  const std::size_t left = limit - limit / kFilesShare;
  return static_cast<std::uint32_t>(std::max(left > kOthers ? left - kOthers : 0, kConnectionsMin));
}

void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kOpenFilesWanted);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOpenFilesWanted;
  return std::min<std::size_t>(limit.rlim_cur, 1U << 20U);
}

}  // namespace stp::net
