#include "net/folder_job.h"

#include <utility>

#include "content/glob.h"
#include "content/temporary_names.h"

namespace stp::net {

std::function<bool(const std::vector<std::string>& path)> folder_excludes(std::vector<std::string> patterns) {
  return [patterns = std::move(patterns)](const std::vector<std::string>& path) {
    std::vector<bool> used(patterns.size());
    return content::looks_temporary(path.back()) || content::is_excluded(patterns, path, used);
  };
}

}  // namespace stp::net
