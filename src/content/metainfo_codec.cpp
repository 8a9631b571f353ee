// Metainfo::parse and Metainfo::build: the info dictionary of BEP 52, read and written.

#include <algorithm>
#include <bit>

#include "bencode/bencode.h"
#include "content/metainfo.h"
#include "content/path_rules.h"
#include "core/shown_text.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

using bencode::View;

constexpr std::int64_t kMetaVersion = 2;

Error malformed(const std::string& why) {
  return {ErrorKind::malformed, "metainfo: " + why};
}

std::string quoted(const std::vector<std::string>& path) {
  return "\"" + escaped(join_path(path)) + "\"";
}

}  // namespace

// Fills a Metainfo from a decoded dictionary. Each dictionary is walked once.
class MetainfoParser {
 public:
  static Result<std::shared_ptr<const Metainfo>> parse(ByteSpan info_bytes) {
    if (info_bytes.size() > kInfoBytesMax) return Error{ErrorKind::limit, "metainfo: larger than 16 MiB"};
    bencode::Document document;
    bencode::Limits limits;
    limits.tokens_max = kInfoTokensMax;
    if (Status status = document.decode(info_bytes, limits); !status) return status.error();
    if (!document.root().is_dict()) return malformed("not a dictionary");

    MetainfoParser parser;
    Metainfo& metainfo = *parser.metainfo_;
    metainfo.info_bytes_ = to_bytes(info_bytes);
    metainfo.info_hash_.bytes = crypto::sha256(info_bytes).bytes;
    if (Status status = parser.read_info(document.root()); !status) return status.error();
    return std::shared_ptr<const Metainfo>(std::move(parser.metainfo_));
  }

 private:
  MetainfoParser() : metainfo_(new Metainfo()) {}

  Status read_info(const View& info) {
    const auto version = info.find_integer("meta version");
    if (!version) return Error{ErrorKind::unsupported, "metainfo: BitTorrent v1 only; stp needs v2 (BEP 52)"};
    if (*version != kMetaVersion) {
      return Error{ErrorKind::unsupported,
                   "metainfo: meta version " + std::to_string(*version) + "; stp supports version 2"};
    }
    const auto chunk_bytes = info.find_integer("piece length");
    if (!chunk_bytes) return malformed("no piece length");
    if (*chunk_bytes > kChunkBytesMax) return Error{ErrorKind::limit, "metainfo: chunks larger than 16 MiB"};
    if (*chunk_bytes < kChunkBytesMin || !std::has_single_bit(static_cast<std::uint64_t>(*chunk_bytes))) {
      return malformed("piece length is not a power of two of at least 16 KiB");
    }
    metainfo_->chunk_bytes_ = static_cast<std::uint32_t>(*chunk_bytes);

    metainfo_->name_ = std::string(info.find_text("name").value_or(std::string_view()));
    if (metainfo_->name_.empty()) metainfo_->name_ = metainfo_->info_hash_.hex();
    if (Status status = check_component(metainfo_->name_); !status) return malformed(status.error().message);
    metainfo_->private_ = info.find_integer("private") == 1;

    const auto tree = info.find_dict("file tree");
    if (!tree) return malformed("no file tree");
    if (Status status = read_folder(*tree); !status) return status;
    if (metainfo_->files_.empty() && metainfo_->empty_folders_.empty()) return malformed("no files");
    const std::vector<FileEntry>& files = metainfo_->files_;
    metainfo_->single_file_ = files.size() == 1 && metainfo_->empty_folders_.empty() && files[0].path.size() == 1 &&
                              files[0].path[0] == metainfo_->name_;
    return Done{};
  }

  // The children of one dictionary of the tree. path_ is the folder's. Recursion is bounded by kPathDepthMax.
  Status read_folder(const View& folder) {
    for (std::optional<View> key = folder.first(); key;) {
      const View value = *key->next();
      const std::string_view name = *key->text();
      if (Status status = check_component(name); !status) return malformed(status.error().message);
      path_.emplace_back(name);
      path_bytes_ += name.size() + 1;
      if (Status status = read_child(value); !status) return status;
      path_bytes_ -= name.size() + 1;
      path_.pop_back();
      key = value.next();
    }
    return Done{};
  }

  Status read_child(const View& child) {
    if (path_.size() > kPathDepthMax || path_bytes_ > kPathBytesMax + 1) {
      return Error{ErrorKind::limit, "metainfo: a path is too deep or too long"};
    }
    if (!child.is_dict()) return malformed(quoted(path_) + " is neither a file nor a folder");
    const std::optional<View> first_key = child.first();
    if (!first_key) {
      if (Status status = count_path(); !status) return status;
      metainfo_->empty_folders_.push_back(path_);
      return Done{};
    }
    if (!first_key->text()->empty()) return read_folder(child);
    const View file = *first_key->next();
    if (file.next()) return malformed(quoted(path_) + " is both a file and a folder");
    if (!file.is_dict()) return malformed(quoted(path_) + " has no properties");
    return read_file(file);
  }

  Status read_file(const View& properties) {
    FileEntry entry;
    std::optional<std::int64_t> length;
    std::optional<ByteSpan> root;
    std::string_view attributes;
    std::int64_t mtime = 0;
    for (std::optional<View> key = properties.first(); key;) {
      const View value = *key->next();
      if (key->text() == "length") length = value.integer();
      if (key->text() == "pieces root") root = value.string();
      if (key->text() == "attr") attributes = value.text().value_or(std::string_view());
      if (key->text() == "mtime") mtime = value.integer().value_or(0);
      key = value.next();
    }
    const bool is_link = attributes.find('l') != std::string_view::npos;
    if (is_link) length = 0;  // BEP 47: a link has no content of its own
    if (!length || *length < 0) return malformed(quoted(path_) + " has no valid length");
    const std::int64_t bytes_max = std::int64_t{kChunksMax} * metainfo_->chunk_bytes_;
    if (*length > bytes_max) return too_many_chunks();
    if (*length > 0) {
      const auto hash = Hash256::from(root.value_or(ByteSpan()));
      if (!hash || *hash == Hash256{}) return malformed(quoted(path_) + " has no valid pieces root");
      entry.root = *hash;
      entry.chunk_count = static_cast<std::uint32_t>((*length - 1) / metainfo_->chunk_bytes_ + 1);
    }
    if (entry.chunk_count > kChunksMax - metainfo_->chunk_count_) return too_many_chunks();
    if (Status status = count_path(); !status) return status;
    entry.path = path_;
    entry.bytes = *length;
    entry.executable = !is_link && attributes.find('x') != std::string_view::npos;
    entry.mtime = !is_link && mtime > 0 && mtime <= kFileTimeMax ? mtime : 0;
    entry.first_chunk = ChunkIndex{metainfo_->chunk_count_};
    if (*length > 0) metainfo_->chunk_owners_.push_back(static_cast<std::uint32_t>(metainfo_->files_.size()));
    metainfo_->chunk_count_ += entry.chunk_count;
    metainfo_->total_bytes_ += *length;
    metainfo_->files_.push_back(std::move(entry));
    return Done{};
  }

  // Bounds what copies of path_ may add up to, before one is made.
  Status count_path() {
    components_total_ += path_.size();
    path_bytes_total_ += path_bytes_;
    if (metainfo_->files_.size() + metainfo_->empty_folders_.size() >= kFilesMax ||
        components_total_ > kComponentsTotalMax || path_bytes_total_ > kPathBytesTotalMax) {
      return Error{ErrorKind::limit,
                   "metainfo: more than " + std::to_string(kFilesMax) + " files, or paths too long in total"};
    }
    return Done{};
  }

  static Error too_many_chunks() {
    return {ErrorKind::limit, "metainfo: more than " + std::to_string(kChunksMax) + " chunks"};
  }

  std::shared_ptr<Metainfo> metainfo_;
  std::vector<std::string> path_;
  std::size_t path_bytes_ = 0;  // of path_, with one separator per component
  std::size_t components_total_ = 0;
  std::size_t path_bytes_total_ = 0;
};

Result<std::shared_ptr<const Metainfo>> Metainfo::parse(ByteSpan info_bytes) {
  return MetainfoParser::parse(info_bytes);
}

namespace {

// A leaf of the tree to be encoded: a file, or an empty folder (file == nullptr).
struct Leaf {
  const std::vector<std::string>* path;
  const FileEntry* file;
};

Status check_leaves(const std::vector<Leaf>& leaves) {
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::vector<std::string>& path = *leaves[i].path;
    if (Status status = check_path(path); !status) return status;
    if (leaves[i].file != nullptr && leaves[i].file->bytes < 0)
      return malformed(quoted(path) + " has a negative length");
    if (leaves[i].file != nullptr && (leaves[i].file->mtime < 0 || leaves[i].file->mtime > kFileTimeMax))
      return malformed(quoted(path) + " has a time out of range");
    if (i == 0) continue;
    // In this order, whatever is below a path follows it immediately.
    const std::vector<std::string>& before = *leaves[i - 1].path;
    if (before.size() > path.size() || !std::equal(before.begin(), before.end(), path.begin())) continue;
    if (before.size() == path.size()) return Error{ErrorKind::exists, "two files are named " + quoted(path)};
    return Error{ErrorKind::exists, quoted(before) + " is both a file and a folder"};
  }
  return Done{};
}

void encode_tree(bencode::Encoder& encoder, const std::vector<Leaf>& leaves) {
  encoder.begin_dict();
  std::size_t open = 0;  // open folders of the last path
  const std::vector<std::string>* last = nullptr;
  for (const Leaf& leaf : leaves) {
    const std::vector<std::string>& path = *leaf.path;
    std::size_t shared = 0;
    while (last != nullptr && shared < open && (*last)[shared] == path[shared]) ++shared;
    for (; open > shared; --open) encoder.end();
    for (; open + 1 < path.size(); ++open) encoder.key(path[open]).begin_dict();
    encoder.key(path.back()).begin_dict();
    if (leaf.file != nullptr) {
      encoder.key("").begin_dict();
      if (leaf.file->executable) encoder.key("attr").string(std::string_view("x"));
      encoder.key("length").integer(leaf.file->bytes);
      if (leaf.file->mtime > 0) encoder.key("mtime").integer(leaf.file->mtime);
      if (leaf.file->bytes > 0) encoder.key("pieces root").string(leaf.file->root.span());
      encoder.end();
    }
    encoder.end();
    last = leaf.path;
  }
  for (; open > 0; --open) encoder.end();
  encoder.end();
}

}  // namespace

Result<std::shared_ptr<const Metainfo>> Metainfo::build(const std::string& name, std::uint32_t chunk_bytes,
                                                        std::vector<FileEntry> files, bool private_flag,
                                                        std::vector<std::vector<std::string>> empty_folders) {
  if (files.empty() && empty_folders.empty()) return malformed("no files");
  std::vector<Leaf> leaves;
  leaves.reserve(files.size() + empty_folders.size());
  for (const FileEntry& file : files) leaves.push_back({&file.path, &file});
  for (const std::vector<std::string>& folder : empty_folders) leaves.push_back({&folder, nullptr});
  std::sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return *a.path < *b.path; });
  if (Status status = check_leaves(leaves); !status) return status.error();

  bencode::Encoder encoder;
  encoder.begin_dict().key("file tree");
  encode_tree(encoder, leaves);
  encoder.key("meta version").integer(kMetaVersion);
  encoder.key("name").string(name);
  encoder.key("piece length").integer(chunk_bytes);
  if (private_flag) encoder.key("private").integer(1);
  encoder.end();
  return parse(encoder.take());
}

}  // namespace stp::content
