#include "sim/scenario/link_values.h"

#include <algorithm>

#include "core/units.h"
#include "sim/scenario/alternatives.h"

namespace stp::sim {
namespace {

constexpr std::size_t kLinkClassesMax = 64;
constexpr double kWeightMax = 1e6;

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

std::vector<KeySection> link_sections() {
  return {{"link", keys_of(link_fields())}};
}

}  // namespace stp::sim
