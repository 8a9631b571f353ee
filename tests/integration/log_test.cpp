// --log and --log-file: what happens inside, for the requested modules and levels.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class LogFlag : public StpTest {};

TEST_F(LogFlag, WritesTheModulesAndLevelsAskedForToStderr) {
  write_random(user_dir("seed") / "f", 300'000, 41);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--quiet", "--log", "transfer=debug,net=info"});
  ASSERT_EQ(get.wait(), 0) << get.report();
  const std::string stamp = "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+[+-][0-9:]+ ";
  EXPECT_THAT(get.err(), ContainsRegex(stamp + "info net: listening on=127.0.0.1:[0-9]+\n"));
  EXPECT_THAT(get.err(), ContainsRegex(stamp + "debug transfer: hello peer=" + seed.endpoint));
  EXPECT_THAT(get.err(), ContainsRegex(stamp + "info transfer: phase is=complete missing=0"));
  EXPECT_THAT(get.err(), AllOf(Not(HasSubstr(" trace ")), Not(HasSubstr(" tracker: ")), Not(HasSubstr(" dht: "))));
}

TEST_F(LogFlag, OfATrackerHasALinePerRequestWhenAskedAndNoPasskey) {
  const fs::path file = user_dir("tracker") / "log.txt";
  Process& tracker =
      start("tracker", {"tracker", "--listen", "127.0.0.1:0", "--json", "--log", "trace", "--log-file", file.string()});
  const std::string url = wait_event(tracker, "listening").at("url");
  write_random(user_dir("seed") / "f", 1'000, 42);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht", "--tracker", url + "?passkey=SECRET"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--tracker", url});
  ASSERT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(tracker.interrupt(), 0);
  EXPECT_THAT(read_file(file),
              ContainsRegex(" trace tracker: request from=127.0.0.1 path=/announce status=200 bytes="));
  EXPECT_THAT(read_file(file), Not(HasSubstr("SECRET")));
  EXPECT_THAT(tracker.err(), Not(HasSubstr("request from")));
  EXPECT_THAT(tracker.err(),
              ContainsRegex("stp: stopped; answered [1-9][0-9]* announces, 0 scrapes and [0-9]+ requests? to "
                            "the catalogue, refused 0 req"));
}

TEST_F(LogFlag, ThatCannotBeReadOrWrittenIsAnErrorBeforeAnythingBegins) {
  EXPECT_EQ(run("user", {"node", "--log", "loud"}), 2);
  EXPECT_EQ(run("user", {"node", "--log-file", "/dev/null/log"}), 1);
}

}  // namespace
}  // namespace stp::integration
