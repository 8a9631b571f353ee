#include "cli/torrent_place.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "cli/output_file.h"
#include "content/path_rules.h"
#include "content/small_file.h"
#include "content/torrent_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

namespace fs = std::filesystem;

Error refused(const fs::path& file, const std::string& why) {
  return {ErrorKind::exists, "--torrent: " + escaped(file.string()) + " " + why};
}

bool is_shared(const fs::path& file, const content::Scan& scan) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return false;
  return std::any_of(scan.files.begin(), scan.files.end(), [&](const content::ScannedFile& shared) {
    return shared.signature.inode == status.st_ino && shared.signature.device == status.st_dev;
  });
}

bool is_among_the_shared(const fs::path& file, const content::Scan& scan) {
  std::error_code failure;
  const fs::path folder = fs::weakly_canonical(fs::absolute(file, failure).parent_path(), failure);
  if (failure) return false;
  return std::any_of(scan.roots.begin(), scan.roots.end(),
                     [&](const std::string& root) { return content::lies_in(folder.string(), root); });
}

bool is_torrent(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return false;  // reading a pipe would wait for ever
  const Result<std::string> bytes = content::read_small_file(file, content::kTorrentBytesMax);
  return bytes && content::decode_torrent(as_bytes(*bytes)).ok();
}

}  // namespace

Status check_torrent_place(const fs::path& file, const content::Scan& scan) {
  if (is_shared(file, scan)) {
    return refused(file, "is what is to be shared; give the .torrent a name of its own");
  }
  if (is_among_the_shared(file, scan)) {
    return refused(file, "is in what is to be shared; put the .torrent somewhere else");
  }
  if (check_free(file) || is_torrent(file)) return Done{};
  return refused(file, "exists and is not the .torrent of a share; give another name");
}

}  // namespace stp::cli
