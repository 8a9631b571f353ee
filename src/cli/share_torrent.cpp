#include "cli/share_torrent.h"

#include <sys/stat.h>

#include <utility>

#include "cli/format.h"
#include "cli/target.h"
#include "cli/verify_report.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// Where the files are, and as what. A file that is missing has an empty signature.
std::vector<content::SourceFile> sources_at(const content::Metainfo& metainfo, const std::string& path) {
  std::vector<content::SourceFile> sources;
  for (const content::FileEntry& file : metainfo.files()) {
    content::SourceFile source;
    source.path = metainfo.is_single_file() ? path : path + "/" + content::join_path(file.path);
    struct ::stat status {};
    if (::stat(source.path.c_str(), &status) == 0) source.signature = content::FileSignature::of(status);
    sources.push_back(std::move(source));
  }
  return sources;
}

Status refuse_flags(const Options& options) {
  if (options.private_share || options.v2_only || options.times || !options.excluded.empty() ||
      !options.torrent_file.empty()) {
    return Error{ErrorKind::usage,
                 "the .torrent says what is shared: leave out --private, --v2, --times, --exclude and --torrent"};
  }
  return Done{};
}

}  // namespace

bool shares_torrent(const Options& options) {
  if (options.operands.size() != 2 || !options.name.empty() || !options.operands[0].ends_with(".torrent")) return false;
  struct ::stat status {};
  return ::stat(options.operands[0].c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Result<TorrentShare> check_torrent_share(Context& context, Hashing& hashing) {
  if (Status meant = refuse_flags(context.options); !meant) return meant.error();
  const std::string& torrent = context.options.operands[0];
  Result<Target> target = resolve_target(torrent);
  if (!target) return target.error();
  if (!target->metainfo) return Error{ErrorKind::usage, escaped(torrent) + " is not a .torrent file"};
  std::string path = context.options.operands[1];
  while (path.size() > 1 && path.back() == '/') path.pop_back();

  const content::Metainfo& metainfo = *target->metainfo;
  std::vector<content::SourceFile> sources = sources_at(metainfo, path);
  Result<content::VerifyReport> report = verify_target(context, *target, path, hashing);
  if (!report) return report.error();
  tell_wrong(context, metainfo, *report);
  // Symbolic links have no bytes to share, and other clients don't make them.
  if (!report->problems.empty() || !report->folder_problems.empty() || !report->hashes.complete()) {
    return Error{ErrorKind::integrity,
                 escaped(path) + " is not what " + escaped(torrent) +
                     " describes: " + std::to_string(report->good.count()) + " of " +
                     format_count(metainfo.chunk_count(), "chunk is", "chunks are") +
                     " right; `stp get --repair --seed` fetches what is wrong and shares the rest "
                     "meanwhile"};
  }
  // What has changed since it was read would not be served: better said now.
  const std::vector<content::SourceFile> now = sources_at(metainfo, path);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (now[i].signature == sources[i].signature) continue;
    return Error{ErrorKind::integrity, escaped(sources[i].path) + " changed while it was checked"};
  }
  return TorrentShare{{target->metainfo, std::move(report->hashes), std::move(sources), metainfo.total_bytes(), {}},
                      std::move(target->link.trackers)};
}

}  // namespace stp::cli
