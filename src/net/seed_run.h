// SeedRun: serves what is already on disk, until it is removed.
#pragma once

#include <utility>

#include "net/share_run.h"

namespace stp::net {

class SeedRun final : public ShareRun {
 public:
  SeedRun(Engine& engine, ShareId id, ShareObserver& observer, SeedJob job)
      : ShareRun(engine, id, observer, job.sources), job_(std::move(job)) {}

  void begin() override;

 private:
  [[nodiscard]] Outcome interrupted() const override { return Outcome::done; }

  SeedJob job_;
};

}  // namespace stp::net
