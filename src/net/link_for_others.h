// What others get of a share: its link, with everything in it that helps them to find us.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "core/endpoint.h"
#include "wire/link.h"

namespace stp::net {

/// The URLs of `trackers` for other machines, which a zone of this one means nothing to. Text that is not the URL of a
/// tracker is left out.
[[nodiscard]] std::vector<std::string> trackers_for_others(std::span<const std::string> trackers);

/// The public link of a share: with name, trackers_for_others(), our addresses `reachable`, and `outside`, the one through
/// the router.
[[nodiscard]] wire::Link link_for_others(const content::Metainfo& metainfo, std::vector<std::string> trackers,
                                         std::span<const Endpoint> reachable, const std::optional<Endpoint>& outside);

}  // namespace stp::net
