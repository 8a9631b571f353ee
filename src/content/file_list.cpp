#include "content/file_list.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "content/file_tree.h"
#include "content/path_rules.h"

namespace stp::content {
namespace {

using bencode::View;

// BitComet's pads have no attribute, only this in their name.
constexpr std::string_view kBitCometPad = "_____padding_file_";

class ListReader {
 public:
  ListReader(std::uint32_t chunk_bytes, ListedNames names)
      : bytes_max_(std::int64_t{kChunksMax} * chunk_bytes), names_(names) {}

  Status read_single(const View& info, const std::string& name) {
    ListedFile file;
    file.entry.path = {name};
    list_.single = true;
    if (Status status = read_properties(info, file); !status) return status;
    file.pad = false;
    file.target.reset();
    return add(std::move(file));
  }

  Status read_list(const View& files) {
    for (std::optional<View> item = files.first(); item; item = item->next()) {
      if (!item->is_dict()) return malformed_metainfo("an entry of \"files\" is not a dictionary");
      ListedFile file;
      if (Status status = read_path(*item, file); !status) return status;
      if (Status status = read_properties(*item, file); !status) return status;
      if (file.pad) {
        FileEntry pad;
        pad.bytes = file.entry.bytes;
        file.entry = std::move(pad);
      } else if (file.entry.path.empty()) {
        return malformed_metainfo("a file without a path");
      } else if (Status status = count(file.entry.path); !status) {
        return status;
      }
      if (Status status = add(std::move(file)); !status) return status;
    }
    return Done{};
  }

  [[nodiscard]] FileList take() { return std::move(list_); }

 private:
  // Leaves the path empty when there is none: pads may do without.
  Status read_path(const View& item, ListedFile& file) {
    std::optional<View> list = item.find_list("path.utf-8");
    if (!list) list = item.find_list("path");
    if (!list) return Done{};
    std::size_t bytes = 0;
    for (std::optional<View> part = list->first(); part; part = part->next()) {
      const std::optional<std::string_view> text = part->text();
      if (!text) return malformed_metainfo("a path with a part that is not a string");
      if (file.entry.path.size() == kPathDepthMax) {
        return Error{ErrorKind::limit, "metainfo: a path is too deep or too long"};
      }
      const bool as_is = names_ == ListedNames::as_is;
      if (!as_is && text->starts_with(kBitCometPad)) file.pad = true;
      std::optional<std::string> usable = as_is ? std::optional(std::string(*text)) : usable_component(*text);
      if (usable) bytes += file.entry.path.emplace_back(*std::move(usable)).size() + 1;
    }
    if (file.entry.path.empty() && list->first()) file.entry.path.emplace_back("_");
    if (bytes > kPathBytesMax + 1) return Error{ErrorKind::limit, "metainfo: a path is too deep or too long"};
    return Done{};
  }

  Status count(const std::vector<std::string>& path) {
    std::size_t bytes = 0;
    for (const std::string& component : path) bytes += component.size() + 1;
    return budget_.count(path.size(), bytes);
  }

  Status read_properties(const View& properties, ListedFile& file) {
    const Attributes attributes(properties);
    std::optional<std::int64_t> length = properties.find_integer("length");
    if (attributes.link) length = 0;  // BEP 47: a link has no content of its own
    const auto shown = [&] { return file.entry.path.empty() ? std::string("a pad") : quoted_path(file.entry.path); };
    if (!length || *length < 0) return malformed_metainfo(shown() + " has no valid length");
    if (*length > bytes_max_ - list_.total_bytes) return too_many_chunks();
    file.pad = file.pad || attributes.pad;
    file.entry.bytes = *length;
    file.entry.executable = attributes.executable;
    file.entry.mtime = attributes.mtime;
    if (!attributes.target) return Done{};
    Result<std::optional<std::vector<std::string>>> target =
        read_link_target(*attributes.target, Names::repaired, budget_);
    if (!target) return target.error();
    file.target = *std::move(target);
    return Done{};
  }

  Status add(ListedFile file) {
    if (list_.files.size() == 2 * kFilesMax) {
      return Error{ErrorKind::limit, "metainfo: more than " + std::to_string(kFilesMax) + " files"};
    }
    list_.total_bytes += file.entry.bytes;
    list_.files.push_back(std::move(file));
    return Done{};
  }

  const std::int64_t bytes_max_;
  const ListedNames names_;
  FileList list_;
  PathBudget budget_;
};

// Gives each file a path of its own.
class PathNumbers {
 public:
  Status number(std::vector<ListedFile>& files) {
    for (const ListedFile& file : files) add_folders(file.entry.path);
    for (ListedFile& file : files) {
      if (file.pad) continue;
      std::vector<std::string>& path = file.entry.path;
      if (std::string joined = join_path(path); is_free(joined)) {
        taken_.insert(std::move(joined));
        continue;
      }
      if (Status status = rename(path); !status) return status;
    }
    return Done{};
  }

 private:
  void add_folders(const std::vector<std::string>& path) {
    for (std::size_t parts = path.size(); parts > 1; --parts) {
      if (!folders_.insert(join_path(std::span(path).first(parts - 1))).second) return;  // nor are those above it new
    }
  }

  [[nodiscard]] bool is_free(const std::string& joined) const {
    return !taken_.contains(joined) && !folders_.contains(joined);
  }

  Status rename(std::vector<std::string>& path) {
    std::uint32_t& last = numbers_[join_path(path)];
    const std::string name = path.back();
    const std::size_t dot = name.rfind('.');
    const std::size_t stem = dot == std::string::npos ? name.size() : dot;
    for (;;) {
      path.back() = name.substr(0, stem) + "." + std::to_string(++last) + name.substr(stem);
      if (Status status = check_path(path); !status) return malformed_metainfo(status.error().message);
      if (std::string joined = join_path(path); is_free(joined)) {
        taken_.insert(std::move(joined));
        return Done{};
      }
    }
  }

  std::unordered_set<std::string> folders_;
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // the last one given, by path
};

}  // namespace

Result<FileList> read_file_list(const View& info, const std::string& name, std::uint32_t chunk_bytes,
                                ListedNames names) {
  ListReader reader(chunk_bytes, names);
  const std::optional<View> files = info.find_list("files");
  if (Status status = files ? reader.read_list(*files) : reader.read_single(info, name); !status) return status.error();
  FileList list = reader.take();
  if (list.single || names == ListedNames::as_is) return list;
  if (Status status = PathNumbers().number(list.files); !status) return status.error();
  return list;
}

}  // namespace stp::content
