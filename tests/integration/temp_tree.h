// Directories and files of a test: deterministic contents, removed at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace stp::integration {

/// A new directory below $TMPDIR (or /tmp), removed with its contents.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `bytes` pseudo-random bytes determined by `seed`.
[[nodiscard]] std::string random_text(std::size_t bytes, std::uint64_t seed);

/// Writes a file of such bytes; creates the folders of its path.
void write_random(const std::filesystem::path& file, std::size_t bytes, std::uint64_t seed);
void write_file(const std::filesystem::path& file, const std::string& contents);
[[nodiscard]] std::string read_file(const std::filesystem::path& file);
/// Flips one bit of the byte at `offset`, in place.
void flip_byte(const std::filesystem::path& file, std::int64_t offset);

/// Relative path → contents, of every regular file below `root` (or of `root` itself, under "").
[[nodiscard]] std::map<std::string, std::string> contents_of(const std::filesystem::path& root);

}  // namespace stp::integration
