// `stp share --each`: every file of a directory is a share of its own; with --watch also what comes later. `stp share
// --watch`: a directory is a share, and a new one when it has changed.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/host_reporter.h"
#include "cli/offer_link.h"
#include "cli/output_file.h"
#include "cli/reach.h"
#include "cli/run_observer.h"
#include "cli/run_page.h"
#include "cli/sharing.h"
#include "content/path_rules.h"
#include "content/scan.h"
#include "content/secret_names.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "net/folder_job.h"

namespace stp::cli {
namespace {

class FolderShareObserver final : public HostReporter, public net::FolderObserver {
 public:
  using HostReporter::HostReporter;

  /// What is reported is shown there, too.
  void show_in(daemon::RunFolder& shown) { shown_ = &shown; }

  void on_shared(const net::FolderShare& share) override {
    if (shown_ != nullptr) shown_->on_shared(share);
    const std::string link = share.link.to_string();
    nlohmann::json fields = metainfo_fields(share.metainfo);
    fields["path"] = share.path;
    fields["link"] = link;
    fields["private"] = share.link.is_private();
    fields["hashed_bytes"] = share.bytes_hashed;
    const bool each = context_.options.each;
    const int failure = tell(context_, each ? link + "\t" + escaped(share.path) : link, "shared", std::move(fields));
    if (failure != 0) return fail(stdout_error(failure));
    if (each) {
      bytes_ += share.metainfo.total_bytes();
      return note_secret(share.path);
    }
    for (const content::FileEntry& file : share.metainfo.files()) {
      note_secret(content::join_path(file.path));
    }
    context_.console.say("sharing " + escaped(share.metainfo.name()) + ": " +
                         format_count(share.metainfo.files().size(), "file", "files") + ", " +
                         format_bytes(share.metainfo.total_bytes()) +
                         "; when it changes, a new link follows. Others run");
    context_.console.say("  stp get " + shell_word(link));
    offer_link(context_, link);
  }
  void on_withdrawn(const std::string& path, const InfoHash& info_hash) override {
    if (shown_ != nullptr) shown_->on_withdrawn(path, info_hash);
    emit(context_, "withdrawn", {{"path", path}, {"info_hash", info_hash.hex()}});
    if (!context_.options.watch) return;
    context_.console.say("stp: no longer shared: " + (path.empty() ? "what it was before" : escaped(path)));
  }
  void on_problem(const std::string& line) override {
    context_.console.warn(line);
    emit(context_, "notice", {{"message", line}});
    if (shown_ != nullptr) shown_->on_problem(line);
    if (front_ != nullptr) front_->note(line);
  }
  void on_folder_status(const net::FolderStatus& status) override {
    if (shown_ != nullptr) shown_->on_status(status);
    emit(context_, "folder_status", {{"files", status.files}, {"shared", status.shared}, {"settled", status.settled}});
    if (!status.settled) {
      if (announced_) return;
      ProgressLine line;
      line.add("sharing " + std::to_string(status.shared) + " of " + format_count(status.files, "file", "files"));
      return context_.console.progress(line);
    }
    secrets_.warn(context_);
    if (std::exchange(announced_, true) || !context_.options.each) return;
    context_.console.end_progress();
    if (status.shared == 0 && !context_.options.watch) {
      return fail({ErrorKind::not_found, "nothing to share in " + escaped(context_.options.operands.front())});
    }
    std::string line =
        "sharing " + format_count(status.shared, "file", "files") + " one by one, " + format_bytes(bytes_);
    if (context_.options.watch) line += "; what appears, changes and goes is followed";
    context_.console.say(line + "; Ctrl-C stops it");
  }
  void on_folder_ended(const Status& status) override {
    if (!status) fail(status.error());
  }

  /// Why it ended before somebody wanted it to.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void fail(const Error& error) {
    if (failure_) return;
    failure_ = error;
    if (host_ != nullptr) host_->interrupt();
  }
  /// Each once, however often it is shared.
  void note_secret(const std::string& path) {
    std::vector<std::string> components;
    for (const auto& component : std::filesystem::path(path)) components.push_back(component.string());
    if (!content::looks_secret(components) || told_secret_.size() >= kSecretsMax) return;
    if (told_secret_.insert(path).second) secrets_.add(path);
  }

  static constexpr std::size_t kSecretsMax = 1000;
  daemon::RunFolder* shown_ = nullptr;
  SecretNames secrets_;
  std::set<std::string> told_secret_;
  std::int64_t bytes_ = 0;
  bool announced_ = false;
  std::optional<Error> failure_;
};

// Everything but make_link. Errors as content::resolve_folder().
Result<net::FolderJob> folder_job(Context& context) {
  const Options& options = context.options;
  net::FolderJob job;
  job.path = options.operands.front();
  job.own_folders = own_folders_of(context);
  Result<std::string> root = content::resolve_folder(job.path, job.own_folders);
  if (!root) return root.error();
  job.root = *std::move(root);
  job.each = options.each;
  job.watch = options.watch;
  job.name = options.name;
  job.hash_directory = hash_directory_of(context);
  job.with_v1 = !options.private_share && !options.v2_only;
  job.times = options.times;
  job.listed = !options.unlisted;
  job.sources = share_sources(context, nullptr);
  job.excluded = net::folder_excludes(options.excluded);
  return job;
}

}  // namespace

ExitCode run_share_folder(Context& context) {
  const CancelOnSignal signals;
  const Result<LinkMaker> links = LinkMaker::open(context);
  if (!links) return fail(context, links.error());
  Result<net::FolderJob> job = folder_job(context);
  if (!job) return fail(context, job.error());
  FolderShareObserver observer(context);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), observer);
  if (!host) return fail(context, host.error());
  const std::vector<Endpoint> reachable = endpoints_for_others((*host)->listening());
  observer.attach(**host, signals);
  const portmap::RouterStatus router = ask_router(**host, reachable);
  observer.router_told(router);
  context.console.say("stp: " + reach_text(reachable, router));
  job->make_link = [&](const content::Metainfo& metainfo) -> Result<wire::Link> {
    return links->make(metainfo, reachable, observer.router());
  };
  const Result<std::unique_ptr<RunPage>> page = RunPage::open(context, **host, observer);
  if (!page) return fail(context, page.error());
  const Options& options = context.options;
  const net::FolderId id = (*host)->add(*std::move(job), observer);
  if (daemon::RunFront* const front = (*page)->front()) {
    observer.show_in(
        front->add(id, {options.operands.front(), options.name, options.each, options.watch, options.private_share}));
  }
  const net::Outcome outcome = (*host)->run();
  context.console.end_progress();
  if (outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (observer.failure()) return fail(context, *observer.failure());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
