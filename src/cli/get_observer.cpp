#include "cli/get_observer.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/format.h"
#include "cli/progress.h"
#include "console/progress_drawing.h"
#include "console/terminal.h"
#include "content/file_choice.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// After this long a stalled download says how long it is going to wait.
constexpr std::chrono::seconds kSayTimeoutAfter{10};
/// A rate measured over less time means nothing.
constexpr double kRateAfterSeconds = 0.45;

// The end of a sync can neither be foreseen nor interrupted: giving up would only have to wait for it as well.
bool is_writing(const net::ShareStatus& before, const net::ShareStatus& now) {
  if (!now.syncing) return false;
  return now.syncing != before.syncing || now.syncing->files == now.syncing->files_all;
}

}  // namespace

std::optional<Duration> patience(const std::optional<Duration>& asked, bool downloads, bool hope) {
  if (asked) return *asked > Duration::zero() ? asked : std::nullopt;
  return downloads && hope ? std::nullopt : std::optional<Duration>(kTimeoutDefault);
}

GetObserver::GetObserver(Context& context, Purpose purpose, ProgressBoard* board)
    : RunObserver(context), purpose_(purpose), board_(board), place_(board == nullptr ? 0 : board->add()) {}

void GetObserver::show(const ProgressLine& line) {
  if (board_ == nullptr) return RunObserver::show(line);
  board_->show(place_, line, status().swarm);
}

void GetObserver::on_metainfo(const content::Metainfo& metainfo) {
  RunObserver::on_metainfo(metainfo);
  metainfo_ = std::make_shared<const content::Metainfo>(metainfo);
  name_ = metainfo.name();
  if (!context_.share.empty()) context_.share_name = escaped(name_);
  last_progress_ = Clock::now();
  if (purpose_ == Purpose::metainfo) {
    stop();
    return;
  }
  if (purpose_ == Purpose::hashes) return;
  const std::string name = escaped(name_);
  context_.console.say("getting " + name + ": " + format_count(metainfo.files().size(), "file", "files") + ", " +
                       format_bytes(metainfo.total_bytes()));
  if (expected_name_ && *expected_name_ != name_) {
    refusal_ = Error{ErrorKind::integrity, "the tracker lists this share as " + escaped(*expected_name_) +
                                               ", but it is called " + name + "; nothing was fetched"};
  } else if (context_.options.chunk && *context_.options.chunk >= metainfo.chunk_count()) {
    refusal_ =
        Error{ErrorKind::usage, "--chunk " + std::to_string(*context_.options.chunk) + ": " + name + " has " +
                                    format_count(metainfo.chunk_count(), "chunk", "chunks") + ", counted from 0"};
  } else if (!context_.options.only.empty() && !content::any_file_matches(context_.options.only, metainfo)) {
    refusal_ = Error{ErrorKind::usage,
                     "--only: no file in " + name + " matches; `stp info` lists them, and '*' matches everything"};
  }
  if (refusal_) stop();
}

bool GetObserver::progressed(const net::ShareStatus& before, const net::ShareStatus& now) const {
  const auto useful = [](const net::ShareStatus& s) { return s.swarm.downloaded - s.swarm.wasted; };
  return now.swarm.phase != before.swarm.phase || now.swarm.bytes_had > before.swarm.bytes_had ||
         useful(now) > useful(before) || now.verified_bytes > before.verified_bytes || completed_ ||
         is_writing(before, now);
}

void GetObserver::on_status(const net::ShareStatus& status) {
  const bool progress = progressed(this->status(), status);
  // Checked in two passes: first what has the share's own name, then what a download left.
  if (this->status().verified_bytes < 0 || status.verified_bytes < this->status().verified_bytes) {
    checking_since_ = Clock::now();
    checking_from_ = status.verified_bytes;
  }
  RunObserver::on_status(status);
  const Clock::time_point now = Clock::now();
  const bool reader_is_awaited = purpose_ == Purpose::stream && status.swarm.phase == transfer::Phase::complete;
  if (progress || reader_is_awaited) last_progress_ = now;
  const std::optional<Duration> longest = patience(context_.options.timeout, downloads(), status.hope);
  if (!last_words_ && longest && now - last_progress_ >= *longest) {
    last_words_ = status;
    waited_ = *longest;
    stop();
  }
}

void GetObserver::on_transfer(std::int64_t had, std::int64_t wanted) {
  transfer_since_ = Clock::now();
  had_before_ = had;
  wanted_ = wanted;
  if (had == 0 || context_.options.repair) return;  // a repair has reported what it found
  context_.console.say(escaped(name_) + ": resuming at " + format_percent(had, wanted) + ", " + format_bytes(had) +
                       " of " + format_bytes(wanted) + " are there");
}

std::string GetObserver::means() const {
  const std::int64_t fetched = wanted_ - had_before_;
  if (!transfer_since_ || fetched <= 0) return format_bytes(wanted_);
  const auto spent = Clock::now() - *transfer_since_;
  const double seconds = std::max(std::chrono::duration<double>(spent).count(), 1e-3);
  std::string text = format_bytes(wanted_);
  if (had_before_ > 0) text += ", " + format_bytes(fetched) + " of it now";
  return text + " in " + format_time_spent(spent) + ", " + format_rate(static_cast<double>(fetched) / seconds) +
         " on average";
}

void GetObserver::on_complete() {
  RunObserver::on_complete();
  completed_ = true;
  if (purpose_ == Purpose::stream) {
    context_.console.end_progress();
    context_.console.say(escaped(name_) + ": written to stdout and verified, " + means());
    return;
  }
  if (purpose_ != Purpose::download) return;
  if (!transfer_since_) {  // it was already there
    const content::FileChoice choice{context_.options.only, files_};
    for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
      if (choice.wants(*metainfo_, i)) wanted_ += metainfo_->files()[i].bytes;
    }
  }
  context_.console.end_progress();
  if (board_ != nullptr && !context_.options.seed) board_->done(place_);
  context_.console.say(escaped(name_) + ": complete and verified, " + means());
  const std::string path = final_path().string();
  // One line, whatever the name; --json shows it unescaped.
  stdout_failure_ = tell(context_, one_line(path) == path ? path : escaped(path), "complete", {{"path", path}});
}

std::filesystem::path GetObserver::final_path() const {
  return context_.options.output / name_;
}

double GetObserver::checking_rate(const net::ShareStatus& status) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - checking_since_).count();
  return seconds < kRateAfterSeconds ? 0 : static_cast<double>(status.verified_bytes - checking_from_) / seconds;
}

std::optional<ProgressLine> GetObserver::progress_line(const net::ShareStatus& status) const {
  if (completed_ && !context_.options.seed) return std::nullopt;
  if (completed_) return seed_line(status, lost_chunks());
  ProgressLine line = get_line(name_, status, checking_rate(status));
  if (board_ == nullptr && console::terminal_columns(STDERR_FILENO).value_or(0) > console::kMapColumnsMin) {
    for (const transfer::ChunkMap::Cell& cell : chunk_map(console::kMapCellsMax).cells) {
      line.map.push_back({cell.had, cell.availability_min > 0});
    }
  }
  const auto stalled = Clock::now() - last_progress_;
  const std::optional<Duration> longest = patience(context_.options.timeout, downloads(), status.hope);
  if (longest && stalled >= kSayTimeoutAfter && stalled < *longest) {
    line.add_dispensable("gives up in " + format_duration(*longest - stalled));
  }
  return line;
}

}  // namespace stp::cli
