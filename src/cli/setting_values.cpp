#include "cli/setting_values.h"

#include <optional>

#include "cli/host_port.h"
#include "content/web_seed.h"
#include "core/text.h"
#include "core/units.h"
#include "net/zone.h"
#include "tracker/tracker_url.h"

namespace stp::cli {
namespace {

/// A port that does not exist behind an address that does.
std::optional<std::string> port_out_of_range(const std::string& value) {
  const std::size_t colon = value.rfind(':');
  if (colon == std::string::npos || !Endpoint::parse(value.substr(0, colon) + ":0")) return std::nullopt;
  const std::string port = value.substr(colon + 1);
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional(port) : std::nullopt;
}

Result<Endpoint> parse_listen(const std::string& value) {
  const Result<std::string> numbered = net::number_zone(value);
  if (!numbered) return Error{ErrorKind::usage, "'" + value + "': " + numbered.error().message};
  if (const std::optional<Endpoint> endpoint = Endpoint::parse(*numbered)) return *endpoint;
  if (const std::optional<std::string> port = port_out_of_range(value)) {
    return Error{ErrorKind::usage, "'" + value + "': port " + *port + " is out of range; ports go from 0 to 65535"};
  }
  return Error{ErrorKind::usage, "'" + value +
                                     "' is not an address of this machine with a port; write e.g. 0.0.0.0:64500, "
                                     "[::]:64500 or 127.0.0.1:0"};
}

}  // namespace

/// 0 reads like "nothing", but would mean the opposite; `unlimited` is clear.
Status set_rate(std::int64_t& bytes_per_second, const std::string& value) {
  const Result<std::int64_t> rate = parse_rate(value);
  if (rate && *rate == 0 && ascii_lower(value) != "unlimited") {
    return Error{ErrorKind::usage, "'" + value + "' would let nothing through; write `unlimited` for no limit"};
  }
  return store(bytes_per_second, rate);
}

Status set_timeout(Options& options, const std::string& value) {
  const Result<Duration> timeout = parse_duration(value);
  if (timeout && *timeout == Duration::zero() && ascii_lower(value) != "never") {
    return Error{ErrorKind::usage, "'" + value + "' would give up at once; write `never` to wait forever"};
  }
  return store(options.timeout, timeout);
}

Status set_no_lan(Options& options, const std::string& value) {
  const Result<bool> off = parse_bool(value);
  if (!off) return off.error();
  if (*off) options.lan = false;
  return Done{};
}

Status add_tracker(Options& options, const std::string& value) {
  const Result<Url> url = tracker::parse_tracker_url(value);
  if (!url) return Error{ErrorKind::usage, url.error().message};
  options.trackers.push_back(url->to_string());  // a bare host, as others will need it
  return Done{};
}

Status add_peer(Options& options, const std::string& value) {
  Result<std::string> peer = parse_host_port(value);
  if (!peer) return peer.error();
  options.peers.push_back(*std::move(peer));
  return Done{};
}

Status add_bootstrap(Options& options, const std::string& value) {
  if (!options.bootstrap) options.bootstrap.emplace();
  if (value == "none") return Done{};
  Result<std::string> node = parse_host_port(value);
  if (!node) return node.error();
  options.bootstrap->push_back(*std::move(node));
  return Done{};
}

Status set_listen(Options& options, const std::string& value) {
  return store(options.listen, parse_listen(value));
}

Status set_web(Options& options, const std::string& value) {
  if (const Result<bool> plain = parse_bool(value)) {
    options.web = *plain;
    return Done{};
  }
  const Result<Endpoint> endpoint = parse_listen(value);
  if (!endpoint) return endpoint.error();
  options.web = true;
  options.web_listen = *endpoint;
  return Done{};
}

Status set_metrics(Options& options, const std::string& value) {
  return store(options.metrics_listen, parse_listen(value));
}

Status set_path(std::filesystem::path& place, const std::string& value) {
  if (value.empty()) return Error{ErrorKind::usage, "an empty path names nothing"};
  place = value;
  return Done{};
}

Status set_name(Options& options, const std::string& value) {
  if (value.empty() || value.find('/') != std::string::npos || value == "." || value == "..") {
    return Error{ErrorKind::usage, "'" + value + "' can't name a share; give a plain name without '/'"};
  }
  options.name = value;
  return Done{};
}

Status set_seed(Options& options, const std::string& value) {
  if (Result<bool> plain = parse_bool(value); plain && value != "1") {  // --seed=1 is a ratio
    options.seed = *plain;
    return Done{};
  }
  options.seed = true;
  return store(options.seed_ratio, parse_ratio(value));
}

Status set_chunk(Options& options, const std::string& value) {
  return store(options.chunk, parse_count(value));
}

Status set_page(Options& options, const std::string& value) {
  const Result<std::uint32_t> page = parse_count(value);
  if (page && (*page == 0 || *page > tracker::kPagesMax)) {
    return Error{ErrorKind::usage, "pages are numbered from 1 to " + std::to_string(tracker::kPagesMax)};
  }
  return store(options.page, page);
}

Status add_excluded(Options& options, const std::string& value) {
  if (value.empty()) return Error{ErrorKind::usage, "an empty pattern matches nothing; write e.g. '*.tmp'"};
  options.excluded.push_back(value);
  return Done{};
}

Status add_web_seed(Options& options, const std::string& value) {
  const Result<content::WebSeed> seed = content::parse_web_seed(content::WebSeed::Kind::files, value);
  if (!seed) return Error{ErrorKind::usage, seed.error().message};
  if (options.web_seeds.size() >= content::kWebSeedsUsedMax) {
    return Error{ErrorKind::usage, "more than " + std::to_string(content::kWebSeedsUsedMax) + " web seeds"};
  }
  options.web_seeds.push_back(value);
  return Done{};
}

Status add_trusted_proxy(Options& options, const std::string& value) {
  const std::optional<IpAddress> address = IpAddress::parse(value);
  if (!address || address->is_unspecified()) {
    return Error{ErrorKind::usage, "'" + value + "' is not the address of a proxy; write e.g. 127.0.0.1 or ::1"};
  }
  options.trusted_proxies.push_back(*address);
  return Done{};
}

Status set_encryption(Options& options, const std::string& value) {
  if (value != "allow" && value != "require") {
    return Error{ErrorKind::usage, "'" + value + "' is neither allow nor require"};
  }
  options.must_hide = value == "require";
  return Done{};
}

Status set_log(Options& options, const std::string& value) {
  return store(options.log, trace::Levels::parse(value));
}

Status add_only(Options& options, const std::string& value) {
  if (value.empty()) return Error{ErrorKind::usage, "an empty pattern matches nothing; write e.g. '*.txt'"};
  options.only.push_back(value);
  return Done{};
}

}  // namespace stp::cli
