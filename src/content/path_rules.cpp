#include "content/path_rules.h"

#include <algorithm>

#include "core/shown_text.h"
#include "core/utf8.h"

namespace stp::content {
namespace {

Error refused(std::string_view component, const char* why) {
  constexpr std::size_t kShownMax = 64;
  return {ErrorKind::malformed, "file name \"" + escaped(component.substr(0, kShownMax)) + "\" " + why};
}

// How many bytes the sequence would have that begins with this byte: what is wrong becomes a single '_'.
std::size_t claimed_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xf8 || byte < 0xc0) return 1;
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
}

// Of a character in a v1 name.
bool is_left_out(char32_t c) {
  const bool separates = c == '/' || c == '\\' || c == '\0';
  const bool turns_direction = c == U'\u200e' || c == U'\u200f' || (c >= U'\u202a' && c <= U'\u202e');
  return separates || turns_direction;
}

}  // namespace

Status check_component(std::string_view component) {
  if (component.empty()) return Error{ErrorKind::malformed, "empty file name"};
  if (component == "." || component == "..") return refused(component, "leads out of its folder");
  if (component.size() > kComponentBytesMax) return refused(component, "is longer than 255 bytes");
  for (std::string_view rest = component; !rest.empty();) {
    const CodePoint code_point = first_code_point(rest);
    if (code_point.bytes == 0) return refused(component, "is not UTF-8");
    if (code_point.value == '/') return refused(component, "contains a '/'");
    if (is_control(code_point.value) && code_point.value != '\n' && code_point.value != '\t') {
      return refused(component, "contains a control character");
    }
    rest.remove_prefix(code_point.bytes);
  }
  return Done{};
}

std::optional<std::string> usable_component(std::string_view raw) {
  constexpr std::size_t kCutBytes = 240;
  constexpr std::size_t kExtensionBytes = 9;  // with its dot
  if (raw.empty()) return "_";
  std::string name;
  bool has_extension = false;
  for (std::string_view rest = raw; !rest.empty();) {
    const CodePoint code_point = first_code_point(rest);
    const std::string_view taken = rest.substr(0, code_point.bytes > 0 ? code_point.bytes : claimed_bytes(rest[0]));
    rest.remove_prefix(taken.size());
    if (code_point.bytes > 0 && is_left_out(code_point.value)) continue;
    if (code_point.bytes == 0 || is_control(code_point.value)) {
      name += '_';
    } else {
      name += taken;
    }
    if (name.size() < kCutBytes || has_extension) continue;
    const std::size_t dot = rest.rfind('.');
    if (dot == std::string_view::npos || rest.size() - dot > kExtensionBytes) break;
    rest.remove_prefix(dot);
    has_extension = true;
  }
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  return name;
}

Status check_path(std::span<const std::string> components) {
  if (components.empty()) return Error{ErrorKind::malformed, "empty path"};
  if (components.size() > kPathDepthMax) {
    return Error{ErrorKind::limit, "path is deeper than " + std::to_string(kPathDepthMax) + " folders"};
  }
  std::size_t bytes = components.size() - 1;
  for (const std::string& component : components) {
    if (Status status = check_component(component); !status) return status;
    bytes += component.size();
  }
  if (bytes > kPathBytesMax) {
    return Error{ErrorKind::limit, "path is longer than " + std::to_string(kPathBytesMax) + " bytes"};
  }
  return Done{};
}

std::string join_path(std::span<const std::string> components) {
  std::string path;
  for (const std::string& component : components) {
    if (!path.empty()) path += '/';
    path += component;
  }
  return path;
}

bool lies_in(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return false;
  return path.size() == root.size() || root.ends_with('/') || path[root.size()] == '/';
}

std::string display_directory(std::string_view directory) {
  return directory.empty() || directory == "." ? "the current directory" : escaped(directory);
}

std::string display_in(std::string_view directory, std::string_view name) {
  if (directory.empty() || directory == ".") return escaped(name);
  return escaped(std::string(directory) + (directory.back() == '/' ? "" : "/") + std::string(name));
}

Error in_the_way(std::string_view directory, std::string_view name, std::string_view is_what) {
  return {ErrorKind::exists, display_in(directory, name) + " " + std::string(is_what) +
                                 "; move it away or choose another directory with -o"};
}

}  // namespace stp::content
