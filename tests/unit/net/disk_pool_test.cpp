#include "net/disk_pool.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "core/rng.h"
#include "io_test.h"

namespace stp::net {
namespace {

// Keeps what is written in memory, and holds its callers back until released.
class FakeStorage final : public content::Storage {
 public:
  explicit FakeStorage(std::shared_ptr<const content::Metainfo> metainfo) : metainfo_(std::move(metainfo)) {
    for (const content::FileEntry& file : metainfo_->files()) files_.emplace_back(static_cast<std::size_t>(file.bytes));
  }

  Status read(const BlockRun& run, MutableByteSpan out) override {
    std::unique_lock lock(mutex_);
    pass(lock);
    if (run.chunk == bad_chunk_) return Error{ErrorKind::integrity, "the file changed"};
    const content::Layout& layout = metainfo_->layout();
    for (const content::Extent& at : layout.extents(layout.position(run), static_cast<std::int64_t>(out.size()))) {
      std::copy_n(files_[at.file].begin() + at.offset, at.bytes, out.begin());
      out = out.subspan(static_cast<std::size_t>(at.bytes));
    }
    return Done{};
  }

  Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override {
    std::unique_lock lock(mutex_);
    pass(lock);
    if (full_) return Error{ErrorKind::disk_full, "no space left"};
    std::size_t total = 0;
    for (const ByteSpan buffer : buffers) total += buffer.size();
    const content::Layout& layout = metainfo_->layout();
    const auto extents = layout.extents(layout.position(first), static_cast<std::int64_t>(total));
    const auto parts = content::split(buffers, extents);
    for (std::size_t i = 0; i < extents.size(); ++i) {
      auto at = files_[extents[i].file].begin() + extents[i].offset;
      for (const ByteSpan part : parts[i]) at = std::copy(part.begin(), part.end(), at);
    }
    writes_.push_back({first, total});
    return Done{};
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // Returns once `count` callers stand inside read() or write().
  void wait_for_callers(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  void fill_up() {
    const std::lock_guard lock(mutex_);
    full_ = true;
  }
  void spoil(ChunkIndex chunk) {
    const std::lock_guard lock(mutex_);
    bad_chunk_ = chunk;
  }

  std::vector<Bytes> files_;
  std::vector<std::pair<BlockRun, std::size_t>> writes_;  // looked at when no job is out

 private:
  void pass(std::unique_lock<std::mutex>& lock) {
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    --inside_;
  }

  std::shared_ptr<const content::Metainfo> metainfo_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool full_ = false;
  int inside_ = 0;
  ChunkIndex bad_chunk_{0xffffffff};
};

class DiskPoolTest : public IoTest, public DiskPool::Client {
 protected:
  static constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;

  DiskPoolTest() {
    std::vector<content::FileEntry> files(2);
    files[0].path = {"a"};
    files[0].bytes = 10 * kChunkBytes + 5;  // chunks 0 to 10
    files[1].path = {"b"};
    files[1].bytes = 3 * kChunkBytes;  // chunks 11 to 13
    for (content::FileEntry& file : files) file.root.bytes[0] = std::byte{1};
    metainfo_ = content::Metainfo::build("share", kChunkBytes, files, false).value();
    storage_ = std::make_shared<FakeStorage>(metainfo_);
    target_ = {metainfo_, storage_};
  }

  void on_written(WriteJob job, const Status& status) override { written_.push_back({job.run, status}); }
  void on_read(ReadJob job, const Status& status) override {
    read_.push_back({job.run, status});
    read_bytes_[job.run] = to_bytes(ByteSpan(job.bytes));
  }
  void on_hashed(ChunkIndex chunk, const Result<content::Evidence>& evidence) override {
    hashed_.emplace_back(chunk, evidence);
  }
  void on_disk_room() override { ++rooms_; }
  void on_disk_turn_end() override { ++turns_; }

  void write(DiskPool& pool, const BlockRun& run, std::byte fill = std::byte{0xaa}) {
    payload_.push_back(Bytes(metainfo_->bytes_of(run), fill));
    pool.submit_write(id_, target_, {run, {}, payload_.back()});
  }
  void read(DiskPool& pool, const BlockRun& run) {
    payload_.push_back(Bytes(metainfo_->bytes_of(run)));
    pool.submit_read(id_, target_, {transfer::PeerHandle{1}, 0, run, {}, payload_.back()});
  }

  std::shared_ptr<const content::Metainfo> metainfo_;
  std::shared_ptr<FakeStorage> storage_;
  DiskTarget target_;
  std::vector<std::pair<ChunkIndex, Result<content::Evidence>>> hashed_;
  std::deque<Bytes> payload_;
  std::vector<std::pair<BlockRun, Status>> written_;
  std::vector<std::pair<BlockRun, Status>> read_;
  std::map<BlockRun, Bytes> read_bytes_;
  int rooms_ = 0;
  int turns_ = 0;
  DiskPool::ClientId id_ = 0;
};

TEST_F(DiskPoolTest, NeighboursThatWaitBecomeOneWrite) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  storage_->hold();
  write(pool, {ChunkIndex{11}, 0, 4});  // occupies the thread
  storage_->wait_for_callers(1);
  // Out of order, over a chunk boundary, up to the short last block.
  write(pool, {ChunkIndex{9}, 0, 4});
  write(pool, {ChunkIndex{10}, 0, 1});
  write(pool, {ChunkIndex{8}, 2, 2});
  write(pool, {ChunkIndex{5}, 0, 1});  // no neighbour
  storage_->release();
  ASSERT_TRUE(run_until([&] { return written_.size() == 5; }));
  ASSERT_EQ(storage_->writes_.size(), 3U);
  EXPECT_EQ(storage_->writes_[1].first, (BlockRun{ChunkIndex{8}, 2, 2}));
  EXPECT_EQ(storage_->writes_[1].second, 6U * kBlockBytes + 5);
  EXPECT_EQ(storage_->writes_[2].first, (BlockRun{ChunkIndex{5}, 0, 1}));
  for (const auto& [run, status] : written_) EXPECT_TRUE(status.ok());
}

TEST_F(DiskPoolTest, WritesOfDifferentFilesAreNeverJoined) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  storage_->hold();
  write(pool, {ChunkIndex{0}, 0, 1});
  storage_->wait_for_callers(1);
  write(pool, {ChunkIndex{10}, 0, 1});  // the end of one file
  write(pool, {ChunkIndex{11}, 0, 1});  // the start of the next
  storage_->release();
  ASSERT_TRUE(run_until([&] { return written_.size() == 3; }));
  EXPECT_EQ(storage_->writes_.size(), 3U);
}

TEST_F(DiskPoolTest, AFullDiskFailsEveryRunOfTheBatch) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  storage_->fill_up();
  storage_->hold();
  for (std::uint32_t chunk = 0; chunk < 4; ++chunk) write(pool, {ChunkIndex{chunk}, 0, 4});
  storage_->release();
  ASSERT_TRUE(run_until([&] { return written_.size() == 4; }));
  for (const auto& [run, status] : written_) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::disk_full);
  }
  EXPECT_EQ(pool.pending_writes(id_), 0U);
}

TEST_F(DiskPoolTest, OneUnreadableChunkDoesNotFailItsNeighbours) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  storage_->spoil(ChunkIndex{2});
  storage_->hold();
  for (std::uint32_t chunk = 1; chunk < 4; ++chunk) read(pool, {ChunkIndex{chunk}, 0, 4});
  storage_->release();
  ASSERT_TRUE(run_until([&] { return read_.size() == 3; }));
  for (const auto& [run, status] : read_) EXPECT_EQ(status.ok(), run.chunk != ChunkIndex{2});
}

TEST_F(DiskPoolTest, PendingJobsCountUntilHandedBack) {
  DiskPool pool(io_, 2);
  id_ = pool.join(*this);
  storage_->hold();
  write(pool, {ChunkIndex{0}, 0, 4});
  read(pool, {ChunkIndex{1}, 0, 2});
  EXPECT_EQ(pool.pending_writes(id_), 1U);
  storage_->release();
  ASSERT_TRUE(run_until([&] { return written_.size() == 1 && read_.size() == 1; }));
  EXPECT_EQ(pool.pending_writes(id_), 0U);
  EXPECT_GE(turns_, 1);
}

TEST_F(DiskPoolTest, DestroyingItDropsWhatWaits) {
  storage_->hold();
  {
    DiskPool pool(io_, 1);
    id_ = pool.join(*this);
    for (std::uint32_t chunk = 0; chunk < 4; ++chunk) write(pool, {ChunkIndex{2 * chunk}, 0, 1});
    storage_->wait_for_callers(1);
    storage_->release();
  }
  io_.run();
  EXPECT_TRUE(written_.empty());
}

// A v1 share of "hello\n" in one chunk.
TEST_F(DiskPoolTest, AChunkIsHashedByItsThreads) {
  const std::string info =
      "d6:lengthi6e4:name5:hello12:piece lengthi16384e6:pieces20:"
      "\xf5\x72\xd3\x96\xfa\xe9\x20\x66\x28\x71\x4f\xb2\xce" +
      std::string(1, '\0') + "\xf7\x2e\x94\xf2\x25\x8f" + "e";
  const auto hello = content::Metainfo::parse(as_bytes(info)).value();
  const auto storage = std::make_shared<FakeStorage>(hello);
  DiskPool pool(io_, 2);
  id_ = pool.join(*this);
  const Bytes right = to_bytes(std::string_view("hello\n"));
  pool.submit_hash(id_, {hello, storage}, ChunkIndex{0});
  EXPECT_EQ(pool.pending_hashes(id_), 1U);
  ASSERT_TRUE(run_until([&] { return hashed_.size() == 1; }));
  EXPECT_EQ(pool.pending_hashes(id_), 0U);
  EXPECT_FALSE(hashed_[0].second->piece_right) << "nothing was written yet";
  storage->files_[0] = right;
  pool.submit_hash(id_, {hello, storage}, ChunkIndex{0});
  ASSERT_TRUE(run_until([&] { return hashed_.size() == 2; }));
  EXPECT_TRUE(hashed_[1].second->piece_right);
  storage->spoil(ChunkIndex{0});
  pool.submit_hash(id_, {hello, storage}, ChunkIndex{0});
  ASSERT_TRUE(run_until([&] { return hashed_.size() == 3; }));
  EXPECT_EQ(hashed_[2].second.error().kind, ErrorKind::integrity);
  EXPECT_EQ(turns_, 3);
}

// A client that only counts.
struct Counting final : DiskPool::Client {
  void on_written(WriteJob, const Status&) override { ++written; }
  void on_read(ReadJob, const Status&) override { ++read; }
  void on_hashed(ChunkIndex, const Result<content::Evidence>&) override {}
  void on_disk_room() override { ++rooms; }
  void on_disk_turn_end() override { ++turns; }
  int written = 0;
  int read = 0;
  int rooms = 0;
  int turns = 0;
};

TEST_F(DiskPoolTest, OneMayTakeAllTheRoomAndIsToldWhenThereIsSomeAgain) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  storage_->hold();
  std::size_t taken = 0;
  for (; pool.may_write(id_); ++taken) write(pool, {ChunkIndex{static_cast<std::uint32_t>(taken % 10)}, 0, 1});
  EXPECT_EQ(taken, DiskPool::kWritesMax);
  EXPECT_EQ(rooms_, 0);
  storage_->release();
  ASSERT_TRUE(run_until([&] { return rooms_ == 1; }));
  EXPECT_TRUE(pool.may_write(id_));
}

TEST_F(DiskPoolTest, ABusyClientLeavesRoomForAnother) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  Counting other;
  const DiskPool::ClientId quiet = pool.join(other);
  storage_->hold();
  while (pool.may_read(id_)) read(pool, {ChunkIndex{0}, 0, 1});
  EXPECT_FALSE(pool.may_read(quiet)) << "all is taken; but it is noted that somebody wants some";
  storage_->release();
  ASSERT_TRUE(run_until([&] { return other.rooms == 1 && read_.size() == DiskPool::kReadsMax; }));
  storage_->hold();
  ASSERT_TRUE(pool.may_read(quiet));
  Bytes bytes(kBlockBytes);
  pool.submit_read(quiet, target_, {transfer::PeerHandle{1}, 0, {ChunkIndex{1}, 0, 1}, {}, bytes});
  std::size_t taken = 0;
  for (; pool.may_read(id_); ++taken) read(pool, {ChunkIndex{0}, 0, 1});
  EXPECT_EQ(taken, DiskPool::kReadsMax / 2) << "as long as the other uses the disk, half is its";
  storage_->release();
  ASSERT_TRUE(run_until([&] { return other.read == 1; }));
  EXPECT_GE(other.turns, 1);
}

TEST_F(DiskPoolTest, WhoHasLeftHearsNothingAndItsRoomComesBack) {
  DiskPool pool(io_, 1);
  id_ = pool.join(*this);
  Counting gone;
  const DiskPool::ClientId leaves = pool.join(gone);
  storage_->hold();
  Bytes bytes(kBlockBytes, std::byte{1});
  for (int i = 0; i < 10; ++i) pool.submit_write(leaves, target_, {{ChunkIndex{1}, 0, 1}, {}, bytes});
  EXPECT_TRUE(pool.may_write(leaves));
  pool.leave(leaves);
  write(pool, {ChunkIndex{2}, 0, 1});
  storage_->release();
  ASSERT_TRUE(run_until([&] { return written_.size() == 1; }));
  EXPECT_EQ(gone.written + gone.rooms + gone.turns, 0);
  std::size_t taken = 0;
  storage_->hold();
  for (; pool.may_write(id_); ++taken) write(pool, {ChunkIndex{0}, 0, 1});
  EXPECT_EQ(taken, DiskPool::kWritesMax);
  storage_->release();
}

TEST_F(DiskPoolTest, AnyMixOfRunsEndsUpAsIfWrittenOneByOne) {
  Rng rng(42);
  DiskPool pool(io_, 2);
  id_ = pool.join(*this);
  FakeStorage model(metainfo_);
  std::vector<BlockRun> runs;
  for (std::uint32_t chunk = 0; chunk < metainfo_->chunk_count(); ++chunk) {
    const std::uint32_t blocks = metainfo_->blocks_of(ChunkIndex{chunk});
    for (std::uint32_t first = 0; first < blocks;) {
      const auto count = static_cast<std::uint32_t>(1 + rng.below(blocks - first));
      runs.push_back({ChunkIndex{chunk}, first, count});
      first += count;
    }
  }
  rng.shuffle(std::span<BlockRun>(runs));
  for (const BlockRun& run : runs) {
    const auto fill = static_cast<std::byte>(rng.below(256));
    write(pool, run, fill);
    const std::vector<ByteSpan> one{payload_.back()};
    ASSERT_TRUE(model.write(run, one).ok());
  }
  ASSERT_TRUE(run_until([&] { return written_.size() == runs.size(); }));
  EXPECT_EQ(storage_->files_, model.files_);
  for (const BlockRun& run : runs) read(pool, run);
  ASSERT_TRUE(run_until([&] { return read_.size() == runs.size(); }));
  for (const BlockRun& run : runs) {
    const content::Extent at = metainfo_->layout().extents(run).front();
    EXPECT_TRUE(
        std::equal(read_bytes_[run].begin(), read_bytes_[run].end(), model.files_[at.file].begin() + at.offset));
  }
}

}  // namespace
}  // namespace stp::net
