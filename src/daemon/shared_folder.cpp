#include "daemon/shared_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "content/scan.h"
#include "core/shown_text.h"
#include "daemon/folder_json.h"

namespace stp::daemon {

using nlohmann::json;

SharedFolder::SharedFolder(Owner& owner, ShareRecord record, net::TaskPool& quick)
    : Share(owner, std::move(record)), quick_(quick) {}

// --- starting and leaving

void SharedFolder::start() {
  struct Opened {
    std::string root;
    LinkMaker links;
  };
  const auto opened = std::make_shared<std::optional<Result<Opened>>>();
  const auto open = [](const ShareOrder& order, const Places& places, const Endpoint& listening) -> Result<Opened> {
    Result<std::string> root = content::resolve_folder(order.paths.front(), places.own_folders);
    if (!root) return root.error();
    Result<LinkMaker> links = LinkMaker::open(order, places, listening);
    if (!links) return links.error();
    return Opened{*std::move(root), *std::move(links)};
  };
  const auto task = [opened, open, order = record_.order, places = owner_.places(),
                     listening = owner_.host().listening()] { *opened = open(order, places, listening); };
  quick_.run(task, [this, opened] {
    if (!prepared()) return;
    if (!**opened) return fail((*opened)->error());
    Opened& ready = ***opened;
    shared_.clear();
    status_ = {};
    all_shared_ = false;
    uploaded_before_ = record_.uploaded;
    running_ = owner_.host().add(job_of(std::move(ready.root), std::move(ready.links)), *this);
    settle();
  });
}

net::FolderJob SharedFolder::job_of(std::string root, LinkMaker links) {
  const ShareOrder& order = record_.order;
  const Places& places = owner_.places();
  net::FolderJob job;
  job.path = order.paths.front();
  job.root = std::move(root);
  job.each = order.each;
  job.watch = order.watch;
  job.name = order.name;
  job.excluded = net::folder_excludes(order.excluded);
  job.own_folders = places.own_folders;
  job.hash_directory = places.hashes.string();
  job.with_v1 = record_.hybrids && !order.private_share && !order.v2_only;
  job.times = order.times;
  job.make_link = [this, links = std::move(links)](const content::Metainfo& metainfo) -> Result<wire::Link> {
    return links.make(metainfo, owner_.host().host_status().router.reachable_at());
  };
  job.listed = !order.unlisted;
  job.sources = sources_of(order, nullptr);
  return job;
}

void SharedFolder::leave() {
  owner_.host().remove(*running_);
}

void SharedFolder::clean_up() {
  // Nothing is left of it; its owner destroys it after this call.
  quick_.run([] {}, [this] { owner_.on_removed(*this); });
}

// --- what the host reports

void SharedFolder::on_shared(const net::FolderShare& share) {
  if (!record_.order.each) become(share.link);
  shared_.put({0, share.path, share.link.to_string(), share.link.info_hash(), share.metainfo.total_bytes(),
               share.metainfo.files().size()});
}

void SharedFolder::on_withdrawn(const std::string& path, const InfoHash& info_hash) {
  shared_.erase(path, info_hash);
}

void SharedFolder::on_folder_status(const net::FolderStatus& status) {
  const bool settled_now = status.settled && !status_.settled;
  status_ = status;
  if (!settled_now) return;
  all_shared_ = true;
  if (status.shared == 0 && !record_.order.watch && !error_) {
    error_ = Error{ErrorKind::not_found, "nothing to share in " + escaped(record_.order.paths.front())};
    return owner_.host().post([this] { settle(); });  // the host is in the middle of something
  }
  owner_.on_changed(*this);
}

void SharedFolder::on_folder_ended(const Status& status) {
  if (owner_.ending()) return;
  // The host forgets the folder after this call.
  owner_.host().post([this, status] { ended(status); });
}

void SharedFolder::ended(const Status& status) {
  running_.reset();
  (void)left(status);
  shared_.clear();
  settle();
}

// --- looking

void SharedFolder::take_figures() {
  record_.had = record_.wanted = shared_.bytes();
  record_.uploaded = std::max(record_.uploaded, uploaded_before_ + owner_.host().totals(*running_).uploaded);
}

void SharedFolder::describe(json& out) const {
  FolderFigures figures{record_.order.each, record_.order.watch, all_shared_, {}, {}};
  if (running_) {
    figures.status = status_;
    figures.totals = owner_.host().totals(*running_);
  }
  describe_folder(out, figures, shared_);
  out["uploaded"] = std::max(record_.uploaded, uploaded_before_ + figures.totals.uploaded);
  if (running_) return;
  out["files"] = nullptr;
  out["bytes"] = record_.wanted > 0 ? json(record_.had) : json(nullptr);
  out["done"] = record_.wanted > 0 ? record_.had : 0;
  out["of"] = record_.had;
}

}  // namespace stp::daemon
