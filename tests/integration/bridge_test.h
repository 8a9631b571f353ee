// BridgeTest: machines on one local network without internet: network namespaces on a bridge.
#pragma once

#include <string>
#include <vector>

#include "integration/namespace_test.h"

namespace stp::integration {

class BridgeTest : public NamespaceTest {
 protected:
  /// Makes the bridge, or skips the test.
  void SetUp() override;
  /// A machine on the bridge whose interface eth0 is up, with these addresses; throws if it cannot be made.
  Process& machine(const std::string& name, const std::vector<std::string>& addresses);
  /// The machine that has the bridge.
  [[nodiscard]] Process& bridge() { return *bridge_; }

 private:
  Process* bridge_ = nullptr;
};

}  // namespace stp::integration
