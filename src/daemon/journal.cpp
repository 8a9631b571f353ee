#include "daemon/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "content/small_file.h"
#include "core/shown_text.h"
#include "crypto/sha256.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kDigits = 16;

std::string digits_of(std::string_view text) {
  return crypto::sha256(as_bytes(text)).hex().substr(0, kDigits);
}

std::string line_of(const json& change) {
  const std::string text = change.dump();
  return digits_of(text) + " " + text + "\n";
}

/// The change in a line without its end; nullopt if it is damaged.
std::optional<json> change_in(std::string_view line) {
  if (line.size() < kDigits + 2 || line[kDigits] != ' ') return std::nullopt;
  const std::string_view text = line.substr(kDigits + 1);
  if (digits_of(text) != line.substr(0, kDigits)) return std::nullopt;
  json change = json::parse(text, nullptr, false);
  if (!change.is_object() || change.empty()) return std::nullopt;
  return change;
}

std::optional<RecordId> id_in(const json& change, const char* name) {
  const auto found = change.find(name);
  if (found == change.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<RecordId>();
}

/// False: the change makes no sense, and counts as damaged.
Result<bool> apply(const json& change, JournalContents& contents) {
  if (change.contains("journal")) {
    const std::optional<RecordId> next = id_in(change, "next");
    if (change["journal"] != kFormat) {
      return Error{ErrorKind::unsupported, "it was written by a later version of stp; run that one"};
    }
    if (next) contents.next_id = std::max(contents.next_id, *next);
    return next.has_value();
  }
  if (const auto put = change.find("put"); put != change.end()) {
    Result<ShareRecord> record = decode_record(*put);
    if (!record && record.error().kind == ErrorKind::unsupported) return record.error();
    if (!record) return false;
    contents.next_id = std::max(contents.next_id, record->id + 1);
    contents.records[record->id] = *std::move(record);
    return true;
  }
  if (const std::optional<RecordId> gone = id_in(change, "gone")) {
    contents.next_id = std::max(contents.next_id, *gone + 1);
    contents.records.erase(*gone);
    return true;
  }
  return Error{ErrorKind::unsupported, "it has changes that only a later version of stp knows; run that one"};
}

}  // namespace

Result<JournalContents> decode_journal(std::string_view bytes) {
  JournalContents contents;
  std::size_t bad_lines = 0;  // since the last good one
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find('\n', at);
    const bool whole = end != std::string_view::npos;
    const std::optional<json> change = whole ? change_in(bytes.substr(at, end - at)) : std::nullopt;
    const Result<bool> good = change ? apply(*change, contents) : Result<bool>(false);
    if (!good) return good.error();
    at = whole ? end + 1 : bytes.size();
    if (!*good) {
      ++bad_lines;
      continue;
    }
    contents.damaged_lines += std::exchange(bad_lines, 0);
    contents.whole_bytes = at;
  }
  contents.torn = bad_lines == 1;
  if (bad_lines > 1) contents.damaged_lines += bad_lines;
  return contents;
}

Result<Journal::Opened> Journal::open(const std::filesystem::path& directory) {
  Result<content::Fd> folder = content::open_directory(directory.string());
  if (!folder) return folder.error();
  Journal journal(directory / kName, *std::move(folder));
  const Result<std::string> bytes = content::read_small_file(journal.path_, kBytesMax);
  if (!bytes && bytes.error().kind != ErrorKind::not_found) return bytes.error();
  Result<JournalContents> contents = decode_journal(bytes ? std::string_view(*bytes) : std::string_view());
  if (!contents) {
    return Error{contents.error().kind, escaped(journal.path_.string()) + ": " + contents.error().message};
  }
  std::vector<std::string> notices;
  const std::string name = escaped(journal.path_.string());
  if (contents->torn && contents->damaged_lines == 0 && bytes) {
    notices.push_back(name + ": the last change was not complete and is dropped (" +
                      std::to_string(bytes->size() - contents->whole_bytes) + " bytes)");
  }
  journal.damaged_ = contents->damaged_lines > 0;
  journal.next_id_ = contents->next_id;
  for (const auto& [id, record] : contents->records) {
    std::string& line = journal.lines_[id] = line_of({{"put", to_json(record)}});
    journal.live_bytes_ += line.size();
  }
  // Also without damage: history is dropped at each start.
  const Status written = journal.rewrite();
  if (!written) {
    if (!journal.damaged_) journal.go_on_with(contents->whole_bytes);
    notices.push_back("changes may not be recorded: " + written.error().message + "; everything held goes on");
  }
  if (contents->damaged_lines > 0) {
    notices.push_back(name + " is damaged" + (journal.damaged_ ? "" : " and is kept as " + journal.kept_as_) + "; " +
                      std::to_string(contents->records.size()) + " shares could be read from it");
  }
  const RecordId next = contents->next_id;
  return Opened{std::move(journal), std::move(contents->records), next, std::move(notices)};
}

Status Journal::keep_aside() {
  std::string name = kDamagedName;
  for (int number = 2; ::linkat(folder_.get(), kName, folder_.get(), name.c_str(), 0) != 0; ++number) {
    if (errno != EEXIST || number > kDamagedMax + 1) return content::file_error("keep aside", path_.string(), errno);
    if (number == kDamagedMax + 1) (void)::unlinkat(folder_.get(), name.c_str(), 0);
    if (number <= kDamagedMax) name = std::string(kDamagedName) + "." + std::to_string(number);
  }
  kept_as_ = name;
  return Done{};
}

void Journal::go_on_with(std::size_t whole_bytes) {
  bytes_ = whole_bytes;
  if (!open_file()) return;
  (void)::ftruncate(file_.get(), static_cast<off_t>(bytes_));  // else what is behind is written over
}

Status Journal::put(std::span<const ShareRecord> records) {
  std::string lines;
  std::vector<std::string> each;
  for (const ShareRecord& record : records) lines += each.emplace_back(line_of({{"put", to_json(record)}}));
  if (Status added = append(lines); !added) return added;
  for (std::size_t i = 0; i < records.size(); ++i) {
    next_id_ = std::max(next_id_, records[i].id + 1);
    std::string& place = lines_[records[i].id];
    live_bytes_ += each[i].size() - place.size();
    place = std::move(each[i]);
  }
  return Done{};
}

Status Journal::erase(RecordId id) {
  const auto found = lines_.find(id);
  if (found == lines_.end()) return Done{};
  if (Status added = append(line_of({{"gone", id}})); !added) return added;
  live_bytes_ -= found->second.size();
  lines_.erase(found);
  return Done{};
}

Status Journal::append(const std::string& lines) {
  if (!file_) {
    if (Status made = rewrite(); !made) return made;
  }
  // A failure here is not one of the change: the longer file is as good.
  if (bytes_ > 2 * live_bytes_ + kSlackBytes) (void)rewrite();
  const ByteSpan bytes = as_bytes(lines);
  Status written = content::write_at(file_, static_cast<std::int64_t>(bytes_), std::span(&bytes, 1), path_.string());
  if (written) written = content::sync_file(file_, path_.string());
  if (!written) {
    // What may be there of the lines is cut off, or is written over by the next ones.
    (void)::ftruncate(file_.get(), static_cast<off_t>(bytes_));
    return written;
  }
  bytes_ += lines.size();
  return Done{};
}

Status Journal::rewrite() {
  std::string text = line_of({{"journal", kFormat}, {"next", next_id_}});
  for (const auto& [id, line] : lines_) text += line;
  if (damaged_) {
    if (Status kept = keep_aside(); !kept) return kept;
  }
  if (Status replaced = content::replace_file(folder_, kName, as_bytes(text), content::Sync::yes); !replaced) {
    if (damaged_) (void)::unlinkat(folder_.get(), kept_as_.c_str(), 0);  // it has its own name still
    return replaced;
  }
  damaged_ = false;
  bytes_ = text.size();
  file_ = {};  // the old one has no name any more
  return open_file();
}

Status Journal::open_file() {
  const std::vector<std::string> name = {kName};
  Result<content::Fd> file = content::open_in(folder_, name, content::Access::read_write, content::Missing::fail);
  if (!file) return file.error();
  file_ = *std::move(file);
  return Done{};
}

}  // namespace stp::daemon
