#include "net/web_seed_driver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "webseed/range_fetch.h"
#include "webseed/response_head.h"
#include "webseed/seed_url.h"

namespace stp::net {

using transfer::PeerHandle;

// One web seed in use. Kept alive by what it waits for; after close() nothing is reported any more.
class WebSeedDriver::Session final : public HttpStream, public std::enable_shared_from_this<WebSeedDriver::Session> {
 public:
  Session(WebSeedDriver& driver, PeerHandle peer, const content::WebSeed& seed)
      : driver_(&driver),
        peer_(peer),
        own_query_(seed.url.target.find('?') != std::string::npos),
        fetch_(seed, driver.metainfo_, driver.shared_.pool) {}

  void request(const BlockRun& run) {
    fetch_.start_request(run);
    work_soon();
  }
  void cancel(const BlockRun& run) {
    fetch_.cancel(run);
    work_soon();
  }
  void resume() {
    if (!std::exchange(full_, false)) return;
    call_.resume();
  }
  void close() {
    driver_ = nullptr;
    call_.cancel();
  }

 private:
  static constexpr Duration kConnectTimeout = std::chrono::seconds(20);

  // The swarm is not called from inside what it asks for.
  void work_soon() {
    if (std::exchange(work_posted_, true)) return;
    boost::asio::post(driver_->shared_.io, [self = shared_from_this()] {
      self->work_posted_ = false;
      self->work();
    });
  }

  void work() {
    if (driver_ == nullptr) return;
    bool any = progress_;
    if (std::exchange(progress_, false)) driver_->host_.on_web_seed_progress(peer_);
    while (driver_ != nullptr) {
      std::optional<webseed::RangeFetch::Output> output = fetch_.poll_output();
      if (!output) break;
      any = true;
      if (auto* const data = std::get_if<wire::DataFrame>(&*output)) {
        driver_->host_.on_web_seed_data(peer_, std::move(*data));
      } else {
        driver_->host_.on_web_seed_reject(peer_, std::get<wire::Reject>(*output));
      }
    }
    if (driver_ == nullptr) return;
    WebSeedDriver& driver = *driver_;
    if (fetch_.failure()) {
      const std::shared_ptr<Session> alive = shared_from_this();
      close();
      driver.drop(peer_);
      driver.host_.on_web_seed_failed(peer_, *fetch_.failure());
      any = true;
    } else {
      if (asking_ && !fetch_.under_way()) end_request();
      if (!asking_) {
        if (std::optional<webseed::Get> get = fetch_.poll_get()) ask(*std::move(get));
      }
    }
    if (any) driver.host_.on_web_seed_turn_end();
  }

  void end_request() {
    call_.cancel();
    asking_ = false;
    ++request_;
    full_ = false;
  }

  void ask(webseed::Get get) {
    asking_ = true;
    head_ = webseed::HeadReader();
    head_given_ = false;
    get_ = std::move(get);
    const HostPort server{get_.url.host, get_.url.port};
    if (servers_ && servers_of_ == server) return send(*servers_);
    driver_->shared_.resolver.resolve(
        server, [self = shared_from_this(), server, id = request_](const Result<std::vector<Endpoint>>& found) {
          if (self->driver_ == nullptr || id != self->request_) return;
          if (!found) {
            self->fetch_.handle_trouble(found.error().message);
            return self->work();
          }
          self->servers_ = *found;
          self->servers_of_ = server;
          self->send(*found);
        });
  }

  void send(const std::vector<Endpoint>& found) {
    const WebSeedShared& shared = driver_->shared_;
    const IpAddress* const source = shared.source ? &*shared.source : nullptr;
    Result<std::vector<Endpoint>> servers = get_.redirects.allowed(found);
    if (servers) servers = webseed::allowed_servers(*servers, own_query_ && get_.redirects.length() == 0, source);
    if (!servers) {
      fetch_.handle_trouble(servers.error().message);
      return work_soon();
    }
    // Which of them will answer is not known yet: one that is outside decides.
    const auto outside = std::ranges::find_if(*servers, [](const Endpoint& each) { return !each.address.is_local(); });
    answered_ = outside != servers->end() ? outside->address : servers->front().address;
    HttpRequest request;
    request.url = get_.url;
    request.servers = *std::move(servers);
    request.source = shared.source;
    request.agent = shared.agent;
    request.timeout = kConnectTimeout;
    request.stream = this;
    request.keeper = &keeper_;
    request.headers.emplace_back("Accept-Encoding: identity");
    if (get_.ranged) {
      request.headers.push_back("Range: bytes=" + std::to_string(get_.first) + "-" +
                                std::to_string(get_.first + get_.bytes - 1));
    }
    call_ = driver_->http_.send(std::move(request),
                                [self = shared_from_this(), id = request_](const Result<http::Response>& response) {
                                  if (self->driver_ == nullptr || id != self->request_) return;
                                  self->give_head();
                                  self->fetch_.handle_end(response ? Status(Done{}) : response.error());
                                  self->end_request();
                                  self->work();
                                });
  }

  // HttpStream
  void on_head_line(std::string_view line) override {
    if (const Status taken = head_.handle_line(line); !taken) fetch_.handle_trouble(taken.error().message);
    give_head();
  }
  [[nodiscard]] bool on_body(ByteSpan bytes) override {
    if (driver_ == nullptr || !fetch_.under_way()) return true;  // it is about to end
    RateGate& down = driver_->shared_.down;
    if (!driver_->host_.has_room()) {
      full_ = true;
      return false;
    }
    if (down.grant(bytes.size()) == 0) {
      down.wait(driver_->group_, [weak = weak_from_this(), id = request_] {
        const std::shared_ptr<Session> self = weak.lock();
        if (self && self->driver_ != nullptr && id == self->request_) self->call_.resume();
      });
      return false;
    }
    down.spend(bytes.size());
    fetch_.handle_body(bytes);
    progress_ = true;
    return true;
  }
  void on_turn_end() override {
    const std::shared_ptr<Session> alive = shared_from_this();
    work();
  }

  void give_head() {
    if (!head_.done() || std::exchange(head_given_, true)) return;
    fetch_.handle_head(head_.head(), answered_);
  }

  WebSeedDriver* driver_;  // null: it is closed
  const PeerHandle peer_;
  const bool own_query_;
  webseed::RangeFetch fetch_;
  webseed::HeadReader head_;
  webseed::Get get_;
  HttpKeeper keeper_;
  HttpClient::Call call_;
  HostPort servers_of_;
  std::optional<std::vector<Endpoint>> servers_;  // of servers_of_, for as long as the session lasts
  std::uint64_t request_ = 0;                     // answers to earlier ones are not meant
  bool asking_ = false;                           // a Get is under way
  bool head_given_ = false;
  std::optional<IpAddress> answered_;  // whose answer is awaited
  bool full_ = false;                  // there was no room for the body
  bool progress_ = false;              // the swarm has not been notified of
  bool work_posted_ = false;
};

WebSeedDriver::WebSeedDriver(WebSeedShared& shared, Host& host, std::uint32_t group)
    : shared_(shared), host_(host), group_(group), http_(shared.io) {}

WebSeedDriver::~WebSeedDriver() {
  close_all();
}

void WebSeedDriver::open(const transfer::OpenWebSeed& open) {
  STP_ASSERT(metainfo_ != nullptr);
  sessions_[open.peer] = std::make_shared<Session>(*this, open.peer, open.seed);
}

bool WebSeedDriver::take(const transfer::Send& send) {
  const auto found = sessions_.find(send.peer);
  if (found == sessions_.end()) return false;
  if (const auto* const request = std::get_if<wire::Request>(&send.message)) {
    found->second->request(request->run);
  } else if (const auto* const cancel = std::get_if<wire::Cancel>(&send.message)) {
    found->second->cancel(cancel->run);
  }
  return true;
}

bool WebSeedDriver::take(const transfer::Close& close) {
  const auto found = sessions_.find(close.peer);
  if (found == sessions_.end()) return false;
  found->second->close();
  sessions_.erase(found);
  return true;
}

void WebSeedDriver::resume() {
  std::vector<std::shared_ptr<Session>> all;
  all.reserve(sessions_.size());
  for (const auto& [peer, session] : sessions_) all.push_back(session);
  for (const std::shared_ptr<Session>& session : all) session->resume();
}

void WebSeedDriver::close_all() {
  for (const auto& [peer, session] : sessions_) session->close();
  sessions_.clear();
}

}  // namespace stp::net
