// Each: the fixture of tests of `stp share --each`, which shares every file of a tree on its own.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "integration/stp_test.h"

namespace stp::integration {

class Each : public StpTest {
 protected:
  fs::path tree() { return user_dir("seed") / "tree"; }

  Process& share(Words flags, bool with_json = true) {
    Words arguments = {"share", "--each", "tree", "--no-dht", "--listen", "127.0.0.1:0"};
    if (with_json) arguments.push_back("--json");
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return start("seed", arguments);
  }
  /// Nothing is left to do until the next change.
  json wait_settled(Process& process, std::size_t& from) {
    const std::optional<std::string> line = process.wait_stdout(
        [](const std::string& text) {
          const json event = json::parse(text, nullptr, false);
          return event.is_object() && event.value("event", "") == "folder_status" && event.at("settled") == true;
        },
        from);
    EXPECT_TRUE(line) << process.report();
    return line ? json::parse(*line) : json();
  }
  json wait_settled(Process& process) {
    std::size_t from = 0;
    return wait_settled(process, from);
  }
  /// The link under which `path` is shared: of the last "shared" event that no "withdrawn" one follows.
  static std::map<std::string, std::string> shares(Process& process) {
    std::map<std::string, std::string> links;
    for (const std::string& line : process.out_lines()) {
      const json event = json::parse(line, nullptr, false);
      if (!event.is_object()) continue;
      if (event.value("event", "") == "shared") {
        EXPECT_FALSE(links.contains(event.at("path"))) << "shared twice: " << line;
        links[event.at("path")] = event.at("link");
      } else if (event.value("event", "") == "withdrawn") {
        EXPECT_EQ(links.erase(event.at("path")), 1U) << "withdrawn, but not shared: " << line;
      }
    }
    return links;
  }
  json wait_shared(Process& process, const std::string& path, const EventPredicate& predicate = {}) {
    return wait_event(process, "shared",
                      [&](const json& event) { return event.at("path") == path && (!predicate || predicate(event)); });
  }
  void expect_gets(const std::string& user, const std::string& link, const fs::path& source) {
    Process& get = this->get(user, link, {"--no-dht"});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(source, files(user) / source.filename());
  }
};

}  // namespace stp::integration
