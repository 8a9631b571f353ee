#include "cli/fetch_metainfo.h"

#include "cli/format.h"
#include "cli/get_observer.h"
#include "cli/progress.h"

namespace stp::cli {

std::optional<ExitCode> fetch_metainfo(Context& context, Target& target, const CancelOnSignal& signals) {
  if (target.metainfo) return std::nullopt;
  GetObserver observer(context, GetObserver::Purpose::metainfo);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context, &target.link), observer);
  if (!host) return fail(context, host.error());
  observer.attach(**host, signals);
  net::GetJob job;
  job.link = target.link;
  job.only_chunk = ChunkIndex{0};  // into memory: no file is made before the observer stops the host
  const Result<net::Outcome> outcome = (*host)->run_get(std::move(job));
  context.console.end_progress();
  target.metainfo = observer.metainfo();
  if (target.metainfo) return std::nullopt;
  if (!outcome) return fail(context, outcome.error());
  if (*outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  context.console.error(observer.timed_out() ? "nobody told what the link stands for within " +
                                                   format_duration(context.options.timeout) + ": " +
                                                   why_waiting(observer.decisive_status())
                                             : "interrupted before anybody told what the link stands for");
  return end(context, ExitCode::incomplete);
}

}  // namespace stp::cli
