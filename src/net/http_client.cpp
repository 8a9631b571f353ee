#include "net/http_client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/text.h"
#include "net/address.h"
#include "net/curl_multi.h"
#include "net/http_trouble.h"

namespace stp::net {
namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;

struct EasyDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

void start_curl() {
  static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  STP_ASSERT(started == CURLE_OK);
}

/// "tracker.example:443:192.0.2.1,[2001:db8::1]", the format of CURLOPT_RESOLVE: libcurl looks nothing up itself.
std::string pinned(const std::string& host, Port port, const std::vector<Endpoint>& servers) {
  std::string text = host + ":" + std::to_string(port) + ":";
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::string address = servers[i].address.without_zone().to_string();
    text += (i == 0 ? "" : ",") + (servers[i].address.is_v6() ? "[" + address + "]" : address);
  }
  return text;
}

bool is_name(const std::string& host) {
  return !is_ipv6_literal(host) && !IpAddress::parse(host);
}

}  // namespace

// One request from connecting to the answer. Its multi handle is its own or its keeper's: nothing is shared with requests
// to others, not even the pinned names. Kept alive by that handle while it runs.
class HttpClient::Exchange final : public CurlMulti::Transfer,
                                   public std::enable_shared_from_this<HttpClient::Exchange> {
 public:
  Exchange(boost::asio::io_context& io, HttpRequest request, Answer answer)
      : io_(io), request_(std::move(request)), answer_(std::move(answer)) {}

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void start() {
    start_curl();
    easy_.reset(::curl_easy_init());
    STP_ASSERT(easy_ && !request_.servers.empty());
    multi_ = request_.keeper == nullptr ? std::make_shared<CurlMulti>(io_) : kept_multi(*request_.keeper);
    set_request();
    set_transport();
    set_limits();
    multi_->start(easy_.get(), shared_from_this());
  }

  /// Ends it without an answer.
  void cancel() {
    answer_ = nullptr;
    request_.stream = nullptr;
    close();
  }

  /// Goes on with a body that was refused.
  void resume() {
    if (const std::shared_ptr<CurlMulti> multi = multi_) multi->resume(easy_.get());
  }

  // CurlMulti::Transfer
  void on_done(CURLcode code) override {
    const std::shared_ptr<Exchange> alive = shared_from_this();
    const Answer call = std::exchange(answer_, nullptr);
    Result<http::Response> outcome = result(code);
    close();
    if (call) call(std::move(outcome));
  }
  void on_turn_end() override {
    if (request_.stream != nullptr) request_.stream->on_turn_end();
  }

 private:
  [[nodiscard]] std::shared_ptr<CurlMulti> kept_multi(HttpKeeper& keeper) {
    const Url& url = request_.url;
    const std::string server = std::string(to_string(url.scheme)) + "://" +
                               pinned(url.host, url.port, request_.servers) + "%" +
                               std::to_string(request_.servers.front().address.zone());
    auto at = std::ranges::find(keeper.kept_, server, &HttpKeeper::Kept::server);
    if (at == keeper.kept_.end()) {
      if (keeper.kept_.size() == HttpKeeper::kServersMax) keeper.kept_.erase(keeper.kept_.begin());
      keeper.kept_.push_back({server, std::make_shared<CurlMulti>(io_)});
    } else {
      std::rotate(at, at + 1, keeper.kept_.end());
    }
    return keeper.kept_.back().multi;
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    ::curl_easy_setopt(easy_.get(), option, value);
  }

  void add_header(const std::string& line) { headers_.reset(::curl_slist_append(headers_.release(), line.c_str())); }

  void set_request() {
    // Both are needed: relative redirects are relative to the first; the second is what is sent, unchanged. The zone of
    // an address is left to open_socket().
    const Url& url = request_.url;
    const std::string text = std::string(to_string(url.scheme)) + "://" + url.authority() + url.target;
    set(CURLOPT_URL, text.c_str());
    set(CURLOPT_REQUEST_TARGET, url.request_target().c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, request_.agent.c_str());
    if (request_.stream == nullptr) set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    for (const std::string& line : request_.headers) add_header(line);
    // Without this, a server that keeps the connection open and gives no length would be waited for until the timeout.
    if (request_.keeper == nullptr) add_header("Connection: close");
    if (request_.put) set_body(*request_.put);
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, 0L);
  }

  /// `body` stays where it is until the end.
  void set_body(const Bytes& body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, as_text(body).data());
    set(CURLOPT_CUSTOMREQUEST, "PUT");
    add_header("Content-Type: application/x-bittorrent");
    add_header("Expect:");  // no "100 Continue": what is sent is small, and a server that does not want it has said so
  }

  void set_transport() {
    if (const Url& url = request_.url; is_name(url.host)) {
      const std::string entry = pinned(url.host, url.port, request_.servers);
      names_.reset(::curl_slist_append(nullptr, entry.c_str()));
      set(CURLOPT_RESOLVE, names_.get());
    }
    set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, words_.data());
    if (const char* const file = std::getenv("SSL_CERT_FILE")) set(CURLOPT_CAINFO, file);
    if (const char* const directory = std::getenv("SSL_CERT_DIR")) set(CURLOPT_CAPATH, directory);
  }

  void set_limits() {
    using std::chrono::milliseconds;
    const auto timeout = std::max(std::chrono::ceil<milliseconds>(request_.timeout), milliseconds(1));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
    if (request_.stream == nullptr) {
      set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
      set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.body_bytes_max));
    }
    set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Exchange::on_head);
    set(CURLOPT_HEADERDATA, this);
  }

  // --- libcurl's calls; none may call into libcurl

  static std::size_t on_body(char* data, std::size_t, std::size_t count, void* self_pointer) {
    auto& self = *static_cast<Exchange*>(self_pointer);
    if (HttpStream* const stream = self.request_.stream) {
      return stream->on_body(as_bytes({data, count})) ? count : CURL_WRITEFUNC_PAUSE;
    }
    self.too_long_ = self.body_.size() + count > self.request_.body_bytes_max;
    if (self.too_long_) return 0;
    append(self.body_, as_bytes({data, count}));
    return count;
  }

  static std::size_t on_head(char* data, std::size_t, std::size_t count, void* self_pointer) {
    auto& self = *static_cast<Exchange*>(self_pointer);
    if (self.request_.on_date) self.read_date({data, count});
    if (self.request_.stream != nullptr) self.request_.stream->on_head_line({data, count});
    self.head_bytes_ += count;
    self.too_long_ = self.head_bytes_ > kHeadBytesMax;
    return self.too_long_ ? 0 : count;
  }

  void read_date(std::string_view line) const {
    constexpr std::string_view kName = "date:";
    if (line.size() > 100 || ascii_lower(std::string(line.substr(0, kName.size()))) != kName) return;
    const std::string text(line.substr(kName.size()));
    const std::time_t seconds = ::curl_getdate(text.c_str(), nullptr);
    if (seconds > 0) request_.on_date(seconds);
  }

  static curl_socket_t open_socket(void* self_pointer, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Exchange*>(self_pointer);
    const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
    if (fd < 0) return CURL_SOCKET_BAD;
    if (address->family == AF_INET6) {
      // libcurl was given the address without its zone.
      sockaddr_in6 raw{};
      std::memcpy(&raw, &address->addr, sizeof raw);
      raw.sin6_scope_id = self.request_.servers.front().address.zone();
      std::memcpy(&address->addr, &raw, sizeof raw);
    }
    if (self.request_.source) {
      const auto source = to_asio<boost::asio::ip::tcp>(Endpoint{*self.request_.source, 0});
      if (::bind(fd, source.data(), static_cast<socklen_t>(source.size())) != 0) {
        self.bind_error_ = errno;
        ::close(fd);
        return CURL_SOCKET_BAD;
      }
    }
    return fd;
  }

  // --- the end

  [[nodiscard]] Result<http::Response> result(CURLcode code) const {
    http::Response response;
    long status = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    // A truncated body may contain all that matters.
    const bool broke_off = request_.stream == nullptr &&
                           (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_OPERATION_TIMEDOUT);
    if (code != CURLE_OK && !(broke_off && status != 0 && !body_.empty() && !too_long_)) {
      HttpTrouble trouble{code, words_.data(), 0, 0, bind_error_, too_long_};
      ::curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &trouble.os_error);
      ::curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &trouble.verify_result);
      return explain(trouble, request_.source);
    }
    response.status = static_cast<unsigned>(status);
    response.body = body_;
    const char* text = nullptr;
    const bool typed = ::curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &text) == CURLE_OK && text != nullptr;
    response.content_type = typed ? text : "";
    if (::curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text != nullptr) {
      response.location = text;
    }
    curl_off_t seconds = 0;
    if (::curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
      response.retry_after = std::chrono::seconds(std::min<curl_off_t>(seconds, 3'000'000'000));
    }
    if (::curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &text) == CURLE_OK && text != nullptr) {
      response.from = IpAddress::parse(text);
    }
    return response;
  }

  void close() {
    if (!multi_) return;
    multi_->stop(easy_.get());
    easy_.reset();
    multi_.reset();
  }

  boost::asio::io_context& io_;
  HttpRequest request_;
  Answer answer_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  std::unique_ptr<curl_slist, ListDeleter> names_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::shared_ptr<CurlMulti> multi_;  // null: it is over
  std::unique_ptr<CURL, EasyDeleter> easy_;
  Bytes body_;
  std::size_t head_bytes_ = 0;
  bool too_long_ = false;
  int bind_error_ = 0;
};

HttpClient::~HttpClient() {
  for (const std::weak_ptr<Exchange>& each : running_) {
    if (const std::shared_ptr<Exchange> exchange = each.lock()) exchange->cancel();
  }
}

void HttpClient::Call::cancel() {
  if (const std::shared_ptr<Exchange> exchange = exchange_.lock()) exchange->cancel();
}

void HttpClient::Call::resume() {
  if (const std::shared_ptr<Exchange> exchange = exchange_.lock()) exchange->resume();
}

HttpClient::Call HttpClient::send(HttpRequest request, Answer answer) {
  std::erase_if(running_, [](const std::weak_ptr<Exchange>& each) { return each.expired(); });
  const auto exchange = std::make_shared<Exchange>(io_, std::move(request), std::move(answer));
  running_.push_back(exchange);
  exchange->start();
  return Call(exchange);
}

}  // namespace stp::net
