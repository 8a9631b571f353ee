// `stp get`: downloads a share, part of it, or one chunk.
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/get_observer.h"
#include "cli/glob.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "content/download.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// Writes the fetched chunk to where it was asked for.
ExitCode deliver_chunk(Context& context, ByteSpan chunk) {
  const Options& options = context.options;
  if (options.output.empty()) {
    if (!content::write_all(STDOUT_FILENO, as_text(chunk))) return fail_stdout(context, errno);
  } else if (Status put = put_new_file(options.output, as_text(chunk), 0666); !put) {
    return fail(context, put.error());
  }
  return end(context, ExitCode::done);
}

Status make_output_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (!failure) return Done{};
  if (failure == std::errc::not_a_directory || failure == std::errc::file_exists) {
    return Error{ErrorKind::exists, "-o: a file is where the directory " + escaped(directory.string()) +
                                        " should be; move it away or choose another directory"};
  }
  return content::file_error("create the directory", directory.string(), failure.value());
}

/// What remains of a download that did not finish: nothing as long as none of its chunks was verified.
std::string what_is_kept(const Options& options, const GetObserver& observer) {
  if (options.chunk) return "";
  std::error_code ignored;
  const bool kept =
      observer.metainfo() &&
      std::filesystem::exists(options.output / content::disk_names(*observer.metainfo()).control, ignored);
  return kept ? "; what is verified is kept, run the same command again to resume"
              : "; nothing has been verified yet, run the same command again to start over";
}

/// The message and the exit code when work is left.
ExitCode incomplete(Context& context, const GetObserver& observer) {
  if (observer.refusal()) return fail(context, *observer.refusal());
  const std::string kept = what_is_kept(context.options, observer);
  if (!observer.timed_out()) {
    context.console.end_progress();
    context.console.error("interrupted" + kept);
    return end(context, ExitCode::incomplete);
  }
  const std::string waited = "no progress for " + format_duration(observer.waited()) + ": ";
  if (observer.only_liars()) {
    return fail(context,
                {ErrorKind::integrity, waited + "every peer that had the data sent bad data and was banned; try again "
                                                "when others share it"});
  }
  return fail_incomplete(context, waited + why_waiting(observer.decisive_status()) + kept);
}

ExitCode finish(Context& context, const GetObserver& observer, net::Outcome outcome) {
  if (outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (context.options.chunk) {
    return observer.chunk() ? deliver_chunk(context, *observer.chunk()) : incomplete(context, observer);
  }
  if (!observer.completed()) return incomplete(context, observer);
  const transfer::SwarmStatus& swarm = observer.status().swarm;
  if (context.options.seed) context.console.say("uploaded " + format_bytes(swarm.uploaded));
  if (observer.stdout_failure() != 0) return fail_stdout(context, observer.stdout_failure());
  return end(context, ExitCode::done);
}

}  // namespace

ExitCode run_get(Context& context) {
  const CancelOnSignal signals;
  const Options& options = context.options;
  if (options.chunk && options.json && options.output.empty()) {
    return fail(context, {ErrorKind::usage, "--chunk and --json both want stdout; give the chunk a file with -o FILE"});
  }
  if (options.chunk && !options.output.empty()) {
    if (Status free = check_free(options.output); !free) return fail(context, free.error());
  }
  std::variant<Target, ExitCode> opened = open_target(context, signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&opened)) return *code;
  Target& target = std::get<Target>(opened);

  if (!options.output.empty() && !options.chunk) {
    if (Status made = make_output_directory(options.output); !made) return fail(context, made.error());
  }
  context.events.emit("link", {{"link", target.link.to_string()},
                               {"info_hash", target.link.info_hash.hex()},
                               {"private", target.link.is_private()}});
  tell_notices(context, target);
  GetObserver observer(context, options.chunk ? GetObserver::Purpose::chunk : GetObserver::Purpose::download);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), observer);
  if (!host) return fail(context, host.error());
  observer.attach(**host, signals);

  net::GetJob job;
  job.sources = share_sources(context, &target.link);
  job.link = std::move(target.link);
  job.metainfo = std::move(target.metainfo);
  job.hashes = std::move(target.hashes);
  job.directory = options.output.empty() || options.chunk ? std::filesystem::path(".") : options.output;
  if (!options.only.empty()) {
    job.wanted = [&options](const content::Metainfo& metainfo, std::size_t file) {
      return matches_any(options.only, metainfo.files()[file]);
    };
  }
  job.repair = options.repair;
  if (options.chunk) job.only_chunk = ChunkIndex{*options.chunk};
  job.seed_after = options.seed;
  job.seed_ratio = options.seed_ratio;
  const Result<net::Outcome> outcome = (*host)->run_alone(std::move(job), observer);
  if (!outcome) return fail(context, observer.refusal().value_or(outcome.error()));
  return finish(context, observer, *outcome);
}

}  // namespace stp::cli
