#include "cli/run_observer.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/format.h"
#include "cli/output_file.h"
#include "core/add_new.h"
#include "core/overloaded.h"
#include "core/shown_text.h"
#include "core/version.h"
#include "daemon/run_front.h"
#include "dht/bootstrap.h"
#include "net/zone.h"

namespace stp::cli {
void RunObserver::attach(net::Host& host, const CancelOnSignal& signals, std::optional<net::ShareId> share) {
  HostReporter::attach(host, signals);
  share_ = share;
}

void RunObserver::stop() const {
  if (host_ == nullptr) return;
  if (share_) {
    host_->remove(*share_);
  } else {
    host_->interrupt();
  }
}

transfer::ChunkMap RunObserver::chunk_map(std::size_t cells) const {
  return share_ ? host_->chunk_map(*share_, cells) : transfer::ChunkMap();
}

void RunObserver::on_metainfo(const content::Metainfo& metainfo) {
  chunks_ = metainfo.chunk_count();
  emit(context_, "metainfo", metainfo_fields(metainfo));
  if (front_ != nullptr && share_) front_->on_metainfo(*share_, metainfo);
}

void RunObserver::on_complete() {
  if (front_ != nullptr && share_) front_->on_complete(*share_);
}

void RunObserver::on_ended(const Result<net::Outcome>& outcome) {
  outcome_ = outcome;
  if (front_ != nullptr && share_) front_->on_ended(*share_, outcome);
}

void RunObserver::on_event(const transfer::SwarmEvent& event) {
  std::visit(
      Overloaded{
          [&](const transfer::PeerBanned& banned) {
            ++banned_;
            const std::string peer = net::to_text(banned.endpoint);
            context_.console.warn(peer + " is banned: " + banned.reason);
            emit(context_, "peer_banned", {{"peer", peer}, {"reason", banned.reason}});
          },
          [&](const transfer::PeerTrouble& trouble) {
            emit(context_, "peer_trouble", {{"peer", net::to_text(trouble.endpoint)}, {"reason", trouble.reason}});
          },
          [&](const transfer::WebSeedTrouble& trouble) { on_web_seed(trouble); },
          [&](const transfer::ChunkLost& lost) { on_lost(lost); },
          [&](const transfer::ChunkBack& back) { on_back(back); },
          [&](const transfer::Full& full) {
            emit(context_, "full", {{"seats", full.seats}});
          },
          [](const auto&) {},
      },
      event);
}

void RunObserver::on_web_seed(const transfer::WebSeedTrouble& trouble) {
  nlohmann::json fields = {{"server", trouble.server}, {"reason", trouble.reason}, {"banned", trouble.banned}};
  fields["retry_seconds"] = nullptr;
  if (trouble.retry_in) {
    fields["retry_seconds"] = std::chrono::ceil<std::chrono::seconds>(*trouble.retry_in).count();
  } else {
    if (trouble.banned) ++banned_;
    context_.console.warn("web seed " + escaped(trouble.server) + (trouble.banned ? " is banned: " : " is given up: ") +
                          escaped(trouble.reason));
  }
  emit(context_, "web_seed_trouble", std::move(fields));
}

void RunObserver::on_lost(const transfer::ChunkLost& lost) {
  const bool was_away = away_.erase(lost.chunk) > 0;
  if (lost.for_now) away_.insert(lost.chunk);
  if (!was_away) ++lost_;
  emit(context_, "chunk_lost", {{"chunk", lost.chunk.value}, {"reason", lost.reason}, {"for_now", lost.for_now}});
  if (lost_reasons_.size() >= kReasonsMax || !lost_reasons_.insert(lost.reason).second) return;
  std::string warning = lost.reason + ": its chunks are " +
                        (lost.for_now ? "not offered until it can be read again" : "no longer offered");
  if (status_.swarm.chunks_had > 0) {
    const std::uint32_t before = status_.swarm.chunks_had + lost_in_status_;
    warning += ", so far " + std::to_string(before - std::min(before, lost_)) + " of " +
               format_count(before, "chunk", "chunks") + " are left";
  }
  if (const std::string remedy = remedy_for_lost(); !remedy.empty() && !lost.for_now) warning += "; " + remedy;
  context_.console.warn(warning);
  if (lost.for_now) told_away_ = true;
}

void RunObserver::on_back(const transfer::ChunkBack& back) {
  if (away_.erase(back.chunk) == 0) return;
  --lost_;
  emit(context_, "chunk_back", {{"chunk", back.chunk.value}});
  if (!away_.empty()) return;
  if (std::exchange(told_away_, false)) context_.console.say("stp: what could not be read is offered again");
}

void RunObserver::on_status(const net::ShareStatus& status) {
  status_ = status;
  lost_in_status_ = lost_;
  if (context_.events.enabled()) {
    nlohmann::json fields = status_fields(status);
    fields["peer_list"] = share_ ? peer_list(host_->peers(*share_), chunks_) : nlohmann::json::array();
    emit(context_, "status", std::move(fields));
  }
  if (status.ending) return;  // once nothing will move any more, no reason is needed
  if (const std::optional<ProgressLine> line = progress_line(status)) show(*line);
}

net::HostOptions host_options(const Context& context) {
  const Options& given = context.options;
  net::HostOptions options;
  options.listen = given.listen;
  options.dht = given.dht;
  options.port_map = given.port_map;
  options.must_hide = given.must_hide;
  options.lan = given.lan.value_or(given.trackers_allowed);
  options.bootstrap = given.bootstrap.value_or(
      std::vector<std::string>(dht::kMainlineBootstrapHosts.begin(), dht::kMainlineBootstrapHosts.end()));
  options.state_dir = context.state_dir;
  options.trace = context.log;
  options.up_bytes_per_second = given.up_bytes_per_second;
  options.down_bytes_per_second = given.down_bytes_per_second;
  options.agent = http_agent();
  return options;
}

net::ShareSources share_sources(const Context& context, const wire::Link* link, std::vector<std::string> http_seeds) {
  const Options& given = context.options;
  return net::sources_of(
      {given.trackers, given.peers, std::move(http_seeds), given.trackers_allowed, given.web_seeds_allowed}, link);
}

void emit(Context& context, const char* event, nlohmann::json fields) {
  if (!context.share.empty()) fields["share"] = context.share;
  context.events.emit(event, std::move(fields));
}

int tell(Context& context, std::string_view line, const char* event, nlohmann::json fields) {
  emit(context, event, std::move(fields));
  return context.events.enabled() ? context.events.failure() : context.console.print(std::string(line) + "\n");
}

namespace {

ExitCode report_as(Context& context, const std::string& message, const char* kind, ExitCode code) {
  context.console.end_progress();
  context.console.error((context.share_name.empty() ? "" : context.share_name + ": ") + message);
  emit(context, "error", {{"kind", kind}, {"message", message}, {"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace

ExitCode report(Context& context, const Error& error) {
  return report_as(context, error.message, console::name_of(error.kind), exit_code_of(error.kind));
}

ExitCode report_incomplete(Context& context, const std::string& message) {
  return report_as(context, message, "incomplete", ExitCode::incomplete);
}

ExitCode fail(Context& context, const Error& error) {
  return end(context, report(context, error));
}

ExitCode fail_incomplete(Context& context, const std::string& message) {
  return end(context, report_incomplete(context, message));
}

ExitCode report_stdout(Context& context, int errno_value) {
  return errno_value == EPIPE ? ExitCode::error : report(context, stdout_error(errno_value));
}

ExitCode fail_stdout(Context& context, int errno_value) {
  return end(context, report_stdout(context, errno_value));
}

ExitCode end(Context& context, ExitCode code) {
  context.console.end_progress();
  context.events.emit("end", {{"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace stp::cli
