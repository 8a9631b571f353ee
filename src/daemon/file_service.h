// FileService: what the API says of the files of a share, and the files themselves, while they arrive.
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
#include "daemon/record.h"
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

/// With its quotes.
[[nodiscard]] std::string etag_of(const content::Metainfo& metainfo, std::size_t file);

class FileService {
 public:
  /// Adds to the address of a file what it needs besides (web::Gate::key_for()).
  using KeyFor = std::function<std::string(std::string_view path)>;

  explicit FileService(net::Host& host) : host_(host) {}

  /// One that is held. `metainfo`: null if it is not known; `running`: nullopt if it is not in the host.
  struct Held {
    RecordId number = 0;
    const content::Metainfo* metainfo = nullptr;
    std::optional<net::ShareId> running;
  };
  void list(const Held& share, const FilesCall& call, const KeyFor& key_for, net::ControlReply& reply) const;
  void send(const Held& share, const FileCall& call, net::ControlReply& reply);

 private:
  net::Host& host_;
  std::shared_ptr<std::size_t> readers_ = std::make_shared<std::size_t>(0);
};

}  // namespace stp::daemon
