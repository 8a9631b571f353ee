// Info dictionaries for the catalogue's tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "content/metainfo.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "crypto/sha256.h"

namespace stp::tracker::test {

struct Dictionary {
  Bytes bytes;
  InfoHash info_hash;
};

inline Dictionary as_dictionary(Bytes bytes) {
  const InfoHash info_hash{crypto::sha256(bytes).bytes};
  return {std::move(bytes), info_hash};
}

/// That of a share called `name`: `files` files of `file_bytes` each.
inline Dictionary dictionary(const std::string& name, std::int64_t file_bytes = 1000, std::size_t files = 1,
                             bool private_flag = false) {
  std::vector<content::FileEntry> entries;
  for (std::size_t i = 0; i < files; ++i) {
    content::FileEntry entry;
    entry.path = {files == 1 ? name : "file " + std::to_string(i)};
    entry.bytes = file_bytes;
    entry.root.bytes.fill(std::byte{0x5a});
    entries.push_back(std::move(entry));
  }
  const auto metainfo = content::Metainfo::build(name, 16384, std::move(entries), private_flag);
  return as_dictionary(to_bytes((*metainfo)->info_bytes()));
}

/// The same of a hybrid, as far as a catalogue reads it.
inline Dictionary hybrid_dictionary(const std::string& name) {
  std::string text(as_text(dictionary(name).bytes));
  text.insert(text.size() - 1, "6:pieces20:" + std::string(20, 'p'));
  return as_dictionary(to_bytes(text));
}

}  // namespace stp::tracker::test
