// What came of asking the router to open our port, as the API and the events of commands say it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "portmap/router_status.h"

namespace stp::daemon {

[[nodiscard]] nlohmann::json router_json(const portmap::RouterStatus& router);

}  // namespace stp::daemon
