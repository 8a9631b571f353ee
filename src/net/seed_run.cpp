#include "net/seed_run.h"

#include "net/clock.h"

namespace stp::net {

void SeedRun::begin() {
  observer().on_metainfo(*job_.metainfo);
  if (!join(job_.link, job_.metainfo)) return;
  driver().set_target({job_.metainfo, std::shared_ptr<content::Storage>(std::move(job_.storage))});
  const Bitfield all(job_.metainfo->chunk_count(), true);
  swarm().start_content(std::move(job_.hashes), all, all, steady_now());
  if (job_.listed && !job_.link.is_private() && !job_.metainfo->is_private()) list_by_name(job_.metainfo);
}

}  // namespace stp::net
