#include "content/symlink_targets.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include "content/path_rules.h"

namespace stp::content {
namespace {

using NodeIndex = std::uint32_t;
constexpr NodeIndex kRoot = 0;

// The share's files, folders and links by name.
class NameTree {
 public:
  enum class Kind : std::uint8_t { folder, file, link };

  NodeIndex add(std::span<const std::string> path, Kind kind, std::uint32_t link = 0) {
    NodeIndex node = kRoot;
    for (const std::string& name : path) {
      std::unordered_map<std::string, NodeIndex>& children = nodes_[node].children;
      const auto [child, added] = children.try_emplace(name, static_cast<NodeIndex>(nodes_.size()));
      node = child->second;
      if (added) nodes_.emplace_back();  // invalidates `children`
    }
    nodes_[node].kind = kind;
    nodes_[node].link = link;
    return node;
  }

  [[nodiscard]] std::optional<NodeIndex> child(NodeIndex node, const std::string& name) const {
    const auto found = nodes_[node].children.find(name);
    return found == nodes_[node].children.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] Kind kind(NodeIndex node) const { return nodes_[node].kind; }
  [[nodiscard]] std::uint32_t link(NodeIndex node) const { return nodes_[node].link; }

 private:
  struct Node {
    std::unordered_map<std::string, NodeIndex> children;
    std::uint32_t link = 0;  // its number, of a link
    Kind kind = Kind::folder;
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

// Walks the target of each link once. A walk that meets a link whose own end is not known yet waits for it; walks that
// wait for each other are never resumed, and lead nowhere.
class Settler {
 public:
  Settler(std::vector<Symlink>& links, std::span<const FileEntry> files,
          std::span<const std::vector<std::string>> empty_folders)
      : links_(links), walks_(links.size()) {
    for (const FileEntry& file : files) tree_.add(file.path, NameTree::Kind::file);
    for (const std::vector<std::string>& folder : empty_folders) tree_.add(folder, NameTree::Kind::folder);
    for (std::uint32_t i = 0; i < links.size(); ++i) tree_.add(links[i].path, NameTree::Kind::link, i);
  }

  void run() {
    for (std::uint32_t i = 0; i < links_.size(); ++i) {
      if (links_[i].target.empty()) {
        walks_[i].done = true;
      } else {
        ready_.push_back(i);
      }
    }
    while (!ready_.empty()) {
      const std::uint32_t link = ready_.back();
      ready_.pop_back();
      walk(link);
    }
    for (std::uint32_t i = 0; i < links_.size(); ++i) {
      if (!walks_[i].end || text_of(links_[i]).size() > kSymlinkTextBytesMax) links_[i].target.clear();
    }
  }

 private:
  struct Walk {
    NodeIndex at = kRoot;
    std::size_t next = 0;        // component of the target
    std::uint32_t followed = 0;  // links so far
    bool from_folder = false;    // the target is tried from the link's folder on
    bool done = false;
    std::optional<NodeIndex> end;  // once done, if it leads anywhere
    std::vector<std::uint32_t> waiting;
  };

  void walk(std::uint32_t number) {
    Walk& walk = walks_[number];
    const std::vector<std::string>& target = links_[number].target;
    for (;;) {
      if (tree_.kind(walk.at) == NameTree::Kind::link) {
        const std::uint32_t other = tree_.link(walk.at);
        if (!walks_[other].done) {
          walks_[other].waiting.push_back(number);
          return;
        }
        walk.followed += walks_[other].followed + 1;
        if (walks_[other].end && walk.followed <= kSymlinksFollowedMax) {
          walk.at = *walks_[other].end;
          continue;
        }
      } else if (walk.next == target.size()) {
        return finish(number, walk.at);
      } else if (const auto child = tree_.child(walk.at, target[walk.next])) {
        walk.at = *child;
        ++walk.next;
        continue;
      }
      const std::vector<std::string>& path = links_[number].path;
      if (walk.from_folder || path.size() < 2) return finish(number, std::nullopt);
      try_from_folder(number);
    }
  }

  void try_from_folder(std::uint32_t number) {
    Symlink& link = links_[number];
    link.target.insert(link.target.begin(), link.path.begin(), link.path.end() - 1);
    Walk& walk = walks_[number];
    walk.from_folder = true;
    walk.at = kRoot;
    walk.next = 0;
    walk.followed = 0;
  }

  void finish(std::uint32_t number, std::optional<NodeIndex> end) {
    Walk& walk = walks_[number];
    walk.done = true;
    walk.end = end;
    ready_.insert(ready_.end(), walk.waiting.begin(), walk.waiting.end());
    walk.waiting = {};
  }

  std::vector<Symlink>& links_;
  NameTree tree_;
  std::vector<Walk> walks_;
  std::vector<std::uint32_t> ready_;
};

}  // namespace

void settle_symlink_targets(std::vector<Symlink>& links, std::span<const FileEntry> files,
                            std::span<const std::vector<std::string>> empty_folders) {
  if (!links.empty()) Settler(links, files, empty_folders).run();
}

std::string text_of(const Symlink& link) {
  STP_ASSERT(!link.target.empty());
  const std::size_t folders = link.path.size() - 1;
  std::size_t shared = 0;
  while (shared < folders && shared < link.target.size() && link.path[shared] == link.target[shared]) ++shared;
  std::vector<std::string> text(folders - shared, "..");
  text.insert(text.end(), link.target.begin() + static_cast<std::ptrdiff_t>(shared), link.target.end());
  return text.empty() ? "." : join_path(text);
}

}  // namespace stp::content
