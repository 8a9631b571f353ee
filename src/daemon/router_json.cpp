#include "daemon/router_json.h"

#include <nlohmann/json.hpp>

namespace stp::daemon {

using nlohmann::json;

json router_json(const portmap::RouterStatus& router) {
  const std::optional<Endpoint> reachable = router.reachable_at();
  return {{"state", name_of(router.state)},
          {"endpoint", reachable ? json(reachable->to_string()) : json(nullptr)},
          {"address", router.address ? json(router.address->to_string()) : json(nullptr)},
          {"protocol", router.protocol ? json(name_of(*router.protocol)) : json(nullptr)},
          {"double_nat", router.behind_another()},
          {"message", text_of(router)}};
}

}  // namespace stp::daemon
