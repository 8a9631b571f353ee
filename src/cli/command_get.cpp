// `stp get`: downloads a share, part of it, or one chunk.
#include <unistd.h>

#include <cerrno>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/get_observer.h"
#include "cli/hand_over.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/run_page.h"
#include "cli/stdout_stream.h"
#include "cli/stream_directory.h"
#include "cli/target.h"
#include "content/download.h"
#include "content/file_choice.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

bool streams(const Options& options) {
  return options.output == "-" && !options.chunk;
}

/// Whether --chunk goes to stdout.
bool prints_chunk(const Options& options) {
  return options.chunk && (options.output.empty() || options.output == "-");
}

/// Why `-o -` is not possible with the other options, or here.
std::optional<Error> against_stream(const Options& options) {
  const auto because = [](const char* why) { return Error{ErrorKind::usage, why}; };
  if (options.json) return because("-o - and --json both want stdout");
  if (options.background) return because("-o - is for the foreground; leave out -b");
  if (options.repair) return because("-o - keeps nothing that could be repaired; leave out --repair");
  if (options.seed) return because("-o - keeps nothing that could be seeded; leave out --seed");
  // What a stranger shares may contain anything that a terminal obeys.
  if (::isatty(STDOUT_FILENO) == 1) return because("-o - does not write to a terminal; add | less or > FILE");
  return std::nullopt;
}

/// Writes the fetched chunk to where it was asked for.
ExitCode deliver_chunk(Context& context, ByteSpan chunk) {
  const Options& options = context.options;
  if (prints_chunk(options)) {
    if (!content::write_all(STDOUT_FILENO, as_text(chunk))) return report_stdout(context, errno);
  } else if (Status put = put_new_file(options.output, as_text(chunk), 0666); !put) {
    return report(context, put.error());
  }
  return ExitCode::done;
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
  if (options.chunk || streams(options)) return "";
  std::error_code ignored;
  const bool kept =
      observer.metainfo() &&
      std::filesystem::exists(options.output / content::disk_names(*observer.metainfo()).control, ignored);
  return kept ? "; what is verified is kept, run the same command again to resume"
              : "; nothing has been verified yet, run the same command again to start over";
}

/// The message and the exit code when work is left.
ExitCode incomplete(Context& context, const GetObserver& observer) {
  if (observer.refusal()) return report(context, *observer.refusal());
  const std::string kept = what_is_kept(context.options, observer);
  if (!observer.timed_out()) {
    context.console.end_progress();
    context.console.error((context.share_name.empty() ? "" : context.share_name + ": ") + "interrupted" + kept);
    return ExitCode::incomplete;
  }
  const std::string waited = "no progress for " + format_duration(observer.waited()) + ": ";
  if (observer.only_liars()) {
    return report(
        context, {ErrorKind::integrity, waited + "every peer that had the data sent bad data and was banned; try again "
                                                 "when others share it"});
  }
  return report_incomplete(context, waited + why_waiting(observer.decisive_status()) + kept);
}

/// What became of one share.
ExitCode outcome_of(Context& context, const GetObserver& observer) {
  const Result<net::Outcome>& outcome = observer.outcome();
  if (!outcome) return report(context, observer.refusal().value_or(outcome.error()));
  if (*outcome == net::Outcome::killed) return ExitCode::interrupted;
  if (context.options.chunk) {
    return observer.chunk() ? deliver_chunk(context, *observer.chunk()) : incomplete(context, observer);
  }
  if (!observer.completed()) return incomplete(context, observer);
  const transfer::SwarmStatus& swarm = observer.status().swarm;
  if (context.options.seed) {
    context.console.say((context.share_name.empty() ? "" : context.share_name + ": ") + "uploaded " +
                        format_bytes(swarm.uploaded));
  }
  return observer.stdout_failure() != 0 ? report_stdout(context, observer.stdout_failure()) : ExitCode::done;
}

/// How bad it is that a share ended with `code`; the worst of all is the command's.
int badness(ExitCode code) {
  switch (code) {
    case ExitCode::done: return 0;
    case ExitCode::incomplete: return 1;
    case ExitCode::usage: return 2;
    case ExitCode::error: return 3;
    case ExitCode::disk_full: return 4;
    case ExitCode::integrity: return 5;
    case ExitCode::interrupted: return 6;
  }
  return 3;
}

/// `-o -`: where the data is meanwhile, and where it goes.
struct Stream {
  explicit Stream(StreamDirectory made) : directory(std::move(made)) {}
  StreamDirectory directory;
  StdoutStream out;
};

net::GetJob job_for(const Context& context, Target target, Stream* stream) {
  const Options& options = context.options;
  net::GetJob job;
  job.sources = share_sources(context, &target.link, std::move(target.http_seeds));
  job.link = std::move(target.link);
  job.metainfo = std::move(target.metainfo);
  job.hashes = std::move(target.hashes);
  job.directory = options.output.empty() || options.chunk ? std::filesystem::path(".") : options.output;
  if (content::FileChoice choice{options.only, job.link.selection}; !choice.all()) {
    job.wanted = [choice](const content::Metainfo& metainfo, std::size_t file) { return choice.wants(metainfo, file); };
  }
  job.repair = options.repair;
  job.sequential = options.sequential;
  if (stream != nullptr) {
    job.directory = stream->directory.path();
    job.stream = [stream](ByteSpan bytes, const std::atomic<bool>& cancel) { return stream->out.write(bytes, cancel); };
  }
  if (options.chunk) job.only_chunk = ChunkIndex{*options.chunk};
  job.seed_after = options.seed;
  job.seed_ratio = options.seed_ratio;
  return job;
}

/// One of the shares that are fetched: its own context names it if there are others.
struct Fetch {
  Fetch(const Context& command, const Target& target, bool one_of_several, ProgressBoard& board)
      : context(command),
        observer(context,
                 command.options.chunk      ? GetObserver::Purpose::chunk
                 : streams(command.options) ? GetObserver::Purpose::stream
                                            : GetObserver::Purpose::download,
                 one_of_several ? &board : nullptr) {
    if (target.listed_name) observer.expect_name(*target.listed_name);
    observer.expect_files(target.link.selection);
    if (!one_of_several) return;
    context.share = target.link.info_hashes.hex();
    context.share_name = target.link.name.empty() ? context.share.substr(0, 12) : escaped(target.link.name);
  }
  Context context;
  GetObserver observer;
};

/// What concerns no share in particular, if there are several.
class HostReports final : public HostReporter {
 public:
  using HostReporter::HostReporter;

 protected:
  [[nodiscard]] bool shows_router() const override { return context_.options.seed; }
};

}  // namespace

ExitCode run_get(Context& context) {
  const CancelOnSignal signals;
  const Options& options = context.options;
  if (prints_chunk(options) && options.json) {
    return fail(context, {ErrorKind::usage, "--chunk and --json both want stdout; give the chunk a file with -o FILE"});
  }
  if (options.chunk && !prints_chunk(options)) {
    if (Status free = check_free(options.output); !free) return fail(context, free.error());
  }
  if (streams(options)) {
    if (const std::optional<Error> error = against_stream(options)) return fail(context, *error);
  }
  std::variant<std::vector<Target>, ExitCode> opened = open_targets(context, signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&opened)) return *code;
  std::vector<Target>& targets = std::get<std::vector<Target>>(opened);
  if (options.background) return get_in_background(context, signals, targets);
  if (options.chunk && targets.size() > 1) {
    return fail(context, {ErrorKind::usage, "--chunk fetches from one share; give one target"});
  }
  if (!options.output.empty() && !options.chunk && !streams(options)) {
    if (Status made = make_output_directory(options.output); !made) return fail(context, made.error());
  }
  remove_orphaned_streams(context.directories.cache);
  std::optional<Stream> stream;
  if (streams(options)) {
    if (targets.size() > 1) return fail(context, {ErrorKind::usage, "-o - takes one target"});
    Result<StreamDirectory> made = StreamDirectory::make(context.directories.cache);
    if (!made) return fail(context, made.error());
    stream.emplace(*std::move(made));
  }

  const bool several = targets.size() > 1;
  ProgressBoard board(context.console);
  std::list<Fetch> fetches;
  for (const Target& target : targets) {
    Fetch& fetch = fetches.emplace_back(context, target, several, board);
    emit(fetch.context, "link",
         {{"link", target.link.to_string()},
          {"info_hash", target.link.info_hashes.hex()},
          {"private", target.link.is_private()}});
    tell_notices(fetch.context, target);
  }
  HostReports reports(context);
  HostReporter& of_host = several ? static_cast<HostReporter&>(reports) : fetches.front().observer;
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), of_host);
  if (!host) return fail(context, host.error());
  reports.attach(**host, signals);
  const Result<std::unique_ptr<RunPage>> page = RunPage::open(context, **host, of_host);
  if (!page) return fail(context, page.error());
  daemon::RunFront* const front = (*page)->front();
  auto target = targets.begin();
  for (Fetch& fetch : fetches) {
    net::GetJob job = job_for(context, std::move(*target++), stream ? &*stream : nullptr);
    daemon::RunShare shown{daemon::Kind::get,
                           job.link,
                           {},
                           std::filesystem::absolute(job.directory).string(),
                           {context.options.only, job.link.selection},
                           job.metainfo};
    const net::ShareId id = (*host)->add(std::move(job), fetch.observer);
    if (front != nullptr) {
      front->add(id, std::move(shown));
      fetch.observer.show_at(front);
    }
    fetch.observer.attach(**host, signals, id);
  }
  if ((*host)->run_until_ended() == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (stream && stream->out.failure() != 0) return fail_stdout(context, stream->out.failure());
  ExitCode worst = ExitCode::done;
  for (Fetch& fetch : fetches) {
    const ExitCode code = outcome_of(fetch.context, fetch.observer);
    if (badness(code) > badness(worst)) worst = code;
  }
  return end(context, worst);
}

}  // namespace stp::cli
