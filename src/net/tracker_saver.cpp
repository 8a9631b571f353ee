#include "net/tracker_saver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/clock.h"

namespace stp::net {

TrackerSaver::TrackerSaver(boost::asio::io_context& io, const tracker::Registry& registry,
                           const tracker::Catalogue* catalogue, const StateFile& state, Warn warn)
    : io_(io),
      registry_(registry),
      catalogue_(catalogue),
      state_(state),
      warn_(std::move(warn)),
      timer_(io),
      saved_(revision()),
      pool_(std::make_unique<TaskPool>(io, 1)),
      tasks_(*pool_) {
  check_later();
}

std::uint64_t TrackerSaver::revision() const {
  return registry_.revision() + (catalogue_ != nullptr ? catalogue_->revision() : 0);
}

void TrackerSaver::finish() {
  timer_.cancel();
  pool_.reset();  // a snapshot being written must not replace the one written here
  writer_.reset();
  if (!busy_ && saved_ == revision()) return;
  note(state_.save(tracker::make_snapshot(registry_, unix_now(), steady_now(), catalogue_)), revision());
}

void TrackerSaver::check_later() {
  timer_.expires_after(kCheckInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (!busy_ && saved_ != revision() && steady_now() >= next_save_) begin();
    check_later();
  });
}

void TrackerSaver::begin() {
  busy_ = true;
  revision_ = revision();
  writer_.emplace(registry_, unix_now(), steady_now(), catalogue_);
  write_piece();
}

void TrackerSaver::write_piece() {
  if (!writer_) return;  // finish() was called first
  if (writer_->write_some(kPieceBytes)) return hand_over();
  boost::asio::post(io_, [this] { write_piece(); });
}

void TrackerSaver::hand_over() {
  struct Job {
    Bytes snapshot;
    Status outcome = Done{};
  };
  const auto job = std::make_shared<Job>(Job{writer_->take()});
  writer_.reset();
  const auto pause = std::chrono::seconds(job->snapshot.size() / kBytesPerSecond);
  next_save_ = steady_now() + std::max<Duration>(kSaveInterval, pause);
  tasks_.run(
      [this, job] {
        tracker::seal_snapshot(job->snapshot);
        job->outcome = state_.save(job->snapshot);
        Bytes().swap(job->snapshot);  // may be large: given back here, not on the network thread
      },
      [this, job] {
        busy_ = false;
        note(job->outcome, revision_);
      });
}

void TrackerSaver::note(const Status& status, std::uint64_t revision) {
  saved_ = status ? std::optional(revision) : std::nullopt;
  const std::string problem = status ? std::string() : status.error().message;
  if (!problem.empty() && problem != problem_) {
    warn_("the peers can't be kept for a restart: " + problem + "; --state names another directory");
  }
  problem_ = problem;
}

}  // namespace stp::net
