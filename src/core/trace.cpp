#include "core/trace.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "core/shown_text.h"

namespace stp::trace {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, kModules> kModuleNames = {"dht", "net", "tracker", "transfer"};

template <typename Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

template <std::size_t N>
std::string listed(const std::array<std::string_view, N>& names) {
  std::string list;
  for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

Error unreadable(std::string_view part, const char* what, const std::string& allowed) {
  return {ErrorKind::usage, "\"" + display_text(part, 40) + "\" is not a " + what + "; choose from " + allowed};
}

void append(std::string& out, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    char text[32];
    out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.6g", *real)));
  } else if (const auto* endpoint = std::get_if<Endpoint>(&value)) {
    out += endpoint->to_string();
  } else {
    const auto text = std::get<std::string_view>(value);
    const bool plain = !text.empty() && text.find_first_of(" =\"") == std::string_view::npos;
    if (!plain) out += '"';
    for (const char c : escaped(text)) {
      if (c == '"') out += '\\';
      out += c;
    }
    if (!plain) out += '"';
  }
}

}  // namespace

std::string_view name_of(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::string_view name_of(Module module) {
  return kModuleNames[static_cast<std::size_t>(module)];
}

Result<Levels> Levels::parse(std::string_view text) {
  Levels levels;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    const std::size_t equals = part.find('=');
    const std::string_view level_name = equals == std::string_view::npos ? part : part.substr(equals + 1);
    const auto level = named<Level>(kLevelNames, level_name);
    if (!level) return unreadable(level_name, "log level", listed(kLevelNames));
    if (equals == std::string_view::npos) {
      levels.by_module_.fill(*level);
      continue;
    }
    const auto module = named<Module>(kModuleNames, part.substr(0, equals));
    if (!module) return unreadable(part.substr(0, equals), "module", listed(kModuleNames));
    levels.set(*module, *level);
  }
  return levels;
}

std::string text_of(const Line& line) {
  std::string text(line.what);
  for (const Field& field : line.fields) {
    text.append(" ").append(field.name).append("=");
    append(text, field.value);
  }
  return text;
}

}  // namespace stp::trace
