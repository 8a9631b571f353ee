#include "daemon/folder_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/api.h"
#include "daemon/file_service.h"
#include "http/file_type.h"

namespace stp::daemon {

using nlohmann::json;

void describe_folder(json& out, const FolderFigures& figures, const SharedPaths& shared) {
  out["each"] = figures.each;
  out["watch"] = figures.watch;
  out["shared"] = shared.size();
  out["latest"] = shared.latest();
  out["settled"] = figures.status.settled;
  out["files"] = figures.status.files;
  out["bytes"] = shared.bytes();
  out["done"] = shared.bytes();
  out["of"] = figures.all_shared ? shared.bytes() : 0;  // how many it will be is not known before
  out["down_rate"] = 0;
  out["up_rate"] = static_cast<std::int64_t>(std::llround(figures.totals.up_rate));
  out["downloaded"] = 0;
  out["peers"] = figures.totals.peers;
  out["seeds"] = 0;
  out["connecting"] = 0;
  out["trouble"] = "";
  out["discovery"] = "";
}

json shared_json(const SharedPaths& shared, std::uint64_t after, bool each, RecordId folder,
                 const std::function<std::string(std::string_view path)>& key_for) {
  json list = json::array();
  for (const SharedPaths::Entry* const entry : shared.after(after, kSharedMax)) {
    list.push_back({{"number", entry->number},
                    {"path", entry->path},
                    {"link", entry->link},
                    {"info_hash", entry->info_hash.hex()},
                    {"bytes", entry->bytes},
                    {"files", entry->files},
                    {"shown", each && http::file_type(entry->path).shown},
                    {"address", nullptr}});
    if (each) list.back()["address"] = file_address(folder, entry->path, key_for);
  }
  return list;
}

}  // namespace stp::daemon
