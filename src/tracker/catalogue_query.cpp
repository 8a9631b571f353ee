#include "tracker/catalogue_query.h"

#include <array>
#include <optional>
#include <utility>

#include "core/digits.h"
#include "core/percent.h"
#include "core/utf8.h"

namespace stp::tracker {
namespace {

constexpr std::array<std::pair<ShareOrder, std::string_view>, 4> kOrderNames = {{
    {ShareOrder::seeds, "seeds"},
    {ShareOrder::name, "name"},
    {ShareOrder::size, "size"},
    {ShareOrder::age, "age"},
}};

Error bad_query(std::string message) {
  return {ErrorKind::malformed, std::move(message)};
}

Result<std::string> parse_wanted_name(std::string_view value) {
  std::optional<std::string> name = percent_decode(value, Plus::blank);
  if (!name || !is_utf8(*name)) return bad_query("name is not percent-encoded UTF-8");
  if (name->size() > kQueryNameBytesMax) return bad_query("name is longer than 255 bytes");
  return *std::move(name);
}

Result<std::uint32_t> parse_page(std::string_view value) {
  const std::uint32_t page = parse_digits<std::uint32_t>(value).value_or(0);
  if (page < 1 || page > kPagesMax) return bad_query("page is not a number from 1 to " + std::to_string(kPagesMax));
  return page;
}

}  // namespace

std::string_view to_string(ShareOrder order) {
  return kOrderNames[static_cast<std::size_t>(order)].second;
}

Result<ShareOrder> parse_share_order(std::string_view text) {
  for (const auto& [order, name] : kOrderNames) {
    if (text == name) return order;
  }
  return bad_query("sort is one of seeds, name, size, age");
}

std::string share_query(const ShareQuery& query) {
  std::string text;
  if (!query.name.empty()) text += "&name=" + percent_encode(query.name);
  if (query.order != ShareOrder::seeds) text += "&sort=" + std::string(to_string(query.order));
  if (query.page != 1) text += "&page=" + std::to_string(query.page);
  return text.empty() ? text : text.substr(1);
}

Result<ShareQuery> parse_share_query(std::string_view query) {
  ShareQuery parsed;
  while (const std::optional<QueryParameter> parameter = take_parameter(query)) {
    if (parameter->key == "name") {
      Result<std::string> name = parse_wanted_name(parameter->value);
      if (!name) return name.error();
      parsed.name = *std::move(name);
    } else if (parameter->key == "sort" && !parameter->value.empty()) {
      const Result<ShareOrder> order = parse_share_order(parameter->value);
      if (!order) return order.error();
      parsed.order = *order;
    } else if (parameter->key == "page" && !parameter->value.empty()) {
      const Result<std::uint32_t> page = parse_page(parameter->value);
      if (!page) return page.error();
      parsed.page = *page;
    }
  }
  return parsed;
}

}  // namespace stp::tracker
