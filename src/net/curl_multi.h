// CurlMulti: a multi handle of libcurl on Asio: it waits for the sockets and the timer that libcurl names.
//
// One transfer at a time. A connection that a complete transfer leaves behind is kept for the next one to the same server,
// unless it has said "Connection: close". Lives on the network thread; kept alive by what it waits for.
#pragma once

#include <curl/curl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>

namespace stp::net {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  /// Who has begun a transfer. Called when libcurl may be called.
  class Transfer {
   public:
    /// It is over: stop() comes first.
    virtual void on_done(CURLcode code) = 0;
    /// libcurl has done something for it.
    virtual void on_turn_end() = 0;

   protected:
    ~Transfer() = default;
  };

  /// `io` must outlive it.
  explicit CurlMulti(boost::asio::io_context& io);
  /// Closes its connections.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Nothing happens before this returns. CURLOPT_CLOSESOCKETFUNCTION and …DATA are set here.
  void start(CURL* easy, std::shared_ptr<Transfer> transfer);
  /// Ends the transfer; closes its connection unless it was complete.
  void stop(CURL* easy);
  /// Goes on with one that was paused.
  void resume(CURL* easy);

 private:
  struct Watched;
  struct MultiDeleter {
    void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
  };

  // libcurl's calls; none may call into libcurl.
  static int close_socket(void* self_pointer, curl_socket_t fd);
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self_pointer, void*);
  static int on_timer(CURLM*, long milliseconds, void* self_pointer);

  void watch(curl_socket_t fd, int what);
  void wait(curl_socket_t fd, const std::shared_ptr<Watched>& watched);
  void on_ready(curl_socket_t fd, const std::shared_ptr<Watched>& watched, int how,
                const boost::system::error_code& error);
  /// Only libcurl closes the descriptor.
  void forget(curl_socket_t fd);
  void act(curl_socket_t fd, int events);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::map<curl_socket_t, std::shared_ptr<Watched>> sockets_;
  std::shared_ptr<Transfer> transfer_;  // null: none is running
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace stp::net
