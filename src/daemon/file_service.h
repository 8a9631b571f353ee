// FileService: what the API says of the files of a share, and the files themselves, while they arrive; of a download that
// is complete and does not run, from where it was put (finished_files.h); and of what is shared of a folder.
//
// A file of a folder whose files are shares of their own is named by its path below the folder, like a file of a share.
//
// A file may be anything that somebody shares, and is fetched from where the dashboard comes from, so it must not become a
// page: see http/file_type.h, and the fields of the answer. Its ETag is made of hashes: the same for ever.
//
// At most kReadersMax files are read at a time. Lives on the network thread; the host must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "content/metainfo.h"
#include "daemon/api.h"
#include "daemon/finished_files.h"
#include "daemon/record.h"
#include "daemon/shared_paths.h"
#include "net/control_socket.h"
#include "net/host.h"

namespace stp::daemon {

/// The file of the share with exactly this path (below its root, with slashes); of a single file the path is its name.
[[nodiscard]] std::optional<std::size_t> find_file(const content::Metainfo& metainfo, std::string_view path);

/// How much of a file is here, and whether all of it is to be.
struct FileProgress {
  std::int64_t had = 0;
  bool wanted = false;
};
/// `chunks`: of the metainfo's size.
[[nodiscard]] FileProgress progress_of(const content::Metainfo& metainfo, const content::FileEntry& file,
                                       const net::ChunkSets& chunks);

/// Where the file is fetched: `path` as in find_file().
[[nodiscard]] std::string file_address(RecordId share, const std::string& path,
                                       const std::function<std::string(std::string_view path)>& key_for);

/// With its quotes.
[[nodiscard]] std::string etag_of(const content::Metainfo& metainfo, std::size_t file);

class FileService {
 public:
  using Reply = std::shared_ptr<net::ControlReply>;
  /// Adds to the address of a file what it needs besides (web::Gate::key_for()).
  using KeyFor = std::function<std::string(std::string_view path)>;

  /// `finished`: null, if there are no finished downloads; otherwise it must outlive this.
  explicit FileService(net::Host& host, FinishedFiles* finished = nullptr) : host_(host), finished_(finished) {}

  /// One that is held. `metainfo`: null if it is not known; `running`: nullopt if it is not in the host.
  struct Held {
    RecordId number = 0;
    std::shared_ptr<const content::Metainfo> metainfo;
    std::optional<net::ShareId> running;
    std::optional<FinishedDownload> finished = {};  // if it does not run
  };
  /// A folder.
  struct HeldFolder {
    RecordId number = 0;
    bool each = false;  // every file of it is a share of its own
    const SharedPaths& shared;
    std::optional<net::FolderId> running;
  };
  void list(const Held& share, const FilesCall& call, const KeyFor& key_for, const Reply& reply) const;
  void list(const HeldFolder& folder, const FilesCall& call, const KeyFor& key_for, const Reply& reply) const;
  void send(const Held& share, const FileCall& call, const Reply& reply);
  void send(const HeldFolder& folder, const FileCall& call, const Reply& reply);

 private:
  struct Answer;
  [[nodiscard]] std::optional<net::SharedOfFolder> find(const HeldFolder& folder,
                                                        const SharedPaths::Entry& entry) const;
  /// All of a folder as the one share that it is.
  [[nodiscard]] Held whole(const HeldFolder& folder) const;
  void send_file(const Held& share, std::size_t file, const FileCall& call, const Reply& reply);
  void send_finished(const Held& share, std::size_t file, const FileCall& call, const Reply& reply);
  /// Whether another file may be read; if not, the refusal was sent.
  [[nodiscard]] bool has_seat(const Reply& reply) const;
  static void send_head(Answer answer, const Reply& reply);
  void send_body(Answer answer, std::unique_ptr<net::BodySource> body, const Reply& reply);

  net::Host& host_;
  FinishedFiles* const finished_;
  std::shared_ptr<std::size_t> readers_ = std::make_shared<std::size_t>(0);
};

}  // namespace stp::daemon
