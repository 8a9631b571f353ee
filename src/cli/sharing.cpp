#include "cli/sharing.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/node_key.h"
#include "core/shown_text.h"
#include "net/link_for_others.h"

namespace stp::cli {
namespace {

/// A router that answers has usually opened the port by then; the link is not held up any longer.
constexpr std::chrono::seconds kRouterWait{2};

}  // namespace

std::vector<std::string> own_folders_of(const Context& context) {
  const Directories& own = context.directories;
  for (const std::filesystem::path& made : {context.state_dir, own.cache}) {
    static_cast<void>(make_private_directory(made));
  }
  // The usual state directory holds a key even if another one is in use.
  return {context.state_dir.string(), own.state.string(), own.cache.string(), own.config.string()};
}

std::string hash_directory_of(Context& context) {
  if (context.directories.cache.empty()) {
    context.console.warn("hashes will not be remembered: there is no home directory (see XDG_CACHE_HOME)");
    return {};
  }
  if (const Status made = make_private_directory(context.directories.cache); !made) {
    context.console.warn("hashes will not be remembered: " + made.error().message);
    return {};
  }
  return (context.directories.cache / "hashes").string();
}

std::vector<std::string> trackers_for_others(const Context& context) {
  if (!context.options.trackers_allowed) return {};
  return net::trackers_for_others(context.options.trackers);
}

Result<LinkMaker> LinkMaker::open(const Context& context) {
  LinkMaker maker(context);
  if (!context.options.private_share) return maker;
  Result<crypto::NodeKey> key = load_node_key(context.state_dir);
  if (!key) return key.error();
  maker.key_.emplace(*std::move(key));
  return maker;
}

portmap::RouterStatus ask_router(net::Host& host, std::span<const Endpoint> reachable) {
  const bool open =
      std::ranges::any_of(reachable, [](const Endpoint& each) { return portmap::is_public(each.address); });
  return host.ask_router(open ? Duration::zero() : kRouterWait);
}

wire::Link LinkMaker::make(const content::Metainfo& metainfo, std::span<const Endpoint> reachable,
                           const portmap::RouterStatus& router) const {
  std::vector<Endpoint> meant(reachable.begin(), reachable.end());
  if (!loopback_) std::erase_if(meant, [](const Endpoint& endpoint) { return endpoint.address.is_loopback(); });
  wire::Link link = net::link_for_others(metainfo, trackers_, meant, router.reachable_at());
  if (key_) link.secret = crypto::share_secret(*key_, link.info_hash());
  return link;
}

void SecretNames::add(const std::string& path) {
  if (++count_ <= kNamedMax) named_ += (named_.empty() ? "" : ", ") + escaped(path);
}

void SecretNames::warn(Context& context) {
  if (count_ == 0) return;
  if (count_ > kNamedMax) named_ += " and " + std::to_string(count_ - kNamedMax) + " more";
  context.console.warn("this looks secret: " + named_ + "; anybody with the link can read it, --exclude leaves it out");
  named_.clear();
  count_ = 0;
}

}  // namespace stp::cli
