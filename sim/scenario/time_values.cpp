#include "sim/scenario/time_values.h"

#include <algorithm>
#include <cmath>

#include "core/units.h"
#include "sim/scenario/alternatives.h"

namespace stp::sim {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds(1);

// ------------------------------------------------------------------------------------------------------- distributions

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

// ------------------------------------------------------------------------------------------------------------ arrivals

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

template <class T>
void add_sections(std::vector<KeySection>& sections, const std::string& what,
                  const std::vector<Alternative<T>>& alternatives) {
  for (const Alternative<T>& alternative : alternatives) {
    sections.push_back({what + ": " + alternative.word, keys_of(alternative.fields)});
  }
}

}  // namespace

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

std::vector<KeySection> time_sections() {
  std::vector<KeySection> sections;
  add_sections(sections, "times", families());
  add_sections(sections, "arrivals", arrival_kinds());
  return sections;
}

}  // namespace stp::sim
