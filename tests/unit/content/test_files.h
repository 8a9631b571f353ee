// What the content tests have in common: their own directories, deterministic file contents, published vectors.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/scan.h"
#include "content/share_builder.h"
#include "core/bytes.h"
#include "core/rng.h"
#include "crypto/sha256.h"
#include "nlohmann/json.hpp"

namespace stp::content::test {

/// A directory that is removed with everything in it at the end.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "stp-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& below) const { return path_ + "/" + below; }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, ByteSpan contents) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
  ASSERT_TRUE(out.good()) << path;
}
inline void write_file(const std::string& path, std::string_view contents) {
  write_file(path, as_bytes(contents));
}

inline Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return to_bytes(text);
}

inline bool exists(const std::string& path) {
  struct ::stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// Bytes [0, size) of file `number` of the BEP 52 vectors (tests/vectors/bep52_make.py).
inline Bytes pattern(std::size_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(i * 131 + (i >> 8) * 17 + (i >> 16) * 7 + number * 29);
  }
  return bytes;
}

/// The vectors of one kind: "cases" (v2) or "hybrids".
inline const nlohmann::json& bep52_vectors(const char* kind = "cases") {
  static const nlohmann::json kVectors = [] {
    std::ifstream in(STP_VECTORS_DIR "/bep52.json");
    return nlohmann::json::parse(in);
  }();
  return kVectors.at(kind);
}

/// Writes the files of a vector below `dir`; returns the path that is shared.
inline std::string write_vector(const TempDir& dir, const nlohmann::json& vector) {
  const std::string name = vector["name"];
  const bool single = vector["files"].size() == 1;
  for (std::size_t i = 0; i < vector["files"].size(); ++i) {
    const std::string path = vector["files"][i]["path"];
    write_file(dir / (single ? path : name + "/" + path), pattern(i, vector["files"][i]["bytes"]));
  }
  return dir / name;
}

inline std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> parts;
  for (const auto& part : std::filesystem::path(path)) parts.push_back(part.string());
  return parts;
}

inline std::vector<Hash256> leaves_of(ByteSpan bytes) {
  std::vector<Hash256> leaves;
  for (std::size_t at = 0; at < bytes.size(); at += kBlockBytes) {
    leaves.push_back(crypto::sha256(bytes.subspan(at, std::min<std::size_t>(kBlockBytes, bytes.size() - at))));
  }
  return leaves;
}

/// The root by the definition: all leaves of a full tree, level by level.
inline Hash256 naive_root(std::vector<Hash256> leaves, std::size_t width) {
  leaves.resize(width);
  while (leaves.size() > 1) {
    std::vector<Hash256> above;
    for (std::size_t i = 0; i < leaves.size(); i += 2) above.push_back(crypto::sha256_pair(leaves[i], leaves[i + 1]));
    leaves = above;
  }
  return leaves[0];
}

/// The share of what is at `path`, hashed.
inline Share share_of(const std::string& path, const BuildOptions& options) {
  const Result<Scan> listed = scan(std::span(&path, 1));
  EXPECT_TRUE(listed) << listed.error().message;
  Result<Share> share = build_share(*listed, options);
  EXPECT_TRUE(share) << share.error().message;
  return std::move(*share);
}
inline Share share_of(const std::string& path, std::uint32_t chunk_bytes = kChunkBytesMin, unsigned threads = 1,
                      bool times = false) {
  BuildOptions options;
  options.chunk_bytes = chunk_bytes;
  options.times = times;
  options.hashing.threads = threads;
  return share_of(path, options);
}

/// A metainfo of one file of `bytes` pattern bytes.
inline std::shared_ptr<const Metainfo> metainfo_of(const std::string& name, std::vector<FileEntry> files,
                                                   std::uint32_t chunk_bytes = kChunkBytesMin) {
  Result<std::shared_ptr<const Metainfo>> metainfo = Metainfo::build(name, chunk_bytes, std::move(files), false);
  EXPECT_TRUE(metainfo) << metainfo.error().message;
  return *metainfo;
}

/// An entry with a root that nothing hashes to: for tests of geometry.
inline FileEntry entry_of(std::vector<std::string> path, std::int64_t bytes) {
  FileEntry entry;
  entry.path = std::move(path);
  entry.bytes = bytes;
  entry.root.bytes.fill(std::byte{7});
  return entry;
}

}  // namespace stp::content::test
