// FinishedReader: a part of a file of a finished download, read in order; each chunk is verified before bytes of it are
// given (content/finished_file.h).
//
// It is a FileReaders of its own: a chunk that was not verified yet is one that is still to come, and what is needed first
// is verified first, some MiB ahead of what is taken. It fails at the first byte that is not what was downloaded.
//
// Lives on the network thread. The pools must outlive it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "content/finished_file.h"
#include "core/bitfield.h"
#include "net/body_source.h"
#include "net/file_reader.h"
#include "net/task_queue.h"

namespace stp::net {

class FinishedReader final : public BodySource, private FileReaders::Share {
 public:
  /// Verified by one task; at least one chunk. Small, as nothing of them is given before all are done.
  static constexpr std::int64_t kStepBytes = 1024 * 1024;

  /// Bytes [begin, end) of the file, which knows_chunks().
  FinishedReader(FileReaders::Pools pools, TaskPool& tasks, std::shared_ptr<const content::FinishedFile> file,
                 std::int64_t begin, std::int64_t end);
  ~FinishedReader() override;
  FinishedReader(const FinishedReader&) = delete;
  FinishedReader& operator=(const FinishedReader&) = delete;

  void next(std::function<void(Bytes)> take) override { reader_->next(std::move(take)); }

 private:
  // FileReaders::Share
  [[nodiscard]] FileReaders::Chunk state_of(ChunkIndex chunk) const override;
  [[nodiscard]] const DiskTarget& storage() const override { return target_; }
  void want_first(std::vector<ChunkIndex> chunks) override;

  void verify_more();

  const std::shared_ptr<const content::FinishedFile> file_;
  const DiskTarget target_;
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);
  Bitfield judged_;
  Bitfield good_;  // of those
  std::vector<ChunkIndex> wanted_;
  TaskQueue tasks_;
  FileReaders readers_;
  std::unique_ptr<BodySource> reader_;
};

}  // namespace stp::net
