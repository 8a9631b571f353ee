// How many of the round trips to nodes that are there get lost, and so how often a silent node is worth asking.
//
// A node that leaves two queries unanswered and answers the third has lost two of three; one that never answers says
// nothing: it may be dead. Which of several queries was answered is known by its transaction id, so a slow answer is
// not taken for a loss. On a network that loses nothing asking again is of little use, since the silent are dead.
#pragma once

#include <cstdint>

#include "dht/config.h"

namespace stp::dht {

class LossEstimator {
 public:
  /// `config` must outlive it.
  explicit LossEstimator(const QueryConfig& config) : config_(config), asked_(config.loss_prior) {}

  /// A node answered, after `lost` queries of the same kind that it did not.
  void sample(unsigned lost) {
    asked_ += lost + 1;
    lost_ += lost;
    if (asked_ < 2 * config_.loss_window) return;
    asked_ /= 2;
    lost_ /= 2;
  }

  /// The lost part of all round trips.
  [[nodiscard]] double loss() const { return lost_ / asked_; }

  /// How often to ask and wait: nearly every node that is there (all but queries.loss_residue) has answered by then.
  [[nodiscard]] unsigned patience() const {
    unsigned asks = 1;
    for (double unheard = loss(); unheard > config_.loss_residue && asks < config_.asks_max; unheard *= loss()) ++asks;
    return asks;
  }

 private:
  const QueryConfig& config_;
  double asked_;
  double lost_ = 0;
};

}  // namespace stp::dht
