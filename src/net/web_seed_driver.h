// WebSeedDriver: carries out what a transfer::Swarm asks of web seeds, over HTTP, and reports what comes of it.
//
//   OpenWebSeed, Send ─▶ webseed::RangeFetch ─Get─▶ names, address rules ─▶ HttpClient
//   Host::on_web_seed_data() ◀─ data ◀─ RangeFetch ◀─ head and body, as fast as the rate limit and the disk allow
//
// One request at a time per web seed, over a connection that is kept between them. A session ends with Close, or when it reports a failure. The swarm may be called
// from Host's methods, and they are not called from inside carry_out(). Lives on the network thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "content/metainfo.h"
#include "net/http_client.h"
#include "net/rate_gate.h"
#include "net/resolver.h"
#include "transfer/actions.h"
#include "wire/buffer_pool.h"
#include "wire/codec.h"

namespace stp::net {

/// What the web seeds of all shares of a host use; borrowed, but for the values.
struct WebSeedShared {
  boost::asio::io_context& io;
  Resolver& resolver;
  wire::BufferPool& pool;
  RateGate& down;
  std::optional<IpAddress> source;  // where requests come from; nullopt: the system's choice
  std::string agent;
};

class WebSeedDriver {
 public:
  class Host {
   public:
    virtual void on_web_seed_data(transfer::PeerHandle peer, wire::DataFrame frame) = 0;
    virtual void on_web_seed_reject(transfer::PeerHandle peer, const wire::Reject& reject) = 0;
    /// Bytes came, but no whole frame.
    virtual void on_web_seed_progress(transfer::PeerHandle peer) = 0;
    /// The session has ended.
    virtual void on_web_seed_failed(transfer::PeerHandle peer, const transfer::WebSeedFailure& failure) = 0;
    /// After one or more of the calls above.
    virtual void on_web_seed_turn_end() = 0;
    /// Whether more data can be accepted; if not, resume() is called later.
    [[nodiscard]] virtual bool has_room() const = 0;

   protected:
    ~Host() = default;
  };

  /// `group`: of the rate gate.
  WebSeedDriver(WebSeedShared& shared, Host& host, std::uint32_t group);
  ~WebSeedDriver();

  void set_metainfo(std::shared_ptr<const content::Metainfo> metainfo) { metainfo_ = std::move(metainfo); }
  void open(const transfer::OpenWebSeed& open);
  /// False: it is for somebody else.
  [[nodiscard]] bool take(const transfer::Send& send);
  [[nodiscard]] bool take(const transfer::Close& close);
  /// There is room again.
  void resume();
  void close_all();

 private:
  class Session;
  void drop(transfer::PeerHandle peer) { sessions_.erase(peer); }

  WebSeedShared& shared_;
  Host& host_;
  const std::uint32_t group_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  HttpClient http_;
  std::unordered_map<transfer::PeerHandle, std::shared_ptr<Session>, IdHash> sessions_;
};

}  // namespace stp::net
