#include "sim/scenario/share_choice_value.h"

#include <utility>

#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

constexpr double kZipfMax = 10;
const std::string kShareChoiceTakes = "\"all\", a list of names of shares, or {\"draw\": N, \"of\": …, \"zipf\": …}";

Kind<std::vector<std::string>> share_names() {
  const Kind<std::vector<std::string>> list = list_of(name(), kSharesMax, "a list of names of shares");
  const std::string takes = "a list of names of shares, or \"all\"";
  return {takes,
          [list, takes](const Value& value) -> Result<std::vector<std::string>> {
            if (value.json == "all") return std::vector<std::string>{};
            if (!value.json.is_array() || value.json.empty()) return value.must_be(takes);
            return list.read(value);
          },
          [list](const std::vector<std::string>& among) { return among.empty() ? Json("all") : list.write(among); }};
}

const Fields<ShareChoice>& choice_fields() {
  static const Fields<ShareChoice> kFields = {
      field<ShareChoice>("draw", &ShareChoice::draw, count(1, kSharesMax), "each member draws this many, each once",
                         Presence::required),
      field<ShareChoice>("of", &ShareChoice::among, share_names(), "among these"),
      field<ShareChoice>("zipf", &ShareChoice::zipf, number(0, kZipfMax),
                         "popularity: the k-th of the list is drawn with a weight of k^-zipf; 0: all alike"),
  };
  return kFields;
}

Result<ShareChoice> read_choice(const Value& value) {
  if (value.json.is_object()) return read_object<ShareChoice>(value, choice_fields(), kShareChoiceTakes);
  if (value.json != "all" && (!value.json.is_array() || value.json.empty())) return value.must_be(kShareChoiceTakes);
  Result<std::vector<std::string>> among = share_names().read(value);
  if (!among) return among.error();
  return ShareChoice{.among = *std::move(among)};
}

Json write_choice(const ShareChoice& choice) {
  return choice.draw > 0 ? write_object(choice, choice_fields()) : share_names().write(choice.among);
}

}  // namespace

Kind<ShareChoice> share_choice() {
  return {kShareChoiceTakes, read_choice, write_choice};
}

KeySection share_choice_section() {
  return {"shares of a group", keys_of(choice_fields())};
}

}  // namespace stp::sim
