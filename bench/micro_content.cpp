// The price of durability: a download is written and finished, as shipped (sync:1) and with a file system whose syncs
// do nothing (sync:0). The files are in $TMPDIR: a disk shows what durability costs there; a tmpfs, which has nothing
// to sync, shows the cost of the rest.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "content/download.h"
#include "core/rng.h"

namespace stp::content {
namespace {

namespace fs = std::filesystem;

// The operating system's files; their syncs only if `syncs`.
class Files final : public FileSystem {
 public:
  explicit Files(bool syncs) : syncs_(syncs) {}

  int openat(int directory, const char* path, int flags, ::mode_t mode) override {
    return posix().openat(directory, path, flags, mode);
  }
  void close(int fd) override { posix().close(fd); }
  ::ssize_t pread(int fd, void* out, std::size_t bytes, ::off_t offset) override {
    return posix().pread(fd, out, bytes, offset);
  }
  ::ssize_t pwritev(int fd, const ::iovec* vectors, int count, ::off_t offset) override {
    return posix().pwritev(fd, vectors, count, offset);
  }
  int ftruncate(int fd, ::off_t bytes) override { return posix().ftruncate(fd, bytes); }
  int futimens(int fd, const ::timespec (&times)[2]) override { return posix().futimens(fd, times); }
  int fchmod(int fd, ::mode_t mode) override { return posix().fchmod(fd, mode); }
  int fallocate(int fd, int mode, ::off_t offset, ::off_t bytes) override {
    return posix().fallocate(fd, mode, offset, bytes);
  }
  ::off_t seek_data(int fd, ::off_t offset) override { return posix().seek_data(fd, offset); }
  int flock(int fd, int operation) override { return posix().flock(fd, operation); }
  int sync_file_range(int fd, ::off_t offset, ::off_t bytes, unsigned flags) override {
    return syncs_ ? posix().sync_file_range(fd, offset, bytes, flags) : 0;
  }
  int fdatasync(int fd) override { return syncs_ ? posix().fdatasync(fd) : 0; }
  int fsync(int fd) override { return syncs_ ? posix().fsync(fd) : 0; }
  int syncfs(int fd) override { return syncs_ ? posix().syncfs(fd) : 0; }
  int fstat(int fd, struct ::stat& status) override { return posix().fstat(fd, status); }
  int fstatat(int directory, const char* name, struct ::stat& status, int flags) override {
    return posix().fstatat(directory, name, status, flags);
  }
  int fstatvfs(int fd, struct ::statvfs& space) override { return posix().fstatvfs(fd, space); }
  int faccessat(int directory, const char* name, int mode, int flags) override {
    return posix().faccessat(directory, name, mode, flags);
  }
  int list(int folder, std::vector<std::string>& names) override { return posix().list(folder, names); }
  int mkdirat(int directory, const char* name, ::mode_t mode) override {
    return posix().mkdirat(directory, name, mode);
  }
  int unlinkat(int directory, const char* name, int flags) override { return posix().unlinkat(directory, name, flags); }
  int renameat2(int directory, const char* from, const char* to, unsigned flags) override {
    return posix().renameat2(directory, from, to, flags);
  }
  int linkat(int directory, const char* from, const char* to) override { return posix().linkat(directory, from, to); }

 private:
  const bool syncs_;
};

std::shared_ptr<const Metainfo> metainfo_of(std::size_t files, std::int64_t bytes_each, std::uint32_t chunk_bytes) {
  std::vector<FileEntry> entries(files);
  for (std::size_t i = 0; i < files; ++i) {
    entries[i].path = {std::to_string(1000 + i / 100), std::to_string(1'000'000 + i)};
    entries[i].bytes = bytes_each;
    entries[i].root.bytes.fill(std::byte{1});  // nothing is hashed here
  }
  return *Metainfo::build("bench", chunk_bytes, std::move(entries), false);
}

// Starts writing chunks to the disk in the background, as the network host does.
class Background {
 public:
  explicit Background(Download& download) : download_(download) {}
  void add(ChunkIndex chunk) {
    chunks_.push_back(chunk);
    if (task_.valid() && task_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    task_ = std::async(std::launch::async, [this, chunks = std::exchange(chunks_, {})] {
      return download_.start_writing(chunks, stop_).ok();
    });
  }
  bool end() {
    stop_ = true;
    return !task_.valid() || task_.get();
  }

 private:
  Download& download_;
  std::vector<ChunkIndex> chunks_;
  std::atomic<bool> stop_ = false;
  std::future<bool> task_;
};

// `files` files of `bytes_each`, one chunk per write, from the opened download to the files in place.
void write_and_finish(benchmark::State& state, std::size_t files, std::int64_t bytes_each) {
  constexpr std::uint32_t kChunkBytes = 1024 * 1024;
  const char* const temporary = std::getenv("TMPDIR");
  const fs::path directory =
      fs::path(temporary != nullptr ? temporary : "/tmp") / ("stp-bench-content-" + std::to_string(::getpid()));
  const auto metainfo = metainfo_of(files, bytes_each, kChunkBytes);
  Files disk(state.range(0) != 0);
  Bytes data(kChunkBytes);
  Rng(1).fill(data);
  for (auto _ : state) {
    state.PauseTiming();
    ::sync();  // do not wait for what others have written
    fs::remove_all(directory);
    fs::create_directory(directory);
    state.ResumeTiming();
    const auto download = Download::open(directory.string(), metainfo, "boot", {}, disk);
    Background background(**download);
    for (ChunkIndex chunk; chunk.value < metainfo->chunk_count(); ++chunk.value) {
      const ByteSpan bytes = ByteSpan(data).first(metainfo->bytes_of(chunk));
      const BlockRun run{chunk, 0, metainfo->blocks_of(chunk)};
      if (!(*download)->storage().write(run, std::span(&bytes, 1)) || !(*download)->mark(chunk)) {
        state.SkipWithError("cannot write");
      }
      background.add(chunk);
    }
    if (!background.end() || !(*download)->finish()) state.SkipWithError("cannot finish");
  }
  fs::remove_all(directory);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * metainfo->total_bytes());
}

void one_file_of_1_gib(benchmark::State& state) {
  write_and_finish(state, 1, std::int64_t{1} << 30);
}
BENCHMARK(one_file_of_1_gib)->ArgName("sync")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void twenty_thousand_files(benchmark::State& state) {
  write_and_finish(state, 20'000, 10'000);
}
BENCHMARK(twenty_thousand_files)->ArgName("sync")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace stp::content
