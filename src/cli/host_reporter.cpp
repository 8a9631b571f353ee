#include "cli/host_reporter.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/router_json.h"
#include "daemon/run_front.h"
#include "net/zone.h"

namespace stp::cli {

void HostReporter::attach(net::Host& host, const CancelOnSignal& signals) {
  host_ = &host;
  signals_ = &signals;
}

void HostReporter::on_listening(const Endpoint& endpoint) {
  if (signals_ != nullptr && signals_->cancelled()) host_->interrupt();
  emit(context_, "listening", {{"endpoint", net::to_text(endpoint)}});
}

void HostReporter::on_host_status(const net::HostStatus& /*status*/) {
  if (front_ != nullptr) front_->tick();
}

void HostReporter::on_ending() {
  if (front_ != nullptr) front_->end();
}

void HostReporter::on_refused(const Endpoint& from, const std::string& reason) {
  emit(context_, "peer_trouble", {{"peer", net::to_text(from)}, {"reason", reason}});
}

void HostReporter::on_notice(const std::string& line) {
  context_.console.say("stp: " + line);
  emit(context_, "notice", {{"message", line}});
  if (front_ != nullptr) front_->note(line);
}

void HostReporter::on_router(const portmap::RouterStatus& router) {
  emit(context_, "router", daemon::router_json(router));
  if (front_ != nullptr) front_->send_daemon();
  const std::string text = text_of(router);
  if (text_of(std::exchange(router_, router)) == text || text.empty() || !shows_router()) return;
  context_.console.say("stp: " + text);
}

}  // namespace stp::cli
