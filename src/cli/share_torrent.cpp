#include "cli/share_torrent.h"

#include <sys/stat.h>

#include <utility>

#include "cli/target.h"
#include "cli/verify_report.h"
#include "content/described_share.h"
#include "core/shown_text.h"

namespace stp::cli {

bool shares_torrent(const Options& options) {
  if (options.operands.size() != 2 || !options.name.empty() || !options.operands[0].ends_with(".torrent")) return false;
  struct ::stat status {};
  return ::stat(options.operands[0].c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Status check_torrent_flags(const Options& options) {
  if (options.private_share || options.v2_only || options.times || !options.excluded.empty() ||
      !options.torrent_file.empty()) {
    return Error{ErrorKind::usage,
                 "the .torrent says what is shared: leave out --private, --v2, --times, --exclude and --torrent"};
  }
  return Done{};
}

Result<TorrentShare> check_torrent_share(Context& context, Hashing& hashing) {
  if (Status meant = check_torrent_flags(context.options); !meant) return meant.error();
  const std::string& torrent = context.options.operands[0];
  Result<Target> target = resolve_target(torrent);
  if (!target) return target.error();
  if (!target->metainfo) return Error{ErrorKind::usage, escaped(torrent) + " is not a .torrent file"};
  std::string path = context.options.operands[1];
  while (path.size() > 1 && path.back() == '/') path.pop_back();

  const content::Metainfo& metainfo = *target->metainfo;
  Result<content::DescribedShare> checked = content::check_described(
      target->metainfo, target->hashes.value_or(content::ChunkHashes(target->metainfo)), path, hashing.options());
  context.console.end_progress();
  if (!checked) return checked.error();
  tell_wrong(context, metainfo, checked->report);
  if (!checked->share) return content::not_as_described(metainfo, checked->report, path, torrent);
  return TorrentShare{*std::move(checked->share), std::move(target->link)};
}

}  // namespace stp::cli
