#include "content/temporary_names.h"

#include <algorithm>
#include <array>

namespace stp::content {
namespace {

struct Pattern {
  std::string_view begin;
  std::string_view end;
};

constexpr std::array<Pattern, 17> kTemporary = {{
    {"", "~"},
    {".", ".swp"},
    {".", ".swx"},
    {".", ".swo"},
    {"#", "#"},
    {".#", ""},
    {".~lock.", "#"},
    {"~$", ""},
    {"", ".part"},
    {"", ".stp"},
    {"", ".crdownload"},
    {"", ".download"},
    {"", ".!qB"},
    {"", ".tmp"},
    {".goutputstream-", ""},
    {".fuse_hidden", ""},
    {".nfs", ""},
}};
constexpr std::array<std::string_view, 3> kWholeNames = {"4913", ".DS_Store", "Thumbs.db"};

}  // namespace

bool looks_temporary(std::string_view name) {
  if (std::ranges::find(kWholeNames, name) != kWholeNames.end()) return true;
  return std::ranges::any_of(kTemporary, [name](const Pattern& pattern) {
    return name.size() > pattern.begin.size() + pattern.end.size() && name.starts_with(pattern.begin) &&
           name.ends_with(pattern.end);
  });
}

}  // namespace stp::content
