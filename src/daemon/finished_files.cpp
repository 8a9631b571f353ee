#include "daemon/finished_files.h"

#include <optional>
#include <utility>

namespace stp::daemon {

void FinishedFiles::open(const FinishedDownload& download, std::shared_ptr<const content::Metainfo> metainfo,
                         std::size_t file, std::function<void(Opened)> done) {
  using Found = Result<std::shared_ptr<content::FinishedFile>>;
  const auto opened = std::make_shared<std::optional<Found>>();
  const auto task = [opened, directory = download.directory, metainfo = std::move(metainfo), file,
                     &store = metainfos_] {
    content::ChunkHashes hashes(metainfo);
    if (!metainfo->has_v1()) {
      if (auto stored = store.load(metainfo->info_hash())) hashes = std::move(stored->hashes);
    }
    *opened = content::FinishedFile::open(directory, metainfo, std::move(hashes), file);
  };
  quick_.run(task, [this, opened, done = std::move(done)] {
    Found& found = **opened;
    if (!found) return done(found.error());
    if ((*found)->knows_chunks()) return done(std::shared_ptr<const content::FinishedFile>(*found));
    learn(*found, done);
  });
}

void FinishedFiles::learn(const std::shared_ptr<content::FinishedFile>& file, std::function<void(Opened)> done) {
  const auto learned = std::make_shared<Status>(Done{});
  const auto task = [learned, file, cancel = cancel_, &store = metainfos_] {
    content::HashOptions options;
    options.cancel = cancel.get();
    *learned = file->learn_hashes(options);
    if (!*learned) return;
    // Not stored: it is hashed again another time.
    if (auto stored = store.load(file->metainfo()->info_hash())) {
      const std::size_t number = file->file();
      if (stored->hashes.set_layer(number, file->hashes().layer(number))) (void)store.save(*stored);
    }
  };
  hashing_.run(task, [learned, file, done = std::move(done)] {
    if (!*learned) return done(learned->error());
    done(std::shared_ptr<const content::FinishedFile>(file));
  });
}

}  // namespace stp::daemon
