#include "sim/runner/output_dir.h"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "content/small_file.h"
#include "sim/runner/json_text.h"

namespace stp::sim {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSummaryBytesMax = 64U * 1024 * 1024;

/// The scenario whose results `directory` contains: "" if unknown, nullopt if it contains none.
std::optional<std::string> owner_of(const fs::path& directory) {
  const Result<std::string> text = content::read_small_file(directory / kSummaryName, kSummaryBytesMax);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return std::nullopt;
    return std::string();
  }
  const Result<nlohmann::ordered_json> summary = parse_json_object(*text);
  if (!summary) return std::string();
  const auto hash = summary->find("scenario_hash");
  return hash != summary->end() && hash->is_string() ? hash->get<std::string>() : std::string();
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

Error taken(const fs::path& directory, const std::string& by) {
  return {ErrorKind::exists,
          directory.string() + " holds " + by + "; choose another --out, or --force to overwrite them"};
}

}  // namespace

OutputDir::OutputDir(fs::path directory) : directory_(std::move(directory)), staging_(directory_ / ".stp-sim.part") {}

OutputDir::OutputDir(OutputDir&& other) noexcept
    : directory_(std::move(other.directory_)), staging_(std::exchange(other.staging_, fs::path())) {}

OutputDir::~OutputDir() {
  if (staging_.empty()) return;
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

Status OutputDir::make() {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (!error) fs::remove_all(staging_, error);  // of a process that was killed
  if (!error) fs::create_directory(staging_, error);
  if (error) return content::file_error("write", directory_.string(), error.value());
  return Done{};
}

Result<OutputDir> OutputDir::open(const fs::path& directory, const std::string& scenario_hash, bool force) {
  if (!force) {
    const std::optional<std::string> owner = owner_of(directory);
    if (owner && owner->empty()) return taken(directory, std::string("a ") + kSummaryName + " that is not stp-sim's");
    if (owner && *owner != scenario_hash) return taken(directory, "results of another scenario");
    if (is_there(directory / kJournalName)) return taken(directory, "results of a sweep");
  }
  OutputDir output(directory);
  if (Status made = output.make(); !made) return made.error();
  return output;
}

Result<OutputDir> OutputDir::open_for_sweep(const fs::path& directory, bool force) {
  if (!force && is_there(directory / kSummaryName)) return taken(directory, "results of a run");
  OutputDir output(directory);
  if (Status made = output.make(); !made) return made.error();
  return output;
}

Status OutputDir::write(const OutputFile& file) {
  return content::replace_file(staging_ / file.name, file.contents, content::Sync::no, content::kAnybody);
}

Status OutputDir::commit() {
  std::error_code error;
  std::optional<fs::path> last;
  const auto move = [&](const fs::path& file) {
    if (!error) fs::rename(file, directory_ / file.filename(), error);
  };
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_, error)) files.push_back(entry.path());
  for (const fs::path& file : files) {
    if (file.filename() == kSummaryName) {
      last = file;
    } else {
      move(file);
    }
  }
  if (last) move(*last);
  if (error) return content::file_error("write", directory_.string(), error.value());
  return Done{};
}

}  // namespace stp::sim
