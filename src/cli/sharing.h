// What `stp share` of a path and `stp share --each` of every file in a folder have in common.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "content/metainfo.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "crypto/secret.h"
#include "net/host.h"
#include "portmap/router_status.h"
#include "wire/link.h"

namespace stp::cli {

/// The folders in which stp keeps its own files, which are never shared. Those in use are created first: a tree looks the
/// same, and has the same link, before and after they are used. A failure is reported by the code that needs them.
[[nodiscard]] std::vector<std::string> own_folders_of(const Context& context);

/// Where hashes are remembered; empty, after a warning, if they can't be.
[[nodiscard]] std::string hash_directory_of(Context& context);

/// The trackers that links and .torrent files name; a zone of this machine means nothing to others.
[[nodiscard]] std::vector<std::string> trackers_for_others(const Context& context);

/// What the router says before links are made. `reachable`: our own addresses; with a public one nothing waits for it.
[[nodiscard]] portmap::RouterStatus ask_router(net::Host& host, std::span<const Endpoint> reachable);

/// Makes the links that are given to others.
class LinkMaker {
 public:
  /// With --private it needs the node key.
  [[nodiscard]] static Result<LinkMaker> open(const Context& context);
  /// The addresses where others may reach us go into the link: within a network, or through the router, nothing else is
  /// needed to find us. An address given with --listen is meant, even a loopback address.
  [[nodiscard]] wire::Link make(const content::Metainfo& metainfo, std::span<const Endpoint> reachable,
                                const portmap::RouterStatus& router) const;

 private:
  explicit LinkMaker(const Context& context)
      : trackers_(trackers_for_others(context)), loopback_(context.options.listen.has_value()) {}

  std::vector<std::string> trackers_;
  bool loopback_;  // loopback addresses are meant
  std::optional<crypto::NodeKey> key_;
};

/// Warns about files that are likely to be secret, naming some.
class SecretNames {
 public:
  void add(const std::string& path);
  /// Once for all that were added since the last time.
  void warn(Context& context);

 private:
  static constexpr std::size_t kNamedMax = 3;
  std::string named_;
  std::size_t count_ = 0;
};

}  // namespace stp::cli
