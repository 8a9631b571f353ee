// The fraction of round trips to live nodes that is lost, and so how many times a silent node is worth asking.
//
// A node that leaves two queries unanswered and answers the third has lost two of three; one that never answers says
// nothing: it may be dead. The transaction id shows which of several queries was answered, so a slow answer is not
// taken for a loss. On a network without loss, asking again is of little use, since silent nodes are dead.
#pragma once

#include <cstdint>

#include "dht/config.h"

namespace stp::dht {

class LossEstimator {
 public:
  /// `config` must outlive it.
  explicit LossEstimator(const QueryConfig& config) : config_(config), asked_(config.loss_prior) {}

  /// A node answered after leaving `lost` queries of the same kind unanswered.
  void sample(unsigned lost) {
    asked_ += lost + 1;
    lost_ += lost;
    if (asked_ < 2 * config_.loss_window) return;
    asked_ /= 2;
    lost_ /= 2;
  }

  /// The fraction of round trips that is lost.
  [[nodiscard]] double loss() const { return lost_ / asked_; }

  /// How many times to ask and wait: by then nearly every live node (all but queries.loss_residue) has answered.
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
