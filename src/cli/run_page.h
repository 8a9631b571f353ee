// RunPage: the dashboard of `share`, `get` and `node` (--web), for as long as their host runs. And what these commands and
// the daemon say about where a dashboard is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/host_reporter.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "daemon/run_front.h"

namespace stp::cli {

/// Where a dashboard listens without an address.
inline const Endpoint kWebDefault{IpAddress::v4(0x7f000001), 64480};

/// The links to a dashboard, the most useful first.
[[nodiscard]] std::vector<std::string> web_urls(const Endpoint& listening, std::string_view token);

class RunPage {
 public:
  /// Opens it, if --web is given, and says where it is. `reporter` is that of the host, which has not run yet; both
  /// outlive the page.
  [[nodiscard]] static Result<std::unique_ptr<RunPage>> open(Context& context, net::Host& host, HostReporter& reporter);
  ~RunPage();
  RunPage(const RunPage&) = delete;
  RunPage& operator=(const RunPage&) = delete;

  /// Null without --web.
  [[nodiscard]] daemon::RunFront* front() { return front_ ? &*front_ : nullptr; }

 private:
  explicit RunPage(HostReporter& reporter) : reporter_(reporter) {}

  HostReporter& reporter_;
  std::optional<daemon::RunFront> front_;
};

}  // namespace stp::cli
