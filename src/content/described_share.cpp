#include "content/described_share.h"

#include <sys/stat.h>

#include <utility>
#include <vector>

#include "content/path_rules.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::content {
namespace {

/// Where the files are, and as what. A file that is missing has an empty signature.
std::vector<SourceFile> sources_at(const Metainfo& metainfo, const std::string& path) {
  std::vector<SourceFile> sources;
  for (const FileEntry& file : metainfo.files()) {
    SourceFile source;
    source.path = metainfo.is_single_file() ? path : path + "/" + join_path(file.path);
    struct ::stat status {};
    if (::stat(source.path.c_str(), &status) == 0) source.signature = FileSignature::of(status);
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

Result<DescribedShare> check_described(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes known,
                                       const std::string& path, const HashOptions& options) {
  std::vector<SourceFile> sources = sources_at(*metainfo, path);
  Result<VerifyReport> report = verify_path(metainfo, std::move(known), path, options);
  if (!report) return report.error();
  DescribedShare described{*std::move(report), std::nullopt};
  // Symbolic links have no bytes to share, and other clients don't make them.
  const VerifyReport& found = described.report;
  if (!found.problems.empty() || !found.folder_problems.empty() || !found.hashes.complete()) return described;
  const std::vector<SourceFile> now = sources_at(*metainfo, path);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (now[i].signature == sources[i].signature) continue;
    return Error{ErrorKind::integrity, escaped(sources[i].path) + " changed while it was checked"};
  }
  described.share = Share{metainfo, described.report.hashes, std::move(sources), metainfo->total_bytes(), {}};
  return described;
}

Error not_as_described(const Metainfo& metainfo, const VerifyReport& report, const std::string& path,
                       const std::string& torrent) {
  return {ErrorKind::integrity,
          escaped(path) + " is not what " + escaped(torrent) + " describes: " + std::to_string(report.good.count()) +
              " of " + format_count(metainfo.chunk_count(), "chunk is", "chunks are") +
              " right; `stp get --repair --seed` fetches what is wrong and shares the rest meanwhile"};
}

}  // namespace stp::content
