// A share and the directory that tests download it to.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "content/download.h"
#include "test_files.h"

namespace stp::content::test {

// What is downloaded, made from files, and the directory that it is downloaded to.
struct Target {
  TempDir source;
  TempDir dir;
  std::optional<Share> share;

  static constexpr std::size_t kBytesOfA = 3 * kBlockBytes + 9;

  void make_folder() {
    test::write_file(source / "s/a", pattern(0, kBytesOfA));
    test::write_file(source / "s/d/b", pattern(1, 100));
    test::write_file(source / "s/d/empty", "");
    std::filesystem::create_directories(source / "s/e/f");
    share.emplace(test::share_of(source / "s"));
  }
  void make_file() {
    test::write_file(source / "s", pattern(0, kBytesOfA));
    share.emplace(test::share_of(source / "s"));
  }
  [[nodiscard]] Result<std::unique_ptr<Download>> try_open(const std::string& boot_id = "boot-1",
                                                           WantedFiles wanted = {}) const {
    return Download::open(dir.path(), share->metainfo, boot_id, std::move(wanted));
  }
  [[nodiscard]] std::unique_ptr<Download> open(const std::string& boot_id = "boot-1", WantedFiles wanted = {}) const {
    Result<std::unique_ptr<Download>> download = try_open(boot_id, std::move(wanted));
    EXPECT_TRUE(download) << download.error().message;
    return std::move(*download);
  }
  // What a peer would send, written but not marked.
  void write(Download& download, ChunkIndex chunk) const {
    SourceStorage from(share->metainfo, share->sources);
    const BlockRun run{chunk, 0, share->metainfo->blocks_of(chunk)};
    Bytes bytes(share->metainfo->bytes_of(run));
    ASSERT_TRUE(from.read(run, bytes));
    const ByteSpan buffer = bytes;
    const Status status = download.storage().write(run, std::span(&buffer, 1));
    ASSERT_TRUE(status) << status.error().message;
  }
  void fetch(Download& download, ChunkIndex chunk) const {
    write(download, chunk);
    ASSERT_TRUE(download.mark(chunk));
  }
  void fetch_all(Download& download) const {
    for (std::uint32_t c = 0; c < share->metainfo->chunk_count(); ++c) {
      if (download.wanted().test({c}) && !download.verified().test({c})) fetch(download, {c});
    }
  }
  void expect_finished() const {
    EXPECT_FALSE(exists(dir / "s.part"));
    EXPECT_FALSE(exists(dir / "s.stp"));
    EXPECT_FALSE(exists(dir / "s.stp.new"));
    if (share->metainfo->is_single_file()) {
      EXPECT_EQ(test::read_file(dir / "s"), pattern(0, kBytesOfA));
      return;
    }
    EXPECT_EQ(test::read_file(dir / "s/a"), pattern(0, kBytesOfA));
    EXPECT_EQ(test::read_file(dir / "s/d/b"), pattern(1, 100));
    EXPECT_TRUE(exists(dir / "s/d/empty"));
    EXPECT_TRUE(std::filesystem::is_directory(dir / "s/e/f"));
  }
};

}  // namespace stp::content::test
