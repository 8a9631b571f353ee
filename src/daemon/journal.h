// Journal: what the daemon holds, as one file of changes, "shares.journal" in its directory.
//
//   <16 hex digits> {"journal":1,"next":7}          the head: format, and an id that no record had yet
//   <16 hex digits> {"put":{…record…}}              a share was added or changed
//   <16 hex digits> {"gone":3}                      a share was removed
//
// The digits are the start of the SHA-256 of the rest of the line. A change is on stable storage when put() or erase()
// returns. When most of the file is history, it is written again without it and replaced in one step, so at any moment
// there is one whole file.
//
// What open() finds after a crash or a mishap:
//   a damaged tail      the change that was being written when the system stopped: it is cut off
//   a damaged middle    the file is kept aside as "shares.journal.damaged" (the next one as "shares.journal.damaged.2" …),
//                       what can be read of it is taken, and a notice says so
//   a later format      an error: an older stp must not throw away what a newer one remembers
//   a full disk         the file stays as it is, and a notice says so; changes fail until there is room
// An append that fails leaves the file as it was before.
//
// Every call accesses files. One thread at a time. Whoever uses it holds the directory's lock (lock.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/posix_file.h"
#include "core/result.h"
#include "daemon/record.h"

namespace stp::daemon {

/// What the bytes of a journal say. No I/O.
struct JournalContents {
  std::map<RecordId, ShareRecord> records;
  RecordId next_id = 1;           // above every id in it
  std::size_t whole_bytes = 0;    // up to the end of the last good line
  std::size_t damaged_lines = 0;  // bad lines, other than a single one at the end
  bool torn = false;              // a single one at the end
};

/// Errors: unsupported (a later format or a kind of record that is not known).
[[nodiscard]] Result<JournalContents> decode_journal(std::string_view bytes);

class Journal {
 public:
  static constexpr const char* kName = "shares.journal";
  static constexpr const char* kDamagedName = "shares.journal.damaged";
  /// Damaged files that are kept; then the last one is replaced.
  static constexpr int kDamagedMax = 10;
  static constexpr std::size_t kBytesMax = std::size_t{512} * 1024 * 1024;
  /// It is written again when it has more than this beside twice what is needed.
  static constexpr std::size_t kSlackBytes = 64 * 1024;

  struct Opened;
  /// `directory` exists. Errors, of reading only: unsupported, denied, limit, io.
  [[nodiscard]] static Result<Opened> open(const std::filesystem::path& directory);

  /// Remembers the records as they are now: all of them or none.
  [[nodiscard]] Status put(std::span<const ShareRecord> records);
  [[nodiscard]] Status put(const ShareRecord& record) { return put(std::span(&record, 1)); }
  /// Forgets it.
  [[nodiscard]] Status erase(RecordId id);

 private:
  Journal(std::filesystem::path path, content::Fd folder) : path_(std::move(path)), folder_(std::move(folder)) {}

  /// Adds the lines, synced, or leaves the file as it was.
  [[nodiscard]] Status append(const std::string& lines);
  /// Gives the damaged file a second name.
  [[nodiscard]] Status keep_aside();
  /// Writes everything that counts into a new file and replaces the old one.
  [[nodiscard]] Status rewrite();
  [[nodiscard]] Status open_file();
  /// Appends to the file that is there, from this length on.
  void go_on_with(std::size_t whole_bytes);

  std::filesystem::path path_;  // of the file, for messages
  content::Fd folder_;
  content::Fd file_;                       // none: it could not be written yet
  bool damaged_ = false;                   // it is kept aside before it is replaced …
  std::string kept_as_;                    // … under this name
  std::size_t bytes_ = 0;                  // of the file
  std::size_t live_bytes_ = 0;             // of lines_
  std::map<RecordId, std::string> lines_;  // what counts
  RecordId next_id_ = 1;
};

struct Journal::Opened {
  Journal journal;
  std::map<RecordId, ShareRecord> records;
  RecordId next_id = 1;
  std::vector<std::string> notices;  // what a person should know
};

}  // namespace stp::daemon
