#include "net/network_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "net/clock.h"

namespace stp::net {
namespace {

using boost::system::error_code;

/// A socket that receives changes of links and addresses; -1 if that is not permitted.
int open_netlink() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) return fd;
  ::close(fd);
  return -1;
}

Duration since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::optional<std::set<IpAddress>> machine_addresses() {
  const std::optional<std::vector<InterfaceAddress>> all = interface_addresses();
  if (!all) return std::nullopt;
  std::set<IpAddress> addresses;
  for (const InterfaceAddress& entry : *all) addresses.insert(entry.address);
  return addresses;
}

std::set<IpAddress> addresses_in_use(const std::vector<InterfaceAddress>& all, const std::set<IpAddress>& before) {
  std::set<IpAddress> addresses;
  for (const InterfaceAddress& entry : all) {
    if (entry.running || before.contains(entry.address)) addresses.insert(entry.address);
  }
  return addresses;
}

NetworkWatch::NetworkWatch(boost::asio::io_context& io, Changed changed)
    : netlink_(io), read_timer_(io), report_timer_(io), changed_(std::move(changed)) {
  (void)look_for_pause();
  // Listen first, so that no change between the two is missed.
  if (const int fd = open_netlink(); fd >= 0) {
    netlink_.assign(fd);
    wait();
  }
  if (const std::optional<std::vector<InterfaceAddress>> now = interface_addresses()) {
    in_use_ = addresses_in_use(*now, {});
    addresses_.emplace(in_use_);
    if (!netlink_.is_open()) read_soon(kPollInterval);
  }
}

void NetworkWatch::wait() {
  netlink_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;  // closed, perhaps destroyed
    std::array<std::byte, 8192> scratch;
    // Too much at once (ENOBUFS) is a change like any other.
    while (::recv(netlink_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS) {
      errno = 0;
    }
    read_soon(kReadGap);
    wait();
  });
}

void NetworkWatch::read_soon(Duration delay) {
  if (std::exchange(read_waits_, true)) return;
  read_timer_.expires_after(delay);
  read_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    read_waits_ = false;
    read();
    if (!netlink_.is_open()) read_soon(kPollInterval);
  });
}

void NetworkWatch::read() {
  const std::optional<std::vector<InterfaceAddress>> all = interface_addresses();
  if (!all || !addresses_) return;
  in_use_ = addresses_in_use(*all, in_use_);
  addresses_->handle_addresses(in_use_, steady_now());
  report();
}

void NetworkWatch::report() {
  if (!addresses_) return;
  if (const std::optional<app::AddressChange> change = addresses_->poll_change(steady_now())) changed_(*change);
  const std::optional<Instant> next = addresses_->next_timeout();
  if (!next) {
    report_timer_.cancel();
    return;
  }
  report_timer_.expires_at(to_steady(*next));
  report_timer_.async_wait([this](const error_code& error) {
    if (!error) report();
  });
}

std::optional<Duration> NetworkWatch::look_for_pause() {
  return pauses_.look(steady_now(), since_boot());
}

}  // namespace stp::net
