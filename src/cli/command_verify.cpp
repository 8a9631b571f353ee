// `stp verify`: checks data on disk chunk by chunk.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/fetch_metainfo.h"
#include "cli/format.h"
#include "cli/hashing.h"
#include "cli/verify_report.h"
#include "content/other_files.h"
#include "content/path_rules.h"
#include "content/verify.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

Result<content::VerifyReport> check(Context& context, const Target& target, const CancelOnSignal& signals) {
  Hashing hashing(context.console, signals);
  Result<content::VerifyReport> report =
      content::verify_path(target.metainfo, target.hashes.value_or(content::ChunkHashes(target.metainfo)),
                           context.options.operands[1], hashing.options());
  context.console.end_progress();
  return report;
}

/// "tree differs from the share: 1 of 3 files, 12 of 1832 chunks; …"
std::string verdict(const std::string& name, const content::Metainfo& metainfo, const content::VerifyReport& report) {
  const auto of = [](std::size_t part, std::size_t whole, const char* one, const char* many) {
    return std::to_string(part) + " of " + format_count(whole, one, many);
  };
  std::string text = name + " differs from the share: ";
  if (!metainfo.is_single_file() && !metainfo.files().empty()) {
    text += of(report.problems.size(), metainfo.files().size(), "file", "files") + ", ";
  }
  if (!report.folder_problems.empty()) {
    text += of(report.folder_problems.size(), metainfo.empty_folders().size(), "empty folder", "empty folders") + ", ";
  }
  if (!report.symlink_problems.empty()) {
    text += of(report.symlink_problems.size(), metainfo.symlinks().size(), "symbolic link", "symbolic links") + ", ";
  }
  const std::uint32_t bad = metainfo.chunk_count() - report.good.count();
  text += bad > 0 ? of(bad, metainfo.chunk_count(), "chunk", "chunks") : "though it has every chunk of the share";
  return metainfo.has_v2() ? text + "; `stp get --repair` repairs it and fetches only what is wrong" : text;
}

/// Reports files that are in the directory but not in the share; returns how many there are.
std::size_t tell_other_files(Context& context, const content::Metainfo& metainfo, const std::string& path) {
  const content::OtherFiles others = content::find_other_files(metainfo, path);
  if (others.count > 0) {
    context.console.say(format_count(others.count, "other file is", "other files are") + " not part of the share" +
                        (others.count == 1 ? ": " : ", e.g. ") + escaped(others.first));
  }
  return others.count;
}

}  // namespace

ExitCode run_verify(Context& context) {
  const CancelOnSignal signals;
  std::variant<Target, ExitCode> opened = open_target(context, signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&opened)) return *code;
  Target& target = std::get<Target>(opened);
  tell_notices(context, target);
  // A .torrent usually has the hashes; without them the roots of its files show which files are correct. Only files
  // that are wrong then have to be checked chunk by chunk.
  const bool link_alone = !target.metainfo;
  if (link_alone) {
    if (const std::optional<ExitCode> code = fetch_hashes(context, target, signals)) return *code;
  }
  Result<content::VerifyReport> report = check(context, target, signals);
  if (!link_alone && report && !report->problems.empty() && !report->hashes.complete()) {
    target.hashes = std::move(report->hashes);
    if (const std::optional<ExitCode> code = fetch_hashes(context, target, signals)) return *code;
    report = check(context, target, signals);
  }
  if (!report) {
    if (!signals.cancelled()) return fail(context, report.error());
    context.console.error("interrupted before everything was checked");
    return end(context, ExitCode::incomplete);
  }
  const content::Metainfo& metainfo = *target.metainfo;
  const std::string& path = context.options.operands[1];
  tell_wrong(context, metainfo, *report);
  const std::size_t others = tell_other_files(context, metainfo, path);
  context.events.emit("verified", {{"chunks", metainfo.chunk_count()},
                                   {"good_chunks", report->good.count()},
                                   {"wrong_files", report->problems.size()},
                                   {"wrong_folders", report->folder_problems.size()},
                                   {"wrong_symlinks", report->symlink_problems.size()},
                                   {"other_files", others}});
  if (!report->all_right()) {
    return fail(context, {ErrorKind::integrity, verdict(escaped(path), metainfo, *report)});
  }
  context.console.say(escaped(path) + ": every byte is correct (" +
                      format_count(metainfo.chunk_count(), "chunk", "chunks") + ", " +
                      format_count(metainfo.files().size(), "file", "files") + ")");
  if (context.events.failure() != 0) return fail_stdout(context, context.events.failure());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
