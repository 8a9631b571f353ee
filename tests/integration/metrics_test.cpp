// `/metrics` and `/stats.json` of a tracker, a node and a daemon: what Prometheus's own parser makes of them, and whether
// docs/metrics.md lists them. STP_METRICS_CHECK is the path of the script that compares them.
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class MetricsTest : public DaemonTest {
 protected:
  static std::string get(std::uint16_t port, const std::string& target) {
    return raw_answer(port, "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  }
  /// The script's verdict on what `section` of the documentation says about `answer`.
  void check(const std::string& answer, const std::string& section) {
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STP_METRICS_CHECK, section};
    options.input = answer.substr(answer.find("\r\n\r\n") + 4);
    Process& script = start_program("check", std::move(options));
    const int code = script.wait();
    if (code == 77) GTEST_SKIP() << "python3-prometheus-client is not installed";
    EXPECT_EQ(code, 0) << script.report();
  }
  static json stats(std::uint16_t port) {
    const std::string answer = get(port, "/stats.json");
    return json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
  }
};

TEST_F(MetricsTest, OfATracker) {
  const std::uint16_t port = port_of(tracker());
  EXPECT_THAT(get(port, "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=7001&left=1"),
              HasSubstr("8:complete"));
  EXPECT_EQ(stats(port).value("stp_tracker_announces_total", 0), 1);
  check(get(port, "/metrics"), "tracker");
}

TEST_F(MetricsTest, OfANode) {
  Process& node =
      start("node", {"node", "--json", "--listen", "127.0.0.1:0", "--bootstrap", "none", "--metrics", "127.0.0.1:0"});
  const std::uint16_t port = port_of(wait_event(node, "metrics").value("url", "http://127.0.0.1:0/"));
  EXPECT_THAT(get(port, "/healthz"), HasSubstr("\r\n\r\nok\n"));
  EXPECT_THAT(get(port, "/api/shares"), HasSubstr("HTTP/1.1 404"));
  EXPECT_EQ(stats(port).value("stp_dht_queries_received_total", -1), 0);
  check(get(port, "/metrics"), "node");
  EXPECT_EQ(node.interrupt(), 0);
}

TEST_F(MetricsTest, OfADaemonWithAShare) {
  write_file(files("alice") / "a \"quoted\" name", std::string(40'000, 'x'));
  Process& process = start(
      "alice", {"daemon", "--json", "--listen", "127.0.0.1:0", "--bootstrap", "none", "--no-lan", "--web=127.0.0.1:0"});
  const std::uint16_t port = port_of(wait_event(process, "ready").value("web", "http://127.0.0.1:0/"));
  EventClient events(socket_of("alice"));
  const std::int64_t id = add("alice", seed_order(files("alice") / "a \"quoted\" name"));
  EXPECT_TRUE(events.wait_state(id, "seeding").is_object());
  const json expected = json::array({{{"id", "1"}, {"name", "a \"quoted\" name"}, {"value", 40'000}}});
  EXPECT_EQ(stats(port)["stp_share_size_bytes"], expected);
  check(get(port, "/metrics"), "daemon");
  // A page of another site may not look.
  EXPECT_THAT(raw_answer(port, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              HasSubstr("HTTP/1.1 421"));
}

}  // namespace
}  // namespace stp::integration
