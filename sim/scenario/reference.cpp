#include "sim/scenario/reference.h"

#include "dht/settings.h"
#include "sim/scenario/latency_value.h"
#include "sim/scenario/link_values.h"
#include "sim/scenario/named_values.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/time_values.h"
#include "transfer/settings.h"

namespace stp::sim {
namespace {

/// `text` for a cell of a table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

template <class T>
std::string named_table(const std::string& heading, std::span<const NamedValue<T>> values, const Kind<T>& kind) {
  std::string text = "### " + heading + "\n\n| name | stands for | what it is |\n|---|---|---|\n";
  for (const NamedValue<T>& value : values) {
    text += "| " + code(value.name) + " | " + code(json_text(kind.write(value.value))) + " | " + cell(value.source) +
            " |\n";
  }
  return text;
}

/// Its settings with their defaults, one table for each part.
template <class Config>
std::string policy_tables(const std::string& what, const Settings<Config>& settings) {
  std::string text;
  std::string part;
  for (const Setting<Config>& setting : settings) {
    const std::string& name = setting.info.name;
    if (const std::string of = name.substr(0, name.find('.')); of != part) {
      part = of;
      text += (text.empty() ? "" : "\n") + ("### " + what) + "." + part + "\n\n";
      text += "| setting | takes | default | meaning |\n|---|---|---|---|\n";
    }
    text += "| " + code(what + "." + name) + " | " + cell(setting_takes(setting.info)) + " | " +
            code(setting_text(setting.info, setting.get(Config{}))) + " | " + cell(setting.info.means) + " |\n";
  }
  return text;
}

}  // namespace

std::string key_reference() {
  std::string text;
  for (const KeySection& section : key_sections()) {
    text += (text.empty() ? "### " : "\n### ") + section.heading + "\n\n";
    text += "| key | takes | default | meaning |\n|---|---|---|---|\n";
    for (const KeyInfo& key : section.keys) {
      const std::string fallback = key.fallback.empty() ? "must be given" : code(key.fallback);
      text += "| " + code(key.key) + " | " + cell(key.takes) + " | " + fallback + " | " + cell(key.means) + " |\n";
    }
  }
  return text;
}

std::string name_reference() {
  return named_table("Links", named_links(), links()) + "\n" + named_table("Latencies", named_latencies(), latency()) +
         "\n" + named_table("Sessions", named_sessions(), times());
}

std::string settings_reference() {
  return policy_tables("transfer", transfer::transfer_settings()) + "\n" + policy_tables("dht", dht::dht_settings());
}

std::string preset_reference() {
  std::string text = "| name | what happens |\n|---|---|\n";
  for (const Preset& preset : presets()) {
    const Result<Json> document = read_document(preset.text);
    STP_ASSERT(document.ok());
    text += "| " + code(preset.name) + " | " + cell(document->value("about", std::string())) + " |\n";
  }
  return text;
}

}  // namespace stp::sim
