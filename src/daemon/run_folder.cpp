#include "daemon/run_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/folder_json.h"
#include "daemon/share.h"

namespace stp::daemon {

using nlohmann::json;

void RunFolder::on_shared(const net::FolderShare& share) {
  shared_.put({0, share.path, share.link.to_string(), share.metainfo.info_hash(), share.metainfo.total_bytes(),
               share.metainfo.files().size()});
}

void RunFolder::on_problem(const std::string& line) {
  if (warnings_.size() >= kWarningsMax) warnings_.erase(warnings_.begin());
  warnings_.push_back(line);
}

void RunFolder::on_status(const net::FolderStatus& status) {
  status_ = status;
  all_shared_ = all_shared_ || status.settled;
}

std::string RunFolder::name() const {
  if (!order_.name.empty()) return order_.name;
  std::filesystem::path path(order_.path);
  if (!path.has_filename()) path = path.parent_path();
  return path.has_filename() ? path.filename().string() : order_.path;
}

bool RunFolder::is_called(const std::string& id) const {
  const SharedPaths::Entry* const all = whole();
  return std::to_string(number_) == id || name() == id || (all != nullptr && all->link == id);
}

json RunFolder::to_json(std::int64_t added) const {
  const SharedPaths::Entry* const all = whole();
  json out = {{"id", number_},
              {"kind", to_string(Kind::folder)},
              {"name", name()},
              {"state", to_string(all_shared_ ? Share::State::seeding : Share::State::hashing)},
              {"added", added},
              {"private", order_.is_private},
              {"error", nullptr},
              {"reason", ""},
              {"warnings", warnings_},
              {"link", all != nullptr ? json(all->link) : json(nullptr)},
              {"info_hash", all != nullptr ? json(all->info_hash.hex()) : json(nullptr)},
              {"paths", {order_.path}}};
  const net::FolderTotals totals = host_.totals(id_);
  describe_folder(out, {order_.each, order_.watch, all_shared_, status_, totals}, shared_);
  out["uploaded"] = totals.uploaded;
  return out;
}

}  // namespace stp::daemon
