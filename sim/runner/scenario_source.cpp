#include "sim/runner/scenario_source.h"

#include <vector>

#include "content/small_file.h"
#include "core/text.h"
#include "sim/runner/json_text.h"
#include "sim/scenario/document.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

bool looks_like_file(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".json");
}

Error unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.emplace_back(preset.name);
  const std::string meant = nearest(name, names);
  return {ErrorKind::usage,
          "there is neither a preset nor a file '" + shown(name) + "'; " +
              (meant.empty() ? "`stp-sim presets` lists the presets" : "did you mean '" + meant + "'?")};
}

}  // namespace

FileReader files_beside(std::filesystem::path directory) {
  return [directory = std::move(directory)](const std::string& name) {
    return content::read_small_file(directory / name, kCsvBytesMax);
  };
}

Result<ScenarioSource> load_scenario(const std::string& name, const std::filesystem::path& beside) {
  if (!looks_like_file(name)) {
    if (const Preset* preset = find_preset(name))
      return ScenarioSource{name, std::string(preset->text), files_beside(beside)};
  }
  const std::filesystem::path file = beside / name;
  Result<std::string> text = content::read_small_file(file, kScenarioBytesMax);
  if (text) return ScenarioSource{file.string(), *std::move(text), files_beside(file.parent_path())};
  if (text.error().kind == ErrorKind::not_found && !looks_like_file(name)) return unknown(name);
  return text.error();
}

}  // namespace stp::sim
