// `stp find`: shares by name, from the catalogues of trackers.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/found_shares.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

Error nothing_found(const Options& options, const tracker::ShareQuery& query) {
  const std::string where = " at " + trackers_text(options);
  if (query.page > 1) return {ErrorKind::not_found, "there is no page " + std::to_string(query.page) + where};
  if (query.name.empty()) return {ErrorKind::not_found, "no share is listed" + where};
  return {ErrorKind::not_found, "no share" + where + " has a name like '" + escaped(query.name) + "'"};
}

}  // namespace

ExitCode run_find(Context& context) {
  const CancelOnSignal signals;
  const Options& options = context.options;
  if (options.trackers.empty()) {
    return fail(context, {ErrorKind::usage, "no tracker to ask; name one with --tracker URL"});
  }
  tracker::ShareQuery query;
  if (!options.operands.empty()) query.name = options.operands.front();
  query.order = options.sort;
  query.page = options.page;
  if (query.name.size() > tracker::kQueryNameBytesMax) {
    return fail(context, {ErrorKind::usage, "no name is longer than 255 bytes; give a part of it"});
  }
  const Result<FoundShares> found = find_shares(context, query, signals.descriptor());
  if (signals.cancelled()) {
    context.console.error("interrupted before the tracker answered");
    return end(context, ExitCode::incomplete);
  }
  if (!found) return fail(context, found.error());
  if (found->shares.empty()) return fail(context, nothing_found(options, query));

  for (const Found& each : found->shares) emit_share(context, each);
  const std::uint64_t pages = tracker::page_count(found->total);
  context.events.emit("found", {{"total", found->total}, {"page", query.page}, {"pages", pages}});
  std::string text;
  for (const std::string& line : table_of(found->shares, false)) text += line + "\n";
  const int failure = context.events.enabled() ? context.events.failure() : context.console.print(text);
  if (failure != 0) return fail_stdout(context, failure);
  if (query.page < pages) {
    context.console.say("stp: page " + std::to_string(query.page) + " of " + std::to_string(pages) +
                        "; see the next one with --page " + std::to_string(query.page + 1));
  }
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
