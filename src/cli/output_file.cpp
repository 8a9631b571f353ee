#include "cli/output_file.h"

#include <string>
#include <system_error>

#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

Error taken(const std::filesystem::path& file) {
  return {ErrorKind::exists, escaped(file.string()) + " already exists; move it away or give another name"};
}

}  // namespace

Error stdout_error(int errno_value) {
  return {ErrorKind::io, content::file_error("write", "standard output", errno_value).message};
}

Status put_new_file(const std::filesystem::path& file, std::string_view contents, mode_t mode) {
  Status put = content::put_new_file(file, contents, content::Sync::yes, mode);
  return put || put.error().kind != ErrorKind::exists ? put : taken(file);
}

Status check_free(const std::filesystem::path& file) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::symlink_status(file, failure);
  return status.type() == std::filesystem::file_type::not_found ? Status(Done{}) : taken(file);
}

}  // namespace stp::cli
