// `stp share --each`: every file of a directory is a share of its own; with --watch also what comes later.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/glob.h"
#include "cli/output_file.h"
#include "cli/reach.h"
#include "cli/run_observer.h"
#include "cli/sharing.h"
#include "content/secret_names.h"
#include "content/temporary_names.h"
#include "core/shown_text.h"
#include "net/folder_job.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

class EachObserver final : public net::HostObserver, public net::FolderObserver {
 public:
  EachObserver(Context& context, const CancelOnSignal& signals) : context_(context), signals_(signals) {}

  void attach(net::Host& host) { host_ = &host; }

  // HostObserver
  void on_listening(const Endpoint& endpoint) override {
    if (signals_.cancelled()) host_->interrupt();
    emit(context_, "listening", {{"endpoint", net::to_text(endpoint)}});
  }
  void on_refused(const Endpoint& from, const std::string& reason) override {
    emit(context_, "peer_trouble", {{"peer", net::to_text(from)}, {"reason", reason}});
  }
  void on_notice(const std::string& line) override {
    context_.console.say("stp: " + line);
    emit(context_, "notice", {{"message", line}});
  }

  // FolderObserver
  void on_shared(const net::FolderShare& share) override {
    const std::string link = share.link.to_string();
    nlohmann::json fields = metainfo_fields(share.metainfo);
    fields["path"] = share.path;
    fields["link"] = link;
    fields["private"] = share.link.is_private();
    fields["hashed_bytes"] = share.bytes_hashed;
    const int failure = tell(context_, link + "\t" + escaped(share.path), "shared", std::move(fields));
    if (failure != 0) return stop(stdout_error(failure));
    bytes_ += share.metainfo.total_bytes();
    note_secret(share.path);
  }
  void on_withdrawn(const std::string& path, const InfoHash& info_hash) override {
    emit(context_, "withdrawn", {{"path", path}, {"info_hash", info_hash.hex()}});
    if (context_.options.watch) context_.console.say("stp: no longer shared: " + escaped(path));
  }
  void on_problem(const std::string& line) override {
    context_.console.warn(line);
    emit(context_, "notice", {{"message", line}});
  }
  void on_folder_status(const net::FolderStatus& status) override {
    emit(context_, "folder_status", {{"files", status.files}, {"shared", status.shared}, {"settled", status.settled}});
    if (!status.settled) {
      if (announced_) return;
      ProgressLine line;
      line.add("sharing " + std::to_string(status.shared) + " of " + format_count(status.files, "file", "files"));
      return context_.console.progress(line);
    }
    secrets_.warn(context_);
    if (std::exchange(announced_, true)) return;
    context_.console.end_progress();
    if (status.shared == 0 && !context_.options.watch) {
      return stop({ErrorKind::not_found, "nothing to share in " + escaped(context_.options.operands.front())});
    }
    std::string line =
        "sharing " + format_count(status.shared, "file", "files") + " one by one, " + format_bytes(bytes_);
    if (context_.options.watch) line += "; what appears, changes and goes is followed";
    context_.console.say(line + "; Ctrl-C stops it");
  }
  void on_folder_ended(const Status& status) override {
    if (!status) stop(status.error());
  }

  /// Why it ended before somebody wanted it to.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void stop(const Error& error) {
    if (failure_) return;
    failure_ = error;
    host_->interrupt();
  }
  void note_secret(const std::string& path) {
    std::vector<std::string> components;
    for (const auto& component : std::filesystem::path(path)) components.push_back(component.string());
    if (content::looks_secret(components)) secrets_.add(path);
  }

  Context& context_;
  const CancelOnSignal& signals_;
  net::Host* host_ = nullptr;
  SecretNames secrets_;
  std::int64_t bytes_ = 0;
  bool announced_ = false;
  std::optional<Error> failure_;
};

net::FolderJob folder_job(Context& context, const LinkMaker& links, const std::vector<Endpoint>& reachable) {
  const Options& options = context.options;
  net::FolderJob job;
  job.path = options.operands.front();
  job.watch = options.watch;
  job.own_folders = own_folders_of(context);
  job.hash_directory = hash_directory_of(context);
  job.times = options.times;
  job.listed = !options.unlisted;
  job.sources = share_sources(context, nullptr);
  job.excluded = [patterns = options.excluded](const std::vector<std::string>& path) {
    std::vector<bool> used(patterns.size());
    return content::looks_temporary(path.back()) || is_excluded(patterns, path, used);
  };
  job.make_link = [&links, &reachable](const content::Metainfo& metainfo) -> Result<wire::Link> {
    return links.make(metainfo, reachable);
  };
  return job;
}

}  // namespace

ExitCode run_share_each(Context& context) {
  const CancelOnSignal signals;
  const Result<LinkMaker> links = LinkMaker::open(context);
  if (!links) return fail(context, links.error());
  EachObserver observer(context, signals);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), observer);
  if (!host) return fail(context, host.error());
  const std::vector<Endpoint> reachable = endpoints_for_others((*host)->listening());
  observer.attach(**host);
  context.console.say("stp: " + reach_text(reachable));
  (void)(*host)->add(folder_job(context, *links, reachable), observer);
  const net::Outcome outcome = (*host)->run();
  context.console.end_progress();
  if (outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (observer.failure()) return fail(context, *observer.failure());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
