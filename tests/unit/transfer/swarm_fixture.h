// SwarmTest: swarm cores in virtual time that know each other by address.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "discovery/fixed_peers.h"
#include "support/virtual_network.h"
#include "transfer/swarm.h"

namespace stp::transfer {

class SwarmTest : public ::testing::Test {
 protected:
  // `metainfo_alone`: the test says what happens once it is known.
  enum class Knows : std::uint8_t { link, metainfo_alone, metainfo, everything };

  test::VirtualHost& add(const test::VirtualShare& share, Knows knows, std::vector<Endpoint> peers,
                         std::optional<InfoHashes> info_hashes = {}) {
    test::VirtualHost& host = net.add_host();
    const std::size_t i = net.size() - 1;
    rngs.push_back(std::make_unique<Rng>(1000 + i));
    discoveries.push_back(std::make_unique<discovery::FixedPeers>(std::move(peers)));
    discovery::FixedPeers* fixed = discoveries.back().get();
    SwarmConfig config;
    config.info_hashes = info_hashes.value_or(share.metainfo->info_hashes());
    rngs.back()->fill(config.session.bytes);
    if (knows != Knows::link) config.metainfo = share.metainfo;
    tune(config);
    host.share = &share;
    host.own_swarm = std::make_unique<Swarm>(std::move(config), *fixed, *rngs.back(), net.now());
    host.swarm = host.own_swarm.get();
    host.on_timeout = [&host, fixed](Instant now) {
      fixed->handle_timeout(now);
      host.swarm->handle_timeout(now);
    };
    host.next_timeout = [&host, fixed]() -> std::optional<Instant> {
      const auto a = host.swarm->next_timeout();
      const auto b = fixed->next_timeout();
      return a && b ? std::optional(earlier(*a, *b)) : a ? a : b;
    };
    host.settle = [&host](Instant now) { host.swarm->handle_discovery(now); };
    const std::uint32_t chunks = share.metainfo->chunk_count();
    host.swarm->start(host.at.port, net.now());
    if (knows == Knows::everything) {
      host.swarm->start_content(share.hashes(), Bitfield(chunks, true), Bitfield(chunks, true), net.now());
    } else if (knows == Knows::metainfo) {
      host.swarm->start_content(std::nullopt, Bitfield(chunks), Bitfield(chunks, true), net.now());
    }
    net.touch(i);
    return host;
  }

  bool run_until_complete(std::size_t first, std::size_t last, Duration deadline) {
    return net.run_until(
        [&] {
          for (std::size_t i = first; i <= last; ++i) {
            if (!net.host(i).completed) return false;
          }
          return true;
        },
        deadline);
  }

  test::VirtualNetwork net{7};
  std::function<void(SwarmConfig&)> tune = [](SwarmConfig&) {};
  std::vector<std::unique_ptr<Rng>> rngs;
  std::vector<std::unique_ptr<discovery::FixedPeers>> discoveries;
};

}  // namespace stp::transfer
