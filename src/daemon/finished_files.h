// FinishedFiles: opens files of downloads that are complete and do not run, for whoever reads them (file_service.h).
//
// On other threads: files are looked at, and one of which only the root is known (a share of v2 alone that came by its
// link) is hashed once; what is learned of it is kept with its metainfo. Lives on the network thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "content/file_choice.h"
#include "content/finished_file.h"
#include "daemon/prepare.h"
#include "net/task_queue.h"

namespace stp::daemon {

/// Where one was put, and which of its files.
struct FinishedDownload {
  std::string directory;
  content::FileChoice chosen;
};

class FinishedFiles {
 public:
  /// The pools are for tasks that read whole files, and for quick ones; all must outlive this.
  FinishedFiles(net::TaskPool& hashing, net::TaskPool& quick, const MetainfoStore& metainfos)
      : metainfos_(metainfos), hashing_(hashing), quick_(quick) {}
  ~FinishedFiles() { *cancel_ = true; }
  FinishedFiles(const FinishedFiles&) = delete;
  FinishedFiles& operator=(const FinishedFiles&) = delete;

  using Opened = Result<std::shared_ptr<const content::FinishedFile>>;
  /// Calls `done` later, with a file that knows_chunks(). Errors as FinishedFile::open() and learn_hashes().
  void open(const FinishedDownload& download, std::shared_ptr<const content::Metainfo> metainfo, std::size_t file,
            std::function<void(Opened)> done);

 private:
  void learn(const std::shared_ptr<content::FinishedFile>& file, std::function<void(Opened)> done);

  const MetainfoStore& metainfos_;
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);
  net::TaskQueue hashing_;
  net::TaskQueue quick_;
};

}  // namespace stp::daemon
