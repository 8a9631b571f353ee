#include "net/seed_run.h"

#include <utility>

#include "core/shown_text.h"
#include "net/clock.h"
#include "tracker/tracker_url.h"

namespace stp::net {

void SeedRun::begin() {
  engine_.observer().on_metainfo(*job_.metainfo);
  engine_.start_session(&job_.link, job_.metainfo);
  engine_.driver().set_target({job_.metainfo, std::shared_ptr<content::Storage>(std::move(job_.storage))});
  const Bitfield all(job_.metainfo->chunk_count(), true);
  engine_.swarm().start_content(std::move(job_.hashes), all, all, steady_now());
  if (job_.listed && !job_.link.is_private() && !job_.metainfo->is_private()) list();
}

void SeedRun::list() {
  resolver_.emplace(engine_.io());
  http_.emplace(engine_.io());
  const SessionOptions& options = engine_.options();
  Observer& observer = engine_.observer();
  listing_.emplace(CatalogueListing::Parts{engine_.io(), *resolver_, *http_, engine_.listening().address, options.agent,
                                           [&observer](const std::string& line) { observer.on_notice(line); },
                                           [&observer](const content::Metainfo& metainfo, const Url& tracker) {
                                             observer.on_notice("listed as " + escaped(metainfo.name()) + " at " +
                                                                tracker::shown_tracker(tracker));
                                           }});
  for (const std::string& tracker : options.trackers) listing_->add(tracker, job_.metainfo);
}

}  // namespace stp::net
