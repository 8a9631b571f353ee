#include "net/upnp_router.h"

#include <fcntl.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <sys/select.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "content/posix_file.h"
#include "core/url.h"

namespace stp::net {
namespace {

using namespace portmap;

// Codes of WANIPConnection:2 (§2.5).
constexpr int kNotAuthorized = 606;
constexpr int kConflict = 718;
constexpr int kOnlyPermanentLeases = 725;

/// The library waits with select(), which knows no higher descriptors.
bool too_many_files_open() {
  constexpr int kSpare = 32;
  const content::Fd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return next.get() < 0 || next.get() >= FD_SETSIZE - kSpare;
}

Refused upnp_refusal(int code) {
  if (code < 0) return {Refusal::silent, "it does not answer"};
  switch (code) {
    case kNotAuthorized: return {Refusal::refused, "not authorized"};
    case kConflict: return {Refusal::conflict, "the port is taken"};
    case kOnlyPermanentLeases: return {Refusal::only_permanent, "it knows no leases"};
    default: return {Refusal::refused, "UPnP error " + std::to_string(code)};
  }
}

const char* text_of(Transport transport) {
  return transport == Transport::tcp ? "TCP" : "UDP";
}

/// The host of a URL that is_local_url() accepts.
std::optional<IpAddress> local_host(const std::string& text) {
  const Result<Url> url = Url::parse(text);
  if (!url || url->scheme != Url::Scheme::http) return std::nullopt;
  const std::optional<IpAddress> address = IpAddress::parse(url->host);
  if (!address || !address->is_v4() || address->is_loopback() || is_public(*address)) return std::nullopt;
  return Endpoint{*address, 1}.is_dialable() ? address : std::nullopt;
}

/// What the search has found.
class Devices {
 public:
  explicit Devices(const IpAddress& listen) {
    constexpr std::array<const char*, 3> kTypes = {"urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                                                   "urn:schemas-upnp-org:device:InternetGatewayDevice:2", nullptr};
    const std::string interface = listen.is_unspecified() ? std::string() : listen.to_string();
    int error = 0;
    list_ = ::upnpDiscoverDevices(kTypes.data(), UpnpRouter::kSearchMilliseconds,
                                  interface.empty() ? nullptr : interface.c_str(), nullptr, UPNP_LOCAL_PORT_ANY, 0, 2,
                                  &error, 1);
  }
  ~Devices() { ::freeUPNPDevlist(list_); }
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  [[nodiscard]] std::set<std::string> descriptions() const {
    std::set<std::string> urls;
    for (const UPNPDev* each = list_; each != nullptr && urls.size() < UpnpRouter::kDevicesMax; each = each->pNext) {
      if (each->descURL != nullptr && UpnpRouter::is_local_url(each->descURL)) urls.insert(each->descURL);
    }
    return urls;
  }

 private:
  UPNPDev* list_ = nullptr;
};

/// A description that was read.
class Description {
 public:
  explicit Description(const std::string& url) {
    read_ = ::UPNP_GetIGDFromUrl(url.c_str(), &urls_, &data_, own_.data(), static_cast<int>(own_.size())) == 1;
  }
  ~Description() {
    if (read_) ::FreeUPNPUrls(&urls_);
  }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  /// It has a service that opens ports, at the host `url` is at.
  [[nodiscard]] bool usable(const std::string& url) const {
    if (!read_ || urls_.controlURL == nullptr) return false;
    const std::string_view type = data_.first.servicetype;
    const bool connects = type.find(":WANIPConnection:") != type.npos || type.find(":WANPPPConnection:") != type.npos;
    return connects && local_host(urls_.controlURL).has_value() && local_host(urls_.controlURL) == local_host(url);
  }
  [[nodiscard]] const char* control_url() const { return urls_.controlURL; }
  [[nodiscard]] const char* service() const { return data_.first.servicetype; }
  [[nodiscard]] const char* own_address() const { return own_.data(); }
  /// A modem may have two connections, of which the second one is in use.
  [[nodiscard]] bool take_second(const std::string& url) {
    if (!read_ || data_.second.servicetype[0] == '\0') return false;
    data_.first = std::exchange(data_.second, {});
    ::FreeUPNPUrls(&urls_);
    ::GetUPNPUrls(&urls_, &data_, url.c_str(), 0);
    return true;
  }

 private:
  UPNPUrls urls_{};
  IGDdatas data_{};
  std::array<char, 64> own_{};
  bool read_ = false;
};

/// The router's address outside; nullopt: it does not answer.
std::optional<RouterFound> outside_address(const std::string& control_url, const std::string& service) {
  std::array<char, 64> text{};  // the library writes 16 bytes at most
  if (::UPNP_GetExternalIPAddress(control_url.c_str(), service.c_str(), text.data()) != 0) return std::nullopt;
  text.back() = '\0';
  return RouterFound{IpAddress::parse(text.data())};
}

}  // namespace

bool UpnpRouter::is_local_url(const std::string& url) {
  return local_host(url).has_value();
}

std::shared_ptr<const UpnpRouter::Device> UpnpRouter::device() const {
  const std::lock_guard lock(mutex_);
  return device_;
}

portmap::Answer UpnpRouter::find() {
  if (const auto known = device()) {
    if (const auto found = outside_address(known->control_url, known->service)) return *found;
  }
  std::shared_ptr<const Device> best;
  RouterFound best_found;
  const Devices devices(listen_);
  for (const std::string& url : devices.descriptions()) {
    Description description(url);
    do {
      if (!description.usable(url)) continue;
      if (!listen_.is_unspecified() && listen_ != IpAddress::parse(description.own_address())) continue;
      const auto found = outside_address(description.control_url(), description.service());
      if (!found || (best && !found->address)) continue;
      best =
          std::make_shared<Device>(Device{description.control_url(), description.service(), description.own_address()});
      best_found = *found;
    } while (!best_found.address && description.take_second(url));
    if (best_found.address) break;
  }
  const std::lock_guard lock(mutex_);
  device_ = best;
  return best ? Answer(best_found) : Answer(Refused{Refusal::silent, ""});
}

portmap::Answer UpnpRouter::make(const portmap::Call& call) {
  if (too_many_files_open()) return Refused{Refusal::silent, "too many files are open"};
  if (std::holds_alternative<FindRouter>(call.what)) return find();
  const std::shared_ptr<const Device> router = device();
  if (!router) return Refused{Refusal::silent, ""};
  const char* const url = router->control_url.c_str();
  const char* const service = router->service.c_str();
  if (const auto* const port = std::get_if<ClosePort>(&call.what)) {
    const int code = ::UPNP_DeletePortMapping(url, service, std::to_string(port->outside).c_str(),
                                              text_of(port->transport), nullptr);
    return code == 0 ? Answer(PortClosed{}) : Answer(upnp_refusal(code));
  }
  const OpenPort& port = std::get<OpenPort>(call.what);
  const int code = ::UPNP_AddPortMapping(url, service, std::to_string(port.outside).c_str(),
                                         std::to_string(port.inside).c_str(), router->own_address.c_str(), "stp",
                                         text_of(port.transport), nullptr, std::to_string(port.lease.count()).c_str());
  return code == 0 ? Answer(PortOpened{port.outside, port.lease}) : Answer(upnp_refusal(code));
}

}  // namespace stp::net
