#include "sim/runner/sweep_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "content/small_file.h"
#include "core/build_info.h"
#include "sim/report/text.h"
#include "sim/runner/json_text.h"
#include "sim/scenario/document.h"
#include "sim/scenario/json.h"

namespace stp::sim {
namespace {

constexpr std::size_t kJournalBytesMax = 4ULL * 1024 * 1024 * 1024;

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A POSIX record lock: it belongs to the process, so children that play runs do not hold it.
bool lock(int descriptor) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_SETLK, &whole) == 0;
}

}  // namespace

SweepJournal::~SweepJournal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

SweepJournal::SweepJournal(SweepJournal&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      file_(std::move(other.file_)),
      played_(std::move(other.played_)) {}

Result<SweepJournal> SweepJournal::open(const std::filesystem::path& file, const SweepPlan& plan, Mode mode) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return content::file_error("open", file.string(), errno);
  SweepJournal journal(descriptor, file);
  if (!lock(descriptor)) {
    if (errno != EACCES && errno != EAGAIN) return content::file_error("open", file.string(), errno);
    return Error{ErrorKind::exists,
                 file.string() + ": another stp-sim is writing here; wait for it or choose another --out"};
  }
  if (Status read = journal.read(plan, mode); !read) return read.error();
  return journal;
}

Status SweepJournal::begin(const SweepPlan& plan) {
  if (::ftruncate(descriptor_, 0) != 0) return content::file_error("write", file_.string(), errno);
  const Json head = {{"sweep", plan.name}, {"version", full_version()}, {"sweep_hash", hex64(plan.hash())}};
  if (!content::write_all(descriptor_, head.dump() + "\n")) return content::file_error("write", file_.string(), errno);
  return Done{};
}

Status SweepJournal::read(const SweepPlan& plan, Mode mode) {
  if (mode == Mode::force) return begin(plan);
  const Result<std::string> text = content::read_small_file(file_, kJournalBytesMax);
  if (!text) return text.error();
  const std::size_t head_end = text->find('\n');
  if (head_end == std::string::npos) return begin(plan);  // new, or killed before its first line was complete

  const Result<Json> head = parse_json_object(std::string_view(*text).substr(0, head_end));
  if (!head || !head->contains("sweep_hash")) {
    return Error{ErrorKind::exists,
                 file_.string() + " is not the journal of a sweep; choose another --out or give --force"};
  }
  if (text_at(*head, "sweep_hash") != hex64(plan.hash())) {
    const std::string theirs = text_at(*head, "version");
    const std::string of = theirs == full_version() ? "another sweep ('" + shown(text_at(*head, "sweep")) + "')"
                                                    : "another version (" + shown(theirs) + ")";
    return Error{ErrorKind::exists, file_.parent_path().string() + " holds the results of " + of +
                                        "; choose another --out, or --force to discard them"};
  }
  std::size_t begin = head_end + 1;
  std::size_t whole = begin;  // the file is sound up to this
  while (begin < text->size()) {
    const std::size_t end = text->find('\n', begin);
    if (end == std::string::npos) break;
    const Result<PlayedRun> run = parse_played_run(std::string_view(*text).substr(begin, end - begin));
    if (!run) {
      return Error{ErrorKind::malformed, file_.string() + " is damaged at byte " + std::to_string(begin) + " (" +
                                             run.error().message + "); choose another --out or give --force"};
    }
    played_.insert_or_assign({run->scenario_hash, run->seed}, *run);
    begin = whole = end + 1;
  }
  if (mode == Mode::fresh) {
    return Error{ErrorKind::exists, file_.parent_path().string() + " already holds " + std::to_string(played_.size()) +
                                        " runs of this sweep; give --resume to continue, or --force to start over"};
  }
  if (whole < text->size() && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0)
    return content::file_error("write", file_.string(), errno);
  return Done{};
}

Status SweepJournal::append(const PlayedRun& run) {
  if (!content::write_all(descriptor_, to_line(run) + "\n")) return content::file_error("write", file_.string(), errno);
  return Done{};
}

}  // namespace stp::sim
