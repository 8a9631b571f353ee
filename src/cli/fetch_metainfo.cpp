#include "cli/fetch_metainfo.h"

#include "cli/format.h"
#include "cli/get_observer.h"
#include "cli/progress.h"

namespace stp::cli {

namespace {

// Joins the swarm until `observer` ends it or has what it needs.
Result<net::Outcome> ask_peers(Context& context, Target& target, const CancelOnSignal& signals, GetObserver& observer) {
  net::HostOptions options = host_options(context);
  options.port_map = false;  // it is over before anybody could make use of it
  Result<std::unique_ptr<net::Host>> host = net::Host::open(std::move(options), observer);
  if (!host) return host.error();
  net::GetJob job;
  job.sources = share_sources(context, &target.link);
  job.link = target.link;
  job.metainfo = target.metainfo;
  job.hashes = target.hashes;
  job.only_hashes = true;
  observer.attach(**host, signals, (*host)->add(std::move(job), observer));
  const net::Outcome ended = (*host)->run_until_ended();
  context.console.end_progress();
  target.metainfo = observer.metainfo();
  return ended == net::Outcome::killed ? Result<net::Outcome>(ended) : observer.outcome();
}

// The message and the exit code when no peer sent `what`.
ExitCode not_told(Context& context, const GetObserver& observer, const Result<net::Outcome>& outcome,
                  const std::string& what) {
  if (!outcome) return fail(context, outcome.error());
  if (*outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (!observer.timed_out()) {
    context.console.error("interrupted before any peer sent " + what);
    return end(context, ExitCode::incomplete);
  }
  const std::string waited = "no peer sent " + what + " within " + format_duration(observer.waited()) + ": ";
  if (observer.only_liars()) {
    return fail(context, {ErrorKind::integrity, waited + "every peer that was asked sent wrong data and was "
                                                         "banned; try again when others share it"});
  }
  return fail_incomplete(context, waited + why_waiting(observer.decisive_status()));
}

}  // namespace

std::optional<ExitCode> fetch_metainfo(Context& context, Target& target, const CancelOnSignal& signals) {
  if (target.metainfo) return std::nullopt;
  GetObserver observer(context, GetObserver::Purpose::metainfo);
  const Result<net::Outcome> outcome = ask_peers(context, target, signals, observer);
  if (target.metainfo) return std::nullopt;
  return not_told(context, observer, outcome, "what the link refers to");
}

std::optional<ExitCode> fetch_hashes(Context& context, Target& target, const CancelOnSignal& signals) {
  if (target.metainfo && target.hashes && target.hashes->complete()) return std::nullopt;
  GetObserver observer(context, GetObserver::Purpose::hashes);
  const Result<net::Outcome> outcome = ask_peers(context, target, signals, observer);
  if (observer.hashes()) {
    target.hashes = observer.hashes();
    return std::nullopt;
  }
  if (!target.metainfo) return not_told(context, observer, outcome, "what the link refers to");
  if (!observer.timed_out()) return not_told(context, observer, outcome, "the hashes of its chunks");
  context.console.warn("no peer sent the hashes of the chunks within " + format_duration(observer.waited()) +
                       "; files that differ can't be checked chunk by chunk");
  return std::nullopt;
}

}  // namespace stp::cli
