#include "tracker/share_summary.h"

#include <bit>
#include <optional>
#include <string_view>

#include "bencode/bencode.h"
#include "content/metainfo.h"
#include "content/path_rules.h"
#include "core/blocks.h"

namespace stp::tracker {
namespace {

Error bad_dictionary(std::string why) {
  return {ErrorKind::malformed, "the info dictionary has " + std::move(why)};
}

Error over_limit() {
  return {ErrorKind::limit, "the info dictionary describes more than stp can share at once"};
}

/// Walks the file tree; each dictionary once.
class TreeSummary {
 public:
  explicit TreeSummary(std::int64_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

  /// The children of one folder. Recursion is bounded by kPathDepthMax.
  Status read_folder(const bencode::View& folder) {
    for (std::optional<bencode::View> key = folder.first(); key;) {
      const bencode::View value = *key->next();
      const std::string_view name = *key->text();
      if (Status status = content::check_component(name); !status) return status;
      ++depth_;
      path_bytes_ += name.size() + 1;
      if (Status status = read_child(value); !status) return status;
      path_bytes_ -= name.size() + 1;
      --depth_;
      key = value.next();
    }
    return Done{};
  }

  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t files() const { return files_; }
  [[nodiscard]] bool empty() const { return files_ + folders_ == 0; }

 private:
  Status read_child(const bencode::View& child) {
    if (depth_ > content::kPathDepthMax || path_bytes_ > content::kPathBytesMax + 1) return over_limit();
    if (!child.is_dict()) return bad_dictionary("an entry that is neither a file nor a folder");
    const std::optional<bencode::View> first_key = child.first();
    if (!first_key) return count(folders_);
    if (!first_key->text()->empty()) return read_folder(child);
    const bencode::View file = *first_key->next();
    if (file.next()) return bad_dictionary("an entry that is both a file and a folder");
    if (!file.is_dict()) return bad_dictionary("a file without properties");
    return read_file(file);
  }

  Status read_file(const bencode::View& properties) {
    const std::string_view attributes = properties.find_text("attr").value_or(std::string_view());
    std::optional<std::int64_t> length = properties.find_integer("length");
    const bool link = attributes.find('l') != std::string_view::npos;
    if (link) length = 0;  // BEP 47: a link has no content of its own
    if (attributes.find('p') != std::string_view::npos) return bad_dictionary("a pad in its file tree");
    if (!length || *length < 0) return bad_dictionary("a file without a valid length");
    if (*length > std::int64_t{kChunksMax} * chunk_bytes_) return over_limit();
    if (*length > 0) {
      const auto root = Hash256::from(properties.find_string("pieces root").value_or(ByteSpan()));
      if (!root || *root == Hash256{}) return bad_dictionary("a file without a valid pieces root");
      chunks_ += (*length - 1) / chunk_bytes_ + 1;
    }
    if (chunks_ > kChunksMax) return over_limit();
    bytes_ += *length;
    const std::optional<bencode::View> target = properties.find_list("symlink path");
    return count(link && target && target->first() ? links_ : files_);
  }

  Status count(std::uint32_t& kind) {
    components_total_ += depth_;
    path_bytes_total_ += path_bytes_;
    if (files_ + folders_ + links_ >= content::kFilesMax || components_total_ > content::kComponentsTotalMax ||
        path_bytes_total_ > content::kPathBytesTotalMax) {
      return over_limit();
    }
    ++kind;
    return Done{};
  }

  const std::int64_t chunk_bytes_;
  std::size_t depth_ = 0;
  std::size_t path_bytes_ = 0;  // of the present path, with one separator per component
  std::size_t components_total_ = 0;
  std::size_t path_bytes_total_ = 0;
  std::int64_t chunks_ = 0;
  std::int64_t bytes_ = 0;
  std::uint32_t files_ = 0;
  std::uint32_t folders_ = 0;
  std::uint32_t links_ = 0;
};

}  // namespace

Result<ShareSummary> summarize(ByteSpan dictionary, const InfoHash& info_hash) {
  if (dictionary.size() > kSummaryBytesMax) return Error{ErrorKind::limit, "an info dictionary of more than 1 MiB"};
  bencode::Document document;
  bencode::Limits limits;
  limits.tokens_max = kSummaryTokensMax;
  if (Status status = document.decode(dictionary, limits); !status) return status.error();
  const bencode::View info = document.root();
  if (!info.is_dict()) return Error{ErrorKind::malformed, "not an info dictionary"};

  const std::optional<std::int64_t> version = info.find_integer("meta version");
  if (!version)
    return Error{ErrorKind::unsupported, "a BitTorrent v1 info dictionary; the catalogue needs v2 (BEP 52)"};
  if (*version != 2) return Error{ErrorKind::unsupported, "an info dictionary of an unknown meta version"};
  const std::optional<std::int64_t> chunk_bytes = info.find_integer("piece length");
  if (!chunk_bytes) return bad_dictionary("no piece length");
  if (*chunk_bytes > kChunkBytesMax) return over_limit();
  if (*chunk_bytes < kChunkBytesMin || !std::has_single_bit(static_cast<std::uint64_t>(*chunk_bytes))) {
    return bad_dictionary("a piece length that is not a power of two of at least 16 KiB");
  }

  ShareSummary summary;
  summary.name = std::string(info.find_text("name").value_or(std::string_view()));
  if (summary.name.empty()) summary.name = info_hash.hex();
  if (Status status = content::check_component(summary.name); !status) return status.error();
  summary.private_flag = info.find_integer("private").value_or(0) != 0;
  summary.hybrid = info.find("pieces").has_value();

  const std::optional<bencode::View> tree = info.find_dict("file tree");
  if (!tree) return bad_dictionary("no file tree");
  TreeSummary files(*chunk_bytes);
  if (Status status = files.read_folder(*tree); !status) return status.error();
  if (files.empty()) return bad_dictionary("no files");
  summary.bytes = files.bytes();
  summary.files = files.files();
  return summary;
}

}  // namespace stp::tracker
