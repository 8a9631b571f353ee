// v1 and hybrid info dictionaries made by hand from the definition (BEP 3, BEP 47, BEP 52), with their files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "content/path_rules.h"
#include "crypto/sha1.h"
#include "test_files.h"

namespace stp::content::test {

/// A file of the pattern of its number, counted without pads; or a pad.
struct V1File {
  std::string path;
  std::size_t bytes = 0;
  bool pad = false;
};

/// All bytes of a v1 view, one after the other.
inline Bytes v1_stream(const std::vector<V1File>& files) {
  Bytes stream;
  std::size_t number = 0;
  for (const V1File& file : files) append(stream, file.pad ? Bytes(file.bytes) : pattern(number++, file.bytes));
  return stream;
}

inline std::string v1_pieces(const Bytes& stream, std::size_t chunk_bytes) {
  std::string pieces;
  for (std::size_t at = 0; at < stream.size(); at += chunk_bytes) {
    pieces += as_text(crypto::sha1(ByteSpan(stream).subspan(at, std::min(chunk_bytes, stream.size() - at))));
  }
  return pieces;
}

inline void encode_v1_files(bencode::Encoder& encoder, const std::vector<V1File>& files) {
  encoder.key("files").begin_list();
  for (const V1File& file : files) {
    encoder.begin_dict();
    if (file.pad) encoder.key("attr").string(std::string_view("p"));
    encoder.key("length").integer(static_cast<std::int64_t>(file.bytes));
    encoder.key("path").begin_list();
    for (const std::string& component : components(file.path)) encoder.string(component);
    encoder.end().end();
  }
  encoder.end();
}

/// The dictionary of a folder "s".
inline Bytes v1_info(const std::vector<V1File>& files, std::uint32_t chunk_bytes) {
  bencode::Encoder encoder;
  encoder.begin_dict();
  encode_v1_files(encoder, files);
  encoder.key("name").string(std::string_view("s"));
  encoder.key("piece length").integer(chunk_bytes);
  encoder.key("pieces").string(v1_pieces(v1_stream(files), chunk_bytes));
  return encoder.end().take();
}

/// The files of the v1 view of a hybrid: with pads between them.
inline std::vector<V1File> padded(const std::vector<V1File>& files, std::size_t chunk_bytes) {
  std::vector<V1File> all;
  for (std::size_t i = 0; i < files.size(); ++i) {
    all.push_back(files[i]);
    const std::size_t rest = files[i].bytes % chunk_bytes;
    if (rest != 0 && i + 1 < files.size()) {
      all.push_back({".pad/" + std::to_string(chunk_bytes - rest), chunk_bytes - rest, true});
    }
  }
  return all;
}

/// A hybrid of `files`, which are sorted and not below folders, whose v1 view has `listed`.
inline Bytes hybrid_info(const std::vector<V1File>& files, const std::vector<V1File>& listed,
                         std::uint32_t chunk_bytes) {
  bencode::Encoder encoder;
  encoder.begin_dict().key("file tree").begin_dict();
  for (std::size_t i = 0; i < files.size(); ++i) {
    encoder.key(files[i].path).begin_dict().key("").begin_dict();
    encoder.key("length").integer(static_cast<std::int64_t>(files[i].bytes));
    if (files[i].bytes > 0) {
      const std::vector<Hash256> leaves = leaves_of(pattern(i, files[i].bytes));
      encoder.key("pieces root").string(root_of(leaves, 0, tree_width(leaves.size())).span());
    }
    encoder.end().end();
  }
  encoder.end();
  encode_v1_files(encoder, listed);
  encoder.key("meta version").integer(2);
  encoder.key("name").string(std::string_view("s"));
  encoder.key("piece length").integer(chunk_bytes);
  encoder.key("pieces").string(v1_pieces(v1_stream(listed), chunk_bytes));
  return encoder.end().take();
}

inline std::shared_ptr<const Metainfo> parsed(const Bytes& info) {
  Result<std::shared_ptr<const Metainfo>> metainfo = Metainfo::parse(info);
  EXPECT_TRUE(metainfo) << metainfo.error().message;
  return *metainfo;
}

/// Writes the files below `folder`, without pads.
inline void write_v1_files(const std::string& folder, const std::vector<V1File>& files) {
  std::size_t number = 0;
  for (const V1File& file : files) {
    if (!file.pad) write_file(folder + "/" + file.path, pattern(number++, file.bytes));
  }
}

}  // namespace stp::content::test
