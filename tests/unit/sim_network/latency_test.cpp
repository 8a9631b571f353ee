#include "sim/network/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "sim/network/addresses.h"

namespace stp::sim {
namespace {

TEST(Latency, PairsHaveTheQuantilesOfTheProfile) {
  const LatencyProfile king{{20, 44, 81, 120, 203, 340}};
  Rng rng(5);
  const Latency latency(king, rng.fork("profile"));
  std::vector<double> milliseconds;
  std::vector<Coordinates> hosts(1500);
  for (Coordinates& host : hosts) host = latency.place(rng);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      milliseconds.push_back(seconds_of(latency.between(hosts[i], hosts[j])) * 1e3);
      ASSERT_EQ(latency.between(hosts[i], hosts[j]), latency.between(hosts[j], hosts[i]));
    }
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  for (std::size_t q = 0; q < LatencyProfile::kQuantiles; ++q) {
    const double measured =
        milliseconds[static_cast<std::size_t>(LatencyProfile::kAt[q] * static_cast<double>(milliseconds.size()))];
    EXPECT_NEAR(measured, king.milliseconds[q], 0.12 * king.milliseconds[q]) << "quantile " << LatencyProfile::kAt[q];
  }
}

TEST(Latency, EqualQuantilesAreAConstant) {
  const Latency latency(LatencyProfile{{50, 50, 50, 50, 50, 50}}, Rng(1));
  Rng rng(2);
  EXPECT_EQ(latency.between(latency.place(rng), latency.place(rng)), std::chrono::milliseconds(50));
}

// What BEP 42 makes an id of: few hosts must not share those bits, or their ids crowd as no real network's do.
TEST(Addresses, TheBitsThatBep42TakesDiffer) {
  constexpr std::uint32_t kHosts = 5000;
  std::set<std::uint32_t> masked;
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    masked.insert(load_be<std::uint32_t>(address_of(host).bytes().data()) & 0x030f3fffU);
  }
  EXPECT_GT(masked.size(), kHosts * 99 / 100);
}

TEST(Addresses, EveryHostHasOneAndIsFoundByIt) {
  for (std::uint32_t host = 0; host < kAddressesMax; host += host < 2000 ? 1 : 9973) {
    const IpAddress address = address_of(host);
    ASSERT_EQ(host_at(address), host);
    ASSERT_FALSE(address.is_local() || address.is_multicast() || address.is_unspecified()) << address.to_string();
  }
  EXPECT_FALSE(host_at(*IpAddress::parse("10.0.0.1")).has_value());
  const Endpoint nobody{IpAddress::v4(load_be<std::uint32_t>(address_of(7).bytes().data()) ^ 0x80U), 1};
  EXPECT_FALSE(host_at(nobody.address).has_value());
  EXPECT_FALSE(host_at(*IpAddress::parse("::1")).has_value());
}

}  // namespace
}  // namespace stp::sim
