#include "sim/scenario/profiles.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/units.h"
#include "sim/scenario/named_values.h"
#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

constexpr std::size_t kLinkClassesMax = 64;
constexpr double kWeightMax = 1e6;
constexpr Duration kShortest = std::chrono::milliseconds(1);

// ------------------------------------------------------------------------------------------------------ by name

template <class T>
std::vector<std::string> names_of(std::span<const NamedValue<T>> values) {
  std::vector<std::string> names;
  for (const NamedValue<T>& value : values) names.emplace_back(value.name);
  return names;
}

/// The value that the string in `value` names, or an error that lists the names.
template <class T>
Result<T> by_name(const Value& value, std::span<const NamedValue<T>> values, const std::string& takes) {
  for (const NamedValue<T>& candidate : values) {
    if (value.json == candidate.name) return candidate.value;
  }
  return not_among(value, names_of(values), takes);
}

bool begins_with_digit(const Json& json) {
  if (!json.is_string()) return false;
  const std::string& text = json.get_ref<const std::string&>();
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// -------------------------------------------------------------------------------------------------- alternatives

/// One of several ways to describe a T, chosen by the only key of an object: {"weibull": {…}}.
template <class T>
struct Alternative {
  std::string word;
  std::function<bool(const T&)> is;  // whether `T` is of this sort
  Fields<T> fields;
  std::function<Status(const Value&, T&)> finish;  // completes it, or says why the parameters do not fit together
};

template <class T>
Result<T> read_alternative(const Value& value, const std::vector<Alternative<T>>& alternatives,
                           const std::string& takes) {
  if (!value.json.is_object() || value.json.size() != 1) return value.must_be(takes);
  const auto entry = value.json.begin();
  std::vector<std::string> words;
  for (const Alternative<T>& alternative : alternatives) {
    words.push_back(alternative.word);
    if (alternative.word != entry.key()) continue;
    const Value inner = {entry.value(), value.path_of(entry.key())};
    Result<T> read = read_object<T>(inner, alternative.fields, "an object with the parameters of " + alternative.word);
    if (!read) return read;
    if (Status fits = alternative.finish(inner, *read); !fits) return fits.error();
    return read;
  }
  return unknown_key(value, entry.key(), words);
}

template <class T>
Json write_alternative(const T& object, const std::vector<Alternative<T>>& alternatives) {
  for (const Alternative<T>& alternative : alternatives) {
    if (!alternative.is(object)) continue;
    Json json = Json::object();
    json[alternative.word] = write_object(object, alternative.fields);
    return json;
  }
  return nullptr;
}

template <class T>
void add_sections(std::vector<KeySection>& sections, const std::string& what,
                  const std::vector<Alternative<T>>& alternatives) {
  for (const Alternative<T>& alternative : alternatives) {
    sections.push_back({what + ": " + alternative.word, keys_of(alternative.fields)});
  }
}

// --------------------------------------------------------------------------------------------------------- links

const Fields<LinkClass>& link_fields() {
  static const Fields<LinkClass> kFields = {
      field<LinkClass>("weight", &LinkClass::weight, number(1e-6, kWeightMax),
                       "how often this link occurs, relative to the others in the list"),
      field<LinkClass>(
          "up", [](auto& l) -> auto& { return l.link.up; }, rate(), "upload", Presence::required),
      field<LinkClass>(
          "down", [](auto& l) -> auto& { return l.link.down; }, rate(), "download", Presence::required),
  };
  return kFields;
}

const std::string kLinkTakes =
    "the name of a link, {\"up\": RATE, \"down\": RATE}, a list of those with a \"weight\", or {\"csv\": FILE}";

Result<std::vector<LinkClass>> read_links(const Value& value) {
  static const Kind<LinkClass> kClass = object_of(link_fields(), "an object with \"up\" and \"down\"");
  static const Kind<std::vector<LinkClass>> kClasses = list_of(kClass, kLinkClassesMax, kLinkTakes);
  if (value.json.is_string()) return by_name(value, named_links(), kLinkTakes);
  if (value.json.is_array() && !value.json.empty()) return kClasses.read(value);
  if (!value.json.is_object()) return value.must_be(kLinkTakes);
  const Result<LinkClass> one = kClass.read(value);
  if (!one) return one.error();
  return std::vector<LinkClass>{*one};
}

// ------------------------------------------------------------------------------------------------- distributions

/// The mean of a Weibull distribution of this shape and scale 1: Γ(1 + 1/shape).
double unit_weibull_mean(double shape) {
  return Distribution::weibull(shape, 1).mean();
}

template <Distribution::Family kFamily>
bool is_family(const Distribution& d) {
  return d.family == kFamily;
}

template <Distribution::Family kFamily>
Status become(const Value&, Distribution& d) {
  d.family = kFamily;
  return Done{};
}

Status finish_uniform(const Value& value, Distribution& d) {
  d.family = Distribution::Family::uniform;
  if (d.a > d.b) return value.wrong("\"from\" is later than \"to\"");
  return Done{};
}

/// "scale" is read into b; "mean", the alternative, can be converted only once the shape is known.
Status finish_weibull(const Value& value, Distribution& d) {
  d.family = Distribution::Family::weibull;
  const auto mean = value.json.find("mean");
  const bool has_mean = mean != value.json.end() && !mean->is_null();
  if (has_mean == (d.b > 0)) return value.wrong("needs either \"scale\" or \"mean\"");
  if (has_mean) {
    const Result<double> parsed = seconds(kShortest).read({*mean, value.path_of("mean")});
    if (!parsed) return parsed.error();
    d.b = std::round(*parsed / unit_weibull_mean(d.a) * 1e9) / 1e9;
  }
  if (d.b <= 0 || d.b > seconds_of(kTimeMax)) return value.wrong("has a scale beyond 100 days, or none");
  return Done{};
}

/// A key that is only read, by finish_weibull.
Field<Distribution> weibull_mean() {
  return {{"mean", or_null(seconds(kShortest)).takes, "null", "in place of \"scale\": scale · Γ(1 + 1/shape)"},
          false,
          [](Distribution&, const Value&) -> Status { return Done{}; },
          [](const Distribution&) { return Json(); }};
}

const std::vector<Alternative<Distribution>>& families() {
  using Family = Distribution::Family;
  constexpr auto kA = &Distribution::a;
  constexpr auto kB = &Distribution::b;
  static const std::vector<Alternative<Distribution>> kFamilies = {
      {"constant",
       is_family<Family::constant>,
       {field<Distribution>("value", kA, seconds(Duration::zero()), "always this; the same as the time alone",
                            Presence::required)},
       become<Family::constant>},
      {"uniform",
       is_family<Family::uniform>,
       {field<Distribution>("from", kA, seconds(Duration::zero()), "shortest", Presence::required),
        field<Distribution>("to", kB, seconds(kShortest), "longest", Presence::required)},
       finish_uniform},
      {"exponential",
       is_family<Family::exponential>,
       {field<Distribution>("mean", kA, seconds(kShortest), "mean", Presence::required)},
       become<Family::exponential>},
      {"weibull",
       is_family<Family::weibull>,
       {field<Distribution>("shape", kA, number(0.1, 10), "below 1: the longer it lasted, the longer it will last",
                            Presence::required),
        field<Distribution>("scale", kB, or_null(seconds(Duration(1))), "63 % are shorter than this"), weibull_mean()},
       finish_weibull},
      {"lognormal",
       is_family<Family::lognormal>,
       {field<Distribution>("median", kA, seconds(kShortest), "half are shorter than this", Presence::required),
        field<Distribution>("sigma", kB, number(0, 3), "standard deviation of the natural logarithm",
                            Presence::required)},
       become<Family::lognormal>},
  };
  return kFamilies;
}

const std::string kTimesTakes =
    "a time with its unit, the name of a distribution, or {\"constant\" | \"uniform\" | \"exponential\" | \"weibull\" "
    "| "
    "\"lognormal\": {…}}";

Result<Distribution> read_times(const Value& value) {
  if (begins_with_digit(value.json)) {
    const Result<double> constant = seconds(Duration::zero()).read(value);
    if (!constant) return constant.error();
    return Distribution::constant(*constant);
  }
  if (value.json.is_string()) return by_name(value, named_sessions(), kTimesTakes);
  return read_alternative(value, families(), kTimesTakes);
}

// ------------------------------------------------------------------------------------------------------ arrivals

template <Arrivals::Kind kKind>
bool is_kind(const Arrivals& a) {
  return a.kind == kKind;
}

template <Arrivals::Kind kKind>
Status arrive(const Value& value, Arrivals& a) {
  a.kind = kKind;
  const bool ends = kKind == Arrivals::Kind::spread || a.until > Duration::zero();
  if (ends && a.until <= a.from) return value.wrong("\"until\" must be later than \"from\"");
  return Done{};
}

/// "1.5s", or "1.5s 20s" for one that leaves after 20 s.
Result<Arrivals::Stay> read_stay(const Value& value) {
  static const std::string kTakes = "when it comes, and when it leaves if that is known, e.g. \"1.5s\" or \"1.5s 20s\"";
  if (!value.json.is_string()) return value.must_be(kTakes);
  const auto& text = value.json.get_ref<const std::string&>();
  const std::size_t space = text.find(' ');
  const Kind<Duration> time = duration(Duration::zero());
  const auto part = [&](std::string_view of) { return time.read({Json(of), value.path}); };
  const Result<Duration> at = part(std::string_view(text).substr(0, space));
  if (!at) return value.must_be(kTakes);
  Arrivals::Stay stay{*at, std::nullopt};
  if (space == std::string::npos) return stay;
  const Result<Duration> leaves = part(std::string_view(text).substr(space + 1));
  if (!leaves) return value.must_be(kTakes);
  if (*leaves <= *at) return value.wrong("leaves before it comes");
  stay.leaves = *leaves;
  return stay;
}

Kind<std::vector<Arrivals::Stay>> stays() {
  return list_of(Kind<Arrivals::Stay>{"", read_stay,
                                      [](const Arrivals::Stay& stay) {
                                        std::string text = exact_duration(stay.at);
                                        if (stay.leaves) text += " " + exact_duration(*stay.leaves);
                                        return Json(text);
                                      }},
                 kTraceStaysMax, "a list of times such as \"1.5s\" or \"1.5s 20s\"");
}

Status finish_trace(const Value& value, Arrivals& a) {
  a.kind = Arrivals::Kind::trace;
  if (a.stays.empty()) return value.wrong("\"stays\" is empty");
  a.from = std::ranges::min(a.stays, {}, &Arrivals::Stay::at).at;
  return Done{};
}

const std::vector<Alternative<Arrivals>>& arrival_kinds() {
  using Way = Arrivals::Kind;
  const auto from = field<Arrivals>("from", &Arrivals::from, duration(Duration::zero()), "when the first may come");
  static const std::vector<Alternative<Arrivals>> kWays = {
      {"at-once",
       is_kind<Way::at_once>,
       {field<Arrivals>("from", &Arrivals::from, duration(Duration::zero()), "when all of them come")},
       arrive<Way::at_once>},
      {"spread",
       is_kind<Way::spread>,
       {from, field<Arrivals>("until", &Arrivals::until, duration(kShortest),
                              "each comes at a random moment between \"from\" and this", Presence::required)},
       arrive<Way::spread>},
      {"poisson",
       is_kind<Way::poisson>,
       {from,
        field<Arrivals>("per-second", &Arrivals::per_second, number(1e-9, 1e6), "mean arrivals per second",
                        Presence::required),
        field<Arrivals>("until", &Arrivals::until, or_null(duration(kShortest)),
                        "nobody comes later; null: until \"count\" have come")},
       arrive<Way::poisson>},
      {"trace",
       is_kind<Way::trace>,
       {field<Arrivals>("stays", &Arrivals::stays, stays(),
                        "when each member comes and, after a space, when it leaves; without that its \"session\" says",
                        Presence::required)},
       finish_trace},
  };
  return kWays;
}

const std::string kArrivalsTakes =
    "\"at-once\", {\"at-once\" | \"spread\" | \"poisson\" | \"trace\": {…}}, or {\"csv\": FILE}";

// ------------------------------------------------------------------------------------------------------- latency

const std::string kLatencyTakes =
    "the name of a latency, a time with its unit (0s to 10s), a list of six times that do not decrease (5, 25, 50, 75, "
    "95 and 99 % are shorter), or {\"csv\": FILE}";
constexpr double kMillisecondsMax = 10'000;

/// One row of a matrix: numbers with spaces between them.
Result<std::vector<double>> read_row(const Value& value, std::size_t sites) {
  const std::string takes = std::to_string(sites) + " numbers of milliseconds, 0 to 10000, with spaces between them";
  if (!value.json.is_string()) return value.must_be(takes);
  std::vector<double> row;
  std::string_view rest = value.json.get_ref<const std::string&>();
  while (!rest.empty() && row.size() <= sites) {
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || !(number >= 0 && number <= kMillisecondsMax)) return value.must_be(takes);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (!rest.empty() && rest.front() != ' ') return value.must_be(takes);
    if (!rest.empty()) rest.remove_prefix(1);
    row.push_back(number);
  }
  if (row.size() != sites) return value.must_be(takes);
  return row;
}

Result<LatencyProfile> read_matrix(const Value& value) {
  LatencyProfile profile;
  const auto rows = value.json.find("matrix");
  if (value.json.size() != 1 || rows == value.json.end() || !rows->is_array()) return value.must_be(kLatencyTakes);
  profile.sites = rows->size();
  if (profile.sites < 1 || profile.sites > kSitesMax) {
    return value.wrong("a matrix has 1 to " + std::to_string(kSitesMax) + " rows");
  }
  for (std::size_t i = 0; i < profile.sites; ++i) {
    const Result<std::vector<double>> row =
        read_row({(*rows)[i], value.path_of("matrix." + std::to_string(i))}, profile.sites);
    if (!row) return row.error();
    profile.matrix.insert(profile.matrix.end(), row->begin(), row->end());
  }
  return profile;
}

Json write_matrix(const LatencyProfile& profile) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < profile.sites; ++i) {
    std::string row;
    for (std::size_t j = 0; j < profile.sites; ++j) {
      row += (j == 0 ? "" : " ") + json_text(Json(profile.matrix[i * profile.sites + j]));
    }
    rows.push_back(row);
  }
  Json json = Json::object();
  json["matrix"] = std::move(rows);
  return json;
}

Result<double> read_milliseconds(const Value& value) {
  const Result<Duration> parsed = duration(Duration::zero(), std::chrono::seconds(10)).read(value);
  if (!parsed) return parsed.error();
  return static_cast<double>(parsed->count()) / 1e6;
}

Result<LatencyProfile> read_latency(const Value& value) {
  LatencyProfile profile;
  if (begins_with_digit(value.json)) {
    const Result<double> constant = read_milliseconds(value);
    if (!constant) return constant.error();
    std::fill(std::begin(profile.milliseconds), std::end(profile.milliseconds), *constant);
    return profile;
  }
  if (value.json.is_string()) return by_name(value, named_latencies(), kLatencyTakes);
  if (value.json.is_object()) return read_matrix(value);
  if (!value.json.is_array() || value.json.size() != LatencyProfile::kQuantiles) return value.must_be(kLatencyTakes);
  for (std::size_t i = 0; i < LatencyProfile::kQuantiles; ++i) {
    const Result<double> quantile = read_milliseconds({value.json[i], element_path(value, i)});
    if (!quantile) return quantile.error();
    profile.milliseconds[i] = *quantile;
  }
  if (!std::is_sorted(std::begin(profile.milliseconds), std::end(profile.milliseconds))) {
    return value.must_be(kLatencyTakes);
  }
  return profile;
}

Json write_latency(const LatencyProfile& profile) {
  if (profile.sites > 0) return write_matrix(profile);
  Json quantiles = Json::array();
  for (const double milliseconds : profile.milliseconds) {
    quantiles.push_back(exact_duration(Duration(std::llround(milliseconds * 1e6))));
  }
  const bool constant = std::equal(quantiles.begin() + 1, quantiles.end(), quantiles.begin());
  return constant ? quantiles.front() : quantiles;
}

// ----------------------------------------------------------------------------------------------------- discovery

const std::string kDiscoveryTakes = "a list of \"dht\", \"tracker\" and \"given\", or one of them";

Result<DiscoveryUse> read_discovery(const Value& value) {
  DiscoveryUse use = {.dht = false, .tracker = false, .given = false};
  if (!value.json.is_array() && !value.json.is_string()) return value.must_be(kDiscoveryTakes);
  if (value.json.is_array() && value.json.size() > 3) return value.must_be(kDiscoveryTakes);
  for (const Json& way : value.json.is_array() ? value.json : Json::array({value.json})) {
    if (way == "dht") {
      use.dht = true;
    } else if (way == "tracker") {
      use.tracker = true;
    } else if (way == "given") {
      use.given = true;
    } else {
      return not_among({way, value.path}, {"dht", "tracker", "given"}, kDiscoveryTakes);
    }
  }
  return use;
}

Json write_discovery(const DiscoveryUse& use) {
  Json ways = Json::array();
  if (use.dht) ways.push_back("dht");
  if (use.tracker) ways.push_back("tracker");
  if (use.given) ways.push_back("given");
  return ways;
}

}  // namespace

Kind<std::vector<LinkClass>> links() {
  return {kLinkTakes, read_links, [](const std::vector<LinkClass>& classes) {
            Json json = Json::array();
            for (const LinkClass& c : classes) json.push_back(write_object(c, link_fields()));
            return json;
          }};
}

Kind<AccessLink> one_link() {
  const std::string takes = "the name of a link of one kind, or {\"up\": RATE, \"down\": RATE}";
  return {takes,
          [takes](const Value& value) -> Result<AccessLink> {
            const Result<std::vector<LinkClass>> classes = read_links(value);
            if (!classes) return classes.error();
            if (classes->size() != 1) return value.must_be(takes);
            return classes->front().link;
          },
          [](const AccessLink& link) {
            Json json = Json::object();
            json["up"] = rate_text(link.up);
            json["down"] = rate_text(link.down);
            return json;
          }};
}

Kind<LatencyProfile> latency() {
  return {kLatencyTakes, read_latency, write_latency};
}

Kind<Distribution> times() {
  return {kTimesTakes, read_times, [](const Distribution& d) {
            Json json = write_alternative(d, families());
            if (d.family == Distribution::Family::weibull) json["weibull"].erase("mean");
            return json;
          }};
}

Kind<Arrivals> arrivals() {
  return {kArrivalsTakes,
          [](const Value& value) -> Result<Arrivals> {
            if (value.json == "at-once") return Arrivals{};
            if (value.json.is_string()) return not_among(value, {"at-once"}, kArrivalsTakes);
            return read_alternative(value, arrival_kinds(), kArrivalsTakes);
          },
          [](const Arrivals& a) { return write_alternative(a, arrival_kinds()); }};
}

Kind<DiscoveryUse> discovery() {
  return {kDiscoveryTakes, read_discovery, write_discovery};
}

std::vector<KeySection> profile_sections() {
  std::vector<KeySection> sections = {{"link", keys_of(link_fields())}};
  add_sections(sections, "times", families());
  add_sections(sections, "arrivals", arrival_kinds());
  return sections;
}

}  // namespace stp::sim
