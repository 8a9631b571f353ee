#include "content/path_rules.h"

#include <cstdint>
#include <cstdio>

namespace stp::content {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// The code point that `text` (not empty) begins with.
CodePoint first_code_point(std::string_view text) {
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte_at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte_at(i) & 0x3f);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

bool reorders_text(std::uint32_t code_point) {
  return (code_point >= 0x202a && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069) ||
         code_point == 0x200e || code_point == 0x200f || code_point == 0x2028 || code_point == 0x2029;
}

Error refused(std::string_view component, const char* why) {
  constexpr std::size_t kShownMax = 64;
  return {ErrorKind::malformed, "file name \"" + display_name(component.substr(0, kShownMax)) + "\" " + why};
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint code_point = first_code_point(text);
    if (code_point.bytes == 0) return false;
    text.remove_prefix(code_point.bytes);
  }
  return true;
}

Status check_component(std::string_view component) {
  if (component.empty()) return Error{ErrorKind::malformed, "empty file name"};
  if (component == "." || component == "..") return refused(component, "leads out of its folder");
  if (component.size() > kComponentBytesMax) return refused(component, "is longer than 255 bytes");
  for (std::string_view rest = component; !rest.empty();) {
    const CodePoint code_point = first_code_point(rest);
    if (code_point.bytes == 0) return refused(component, "is not UTF-8");
    if (code_point.value == '/') return refused(component, "holds a '/'");
    if (is_control(code_point.value) && code_point.value != '\n' && code_point.value != '\t') {
      return refused(component, "holds a control character");
    }
    rest.remove_prefix(code_point.bytes);
  }
  return Done{};
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

std::string display_name(std::string_view name) {
  std::string shown;
  shown.reserve(name.size());
  char escape[16];
  while (!name.empty()) {
    const CodePoint code_point = first_code_point(name);
    const std::size_t bytes = code_point.bytes == 0 ? 1 : code_point.bytes;
    if (code_point.bytes == 0) {
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(name[0])));
      shown += escape;
    } else if (code_point.value == '\n') {
      shown += "\\n";
    } else if (code_point.value == '\t') {
      shown += "\\t";
    } else if (code_point.value == '\\') {
      shown += "\\\\";
    } else if (is_control(code_point.value)) {
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(code_point.value));
      shown += escape;
    } else if (reorders_text(code_point.value)) {
      std::snprintf(escape, sizeof escape, "\\u{%x}", static_cast<unsigned>(code_point.value));
      shown += escape;
    } else {
      shown += name.substr(0, bytes);
    }
    name.remove_prefix(bytes);
  }
  return shown;
}

std::string display_directory(std::string_view directory) {
  return directory.empty() || directory == "." ? "the current directory" : display_name(directory);
}

std::string display_in(std::string_view directory, std::string_view name) {
  if (directory.empty() || directory == ".") return display_name(name);
  return display_name(std::string(directory) + (directory.back() == '/' ? "" : "/") + std::string(name));
}

Error in_the_way(std::string_view directory, std::string_view name, std::string_view is_what) {
  return {ErrorKind::exists, display_in(directory, name) + " " + std::string(is_what) +
                                 "; move it away or choose another directory with -o"};
}

}  // namespace stp::content
