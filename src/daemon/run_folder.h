// RunFolder: the folder that a command shares (`share --each`, `share --watch`), as its dashboard shows it: the same as a
// daemon's (shared_folder.h), looked at. The command passes on what is reported of it.
//
// Lives on the network thread; the host must outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/file_service.h"
#include "daemon/record.h"
#include "daemon/shared_paths.h"
#include "net/folder_job.h"
#include "net/host.h"

namespace stp::daemon {

/// What a command says of it when it begins.
struct RunFolderOrder {
  std::string path;  // as the user wrote it
  std::string name;  // --name; empty: the folder's
  bool each = false;
  bool watch = false;
  bool is_private = false;
};

class RunFolder {
 public:
  static constexpr std::size_t kWarningsMax = 20;

  RunFolder(const net::Host& host, RecordId number, net::FolderId id, RunFolderOrder order)
      : host_(host), number_(number), id_(id), order_(std::move(order)) {}

  // --- what the command reports
  void on_shared(const net::FolderShare& share);
  void on_withdrawn(const std::string& path, const InfoHash& info_hash) { shared_.erase(path, info_hash); }
  void on_problem(const std::string& line);
  void on_status(const net::FolderStatus& status);

  [[nodiscard]] RecordId number() const { return number_; }
  [[nodiscard]] bool each() const { return order_.each; }
  [[nodiscard]] const SharedPaths& shared() const { return shared_; }
  /// By its number, its name or the link of all of it.
  [[nodiscard]] bool is_called(const std::string& id) const;
  [[nodiscard]] FileService::HeldFolder held() const { return {number_, order_.each, shared_, id_}; }
  /// `added`: seconds since 1970.
  [[nodiscard]] nlohmann::json to_json(std::int64_t added) const;

 private:
  [[nodiscard]] std::string name() const;
  /// All of it, if that is one share.
  [[nodiscard]] const SharedPaths::Entry* whole() const { return order_.each ? nullptr : shared_.find(""); }

  const net::Host& host_;
  const RecordId number_;
  const net::FolderId id_;
  const RunFolderOrder order_;
  SharedPaths shared_;
  net::FolderStatus status_;
  bool all_shared_ = false;  // everything that was found has been shared once
  std::vector<std::string> warnings_;
};

}  // namespace stp::daemon
