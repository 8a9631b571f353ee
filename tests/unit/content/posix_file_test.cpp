#include "content/posix_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "faulty_file_system.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::TempDir;

Fd directory(const TempDir& dir) {
  Result<Fd> folder = open_directory(dir.path());
  EXPECT_TRUE(folder) << folder.error().message;
  return std::move(*folder);
}

TEST(FileError, HasTheKindThatItsNumberMeans) {
  EXPECT_EQ(file_error("write", "f", ENOSPC).kind, ErrorKind::disk_full);
  EXPECT_EQ(file_error("write", "f", EDQUOT).kind, ErrorKind::disk_full);
  EXPECT_EQ(file_error("open", "f", EACCES).kind, ErrorKind::denied);
  EXPECT_EQ(file_error("open", "f", EROFS).kind, ErrorKind::denied);
  EXPECT_EQ(file_error("open", "f", ELOOP).kind, ErrorKind::denied);
  EXPECT_EQ(file_error("open", "f", ENOENT).kind, ErrorKind::not_found);
  EXPECT_EQ(file_error("rename", "f", EEXIST).kind, ErrorKind::exists);
  EXPECT_EQ(file_error("read", "f", EIO).kind, ErrorKind::io);
}

TEST(FileError, NamesTheFileEscaped) {
  EXPECT_EQ(file_error("read", "a\x1b", EIO).message, "cannot read a\\x1b: Input/output error");
}

TEST(WriteAt, AFullDeviceIsDiskFull) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(static_cast<bool>(full));
  const Bytes bytes(100);
  const ByteSpan buffer = bytes;
  const Status status = write_at(full, 0, std::span(&buffer, 1), "name");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::disk_full);
  EXPECT_NE(status.error().message.find("name"), std::string::npos);
}

TEST(WriteAt, WritesManyBuffersInOrder) {
  const TempDir dir;
  const Fd folder = directory(dir);
  const std::string name = "f";
  const auto file = open_below(folder, std::span(&name, 1), Access::read_write, Missing::create);
  ASSERT_TRUE(file);
  Rng rng(1);
  Bytes expected(5, std::byte{0});
  std::vector<Bytes> parts;
  for (int i = 0; i < 300; ++i) {  // more than one pwritev takes, some of them empty
    Bytes part(rng.below(50));
    rng.fill(part);
    append(expected, part);
    parts.push_back(part);
  }
  const std::vector<ByteSpan> buffers(parts.begin(), parts.end());
  ASSERT_TRUE(write_at(*file, 5, buffers, name));
  EXPECT_EQ(test::read_file(dir / "f"), expected);
  Bytes back(expected.size() - 5);
  ASSERT_TRUE(read_at(*file, 5, back, name));
  EXPECT_TRUE(std::equal(back.begin(), back.end(), expected.begin() + 5));
}

TEST(WriteAt, OfNothingDoesNothing) {
  EXPECT_TRUE(write_at(Fd(), 0, {}, "f"));
  const ByteSpan empty;
  EXPECT_TRUE(write_at(Fd(), 0, std::span(&empty, 1), "f"));
}

TEST(ReadAt, PastTheEndIsAnIntegrityError) {
  const TempDir dir;
  test::write_file(dir / "f", "12345");
  const auto file = open_source(dir / "f");
  Bytes out(6);
  EXPECT_EQ(read_at(*file, 0, out, "f").error().kind, ErrorKind::integrity);
}

TEST(OpenBelow, MakesFoldersOnTheWay) {
  const TempDir dir;
  const Fd folder = directory(dir);
  const std::vector<std::string> path{"a", "b", "c"};
  EXPECT_EQ(open_below(folder, path, Access::read, Missing::fail).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(test::exists(dir / "a"));
  EXPECT_TRUE(open_below(folder, path, Access::read_write, Missing::create));
  EXPECT_TRUE(test::exists(dir / "a/b/c"));
  EXPECT_TRUE(open_below(folder, path, Access::read, Missing::fail));
}

TEST(OpenBelow, FollowsNoSymbolicLink) {
  const TempDir outside;
  test::write_file(outside / "target", "secret");
  const TempDir dir;
  const Fd folder = directory(dir);
  std::filesystem::create_directory_symlink(outside.path(), dir / "link");
  std::filesystem::create_symlink(outside / "target", dir / "file");
  std::filesystem::create_symlink(outside / "new", dir / "dangling");
  for (const Missing missing : {Missing::fail, Missing::create}) {
    for (const std::vector<std::string>& path :
         {std::vector<std::string>{"file"}, {"dangling"}, {"link", "target"}, {"link", "new"}}) {
      const auto file = open_below(folder, path, Access::read_write, missing);
      ASSERT_FALSE(file) << path.back();
      EXPECT_EQ(file.error().kind, ErrorKind::denied) << file.error().message;
    }
    EXPECT_FALSE(open_folder_below(folder, std::vector<std::string>{"link", "sub"}, missing));
  }
  EXPECT_FALSE(test::exists(outside / "new"));
  EXPECT_FALSE(test::exists(outside / "sub"));
}

TEST(OpenBelow, OpensOnlyRegularFiles) {
  const TempDir dir;
  const Fd folder = directory(dir);
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  const std::string fifo = "fifo";
  EXPECT_FALSE(open_below(folder, std::span(&fifo, 1), Access::read, Missing::fail));
  EXPECT_FALSE(open_source(dir / "fifo"));
  EXPECT_FALSE(open_source(dir.path()));
}

TEST(RenameNoReplace, LeavesWhatIsThere) {
  const TempDir dir;
  const Fd folder = directory(dir);
  test::write_file(dir / "from", "new");
  test::write_file(dir / "to", "old");
  EXPECT_EQ(rename_no_replace(folder, "from", "to").error().kind, ErrorKind::exists);
  EXPECT_EQ(as_text(test::read_file(dir / "to")), "old");
  EXPECT_TRUE(rename_no_replace(folder, "from", "elsewhere"));
  EXPECT_EQ(as_text(test::read_file(dir / "elsewhere")), "new");
}

TEST(RenameNoReplace, DoesNotReplaceAnEmptyFolderEither) {
  const TempDir dir;
  const Fd folder = directory(dir);
  std::filesystem::create_directory(dir / "from");
  std::filesystem::create_directory(dir / "to");
  EXPECT_EQ(rename_no_replace(folder, "from", "to").error().kind, ErrorKind::exists);
}

TEST(ReplaceFile, PutsTheNewContentsInPlaceAndLeavesNothingElse) {
  const TempDir dir;
  const Fd folder = directory(dir);
  EXPECT_TRUE(replace_file(folder, "f", as_bytes("one"), Sync::yes));
  EXPECT_TRUE(replace_file(folder, "f", as_bytes("2"), Sync::yes));
  EXPECT_EQ(as_text(*content::read_file(folder, "f", 10)), "2");
  EXPECT_EQ(*list_folder(folder), (std::vector<std::string>{"f"}));
}

TEST(ReadFile, IsBounded) {
  const TempDir dir;
  const Fd folder = directory(dir);
  test::write_file(dir / "f", "12345");
  EXPECT_TRUE(content::read_file(folder, "f", 5));
  EXPECT_EQ(content::read_file(folder, "f", 4).error().kind, ErrorKind::limit);
  EXPECT_EQ(content::read_file(folder, "none", 4).error().kind, ErrorKind::not_found);
}

TEST(TryLock, OnlyOneHoldsIt) {
  const TempDir dir;
  const Fd folder = directory(dir);
  test::write_file(dir / "f", "");
  Fd first = std::move(*open_source(dir / "f"));
  const Fd second = std::move(*open_source(dir / "f"));
  EXPECT_EQ(lock_current(folder, "f", first), Lock::held);
  EXPECT_EQ(lock_current(folder, "f", second), Lock::busy);
  first = Fd();
  EXPECT_EQ(lock_current(folder, "f", second), Lock::held);
}

TEST(TryLock, OnAFileThatWasReplacedOrRemovedMeansNothing) {
  const TempDir dir;
  const Fd folder = directory(dir);
  test::write_file(dir / "f", "old");
  const Fd opened = std::move(*open_source(dir / "f"));
  ASSERT_TRUE(replace_file(folder, "f", as_bytes("new"), Sync::yes));
  EXPECT_EQ(lock_current(folder, "f", opened), Lock::stale);
  std::filesystem::remove(dir / "f");
  EXPECT_EQ(lock_current(folder, "f", opened), Lock::stale);
}

TEST(EntryTypeOf, DoesNotFollowLinks) {
  const TempDir dir;
  const Fd folder = directory(dir);
  test::write_file(dir / "file", "");
  std::filesystem::create_directory(dir / "folder");
  std::filesystem::create_symlink("file", dir / "link");
  EXPECT_EQ(*entry_type(folder, "file"), EntryType::file);
  EXPECT_EQ(*entry_type(folder, "folder"), EntryType::folder);
  EXPECT_EQ(*entry_type(folder, "link"), EntryType::other);
  EXPECT_FALSE(entry_type(folder, "nothing")->has_value());
}

TEST(ListFolder, IsInByteOrderAndCanBeRepeated) {
  const TempDir dir;
  for (const char* name : {"b", "a", ".hidden", "B", "\xc3\xa9"}) test::write_file(dir / name, "");
  const Fd folder = directory(dir);
  const std::vector<std::string> expected{".hidden", "B", "a", "b", "\xc3\xa9"};
  EXPECT_EQ(*list_folder(folder), expected);
  EXPECT_EQ(*list_folder(folder), expected);
}

TEST(ReplaceFile, IsWholeAfterAPowerCutAtAnyCall) {
  using test::FaultyFileSystem;
  const TempDir dir;
  Rng rng(3);
  const Bytes before = test::pattern(1, 2000);
  const Bytes after = test::pattern(2, 3000);
  for (std::size_t at = 0;; ++at) {
    test::write_file(dir / "f", before);
    FaultyFileSystem files(dir.path());
    files.cut_power(at);
    bool replaced = false;
    if (const Result<Fd> folder = open_directory(dir.path(), files)) {
      replaced = replace_file(*folder, "f", after, Sync::yes).ok();
    }
    files.restart(at % 2 == 0 ? FaultyFileSystem::Luck::none : FaultyFileSystem::Luck::some, rng);
    const Bytes found = test::read_file(dir / "f");
    ASSERT_TRUE(found == after || (found == before && !replaced)) << "power cut at call " << at;
    if (replaced) break;
  }
}

}  // namespace
}  // namespace stp::content
