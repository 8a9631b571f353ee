// Metainfo::parse and Metainfo::build: the info dictionary of BEP 3 and BEP 52, read and written.

#include <algorithm>
#include <bit>

#include "bencode/bencode.h"
#include "content/file_list.h"
#include "content/file_tree.h"
#include "content/metainfo.h"
#include "content/path_rules.h"
#include "content/symlink_targets.h"
#include "crypto/sha1.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

using bencode::View;

constexpr std::int64_t kMetaVersion = 2;

Error disagree(const std::string& how) {
  return {ErrorKind::integrity, "metainfo: its v1 and v2 parts contradict each other: " + how};
}

}  // namespace

// Fills a Metainfo from a decoded dictionary.
class MetainfoParser {
 public:
  static Result<std::shared_ptr<const Metainfo>> parse(ByteSpan info_bytes) {
    if (info_bytes.size() > kInfoBytesMax) return Error{ErrorKind::limit, "metainfo: larger than 16 MiB"};
    bencode::Document document;
    bencode::Limits limits;
    limits.tokens_max = kInfoTokensMax;
    if (Status strict = document.decode(info_bytes, limits); !strict) {
      limits.strictness = bencode::Strictness::lenient;
      const bool v1 = document.decode(info_bytes, limits) && !document.root().find("meta version");
      if (!v1) return strict.error();
    }
    if (!document.root().is_dict()) return malformed_metainfo("not a dictionary");

    MetainfoParser parser;
    Metainfo& metainfo = *parser.metainfo_;
    metainfo.info_bytes_ = to_bytes(info_bytes);
    if (Status status = parser.read_info(document.root(), info_bytes); !status) return status.error();
    return std::shared_ptr<const Metainfo>(std::move(parser.metainfo_));
  }

 private:
  MetainfoParser() : metainfo_(new Metainfo()) {}

  Status read_info(const View& info, ByteSpan info_bytes) {
    if (Status status = read_versions(info, info_bytes); !status) return status;
    const bool v2 = metainfo_->has_v2();
    const auto chunk_bytes = info.find_integer("piece length");
    if (!chunk_bytes) return malformed_metainfo("no piece length");
    if (*chunk_bytes > kChunkBytesMax) return Error{ErrorKind::limit, "metainfo: chunks larger than 16 MiB"};
    if (v2 && (*chunk_bytes < kChunkBytesMin || !std::has_single_bit(static_cast<std::uint64_t>(*chunk_bytes)))) {
      return malformed_metainfo("piece length is not a power of two of at least 16 KiB");
    }
    if (*chunk_bytes < 1) return malformed_metainfo("piece length is not positive");
    metainfo_->layout_ = Layout(static_cast<std::uint32_t>(*chunk_bytes));
    if (Status status = read_name(info); !status) return status;
    metainfo_->private_ = info.find_integer("private").value_or(0) != 0;

    std::optional<FileTree> files;
    if (v2) {
      const auto tree = info.find_dict("file tree");
      if (!tree) return malformed_metainfo("no file tree");
      Result<FileTree> found = read_file_tree(*tree, metainfo_->chunk_bytes());
      if (!found) return found.error();
      files = *std::move(found);
      take_tree(*files);
    }
    if (metainfo_->has_v1()) {
      Result<FileList> list = read_file_list(info, metainfo_->name_, metainfo_->chunk_bytes(),
                                             metainfo_->has_v2() ? ListedNames::as_is : ListedNames::usable);
      if (!list) return list.error();
      if (Status status = v2 ? compare(*list, *files) : take_list(*std::move(list)); !status) return status;
    }
    settle_symlink_targets(metainfo_->symlinks_, metainfo_->files_, metainfo_->empty_folders_);
    if (metainfo_->files_.empty() && metainfo_->empty_folders_.empty()) return malformed_metainfo("no files");
    if (metainfo_->has_v1()) return check_pieces(info, info_bytes);
    return Done{};
  }

  Status read_versions(const View& info, ByteSpan info_bytes) {
    const std::int64_t version = info.find_integer("meta version").value_or(1);
    if (version > kMetaVersion) {
      return Error{ErrorKind::unsupported,
                   "metainfo: meta version " + std::to_string(version) + "; stp supports versions 1 and 2"};
    }
    if (version == kMetaVersion) metainfo_->info_hashes_.v2 = InfoHash{crypto::sha256(info_bytes).bytes};
    if (version < kMetaVersion || info.find("pieces")) {
      metainfo_->info_hashes_.v1 = InfoHashV1{crypto::sha1(info_bytes)};
    }
    metainfo_->info_hash_ = metainfo_->info_hashes_.name();
    return Done{};
  }

  Status read_name(const View& info) {
    std::string_view name = info.find_text("name").value_or(std::string_view());
    std::string& taken = metainfo_->name_;
    if (metainfo_->has_v2()) {
      taken = std::string(name);
    } else {
      const std::string_view utf8 = info.find_text("name.utf-8").value_or(std::string_view());
      if (!utf8.empty()) name = utf8;
      if (!name.empty()) taken = usable_component(name).value_or(std::string());
    }
    if (taken.empty()) taken = metainfo_->info_hashes_.hex();
    if (Status status = check_component(taken); !status) return malformed_metainfo(status.error().message);
    return Done{};
  }

  void take_tree(const FileTree& tree) {
    metainfo_->empty_folders_ = tree.empty_folders;
    metainfo_->files_.reserve(tree.files.size());
    for (const ListedFile& file : tree.files) {
      if (file.entry.bytes > 0) metainfo_->layout_.begin_chunk();
      take(file);
    }
    metainfo_->chunk_count_ = metainfo_->layout_.chunk_count();
    const std::vector<FileEntry>& files = metainfo_->files_;
    metainfo_->single_file_ = tree.files.size() == 1 && files.size() == 1 && tree.empty_folders.empty() &&
                              files[0].path.size() == 1 && files[0].path[0] == metainfo_->name_;
  }

  Status take_list(FileList list) {
    metainfo_->single_file_ = list.single;
    for (ListedFile& file : list.files) {
      if (file.pad) {
        metainfo_->layout_.add_pad(file.entry.bytes);
        continue;
      }
      take(std::move(file));
    }
    if (metainfo_->files_.size() > kFilesMax) {
      return Error{ErrorKind::limit, "metainfo: more than " + std::to_string(kFilesMax) + " files"};
    }
    metainfo_->chunk_count_ = metainfo_->layout_.chunk_count();
    return Done{};
  }

  // A file or a link.
  void take(ListedFile file) {
    if (file.target) {
      metainfo_->symlinks_.push_back({std::move(file.entry.path), *std::move(file.target)});
      return;
    }
    metainfo_->files_.push_back(std::move(file.entry));
    place(metainfo_->files_.size() - 1);
  }

  // Puts the file behind those before it.
  void place(std::size_t number) {
    FileEntry& file = metainfo_->files_[number];
    Layout& layout = metainfo_->layout_;
    const std::int64_t chunk_bytes = layout.chunk_bytes();
    file.position = layout.end();
    file.first_chunk = ChunkIndex{static_cast<std::uint32_t>(file.position / chunk_bytes)};
    if (file.bytes == 0) return;
    layout.add_file(static_cast<std::uint32_t>(number), file.bytes);
    metainfo_->total_bytes_ += file.bytes;
    file.chunk_count = static_cast<std::uint32_t>((layout.end() - 1) / chunk_bytes) - file.first_chunk.value + 1;
  }

  // Whether the v1 part of a hybrid has the same files at the same positions. Where one part has a link and the other an
  // empty file, the v2 part counts.
  Status compare(const FileList& list, const FileTree& tree) {
    std::int64_t position = 0;
    std::size_t number = 0;
    std::size_t links = 0;  // among those of v2 so far
    for (const ListedFile& listed : list.files) {
      const FileEntry& v1 = listed.entry;
      if (!listed.pad) {
        if (number == tree.files.size()) return disagree("v1 has more files");
        const FileEntry& v2 = tree.files[number].entry;
        if (v1.path != v2.path) return disagree(quoted_path(v1.path) + " is " + quoted_path(v2.path) + " in v2");
        if (v1.bytes != v2.bytes) return disagree("the sizes of " + quoted_path(v1.path) + " differ");
        if (v1.bytes > 0 && position != metainfo_->files_[number - links].position) {
          return disagree(quoted_path(v1.path) + " does not begin with a chunk in v1");
        }
        if (tree.files[number++].target) ++links;
      }
      position += v1.bytes;
    }
    if (number != tree.files.size()) return disagree("v2 has more files");
    if (list.single && !metainfo_->single_file_) return disagree("only one of them has its file in a folder");
    // The tree of a folder with one file of its own name looks like that of the file alone.
    metainfo_->single_file_ = list.single;
    metainfo_->layout_.set_padded_end(position);
    return Done{};
  }

  // The SHA-1 hashes must be as many as the chunks of the v1 part.
  Status check_pieces(const View& info, ByteSpan info_bytes) {
    const std::optional<ByteSpan> pieces = info.find_string("pieces");
    if (!pieces) return malformed_metainfo("no pieces");
    const Layout& layout = metainfo_->layout_;
    const std::uint64_t chunks = static_cast<std::uint64_t>(layout.padded_chunks());
    if (pieces->size() != chunks * Hash160::kSize) {
      return malformed_metainfo("\"pieces\" has " + std::to_string(pieces->size()) + " bytes instead of " +
                                std::to_string(chunks * Hash160::kSize));
    }
    if (chunks != metainfo_->chunk_count_) return disagree("v1 ends with a pad of more than a chunk");
    metainfo_->pieces_ = static_cast<std::size_t>(pieces->data() - info_bytes.data());
    return Done{};
  }

  std::shared_ptr<Metainfo> metainfo_;
};

Result<std::shared_ptr<const Metainfo>> Metainfo::parse(ByteSpan info_bytes) {
  return MetainfoParser::parse(info_bytes);
}

namespace {

// A leaf of the tree to be encoded: a file, or an empty folder (file == nullptr).
struct Leaf {
  const std::vector<std::string>* path;
  const FileEntry* file;
  const PieceHashes* pieces = nullptr;  // of a file of a hybrid
};

Status check_leaves(const std::vector<Leaf>& leaves) {
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::vector<std::string>& path = *leaves[i].path;
    if (Status status = check_path(path); !status) return status;
    if (leaves[i].file != nullptr && leaves[i].file->bytes < 0)
      return malformed_metainfo(quoted_path(path) + " has a negative length");
    if (leaves[i].file != nullptr && (leaves[i].file->mtime < 0 || leaves[i].file->mtime > kFileTimeMax))
      return malformed_metainfo(quoted_path(path) + " has a time out of range");
    if (i == 0) continue;
    // In this order, whatever is below a path follows it immediately.
    const std::vector<std::string>& before = *leaves[i - 1].path;
    if (before.size() > path.size() || !std::equal(before.begin(), before.end(), path.begin())) continue;
    if (before.size() == path.size()) return Error{ErrorKind::exists, "two files are named " + quoted_path(path)};
    return Error{ErrorKind::exists, quoted_path(before) + " is both a file and a folder"};
  }
  return Done{};
}

void encode_components(bencode::Encoder& encoder, const std::vector<std::string>& path) {
  encoder.begin_list();
  for (const std::string& component : path) encoder.string(component);
  encoder.end();
}

// A file's keys that are the same in the tree and in the v1 list ("attr": BEP 47).
void encode_properties(bencode::Encoder& encoder, const FileEntry& file) {
  if (file.executable) encoder.key("attr").string("x");
  encoder.key("length").integer(file.bytes);
  if (file.mtime > 0) encoder.key("mtime").integer(file.mtime);
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
      encode_properties(encoder, *leaf.file);
      if (leaf.file->bytes > 0) encoder.key("pieces root").string(leaf.file->root.span());
      encoder.end();
    }
    encoder.end();
    last = leaf.path;
  }
  for (; open > 0; --open) encoder.end();
  encoder.end();
}

// The v1 part of a hybrid in the order of the tree, in which a dictionary's keys are written: "files" or "length", and …
class HybridPart {
 public:
  HybridPart(const std::vector<Leaf>& leaves, const std::string& name, std::uint32_t chunk_bytes)
      : leaves_(leaves), chunk_bytes_(chunk_bytes) {
    single_ = leaves.size() == 1 && leaves[0].file != nullptr && leaves[0].path->size() == 1 &&
              leaves[0].path->front() == name;
  }

  [[nodiscard]] bool single() const { return single_; }

  void encode_files(bencode::Encoder& encoder) const {
    encoder.key("files").begin_list();
    for (const Leaf& leaf : leaves_) {
      if (leaf.file == nullptr) continue;
      const FileEntry& file = *leaf.file;
      encoder.begin_dict();
      encode_properties(encoder, file);
      encoder.key("path");
      encode_components(encoder, file.path);
      encoder.end();
      if (const std::int64_t rest = file.bytes % chunk_bytes_; rest != 0) encode_pad(encoder, chunk_bytes_ - rest);
    }
    encoder.end();
  }

  // … "pieces".
  void encode_pieces(bencode::Encoder& encoder) const {
    Bytes all;
    for (const Leaf& leaf : leaves_) {
      if (leaf.file == nullptr || leaf.file->bytes == 0) continue;
      append(all, std::as_bytes(std::span(leaf.pieces->padded)));
      if (single_) std::copy_n(leaf.pieces->last.bytes.begin(), Hash160::kSize, all.end() - Hash160::kSize);
    }
    encoder.key("pieces").string(ByteSpan(all));
  }

 private:
  static void encode_pad(bencode::Encoder& encoder, std::int64_t bytes) {
    encoder.begin_dict().key("attr").string(std::string_view("p"));
    encoder.key("length").integer(bytes);
    encoder.key("path").begin_list().string(std::string_view(".pad")).string(std::to_string(bytes)).end();
    encoder.end();
  }

  const std::vector<Leaf>& leaves_;
  const std::int64_t chunk_bytes_;
  bool single_ = false;
};

}  // namespace

Result<std::shared_ptr<const Metainfo>> Metainfo::build(const std::string& name, std::uint32_t chunk_bytes,
                                                        std::vector<FileEntry> files, bool private_flag,
                                                        std::vector<std::vector<std::string>> empty_folders,
                                                        std::span<const PieceHashes> pieces) {
  if (files.empty() && empty_folders.empty()) return malformed_metainfo("no files");
  const bool hybrid = !pieces.empty();
  STP_ASSERT(!hybrid || pieces.size() == files.size());
  std::vector<Leaf> leaves;
  leaves.reserve(files.size() + empty_folders.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    leaves.push_back({&files[i].path, &files[i], hybrid ? &pieces[i] : nullptr});
    STP_ASSERT(!hybrid || pieces[i].padded.size() == chunks_in(files[i].bytes, chunk_bytes));
  }
  for (const std::vector<std::string>& folder : empty_folders) leaves.push_back({&folder, nullptr});
  std::sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return *a.path < *b.path; });
  if (Status status = check_leaves(leaves); !status) return status.error();

  bencode::Encoder encoder;
  encoder.begin_dict().key("file tree");
  encode_tree(encoder, leaves);
  const HybridPart v1(leaves, name, chunk_bytes);
  if (hybrid && !v1.single()) v1.encode_files(encoder);
  if (hybrid && v1.single()) encoder.key("length").integer(files[0].bytes);
  encoder.key("meta version").integer(kMetaVersion);
  encoder.key("name").string(name);
  encoder.key("piece length").integer(chunk_bytes);
  if (hybrid) v1.encode_pieces(encoder);
  if (private_flag) encoder.key("private").integer(1);
  encoder.end();
  return parse(encoder.take());
}

}  // namespace stp::content
