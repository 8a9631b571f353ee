#include "net/seed_run.h"

#include <utility>

#include "net/clock.h"

namespace stp::net {

void SeedRun::begin() {
  engine_.observer().on_metainfo(*job_.metainfo);
  engine_.start_session(&job_.link, job_.metainfo);
  engine_.driver().set_target({job_.metainfo, std::shared_ptr<content::Storage>(std::move(job_.storage))});
  const Bitfield all(job_.metainfo->chunk_count(), true);
  engine_.swarm().start_content(std::move(job_.hashes), all, all, steady_now());
}

}  // namespace stp::net
