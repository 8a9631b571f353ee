// NamespaceTest: tests with machines of their own: network namespaces that the test creates without privileges. A process
// holds each of them. What happens there reaches no real network.
#pragma once

#include <string>

#include "integration/stp_test.h"

namespace stp::integration {

class NamespaceTest : public StpTest {
 protected:
  /// The first machine, in a new user namespace; null if the kernel lets us make none. Skip the test then.
  Process* first_machine(const std::string& name);
  /// Another one beside `first`.
  Process* another_machine(const std::string& name, Process& first);

  /// `words` as they run on the machine that `machine` holds.
  [[nodiscard]] static Words in(Process& machine, Words words);
  /// `ip COMMAND` there.
  bool ip(Process& machine, const std::string& command);
  /// Starts another program there; `variables` replace those of environment().
  Process& start_in(Process& machine, const std::string& user, Words words,
                    std::map<std::string, std::string> variables = {});
  /// Starts `stp ARGUMENTS` there.
  Process& stp_in(Process& machine, const std::string& user, const Words& arguments,
                  std::map<std::string, std::string> variables = {});

 private:
  Process* hold(const std::string& user, Words words);
};

}  // namespace stp::integration
