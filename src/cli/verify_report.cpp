#include "cli/verify_report.h"

#include <nlohmann/json.hpp>

#include "content/path_rules.h"

namespace stp::cli {

void tell_wrong(Context& context, const content::Metainfo& metainfo, const content::VerifyReport& report) {
  for (const content::FileProblem& problem : report.problems) {
    context.console.error(problem.error.message);
    context.events.emit("wrong_file", {{"path", content::join_path(metainfo.files()[problem.file].path)},
                                       {"message", problem.error.message}});
  }
  for (const content::FolderProblem& problem : report.folder_problems) {
    context.console.error(problem.error.message);
    context.events.emit("wrong_folder", {{"path", content::join_path(metainfo.empty_folders()[problem.folder])},
                                         {"message", problem.error.message}});
  }
  for (const content::SymlinkProblem& problem : report.symlink_problems) {
    context.console.error(problem.error.message);
    context.events.emit("wrong_symlink", {{"path", content::join_path(metainfo.symlinks()[problem.symlink].path)},
                                          {"message", problem.error.message}});
  }
}

}  // namespace stp::cli
