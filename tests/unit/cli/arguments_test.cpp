#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/settings.h"

namespace stp::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Words = std::vector<std::string>;
using Variables = console::Environment;
using console::ConfigValues;

Result<Invocation> parse(const Words& words, const Variables& variables = {}, const ConfigValues& config = {}) {
  return parse_arguments(words, variables, config);
}

Options options_of(const Words& words, const Variables& variables = {}, const ConfigValues& config = {}) {
  const Result<Invocation> invocation = parse(words, variables, config);
  EXPECT_TRUE(invocation) << (invocation ? "" : invocation.error().message);
  return invocation ? invocation->options : Options{};
}

std::string refusal(const Words& words, const Variables& variables = {}, const ConfigValues& config = {}) {
  const Result<Invocation> invocation = parse(words, variables, config);
  EXPECT_FALSE(invocation);
  if (invocation) return {};
  EXPECT_EQ(invocation.error().kind, ErrorKind::usage);
  EXPECT_EQ(invocation.error().message.find('\n'), std::string::npos);
  return invocation.error().message;
}

TEST(Arguments, FlagsMayStandBeforeAndAfterOperands) {
  const Options options = options_of({"get", "--tracker", "http://t/announce", "LINK", "-o", "dir", "--json"});
  EXPECT_THAT(options.operands, ElementsAre("LINK"));
  EXPECT_THAT(options.trackers, ElementsAre("http://t/announce"));
  EXPECT_EQ(options.output, "dir");
  EXPECT_TRUE(options.json);
}

TEST(Arguments, RepeatableFlagTakesOneWordEach) {
  const Options options = options_of({"get", "--peer", "a:1", "LINK", "--peer=b:2"});
  EXPECT_THAT(options.peers, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(options.operands, ElementsAre("LINK"));
}

TEST(Arguments, OddPathsArriveUnchanged) {
  const Words paths = {"[a,b]", "node", "share", "++", "a b", "\"q\"", "", "%d", "[x]", "a,b", "/W", "help"};
  Words words = {"share"};
  for (const std::string& path : paths) {
    if (!path.empty()) words.push_back(path);
  }
  words.insert(words.end(), {"--times", "--", "--private", "-", "get", "--help"});
  EXPECT_THAT(options_of(words).operands, ElementsAre("[a,b]", "node", "share", "++", "a b", "\"q\"", "%d", "[x]",
                                                      "a,b", "/W", "help", "--private", "-", "get", "--help"));
  EXPECT_TRUE(options_of(words).times);
}

TEST(Arguments, PatternInBracketsIsOnePattern) {
  EXPECT_THAT(options_of({"get", "L", "--only", "[ab,c]"}).only, ElementsAre("[ab,c]"));
}

TEST(Arguments, DashIsATarget) {
  EXPECT_THAT(options_of({"get", "-"}).operands, ElementsAre("-"));
}

TEST(Arguments, SeedTakesItsRatioOnlyAfterAnEqualsSign) {
  const Options plain = options_of({"get", "--seed", "LINK"});
  EXPECT_TRUE(plain.seed);
  EXPECT_EQ(plain.seed_ratio, 0);
  EXPECT_THAT(plain.operands, ElementsAre("LINK"));
  const Options ratio = options_of({"get", "--seed=1", "LINK"});
  EXPECT_TRUE(ratio.seed);
  EXPECT_EQ(ratio.seed_ratio, 1);
  EXPECT_THAT(refusal({"get", "--seed=lots", "LINK"}), HasSubstr("--seed"));
}

TEST(Arguments, ChunkKeepsNothingToSeedOrRepair) {
  EXPECT_THAT(refusal({"get", "L", "--chunk", "0", "--seed"}), HasSubstr("--seed"));
  EXPECT_THAT(refusal({"get", "L", "--chunk", "0", "--repair"}), HasSubstr("--repair"));
}

TEST(Arguments, FlagBeatsEnvironmentBeatsConfiguration) {
  const ConfigValues config = {{"", {{"up-limit", {"1kB/s"}}, {"down-limit", {"1kB/s"}}, {"name", {"c"}}}}};
  const Variables variables = {{"STP_UP_LIMIT", "2kB/s"}, {"STP_DOWN_LIMIT", "2kB/s"}};
  const Options options = options_of({"share", "p", "--up-limit", "3kB/s"}, variables, config);
  EXPECT_EQ(options.up_bytes_per_second, 3000);
  EXPECT_EQ(options.down_bytes_per_second, 2000);
  EXPECT_EQ(options.name, "c");
}

TEST(Arguments, StrongerSourceReplacesTheWholeList) {
  const ConfigValues config = {{"", {{"tracker", {"http://c/x"}}}}};
  EXPECT_THAT(options_of({"get", "L"}, {{"STP_TRACKER", "http://a/x, b"}}, config).trackers,
              ElementsAre("http://a/x", "http://b:65000/announce"));
  EXPECT_THAT(options_of({"get", "L"}, {}, config).trackers, ElementsAre("http://c/x"));
}

TEST(Arguments, SectionOfTheCommandBeatsWhatHoldsForAll) {
  const ConfigValues config = {{"", {{"listen", {"[::]:1"}}}}, {"tracker", {{"listen", {"[::]:2"}}}}};
  EXPECT_EQ(options_of({"tracker"}, {}, config).listen->port, 2);
  EXPECT_EQ(options_of({"node"}, {}, config).listen->port, 1);
  EXPECT_THAT(refusal({"node"}, {}, {{"node", {{"listen", {"here"}}}}}), HasSubstr("config.json: node.listen: 'here'"));
}

TEST(Arguments, VariableThatIsNoSettingIsNamed) {
  const Result<Invocation> invocation = parse({"get", "L"}, {{"STP_TRAKCER", "http://t/x"}, {"STP_NAME", "n"}});
  ASSERT_TRUE(invocation);
  EXPECT_THAT(invocation->warnings, ElementsAre(testing::AllOf(HasSubstr("STP_TRAKCER"), HasSubstr("STP_TRACKER?"))));
}

TEST(Arguments, VariablesOfOtherCommandsAreNotRead) {
  EXPECT_TRUE(parse({"tracker"}, {{"STP_UP_LIMIT", "nonsense"}}));
}

TEST(Arguments, EveryFlagHasAnEnvironmentTwin) {
  for (const console::Flag& flag : kProgram.flags) {
    EXPECT_EQ(environment_name(kProgram, flag).rfind("STP_", 0), 0U);
    EXPECT_EQ(environment_name(kProgram, flag).find('-'), std::string::npos);
  }
  const Options options = options_of({"get", "L"}, {{"STP_SEED", "2"},
                                                    {"STP_JSON", "1"},
                                                    {"STP_NO_DHT", "yes"},
                                                    {"STP_BOOTSTRAP", "none"},
                                                    {"STP_TIMEOUT", "7"},
                                                    {"STP_QUIET", "0"},
                                                    {"STP_STATE", "s"}});
  EXPECT_EQ(options.seed_ratio, 2);
  EXPECT_TRUE(options.json);
  EXPECT_FALSE(options.dht);
  ASSERT_TRUE(options.bootstrap);
  EXPECT_THAT(*options.bootstrap, IsEmpty());
  EXPECT_EQ(options.timeout, std::chrono::seconds(7));
  EXPECT_FALSE(options.quiet);
  EXPECT_EQ(options.state_dir, "s");
}

TEST(Arguments, LogLevelsAreByModule) {
  EXPECT_FALSE(options_of({"node"}).log);
  EXPECT_EQ(options_of({"node", "--log", "info,dht=trace"}).log->of(trace::Module::dht), trace::Level::trace);
  EXPECT_EQ(options_of({"node"}, {{"STP_LOG", "debug"}, {"STP_LOG_FILE", "l"}}).log_file, "l");
  EXPECT_THAT(refusal({"node", "--log", "loud"}), HasSubstr("\"loud\" is not a log level"));
}

TEST(Arguments, ProxiesAreAddresses) {
  EXPECT_THAT(options_of({"tracker", "--trust-forwarded-for", "127.0.0.1"}, {}, {}).trusted_proxies,
              ElementsAre(IpAddress::parse("127.0.0.1").value()));
  EXPECT_EQ(options_of({"tracker"}, {{"STP_TRUST_FORWARDED_FOR", "10.0.0.2,::1"}}).trusted_proxies.size(), 2U);
  EXPECT_THAT(options_of({"tracker"}).trusted_proxies, IsEmpty());
  EXPECT_THAT(refusal({"tracker", "--trust-forwarded-for", "proxy.example"}), HasSubstr("--trust-forwarded-for: "));
  EXPECT_THAT(refusal({"tracker", "--trust-forwarded-for", "0.0.0.0"}), HasSubstr("not the address of a proxy"));
}

TEST(Arguments, FindTakesAnOrderAndAPage) {
  const Options options = options_of({"find", "film", "--tracker", "t.example", "--sort", "age", "--page", "3"});
  EXPECT_THAT(options.operands, ElementsAre("film"));
  EXPECT_THAT(options.trackers, ElementsAre("http://t.example:65000/announce"));
  EXPECT_EQ(options.sort, tracker::ShareOrder::age);
  EXPECT_EQ(options.page, 3U);
  EXPECT_THAT(options_of({"find"}).operands, IsEmpty());
  EXPECT_THAT(refusal({"find", "--sort", "best"}), HasSubstr("one of seeds, name, size, age"));
  for (const char* page : {"0", "-1", "x", "100001"})
    EXPECT_THAT(refusal({"find", "--page", page}), HasSubstr("--page"));
  EXPECT_THAT(refusal({"find", "a", "b"}), HasSubstr("find"));
}

TEST(Arguments, ATrackerMayBeClosedOrWithoutNames) {
  EXPECT_TRUE(options_of({"tracker"}).catalogue);
  const Options options = options_of({"tracker", "--no-catalogue", "--closed", "shares.txt"});
  EXPECT_FALSE(options.catalogue);
  EXPECT_EQ(options.closed_file, "shares.txt");
  EXPECT_TRUE(options_of({"share", "x", "--unlisted"}).unlisted);
}

TEST(Arguments, NoTimeoutIsNotTheSameAsAnyTimeout) {
  EXPECT_FALSE(options_of({"get", "L"}).timeout);
  EXPECT_EQ(options_of({"get", "L", "--timeout", "5m"}).timeout, std::chrono::minutes(5));
}

TEST(Arguments, NoLimitHasAWord) {
  const Options options = options_of({"get", "L", "--up-limit", "Unlimited", "--timeout", "never"});
  EXPECT_EQ(options.up_bytes_per_second, 0);
  EXPECT_EQ(options.timeout, Duration::zero());
}

TEST(Arguments, DhtAloneForbidsTrackers) {
  EXPECT_FALSE(options_of({"get", "L", "--dht"}).trackers_allowed);
  EXPECT_THAT(refusal({"get", "L", "--dht", "--tracker", "http://t/"}), HasSubstr("contradict"));
  EXPECT_THAT(refusal({"get", "L", "--dht", "--no-dht"}), HasSubstr("contradict"));
}

TEST(Arguments, TheLocalNetworkIsUsedUnlessSaidOtherwise) {
  EXPECT_FALSE(options_of({"get", "L"}).lan);  // the default
  EXPECT_EQ(options_of({"get", "L", "--no-lan"}).lan, false);
  EXPECT_EQ(options_of({"get", "L", "--lan", "--dht"}).lan, true);
  EXPECT_FALSE(options_of({"get", "L", "--no-lan=0"}).lan);
  EXPECT_EQ(options_of({"share", "P"}, {{"STP_NO_LAN", "1"}}).lan, false);
  EXPECT_EQ(options_of({"share", "P", "--lan"}, {{"STP_NO_LAN", "1"}}).lan, true);
  EXPECT_EQ(options_of({"share", "P", "--no-lan"}, {{"STP_LAN", "1"}}).lan, false);
  EXPECT_THAT(refusal({"get", "L", "--lan", "--no-lan"}), HasSubstr("contradict"));
}

TEST(Arguments, TheRouterIsAskedUnlessSaidOtherwise) {
  for (const char* const command : {"node", "doctor"}) {
    EXPECT_TRUE(options_of({command}).port_map) << command;  // the default
    EXPECT_FALSE(options_of({command, "--no-port-map"}).port_map) << command;
    EXPECT_FALSE(options_of({command}, {{"STP_PORT_MAP", "0"}}).port_map) << command;
    EXPECT_FALSE(options_of({command}, {{"STP_NO_PORT_MAP", "1"}}).port_map) << command;
    EXPECT_TRUE(options_of({command, "--port-map"}, {{"STP_NO_PORT_MAP", "1"}}).port_map) << command;
  }
  EXPECT_THAT(refusal({"share", "P", "--port-map", "--no-port-map"}), HasSubstr("contradict"));
}

TEST(Arguments, StrongerOfTwoContradictingSourcesWins) {
  const Options dht = options_of({"get", "L", "--dht"}, {{"STP_TRACKER", "http://t/"}, {"STP_NO_DHT", "1"}});
  EXPECT_THAT(dht.trackers, IsEmpty());
  EXPECT_TRUE(dht.dht);
  const Options tracker = options_of({"get", "L", "--tracker", "http://t/x"}, {{"STP_DHT", "1"}});
  EXPECT_THAT(tracker.trackers, ElementsAre("http://t/x"));
  EXPECT_TRUE(tracker.trackers_allowed);
}

struct RefusalCase {
  const char* name;
  Words words;
  const char* expected;
};
void PrintTo(const RefusalCase& row, std::ostream* out) {
  *out << row.name;
}
class Refusal : public testing::TestWithParam<RefusalCase> {};
TEST_P(Refusal, NamesTheMistakeAndTheWayOut) {
  EXPECT_THAT(refusal(GetParam().words), HasSubstr(GetParam().expected));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Refusal,
    testing::Values(
        RefusalCase{"Nothing", {}, "stp share FILE"}, RefusalCase{"UnknownCommand", {"shaer", "x"}, "'share'"},
        RefusalCase{"UnknownFlag", {"get", "L", "--trakcer", "u"}, "did you mean --tracker?"},
        RefusalCase{"FlagOfAnotherCommand", {"get", "L", "--private"}, "stp share"},
        RefusalCase{"FlagBeforeCommand", {"--json", "get", "L"}, "after the command"},
        RefusalCase{"FlagWithoutValue", {"get", "L", "--listen"}, "--listen ADDR:PORT"},
        RefusalCase{"EmptyValue", {"get", "--listen=", "L"}, "--listen="},
        RefusalCase{"BadRate", {"get", "L", "--up-limit", "fast"}, "--up-limit: 'fast'"},
        RefusalCase{"RateInBitsOrBytes", {"get", "L", "--up-limit", "1Mb/s"}, "did you mean 1Mbit/s or 1MB/s?"},
        RefusalCase{"NoRate", {"get", "L", "--up-limit", "0"}, "`unlimited`"},
        RefusalCase{"NoRateDown", {"get", "L", "--down-limit", "0MB/s"}, "`unlimited`"},
        RefusalCase{"NoTime", {"get", "L", "--timeout", "0s"}, "`never`"},
        RefusalCase{"PortOutOfRange", {"node", "--listen", "127.0.0.1:99999"}, "port 99999 is out of range"},
        RefusalCase{"PortOutOfRangeV6", {"node", "--listen", "[::]:65536"}, "port 65536 is out of range"},
        RefusalCase{"TorrentOfAPrivateShare", {"share", "p", "--private", "--torrent", "p.torrent"}, "--private"},
        RefusalCase{"TrackerNamedOnce", {"share", "p", "--tracker", "wss://t/"}, "--tracker: 'wss://t/': "},
        RefusalCase{"BadPeer", {"get", "L", "--peer", "example.org"}, "HOST:PORT"},
        RefusalCase{"BadTracker", {"share", "p", "--tracker", "udp://t/"}, "needs a port"},
        RefusalCase{"BadListen", {"node", "--listen", "everywhere"}, "--listen"},
        RefusalCase{"SwallowedFlag", {"get", "L", "--tracker", "--dht"}, "--tracker"},
        RefusalCase{"GivenTwice", {"get", "L", "--listen", "[::]:1", "--listen", "[::]:2"}, "more than once"},
        RefusalCase{"NoPath", {"share"}, "no path"}, RefusalCase{"NoTarget", {"get"}, "no target"},
        RefusalCase{"TwoTargets", {"info", "a", "b"}, "one word too many"},
        RefusalCase{"OperandForTracker", {"tracker", "x"}, "one word too many"},
        RefusalCase{"VerifyNeedsTwo", {"verify", "L"}, "TARGET PATH"},
        RefusalCase{"NameWithSlash", {"share", "p", "--name", "a/b"}, "--name"},
        RefusalCase{"ChunkAndOnly", {"get", "L", "--chunk", "1", "--only", "x"}, "--only"},
        RefusalCase{"ChunkThatIsNoNumber", {"get", "L", "--chunk", "first"}, "--chunk"},
        RefusalCase{"NoFlag", {"get", "L", "--fast"}, "unknown flag --fast"}),
    [](const testing::TestParamInfo<RefusalCase>& row) { return std::string(row.param.name); });

TEST(Arguments, MessagesNameTheSourceOfABadValue) {
  EXPECT_THAT(refusal({"get", "L"}, {{"STP_UP_LIMIT", "fast"}}), HasSubstr("STP_UP_LIMIT: 'fast'"));
  EXPECT_THAT(refusal({"get", "L"}, {}, {{"", {{"up-limit", {"fast"}}}}}), HasSubstr("config.json: up-limit: 'fast'"));
}

TEST(Arguments, TerminalEscapesDoNotReachTheMessage) {
  EXPECT_EQ(refusal({"get", "L", "--\x1b[2J"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(refusal({"\x1b[2J"}).find('\x1b'), std::string::npos);
}

TEST(Arguments, HelpWinsOverMistakes) {
  const Result<Invocation> help = parse({"get", "--nonsense", "--help"});
  ASSERT_TRUE(help);
  EXPECT_EQ(help->kind, Invocation::Kind::help);
  EXPECT_EQ(help->command, Command::get);
}

}  // namespace
}  // namespace stp::cli
