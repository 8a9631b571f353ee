#include "net/finished_reader.h"

#include <optional>
#include <utility>

namespace stp::net {

FinishedReader::FinishedReader(FileReaders::Pools pools, TaskPool& tasks,
                               std::shared_ptr<const content::FinishedFile> file, std::int64_t begin, std::int64_t end)
    : file_(std::move(file)),
      target_{file_->metainfo(), file_->storage()},
      judged_(file_->metainfo()->chunk_count()),
      good_(file_->metainfo()->chunk_count()),
      tasks_(tasks),
      readers_(static_cast<FileReaders::Share&>(*this), pools, transfer::kTransferDefaults.urgent),
      reader_(readers_.open(file_->metainfo()->files()[file_->file()], begin, end)) {}

FinishedReader::~FinishedReader() {
  *cancel_ = true;
  reader_.reset();
}

FileReaders::Chunk FinishedReader::state_of(ChunkIndex chunk) const {
  if (!judged_.test(chunk)) return FileReaders::Chunk::coming;
  return good_.test(chunk) ? FileReaders::Chunk::here : FileReaders::Chunk::lost;
}

void FinishedReader::want_first(std::vector<ChunkIndex> chunks) {
  wanted_ = std::move(chunks);
  verify_more();
}

void FinishedReader::verify_more() {
  if (tasks_.pending() > 0 || *cancel_) return;
  std::vector<ChunkIndex> step;
  std::int64_t bytes = 0;
  for (const ChunkIndex chunk : wanted_) {
    if (judged_.test(chunk)) continue;
    bytes += file_->metainfo()->bytes_of(chunk);
    if (!step.empty() && bytes > kStepBytes) break;
    step.push_back(chunk);
  }
  if (step.empty()) return;
  const auto good = std::make_shared<std::optional<Bitfield>>();
  tasks_.run(
      [file = file_, cancel = cancel_, step, good] {
        content::HashOptions options;
        options.threads = 1;  // beside everything else
        options.cancel = cancel.get();
        if (Result<Bitfield> verified = file->verify(step, options)) *good = *std::move(verified);
      },
      [this, step, good] {
        for (const ChunkIndex chunk : step) {
          judged_.set(chunk);
          if (*good && (*good)->test(chunk)) good_.set(chunk);
        }
        readers_.look();
        verify_more();
      });
}

}  // namespace stp::net
