#include "daemon/share.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "console/exit_code.h"
#include "daemon/swarm_json.h"

namespace stp::daemon {

using nlohmann::json;

const char* to_string(Share::State state) {
  switch (state) {
    case Share::State::hashing: return "hashing";
    case Share::State::checking: return "checking";
    case Share::State::waiting: return "waiting";
    case Share::State::downloading: return "downloading";
    case Share::State::seeding: return "seeding";
    case Share::State::complete: return "complete";
    case Share::State::paused: return "paused";
    case Share::State::error: return "error";
    case Share::State::removing: return "removing";
  }
  return "";
}

Share::Share(Owner& owner, ShareRecord record) : owner_(owner), record_(std::move(record)), noted_(figures()) {
  const bool gets = record_.order.kind == Kind::get;
  if (!gets && record_.link.empty()) return;
  Result<wire::Link> link = wire::Link::parse(gets ? record_.order.link : record_.link);
  if (link) {
    link_ = *std::move(link);
  } else if (gets) {
    error_ = link.error();
  }
  if (!gets || !link_ || link_->is_private() || record_.link.empty()) return;
  if (const Result<wire::Link> known = wire::Link::parse(record_.link)) link_->info_hashes = known->info_hashes;
}

Share::~Share() {
  work_->cancel = true;
}

// --- what it should do

bool Share::should_run() const {
  const bool done = record_.complete && !record_.order.seed_after;
  return !record_.paused && !record_.removing && !error_ && !done && !owner_.ending();
}

void Share::pause() {
  (void)note_figures();  // they go into the same line of the journal
  record_.paused = true;
  settle();
}

void Share::resume() {
  record_.paused = false;
  if (can_start()) error_.reset();
  settle();
}

void Share::look_again() {
  if (!std::exchange(away_, false) || !error_) return;
  error_.reset();
  settle();
}

void Share::repair() {
  record_.order.repair = true;
  record_.complete = false;
  settle();
}

void Share::mark_removed(bool with_data) {
  record_.removing = true;
  record_.with_data = with_data;
  wait_for_journal();
}

void Share::unmark_removed() {
  record_.removing = record_.with_data = false;
  proceed();
}

void Share::proceed() {
  awaits_journal_ = false;
  settle();
}

void Share::settle() {
  owner_.on_changed(*this);
  if (awaits_journal_) return;
  if (preparing_) {
    if (!should_run()) work_->cancel = true;
    return;
  }
  if (in_host()) {
    if (!should_run() && !owner_.ending() && !std::exchange(leaving_, true)) leave();
    return;
  }
  if (owner_.ending() || cleaning_up_) return;
  if (record_.removing) {
    cleaning_up_ = true;
    return clean_up();
  }
  if (!should_run()) return rest();
  preparing_ = true;
  work_ = std::make_shared<Work>();
  start();
  owner_.on_changed(*this);
}

bool Share::prepared() {
  preparing_ = false;
  if (should_run() && !work_->cancel) return true;
  settle();
  return false;
}

bool Share::left(const Status& outcome) {
  const bool asked_to = std::exchange(leaving_, false);
  if (!asked_to && !outcome) take_error(outcome.error());
  if (note_figures()) owner_.remember(*this);
  return asked_to;
}

void Share::fail(Error error) {
  take_error(std::move(error));
  settle();
}

void Share::take_error(Error error) {
  error_ = std::move(error);
  away_ = error_->kind == ErrorKind::not_found && record_.order.kind != Kind::get;
  if (away_) owner_.on_away(*this);
}

void Share::warn(const std::string& line) {
  if (std::ranges::find(warnings_, line) != warnings_.end()) return;
  if (warnings_.size() >= kWarningsMax) warnings_.erase(warnings_.begin());
  warnings_.push_back(line);
  owner_.on_share_notice(*this, line);
}

void Share::become(wire::Link link) {
  wire::Link lasting = link;
  lasting.peers.clear();
  std::string text = lasting.to_string();
  owner_.on_linked(*this, std::exchange(link_, std::move(link)));
  if (record_.link == text) return;
  record_.link = std::move(text);
  owner_.remember(*this);
}

void Share::learn(const InfoHashes& names) {
  if (!link_ || link_->is_private() || link_->info_hashes == names) return;
  const std::optional<wire::Link> before = link_;
  link_->info_hashes = names;
  owner_.on_linked(*this, before);
  wire::Link known;
  known.info_hashes = names;
  record_.link = known.to_string();
  owner_.remember(*this);
}

// --- figures

Share::Figures Share::figures() const {
  return {record_.had, record_.wanted, record_.downloaded, record_.uploaded};
}

bool Share::note_figures() {
  if (in_host()) take_figures();
  const Figures now = figures();
  return std::exchange(noted_, now) != now;
}

// --- looking

std::string Share::name() const {
  if (!record_.order.name.empty()) return record_.order.name;
  if (link_ && !link_->name.empty()) return link_->name;
  if (!record_.order.paths.empty()) {
    std::filesystem::path path(record_.order.paths.front());
    if (!path.has_filename()) path = path.parent_path();
    if (path.has_filename()) return path.filename().string();
    return record_.order.paths.front();
  }
  return link_ ? link_->info_hashes.hex() : std::to_string(record_.id);
}

Share::State Share::state() const {
  if (record_.removing) return State::removing;
  if (error_) return State::error;
  if (record_.paused) return State::paused;
  if (record_.complete && !record_.order.seed_after) return State::complete;
  return running_state();
}

json Share::to_json() const {
  const ShareOrder& order = record_.order;
  json out = {{"id", record_.id},       {"kind", to_string(order.kind)},
              {"name", name()},         {"state", to_string(state())},
              {"added", record_.added}, {"private", link_ ? link_->is_private() : order.private_share},
              {"error", nullptr},       {"reason", ""},
              {"warnings", warnings_}};
  out["link"] = link_ ? json(link_->to_string()) : json(nullptr);
  out["info_hash"] = link_ ? json(link_->info_hashes.hex()) : json(nullptr);
  if (order.kind == Kind::get) {
    out["directory"] = order.directory;
  } else {
    out["paths"] = order.paths;
  }
  if (error_) out["error"] = {{"kind", console::name_of(error_->kind)}, {"message", error_->message}};
  describe(out);
  return out;
}

json Share::peers_json() const {
  return json::array();
}

json Share::chunks_json(std::size_t /*cells*/) const {
  return no_chunks_json();
}

}  // namespace stp::daemon
