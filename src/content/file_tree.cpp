#include "content/file_tree.h"

#include <utility>

#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::content {

using bencode::View;

Error malformed_metainfo(const std::string& why) {
  return {ErrorKind::malformed, "metainfo: " + why};
}

Error too_many_chunks() {
  return {ErrorKind::limit, "metainfo: more than " + std::to_string(kChunksMax) + " chunks"};
}

std::string quoted_path(const std::vector<std::string>& path) {
  return "\"" + escaped(join_path(path)) + "\"";
}

Status PathBudget::count(std::size_t components, std::size_t bytes) {
  components_ += components;
  bytes_ += bytes;
  if (++paths_ > kFilesMax || components_ > kComponentsTotalMax || bytes_ > kPathBytesTotalMax) {
    return Error{ErrorKind::limit,
                 "metainfo: more than " + std::to_string(kFilesMax) + " files, or paths too long in total"};
  }
  return Done{};
}

Attributes::Attributes(const View& properties) {
  std::string_view flags;
  for (std::optional<View> key = properties.first(); key;) {
    const View value = *key->next();
    if (key->text() == "attr") flags = value.text().value_or(std::string_view());
    if (key->text() == "mtime") mtime = value.integer().value_or(0);
    if (key->text() == "symlink path" && value.is_list()) target = value;
    key = value.next();
  }
  const auto has = [flags](char flag) { return flags.find(flag) != std::string_view::npos; };
  link = has('l');
  pad = has('p');
  executable = has('x') && !link;
  if (link || mtime < 0 || mtime > kFileTimeMax) mtime = 0;
  if (!link) target.reset();
}

Result<std::optional<std::vector<std::string>>> read_link_target(const View& list, Names names, PathBudget& budget) {
  using Target = std::optional<std::vector<std::string>>;
  if (!list.first()) return Target();
  std::vector<std::string> target;
  std::size_t bytes = 0;
  for (std::optional<View> part = list.first(); part; part = part->next()) {
    const std::optional<std::string_view> text = part->text();
    bytes += text ? text->size() + 1 : 0;
    const bool fits = text && target.size() < kPathDepthMax && bytes <= kPathBytesMax + 1 && *text != "..";
    if (!fits || (names == Names::strict && !check_component(*text))) return Target(std::in_place);
    const std::optional<std::string> usable =
        names == Names::strict ? std::optional(std::string(*text)) : usable_component(*text);
    if (usable) target.push_back(*usable);
  }
  if (Status status = budget.count(target.size(), bytes); !status) return status.error();
  return Target(std::move(target));
}

namespace {

class TreeReader {
 public:
  explicit TreeReader(std::uint32_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

  // The children of one dictionary of the tree. path_ is the folder's. Recursion is bounded by kPathDepthMax.
  Status read_folder(const View& folder) {
    for (std::optional<View> key = folder.first(); key;) {
      const View value = *key->next();
      const std::string_view name = *key->text();
      if (Status status = check_component(name); !status) return malformed_metainfo(status.error().message);
      path_.emplace_back(name);
      path_bytes_ += name.size() + 1;
      if (Status status = read_child(value); !status) return status;
      path_bytes_ -= name.size() + 1;
      path_.pop_back();
      key = value.next();
    }
    return Done{};
  }

  [[nodiscard]] FileTree take() { return std::move(found_); }

 private:
  Status read_child(const View& child) {
    if (path_.size() > kPathDepthMax || path_bytes_ > kPathBytesMax + 1) {
      return Error{ErrorKind::limit, "metainfo: a path is too deep or too long"};
    }
    if (!child.is_dict()) return malformed_metainfo(quoted_path(path_) + " is neither a file nor a folder");
    const std::optional<View> first_key = child.first();
    if (!first_key) {
      if (Status status = budget_.count(path_.size(), path_bytes_); !status) return status;
      found_.empty_folders.push_back(path_);
      return Done{};
    }
    if (!first_key->text()->empty()) return read_folder(child);
    const View file = *first_key->next();
    if (file.next()) return malformed_metainfo(quoted_path(path_) + " is both a file and a folder");
    if (!file.is_dict()) return malformed_metainfo(quoted_path(path_) + " has no properties");
    return read_file(file);
  }

  Status read_file(const View& properties) {
    const Attributes attributes(properties);
    if (attributes.pad) return malformed_metainfo(quoted_path(path_) + " is a pad, of which v2 has none");
    ListedFile file;
    FileEntry& entry = file.entry;
    std::optional<std::int64_t> length = properties.find_integer("length");
    if (attributes.link) length = 0;  // BEP 47: a link has no content of its own
    if (!length || *length < 0) return malformed_metainfo(quoted_path(path_) + " has no valid length");
    if (*length > std::int64_t{kChunksMax} * chunk_bytes_) return too_many_chunks();
    if (*length > 0) {
      const auto root = Hash256::from(properties.find_string("pieces root").value_or(ByteSpan()));
      if (!root || *root == Hash256{}) return malformed_metainfo(quoted_path(path_) + " has no valid pieces root");
      entry.root = *root;
      chunks_ += (*length - 1) / chunk_bytes_ + 1;
    }
    if (chunks_ > kChunksMax) return too_many_chunks();
    if (Status status = budget_.count(path_.size(), path_bytes_); !status) return status;
    entry.path = path_;
    entry.bytes = *length;
    entry.executable = attributes.executable;
    entry.mtime = attributes.mtime;
    if (attributes.target) {
      Result<std::optional<std::vector<std::string>>> target =
          read_link_target(*attributes.target, Names::strict, budget_);
      if (!target) return target.error();
      file.target = *std::move(target);
    }
    found_.files.push_back(std::move(file));
    return Done{};
  }

  const std::int64_t chunk_bytes_;
  FileTree found_;
  PathBudget budget_;
  std::vector<std::string> path_;
  std::size_t path_bytes_ = 0;  // of path_, with one separator per component
  std::int64_t chunks_ = 0;
};

}  // namespace

Result<FileTree> read_file_tree(const View& tree, std::uint32_t chunk_bytes) {
  TreeReader reader(chunk_bytes);
  if (Status status = reader.read_folder(tree); !status) return status.error();
  return reader.take();
}

}  // namespace stp::content
