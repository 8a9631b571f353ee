#include "sim/scenario/scenario_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_scenario.h"

namespace stp::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// kSmall after `settings`; it must be right.
Scenario small(const std::vector<std::string>& settings = {}) {
  const Result<Scenario> scenario = parse_scenario(kSmall, settings);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return scenario ? *scenario : Scenario{};
}

const Group& leeches(const Scenario& scenario) {
  return scenario.groups.at(2);
}

// --------------------------------------------------------------------------------------------------- what is read

TEST(ParseScenario, FillsInWhatIsLeftOut) {
  const Scenario scenario = small();
  EXPECT_EQ(scenario.name, "small");
  EXPECT_EQ(scenario.duration, 24h);
  EXPECT_EQ(scenario.shares[0].chunk_bytes, 256U * 1024);
  EXPECT_EQ(scenario.network, NetworkSpec{});
  EXPECT_EQ(leeches(scenario).role, Role::leech);
  EXPECT_EQ(leeches(scenario).discovery, (DiscoveryUse{.dht = true, .tracker = false, .given = false, .lan = false}));
}

TEST(ParseScenario, WhoIsOnALocalNetworkUsesItUnlessSaidOtherwise) {
  EXPECT_FALSE(leeches(small()).lan.any());
  const Scenario named = small({"groups.leeches.lan=office"});
  EXPECT_EQ(leeches(named).lan, (LanSpec{"office", 0}));
  EXPECT_EQ(leeches(named).discovery, (DiscoveryUse{.dht = true, .tracker = false, .given = false, .lan = true}));
  EXPECT_EQ(leeches(small({"groups.leeches.lan=5"})).lan, (LanSpec{"", 5}));
  EXPECT_FALSE(leeches(small({"groups.leeches.lan=office", "groups.leeches.discovery=dht"})).discovery.lan);
}

TEST(ParseScenario, TakesComments) {
  const std::string text = "// before\n" + std::string(kSmall) + "\n/* after\n */";
  EXPECT_TRUE(parse_scenario(text));
}

TEST(ParseScenario, TurnsUnitsIntoNumbers) {
  const Scenario scenario = small({"network.latency=80ms", "duration=1h30m", "share.chunk-size=1MiB",
                                   "network.nat-mapping=2min", "groups.leeches.link.down=2MB/s"});
  EXPECT_DOUBLE_EQ(scenario.network.latency.milliseconds[3], 80);
  EXPECT_EQ(scenario.duration, 90min);
  EXPECT_EQ(scenario.shares[0].chunk_bytes, 1024U * 1024);
  EXPECT_EQ(scenario.network.nat_mapping, 2min);
  EXPECT_THAT(leeches(scenario).links, ElementsAre(LinkClass{.weight = 1, .link = {.up = 50'000, .down = 2e6}}));
}

TEST(ParseScenario, KnowsLinksByName) {
  const Scenario scenario = small();
  ASSERT_EQ(scenario.groups[3].links.size(), 4U);
  EXPECT_EQ(scenario.groups[3].links[1], (LinkClass{.weight = 40, .link = {.up = 48'000, .down = 187'500}}));
}

TEST(ParseScenario, GivesNodesALinkThatNeverLimits) {
  EXPECT_THAT(small().groups[4].links, ElementsAre(LinkClass{}));
}

TEST(ParseScenario, TakesAListOfLinks) {
  const Scenario scenario = small(
      {R"(groups.leeches.link=[{"weight":3,"up":"1Mbit/s","down":"2Mbit/s"},{"up":"8kB/s","down":"unlimited"}])"});
  EXPECT_THAT(leeches(scenario).links,
              ElementsAre(LinkClass{.weight = 3, .link = {.up = 125'000, .down = 250'000}},
                          LinkClass{.weight = 1, .link = {.up = 8000, .down = AccessLink::kUnlimited}}));
}

TEST(ParseScenario, KnowsLatenciesByNameAndByQuantiles) {
  EXPECT_DOUBLE_EQ(small({"network.latency=king"}).network.latency.milliseconds[5], 340);
  const Scenario own = small({R"(network.latency=["500us","2ms","3ms","4ms","5ms","6ms"])"});
  EXPECT_DOUBLE_EQ(own.network.latency.milliseconds[0], 0.5);
}

struct TimesCase {
  const char* name;
  const char* text;
  Distribution expected;
};
class Times : public testing::TestWithParam<TimesCase> {};
TEST_P(Times, AreRead) {
  EXPECT_EQ(leeches(small({std::string("groups.leeches.session=") + GetParam().text})).session, GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Times,
    testing::Values(
        TimesCase{"ATime", "30m", Distribution::constant(1800)},
        TimesCase{"AName", "kad", Distribution::weibull(0.5, 5000)},
        TimesCase{"Constant", R"({"constant":{"value":"5s"}})", Distribution::constant(5)},
        TimesCase{"Uniform", R"({"uniform":{"from":"0s","to":"10s"}})", Distribution::uniform(0, 10)},
        TimesCase{"Exponential", R"({"exponential":{"mean":"1h"}})", Distribution::exponential(3600)},
        TimesCase{"WeibullByScale", R"({"weibull":{"shape":0.59,"scale":"10m"}})", Distribution::weibull(0.59, 600)},
        TimesCase{"WeibullByMean", R"({"weibull":{"shape":0.5,"mean":"10000s"}})", Distribution::weibull(0.5, 5000)},
        TimesCase{"Lognormal", R"({"lognormal":{"median":"1m","sigma":1.5}})", Distribution::lognormal(60, 1.5)}),
    [](const auto& row) { return row.param.name; });

TEST(ParseScenario, ReadsArrivals) {
  EXPECT_EQ(leeches(small({"groups.leeches.arrivals=at-once"})).arrivals, Arrivals{});
  const Arrivals spread = leeches(small({R"(groups.leeches.arrivals={"spread":{"until":"10m"}})"})).arrivals;
  EXPECT_EQ(spread, (Arrivals{.kind = Arrivals::Kind::spread, .until = 10min}));
  const Arrivals poisson =
      leeches(small({R"(groups.leeches.arrivals={"poisson":{"per-second":0.5,"from":"1m"}})"})).arrivals;
  EXPECT_EQ(poisson, (Arrivals{.kind = Arrivals::Kind::poisson, .from = 1min, .per_second = 0.5}));
}

TEST(ParseScenario, ReadsEveryEvent) {
  const Scenario scenario = small({"trackers=1", R"(events=[{"at":"1m","do":"leave"},{"at":"2m","do":"tracker-down"},
      {"at":"3m","do":"tracker-up"},{"at":"4m","do":"split","fraction":0.3},{"at":"5m","do":"heal"},
      {"at":"6m","do":"set-link","group":"leeches","link":"dsl"},{"at":"7m","do":"set-loss","fraction":0.02}])"});
  const AccessLink dsl = {.up = 56'000, .down = 256'000};
  const std::vector<ScenarioEvent> expected = {
      {1min, Deed::leave, "", 1, {}},      {2min, Deed::tracker_down, "", 1, {}},
      {3min, Deed::tracker_up, "", 1, {}}, {4min, Deed::split, "", 0.3, {}},
      {5min, Deed::heal, "", 1, {}},       {6min, Deed::set_link, "leeches", 1, dsl},
      {7min, Deed::set_loss, "", 0.02, {}}};
  EXPECT_EQ(scenario.events, expected);
}

TEST(ParseScenario, TakesOneWayOfDiscoveryWithoutAList) {
  const Scenario scenario = small({"groups.leeches.discovery=given"});
  EXPECT_EQ(leeches(scenario).discovery, (DiscoveryUse{.dht = false, .tracker = false, .given = true, .lan = false}));
}

TEST(ParseScenario, LetsAGroupBeEmpty) {
  EXPECT_EQ(leeches(small({"groups.leeches.count=0"})).count, 0U);
}

// ------------------------------------------------------------------------------------------------------- extends

TEST(Extends, TakesWhatIsLeftOutFromThePreset) {
  const Result<Scenario> scenario = parse_scenario(R"({"extends": "flash-crowd", "duration": "2h",
      "network": {"loss": 0.1}, "groups": [{"name": "leeches", "count": 7}, {"name": "late", "link": "dsl"}]})");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->duration, 2h);
  EXPECT_DOUBLE_EQ(scenario->network.loss, 0.1);
  EXPECT_DOUBLE_EQ(scenario->network.jitter, 0.1);
  ASSERT_EQ(scenario->groups.size(), 3U);
  EXPECT_EQ(scenario->groups[1].count, 7U);
  EXPECT_DOUBLE_EQ(scenario->groups[1].links[0].link.up, 125'000);
  EXPECT_EQ(scenario->groups[2].name, "late");
}

TEST(Extends, NamesTheNearestPreset) {
  const Result<Scenario> scenario = parse_scenario(R"({"extends": "flashcrowd"})");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().message, R"(extends: there is no preset "flashcrowd"; did you mean "flash-crowd"?)");
  EXPECT_FALSE(parse_scenario(R"({"extends": 7})"));
}

// ------------------------------------------------------------------------------------------------ canonical text

TEST(ToJson, GivesTheSameScenarioBack) {
  const Scenario scenario =
      small({"network.latency=[\"1ns\",\"1us\",\"1ms\",\"1s\",\"2s\",\"3s\"]", "trackers=2",
             "groups.leeches.session=2399h59m59s999ms", "groups.leeches.away=1234567891234567ns",
             R"(groups.readers.stay={"lognormal":{"median":"100ms","sigma":0.1}})", "groups.readers.nat=0.123456789",
             R"(groups.leeches.arrivals={"poisson":{"per-second":0.001,"until":"3h"}})", "groups.leeches.pick=random",
             R"(lookups={"group":"nodes","keys":10})", "groups.readers.discovery=[\"tracker\",\"given\"]",
             "groups.leeches.link.up=12345B/s"});
  const Result<Scenario> again = parse_scenario(to_json(scenario));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, scenario);
}

TEST(ToJson, WritesEveryValue) {
  const std::string text = to_json(small());
  for (const char* part :
       {R"("sample-every": "10s")", R"("latency": "50ms")", R"("chunk-size": "256KiB")", R"("up": "400kbit/s")",
        R"("down": "unlimited")", R"("pick": "rarest-first")", R"("session": null)", R"("do": "vanish")"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

// ------------------------------------------------------------------------------------------------------ refusals

struct Refusal {
  const char* name;
  const char* setting;  // applied to kSmall
  const char* message;  // what the error begins with
};
class Refused : public testing::TestWithParam<Refusal> {};
TEST_P(Refused, WithTheKeyAndWhatWouldBeRight) {
  const Result<Scenario> scenario = parse_scenario(kSmall, std::vector<std::string>{GetParam().setting});
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().kind, ErrorKind::usage);
  EXPECT_THAT(scenario.error().message, testing::StartsWith(GetParam().message));
}

constexpr Refusal kUnknown[] = {
    {"KeyOfTheScenario", "netwrk.loss=0", R"(netwrk: unknown key; did you mean "network"?)"},
    {"KeyOfAGroup", "groups.leeches.uploadslots=3",
     R"(groups.leeches.uploadslots: unknown key; did you mean "upload-slots"?)"},
    {"KeyUnlikeAnyOther", "network.zzzzzzzz=3",
     "network.zzzzzzzz: unknown key; there are latency, jitter, loss, queue, isps, nat-mapping"},
    {"KeyOfALink", "groups.leeches.link.upp=1kB/s", R"(groups.leeches.link.upp: unknown key; did you mean "up"?)"},
    {"Family", R"(groups.leeches.session={"weibul":{}})",
     R"(groups.leeches.session.weibul: unknown key; did you mean "weibull"?)"},
    {"Parameter", R"(groups.leeches.session={"exponential":{"men":"1s"}})",
     R"(groups.leeches.session.exponential.men: unknown key; did you mean "mean"?)"},
    {"NameOfALink", "groups.leeches.link=bharamb", "groups.leeches.link: must be the name of a link"},
    {"Choice", "groups.leeches.pick=rarest",
     R"(groups.leeches.pick: must be "rarest-first", "random" or "sequential", not "rarest")"},
    {"Share", "groups.leeches.share=flim", R"(groups.leeches.share: there is no share "flim"; did you mean "film"?)"},
    {"GroupOfAnEvent", "events.0.group=leechs",
     R"(events.0.group: there is no group "leechs"; did you mean "leeches"?)"},
    {"GroupOfLookups", "lookups.group=noodles", R"(lookups.group: there is no group "noodles"; did you mean "nodes"?)"},
};
constexpr Refusal kWrongType[] = {
    {"TextForACount", "groups.leeches.count=many",
     R"(groups.leeches.count: must be a whole number, 0 to 1000000, not "many")"},
    {"FractionForACount", "share.chunks=1.5", "shares.film.chunks: must be a whole number, 1 to 65536, not 1.5"},
    {"NegativeCount", "groups.leeches.count=-1", "groups.leeches.count: must be a whole number"},
    {"TooMany", "groups.leeches.count=1000001", "groups.leeches.count: must be a whole number, 0 to 1000000"},
    {"OutOfRange", "network.loss=1", "network.loss: must be a number, 0 to 0.9, not 1"},
    {"TextForANumber", "network.loss=high", R"(network.loss: must be a number, 0 to 0.9, not "high")"},
    {"NumberForATime", "duration=90", "duration: must be a time with its unit"},
    {"TimeWithoutUnit", "duration=\"90\"", "duration: must be a time with its unit"},
    {"TimeThatNeverEnds", "duration=never", "duration: must be a time with its unit"},
    {"LongTime", "duration=101d", "duration: must be a time with its unit (80ms, 10m, 1h30m), 1s to 100d"},
    {"NumberForARate", "groups.leeches.link.up=400", "groups.leeches.link.up: must be a rate with its unit"},
    {"RateWithoutUnit", "groups.leeches.link.up=\"400\"", "groups.leeches.link.up: must be a rate with its unit"},
    {"NoRate", "groups.leeches.link.up=0kB/s", "groups.leeches.link.up: must be a rate with its unit"},
    {"HugeRate", "groups.leeches.link.up=101GB/s", "groups.leeches.link.up: must be a rate with its unit"},
    {"NumberForASize", "share.chunk-size=262144", "shares.film.chunk-size: must be a power of two with its unit"},
    {"OddSize", "share.chunk-size=100KiB", "shares.film.chunk-size: must be a power of two with its unit"},
    {"SmallSize", "share.chunk-size=8KiB", "shares.film.chunk-size: must be a power of two with its unit"},
    {"NumberForYes", "trace=1", "trace: must be true or false, not 1"},
    {"ListForAnObject", "network=[]", "network: must be an object"},
    {"ObjectForAList", "groups={}", "groups: must be a list of groups"},
    {"BadName", "groups.leeches.name=two words", "groups.2.name: must be a name"},
    {"NameThatIsANumber", "groups.leeches.name=\"7\"", "groups.2.name: must be a name"},
    {"LinesInAbout", R"(about="a\nb")", "about: must be one line of text"},
    {"ZeroWeight", R"(groups.leeches.link=[{"weight":0,"up":"1kB/s","down":"1kB/s"}])",
     "groups.leeches.link.0.weight: must be a number"},
    {"NoLinks", "groups.leeches.link=[]", "groups.leeches.link: must be the name of a link"},
    {"HalfALink", R"(groups.leeches.link={"up":"1kB/s"})", "groups.leeches.link.down: is missing"},
    {"SlowLatency", "network.latency=11s", "network.latency: must be a time with its unit"},
    {"FallingLatency", R"(network.latency=["2ms","1ms","3ms","3ms","3ms","3ms"])", "network.latency: must be"},
    {"FiveQuantiles", R"(network.latency=["1ms","1ms","3ms","3ms","3ms"])", "network.latency: must be"},
    {"TwoFamilies", R"(groups.leeches.session={"constant":{"value":"1s"},"exponential":{"mean":"1s"}})",
     "groups.leeches.session: must be a time with its unit, the name of a distribution"},
    {"ShapeOutOfRange", R"(groups.leeches.session={"weibull":{"shape":0,"scale":"1s"}})",
     "groups.leeches.session.weibull.shape: must be a number, 0.1 to 10, not 0"},
    {"NoDiscovery", "groups.leeches.discovery=radio", "groups.leeches.discovery: must be a list of"},
};
constexpr Refusal kContradictions[] = {
    {"NoGroups", "groups=[]", "groups: must have at least one"},
    {"NoShares", "shares=[]", "shares: must have at least one"},
    {"NameTwice", "groups.leeches.name=seed", R"(groups: the name "seed" appears twice)"},
    {"ShareTwice", "shares.book.name=film", R"(shares: the name "film" appears twice)"},
    {"NoSeed", "groups.librarian.count=0",
     R"(groups.readers: wants the share "book", which nobody has; add a group with "role": "seed")"},
    {"NoLinkGiven", "groups.leeches.link=null", "groups.leeches.link: is missing; how fast is it?"},
    {"MoreFilesThanChunks", "share.files=11", R"(shares.film.files: is more than "chunks")"},
    {"TooManyHosts", "groups.*.count=300000", "groups: 1500003 hosts in all, at most 1000000 can be run"},
    {"WantsMoreConnectionsThanItMayHave", "groups.leeches.connections-wanted=51",
     R"(groups.leeches.connections-wanted: is more than "connections-max")"},
    {"AwayWithoutSession", "groups.leeches.away=1h", R"(groups.leeches.away: needs "session")"},
    {"StationaryWithoutSession", "groups.leeches.stationary=true", R"(groups.leeches.stationary: needs "session")"},
    {"SessionOfNothing", "groups.leeches.session=0s", "groups.leeches.session: must have a mean of at least 1s"},
    {"ReplacedThoughNobodyLeaves", "groups.leeches.replaced=true", R"(groups.leeches.replaced: needs "session")"},
    {"ArrivesAfterTheEnd", R"(groups.leeches.arrivals={"at-once":{"from":"25h"}})",
     "groups.leeches.arrivals: begin at 25h, but the run ends at 1d"},
    {"SpreadBackwards", R"(groups.leeches.arrivals={"spread":{"from":"2m","until":"1m"}})",
     R"(groups.leeches.arrivals.spread: "until" must be later than "from")"},
    {"UniformBackwards", R"(groups.leeches.session={"uniform":{"from":"2m","to":"1m"}})",
     R"(groups.leeches.session.uniform: "from" is later than "to")"},
    {"WeibullTwice", R"(groups.leeches.session={"weibull":{"shape":1,"scale":"1s","mean":"1s"}})",
     R"(groups.leeches.session.weibull: needs either "scale" or "mean")"},
    {"WeibullHalf", R"(groups.leeches.session={"weibull":{"shape":1}})",
     R"(groups.leeches.session.weibull: needs either "scale" or "mean")"},
    {"DhtWithoutEntry", "bootstrap-nodes=0", R"(groups.seed.discovery: uses the DHT, but "bootstrap-nodes" is 0)"},
    {"TrackerThatIsNone", "groups.leeches.discovery=tracker",
     R"(groups.leeches.discovery: uses trackers, but "trackers" is 0)"},
    {"LanThatIsNone", R"(groups.leeches.discovery=["dht","lan"])",
     R"(groups.leeches.discovery: uses local networks, but "lan" does not say which)"},
    {"LanOfOne", "groups.leeches.lan=1", "groups.leeches.lan: "},
    {"LanWithoutAName", R"(groups.leeches.lan="a b")", "groups.leeches.lan: "},
    {"NodeThatAnnounces", R"(groups.nodes.discovery=["dht","lan"])",
     R"(groups.nodes.discovery: must be ["dht"] alone)"},
    {"LeechWithoutDiscovery", "groups.leeches.discovery=[]", "groups.leeches.discovery: is empty"},
    {"NodeWithoutDht", "groups.nodes.discovery=[]", R"(groups.nodes.discovery: must be ["dht"])"},
    {"NodeThatIsGiven", R"(groups.nodes.discovery=["dht","given"])",
     R"(groups.nodes.discovery: must be ["dht"] alone)"},
    {"PollutingNode", "groups.nodes.behaviour=polluter", R"(groups.nodes.behaviour: needs "role": "leech" or "seed")"},
    {"SybilLeech", "groups.leeches.behaviour=sybil",
     R"(groups.leeches.behaviour: "sybil" and "fitting-sybil" need "role": "node")"},
    {"LateEvent", "events.0.at=25h", "events.0.at: is after the end of the run, 1d"},
    {"OutageOfNothing", R"(events=[{"at":"1m","do":"tracker-down"}])",
     R"(events.0.do: there is no tracker: "trackers" is 0)"},
    {"MeaninglessKey", R"(events=[{"at":"1m","do":"heal","fraction":0.5}])",
     R"(events.0.fraction: means nothing for "heal"; leave it out)"},
    {"LossOfUnknownSize", R"(events=[{"at":"1m","do":"set-loss"}])", R"(events.0.fraction: is missing; "set-loss")"},
    {"SplitOfUnknownSize", R"(events=[{"at":"1m","do":"split"}])", R"(events.0.fraction: is missing; "split")"},
    {"LinkOfUnknownSpeed", R"(events=[{"at":"1m","do":"set-link"}])", R"(events.0.link: is missing; "set-link")"},
    {"TotalLoss", R"(events=[{"at":"1m","do":"set-loss","fraction":1}])",
     "events.0.fraction: must be a number, 0 to 0.9"},
    {"MixedNewLink", R"(events=[{"at":"1m","do":"set-link","link":"bharambe-mix"}])",
     "events.0.link: must be the name of a link of one kind"},
    {"EventWithoutTime", R"(events=[{"do":"heal"}])", "events.0: needs either \"at\" or \"when\""},
    {"EventWithTwoTimes", R"(events=[{"at":"1m","when":{"copies":1},"do":"heal"}])", "events.0: needs either"},
    {"EventThatWaitsForNothing", R"(events=[{"when":{},"do":"heal"}])", "events.0.when: is empty; it must be"},
    {"EventThatWaitsForAnUnknownShare", R"(events=[{"when":{"copies":1,"share":"flim"},"do":"heal"}])",
     "events.0.when.share: there is no share \"flim\"; did you mean \"film\"?"},
    {"EventThatWaitsTooLong", R"(events=[{"when":{"after":"2d"},"do":"heal"}])",
     "events.0.when.after: is after the end of the run"},
    {"LookupsAfterTheEnd", R"(lookups={"group":"nodes","from":"1d"})", "lookups.from: is after the end of the run"},
};
const auto kByName = [](const testing::TestParamInfo<Refusal>& row) { return row.param.name; };
INSTANTIATE_TEST_SUITE_P(Unknown, Refused, testing::ValuesIn(kUnknown), kByName);
INSTANTIATE_TEST_SUITE_P(WrongType, Refused, testing::ValuesIn(kWrongType), kByName);
INSTANTIATE_TEST_SUITE_P(Contradiction, Refused, testing::ValuesIn(kContradictions), kByName);

struct TextRefusal {
  const char* name;
  std::string text;
  const char* message;
};
class RefusedText : public testing::TestWithParam<TextRefusal> {};
TEST_P(RefusedText, WithThePlace) {
  const Result<Scenario> scenario = parse_scenario(GetParam().text);
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message, HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(
    Table, RefusedText,
    testing::Values(TextRefusal{"Nothing", "", "line 1, column 1: not JSON"},
                    TextRefusal{"AList", "[]", "a scenario is a JSON object"},
                    TextRefusal{"AMissingComma", "{\n  \"trace\": true\n  \"name\": 1\n}", "line 3, column "},
                    TextRefusal{"KeyTwice", R"({"trace": true, "trace": false})",
                                R"(the key "trace" appears twice in one object)"},
                    TextRefusal{"HugeNumber", R"({"trackers": 1e999})", "a number is too large"},
                    TextRefusal{"Deep", std::string(100'000, '['), "nested more than 16 deep"},
                    TextRefusal{"Long", std::string(kScenarioBytesMax + 1, ' '), "longer than 4194304 bytes"},
                    TextRefusal{"NoUtf8", "{\"name\": \"\xff\"}", "not JSON"},
                    TextRefusal{"EscapeInKey", "{\"\\u001b[2J\": 1}", "[2J: unknown key"}),
    [](const auto& row) { return row.param.name; });

TEST(RefusedText, NeverCarriesATerminalEscape) {
  for (const char* text : {"{\"\\u001b[2J\": 1}", "{\"name\": \"\\u001b[2J\"}", "{\"extends\": \"\\u001b[2J\"}",
                           "{\"groups\": [{\"name\": \"\\u001b[2J\"}]}"}) {
    const Result<Scenario> scenario = parse_scenario(text);
    ASSERT_FALSE(scenario);
    EXPECT_EQ(scenario.error().message.find('\x1b'), std::string::npos) << text;
  }
}

TEST(RefusedScenario, WithTooManySamples) {
  const Result<Scenario> scenario =
      parse_scenario(kSmall, std::vector<std::string>{"duration=100d", "sample-every=1s"});
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message, HasSubstr("sample-every: gives more than a million samples; at least "));
}

TEST(RefusedScenario, BitTorrentWithAPrivateShare) {
  const Result<Scenario> scenario =
      parse_scenario(kSmall, std::vector<std::string>{"shares.0.private=true", "groups.leeches.wire=bittorrent"});
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message,
              HasSubstr(R"(groups.leeches.wire: is "bittorrent", which can't carry the private share)"));
}

TEST(RefusedScenario, ThatStaysAndLeaves) {
  const Result<Scenario> scenario =
      parse_scenario(kSmall, std::vector<std::string>{"groups.leeches.stay=1m", "groups.leeches.after-complete=leave"});
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message, HasSubstr(R"(groups.leeches.stay: contradicts "after-complete": "leave")"));
}

TEST(RefusedScenario, OfNodesThatShouldComplete) {
  const std::string nodes = R"({"groups": [{"name": "nodes", "role": "node"}]})";
  const Result<Scenario> scenario = parse_scenario(nodes);
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message, HasSubstr(R"(until: must be "duration")"));
  EXPECT_TRUE(parse_scenario(nodes, std::vector<std::string>{"until=duration"}));
}

TEST(RefusedScenario, WithTooManyGroups) {
  std::string text = R"({"groups": [{"name": "seed", "role": "seed", "link": "dsl"})";
  for (std::size_t i = 0; i < kGroupsMax; ++i) text += R"(,{"name": "g)" + std::to_string(i) + R"(", "link": "dsl"})";
  const Result<Scenario> scenario = parse_scenario(text + "]}");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().message, "groups: has more than 256 elements");
}

}  // namespace
}  // namespace stp::sim
