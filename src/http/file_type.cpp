#include "http/file_type.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "core/text.h"

namespace stp::http {
namespace {

struct TypeRow {
  std::string_view extension;
  std::string_view content_type;
};
constexpr TypeRow kTypes[] = {
    {"mp4", "video/mp4"},
    {"m4v", "video/mp4"},
    {"mkv", "video/x-matroska"},
    {"webm", "video/webm"},
    {"mov", "video/quicktime"},
    {"avi", "video/x-msvideo"},
    {"mpg", "video/mpeg"},
    {"mpeg", "video/mpeg"},
    {"ts", "video/mp2t"},
    {"m2ts", "video/mp2t"},
    {"ogv", "video/ogg"},
    {"wmv", "video/x-ms-wmv"},
    {"flv", "video/x-flv"},
    {"3gp", "video/3gpp"},
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"m4b", "audio/mp4"},
    {"aac", "audio/aac"},
    {"ogg", "audio/ogg"},
    {"oga", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"flac", "audio/flac"},
    {"wav", "audio/wav"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"png", "image/png"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"txt", "text/plain; charset=utf-8"},
    {"nfo", "text/plain; charset=utf-8"},
    {"md", "text/plain; charset=utf-8"},
    {"srt", "text/plain; charset=utf-8"},
    {"vtt", "text/vtt; charset=utf-8"},
};

}  // namespace

FileType file_type(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    const std::string extension = ascii_lower(name.substr(dot + 1));
    const auto* const found = std::ranges::find(kTypes, extension, &TypeRow::extension);
    if (found != std::end(kTypes)) return {found->content_type, true};
  }
  return {"application/octet-stream", false};
}

}  // namespace stp::http
