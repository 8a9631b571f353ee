// `stp verify`: checks data on disk chunk by chunk.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/fetch_metainfo.h"
#include "cli/format.h"
#include "cli/hashing.h"
#include "content/path_rules.h"
#include "content/verify.h"

namespace stp::cli {

ExitCode run_verify(Context& context) {
  const CancelOnSignal signals;
  Result<Target> target = resolve_target(context.options.operands[0]);
  if (!target) return fail(context, target.error());
  if (const std::optional<ExitCode> code = fetch_metainfo(context, *target, signals)) return *code;
  const std::shared_ptr<const content::Metainfo>& metainfo = target->metainfo;
  const std::string& path = context.options.operands[1];

  Hashing hashing(context.console, signals);
  const Result<content::VerifyReport> report = content::verify_path(
      metainfo, target->hashes ? *target->hashes : content::ChunkHashes(metainfo), path, hashing.options());
  context.console.end_progress();
  if (!report) {
    if (!signals.cancelled()) return fail(context, report.error());
    context.console.error("interrupted before everything was checked");
    return end(context, ExitCode::incomplete);
  }
  for (const content::FileProblem& problem : report->problems) {
    context.console.error(problem.error.message);
    context.events.emit("wrong_file", {{"path", content::join_path(metainfo->files()[problem.file].path)},
                                       {"message", problem.error.message}});
  }
  context.events.emit("verified", {{"chunks", metainfo->chunk_count()},
                                   {"good_chunks", report->good.count()},
                                   {"wrong_files", report->problems.size()}});
  if (!report->problems.empty()) {
    const std::uint32_t bad = metainfo->chunk_count() - report->good.count();
    return fail(context, {ErrorKind::integrity,
                          content::display_name(path) +
                              " is not right: " + format_count(report->problems.size(), "file", "files") + ", " +
                              format_count(bad, "chunk", "chunks") + "; `stp get` fetches what is missing elsewhere"});
  }
  context.console.say(content::display_name(path) + ": every byte is right (" +
                      format_count(metainfo->chunk_count(), "chunk", "chunks") + ", " +
                      format_count(metainfo->files().size(), "file", "files") + ")");
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
