#include "net/control_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "content/posix_file.h"
#include "core/shown_text.h"
#include "http/event_stream.h"

namespace stp::net {
namespace {

struct EasyHandleDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct HeaderListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

/// Takes whole events off the front of `text`; false once `on_event` has enough.
bool take_events(std::string& text, const ControlClient::OnEvent& on_event) {
  std::size_t at = 0;
  bool more = true;
  for (std::size_t end = text.find("\n\n", at); more && end != std::string::npos; end = text.find("\n\n", at)) {
    std::string_view event = std::string_view(text).substr(at, end - at);
    at = end + 2;
    std::string name;
    std::string data;
    while (!event.empty()) {
      const std::string_view line = event.substr(0, event.find('\n'));
      event.remove_prefix(std::min(line.size() + 1, event.size()));
      if (line.starts_with("event: ")) name = line.substr(7);
      if (line.starts_with("data: ")) data += (data.empty() ? "" : "\n") + std::string(line.substr(6));
    }
    if (!name.empty()) more = on_event(name, data);
  }
  text.erase(0, at);
  return more;
}

}  // namespace

struct ControlClient::Impl {
  std::filesystem::path socket;
  const std::atomic<bool>* cancel = nullptr;
  std::unique_ptr<CURL, EasyHandleDeleter> easy;
  std::array<char, CURL_ERROR_SIZE> words{};

  // Of the request in progress.
  std::string body;
  const OnEvent* on_event = nullptr;
  bool enough = false;
  bool too_long = false;

  template <class Value>
  void set(CURLoption option, Value value) {
    ::curl_easy_setopt(easy.get(), option, value);
  }

  [[nodiscard]] bool streams() const {
    const char* type = nullptr;
    return on_event != nullptr && ::curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_TYPE, &type) == CURLE_OK &&
           type != nullptr && type == http::kEventStreamType;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t count, void* self_pointer) {
    auto& self = *static_cast<Impl*>(self_pointer);
    const bool streams = self.streams();
    self.body.append(data, count);
    if (streams) self.enough = !take_events(self.body, *self.on_event);
    self.too_long = self.body.size() > (streams ? kEventBytesMax : kBodyBytesMax);
    return self.enough || self.too_long ? 0 : count;
  }

  /// Called about once a second, and whenever something moves.
  static int on_look(void* self_pointer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& self = *static_cast<Impl*>(self_pointer);
    return self.cancel != nullptr && *self.cancel ? 1 : 0;
  }

  [[nodiscard]] Result<http::Response> perform(std::string_view method, std::string_view target,
                                               std::string_view json) {
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    STP_ASSERT(started == CURLE_OK);
    if (!easy) easy.reset(::curl_easy_init());
    STP_ASSERT(easy);
    body.clear();
    enough = too_long = false;
    words.fill('\0');
    const std::string url = "http://stp" + std::string(target);
    std::unique_ptr<curl_slist, HeaderListDeleter> headers;
    if (method != "GET") headers.reset(::curl_slist_append(nullptr, "Content-Type: application/json"));
    if (method == "POST") headers.reset(::curl_slist_append(headers.release(), "Expect:"));
    set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTPHEADER, headers.get());
    if (method == "POST") {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
      set(CURLOPT_POSTFIELDS, json.data());
    } else {
      set(CURLOPT_HTTPGET, 1L);
    }
    set(CURLOPT_CUSTOMREQUEST, std::string(method).c_str());
    set(CURLOPT_ERRORBUFFER, words.data());
    set(CURLOPT_WRITEFUNCTION, &Impl::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Impl::on_look);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    const CURLcode code = ::curl_easy_perform(easy.get());
    if (code == CURLE_OK || enough) {
      long status = 0;
      ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
      return http::Response{static_cast<unsigned>(status), to_bytes(as_bytes(body))};
    }
    return error_of(code);
  }

  [[nodiscard]] Error error_of(CURLcode code) {
    if (code == CURLE_ABORTED_BY_CALLBACK) return {ErrorKind::other, "interrupted"};
    if (too_long) return {ErrorKind::limit, "the daemon's answer is too long"};
    long number = 0;
    ::curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &number);
    if (code == CURLE_COULDNT_CONNECT) {
      if (number == EACCES || number == EPERM) return content::file_error("connect to", socket.string(), EACCES);
      return {ErrorKind::not_found, "no daemon runs"};
    }
    const std::string why = words[0] != '\0' ? words.data() : ::curl_easy_strerror(code);
    return {ErrorKind::io, "the daemon at " + escaped(socket.string()) + " does not answer: " + why};
  }
};

ControlClient::ControlClient(std::filesystem::path socket, const std::atomic<bool>* cancel)
    : impl_(std::make_unique<Impl>()) {
  impl_->socket = std::move(socket);
  impl_->cancel = cancel;
}

ControlClient::~ControlClient() = default;

Result<http::Response> ControlClient::send(std::string_view method, std::string_view target, std::string_view json) {
  impl_->on_event = nullptr;
  return impl_->perform(method, target, json);
}

Status ControlClient::listen(std::string_view target, const OnEvent& on_event) {
  impl_->on_event = &on_event;
  const Result<http::Response> response = impl_->perform("GET", target, {});
  if (!response) return response.error();
  if (impl_->enough) return Done{};
  if (response->status != 200) return Error{ErrorKind::io, std::string(as_text(response->body))};
  return Error{ErrorKind::io, "the daemon has ended the stream of events"};
}

}  // namespace stp::net
