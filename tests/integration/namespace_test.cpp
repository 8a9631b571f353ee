#include "integration/namespace_test.h"

namespace stp::integration {

Process* NamespaceTest::first_machine(const std::string& name) {
  return hold(name, {"/usr/bin/env", "unshare", "--user", "--map-root-user", "--net"});
}

Process* NamespaceTest::another_machine(const std::string& name, Process& first) {
  return hold(name, in(first, {"unshare", "--net"}));
}

Words NamespaceTest::in(Process& machine, Words words) {
  Words all{"/usr/bin/env", "nsenter",  "--preserve-credentials",     "--user",
            "--net",        "--target", std::to_string(machine.pid())};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

bool NamespaceTest::ip(Process& machine, const std::string& command) {
  return start_in(machine, "ip", {"sh", "-c", "ip " + command}).wait() == 0;
}

Process& NamespaceTest::start_in(Process& machine, const std::string& user, Words words,
                                 std::map<std::string, std::string> variables) {
  ProcessOptions options;
  options.arguments = in(machine, std::move(words));
  options.environment = std::move(variables);
  options.directory = user_dir(user);
  return start_program(user, std::move(options));
}

Process& NamespaceTest::stp_in(Process& machine, const std::string& user, const Words& arguments,
                               std::map<std::string, std::string> variables) {
  Words words{stp_binary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return start_in(machine, user, std::move(words), std::move(variables));
}

Process* NamespaceTest::hold(const std::string& user, Words words) {
  const Words idle{"sh", "-c", "echo ready; exec sleep 600"};
  words.insert(words.end(), idle.begin(), idle.end());
  ProcessOptions options;
  options.arguments = std::move(words);
  options.directory = user_dir(user);
  Process& process = start_program(user, std::move(options));
  return process.wait_first_line() == "ready" ? &process : nullptr;
}

}  // namespace stp::integration
