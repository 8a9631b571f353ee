#include "integration/bridge_test.h"

#include <stdexcept>

namespace stp::integration {

void BridgeTest::SetUp() {
  bridge_ = first_machine("bridge");
  if (bridge_ == nullptr) GTEST_SKIP() << "this kernel lets us make no network namespace of our own";
  if (!ip(*bridge_, "link add bridge type bridge") || !ip(*bridge_, "link set bridge up")) {
    GTEST_SKIP() << "no bridge can be made here (iproute2 missing, or no permission)";
  }
}

Process& BridgeTest::machine(const std::string& name, const std::vector<std::string>& addresses) {
  Process* const made = another_machine(name, *bridge_);
  if (made == nullptr) throw std::runtime_error("no network namespace for " + name);
  const std::string pid = std::to_string(made->pid());
  bool good = ip(*bridge_, "link add name port-" + name + " type veth peer name eth0 netns /proc/" + pid + "/ns/net") &&
              ip(*bridge_, "link set port-" + name + " master bridge up") && ip(*made, "link set lo up") &&
              ip(*made, "link set eth0 addrgenmode none") && ip(*made, "link set eth0 up");
  for (const std::string& address : addresses) good = good && ip(*made, "address add " + address + " dev eth0");
  if (!good) throw std::runtime_error("no network for " + name);
  return *made;
}

}  // namespace stp::integration
