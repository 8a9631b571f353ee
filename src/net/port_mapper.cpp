#include "net/port_mapper.h"

#include <boost/asio/post.hpp>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/quiet_thread.h"
#include "net/clock.h"
#include "net/nat_pmp.h"
#include "net/own_addresses.h"
#include "net/upnp_router.h"

namespace stp::net {

// Shared with the threads: their answers go through here or nowhere.
struct PortMapper::Mailbox {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;  // null: the mapper is gone
  PortMapper* mapper = nullptr;           // network thread only
};

PortMapper::PortMapper(boost::asio::io_context& io, const Endpoint& listening, trace::Tracer tracer, Rng& rng,
                       std::function<void()> changed)
    : listen_(listening.address),
      mapping_(portmap::PortMapConfig{}, tracer, rng),
      changed_(std::move(changed)),
      mailbox_(std::make_shared<Mailbox>()),
      timer_(io) {
  mailbox_->io = &io;
  mailbox_->mapper = this;
  mapping_.start(listening.port);
  look();
  told_ = mapping_.status();
}

PortMapper::~PortMapper() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->io = nullptr;
  mailbox_->mapper = nullptr;
}

void PortMapper::look() {
  upnp_ = std::make_shared<UpnpRouter>(listen_);  // the next network has another router
  mapping_.handle_addresses(own_addresses(listen_), steady_now());
  drain();
}

void PortMapper::handle_network_change() {
  look();
  tell();
}

void PortMapper::stop() {
  mapping_.stop(steady_now());
  drain();
}

void PortMapper::drain() {
  while (const std::optional<portmap::Call> call = mapping_.poll_call()) make(*call);
  arm_timer();
}

void PortMapper::make(const portmap::Call& call) {
  const auto work = [mailbox = mailbox_, upnp = upnp_, listen = listen_, call] {
    portmap::Answer answer =
        call.protocol == portmap::Protocol::upnp ? upnp->make(call) : make_nat_pmp_call(call, listen);
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->io == nullptr) return;
    boost::asio::post(*mailbox->io, [mailbox, id = call.id, answer = std::move(answer)] {
      PortMapper* const mapper = mailbox->mapper;
      if (mapper == nullptr) return;
      mapper->mapping_.handle_answer(id, answer, steady_now());
      mapper->drain();
      mapper->tell();
    });
  };
  try {
    quiet_thread(work).detach();
  } catch (const std::system_error&) {
    // No thread: as if nobody had answered.
  }
}

void PortMapper::arm_timer() {
  const std::optional<Instant> next = mapping_.next_timeout();
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(to_steady(*next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // moved, or destroyed
    mapping_.handle_timeout(steady_now());
    drain();
    tell();
  });
}

void PortMapper::tell() {
  const portmap::RouterStatus& status = mapping_.status();
  if (mapping_.finished() || !status.decided() || status == told_) return;
  told_ = status;
  changed_();
}

}  // namespace stp::net
