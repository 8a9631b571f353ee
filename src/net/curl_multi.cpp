#include "net/curl_multi.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "core/result.h"

namespace stp::net {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

struct CurlMulti::Watched {
  explicit Watched(boost::asio::io_context& io) : descriptor(io) {}
  stream_descriptor descriptor;
  int wanted = 0;
  bool reading = false;
  bool writing = false;
};

CurlMulti::CurlMulti(boost::asio::io_context& io) : io_(io), timer_(io), multi_(::curl_multi_init()) {
  STP_ASSERT(multi_ != nullptr);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
}

CurlMulti::~CurlMulti() {
  multi_.reset();
  while (!sockets_.empty()) forget(sockets_.begin()->first);
}

void CurlMulti::start(CURL* easy, std::shared_ptr<Transfer> transfer) {
  STP_ASSERT(transfer_ == nullptr);
  transfer_ = std::move(transfer);
  ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::close_socket);
  ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  // Sets a timer, whose handler starts everything.
  ::curl_multi_add_handle(multi_.get(), easy);
}

void CurlMulti::stop(CURL* easy) {
  ::curl_multi_remove_handle(multi_.get(), easy);
  transfer_ = nullptr;
}

void CurlMulti::resume(CURL* easy) {
  const std::shared_ptr<CurlMulti> alive = shared_from_this();
  ::curl_easy_pause(easy, CURLPAUSE_CONT);
  act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::act(curl_socket_t fd, int events) {
  int running = 0;
  ::curl_multi_socket_action(multi_.get(), fd, events, &running);
  const std::shared_ptr<Transfer> transfer = transfer_;
  if (!transfer) return;
  int left = 0;
  while (const CURLMsg* const message = ::curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) return transfer->on_done(message->data.result);
  }
  transfer->on_turn_end();
}

int CurlMulti::close_socket(void* self_pointer, curl_socket_t fd) {
  static_cast<CurlMulti*>(self_pointer)->forget(fd);
  return ::close(fd);
}

int CurlMulti::on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* self_pointer, void* /*socket_pointer*/) {
  auto& self = *static_cast<CurlMulti*>(self_pointer);
  if (what == CURL_POLL_REMOVE) {
    self.forget(fd);
  } else {
    self.watch(fd, what);
  }
  return 0;
}

int CurlMulti::on_timer(CURLM* /*multi*/, long milliseconds, void* self_pointer) {
  auto& self = *static_cast<CurlMulti*>(self_pointer);
  if (milliseconds < 0) {
    self.timer_.cancel();
    return 0;
  }
  const std::shared_ptr<CurlMulti> alive = self.weak_from_this().lock();
  if (!alive) return 0;  // libcurl is being closed
  self.timer_.expires_after(std::chrono::milliseconds(milliseconds));
  self.timer_.async_wait([alive](const error_code& error) {
    if (!error) alive->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlMulti::watch(curl_socket_t fd, int what) {
  std::shared_ptr<Watched>& watched = sockets_[fd];
  if (!watched) {
    watched = std::make_shared<Watched>(io_);
    error_code error;
    watched->descriptor.assign(fd, error);
    if (error) return forget(fd);
  }
  watched->wanted = what;
  wait(fd, watched);
}

void CurlMulti::wait(curl_socket_t fd, const std::shared_ptr<Watched>& watched) {
  if ((watched->wanted & CURL_POLL_IN) != 0 && !std::exchange(watched->reading, true)) {
    watched->descriptor.async_wait(stream_descriptor::wait_read,
                                   [self = shared_from_this(), fd, watched](const error_code& error) {
                                     watched->reading = false;
                                     self->on_ready(fd, watched, CURL_CSELECT_IN, error);
                                   });
  }
  if ((watched->wanted & CURL_POLL_OUT) != 0 && !std::exchange(watched->writing, true)) {
    watched->descriptor.async_wait(stream_descriptor::wait_write,
                                   [self = shared_from_this(), fd, watched](const error_code& error) {
                                     watched->writing = false;
                                     self->on_ready(fd, watched, CURL_CSELECT_OUT, error);
                                   });
  }
}

void CurlMulti::on_ready(curl_socket_t fd, const std::shared_ptr<Watched>& watched, int how, const error_code& error) {
  const auto still = [&] {
    const auto at = sockets_.find(fd);
    return at != sockets_.end() && at->second == watched;
  };
  if (error == boost::asio::error::operation_aborted || !still()) return;
  const int wanted = how == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
  if ((watched->wanted & wanted) != 0) act(fd, error ? CURL_CSELECT_ERR : how);
  if (still()) wait(fd, watched);
}

void CurlMulti::forget(curl_socket_t fd) {
  const auto at = sockets_.find(fd);
  if (at == sockets_.end()) return;
  if (at->second->descriptor.is_open()) at->second->descriptor.release();
  sockets_.erase(at);
}

}  // namespace stp::net
