// Daemon: a share is added, unless it is held already.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "content/small_file.h"
#include "core/shown_text.h"
#include "daemon/daemon.h"
#include "net/clock.h"

namespace stp::daemon {

namespace {

/// Whether no share can have all of these hashes.
bool contradict(const InfoHashes& a, const InfoHashes& b) {
  return (a.v1 && b.v1 && a.v1 != b.v1) || (a.v2 && b.v2 && a.v2 != b.v2);
}

}  // namespace

void Daemon::take(const AddCall& call, const Reply& reply) {
  if (shares_.size() >= kSharesMax) {
    return reply->respond(refuse(Refusal::full, "the daemon holds " + std::to_string(kSharesMax) + " shares already"));
  }
  ShareOrder order = call.order;
  std::optional<wire::Link> link;
  if (order.kind == Kind::get) {
    Result<wire::Link> parsed = wire::Link::parse(order.link);
    if (!parsed) return reply->respond(refuse(Refusal::bad_request, parsed.error().message));
    link = *std::move(parsed);
  }
  if (Share* const same = find_same(order, link)) return answer_held(*same, order, link, reply);
  if (order.torrent.empty()) return add(std::move(order), {}, reply);
  const auto status = std::make_shared<Status>(Done{});
  const auto found = std::make_shared<wire::Link>();
  const auto read = [this, status, found, file = order.torrent, asked = link ? link->info_hashes : InfoHashes()] {
    // Nothing that blocks: neither a FIFO nor a device.
    if (const Result<content::Fd> source = content::open_source(file); !source) return void(*status = source.error());
    const Result<std::string> bytes = content::read_small_file(file, content::kTorrentBytesMax);
    if (!bytes) return void(*status = bytes.error());
    const Result<content::TorrentFile> torrent = content::decode_torrent(as_bytes(*bytes));
    if (!torrent) return void(*status = torrent.error());
    if (!torrent->metainfo->check_names(asked)) {
      return void(*status = Error{ErrorKind::malformed, "'torrent' is of another share than 'link'"});
    }
    *found = net::link_of(*torrent);
    *status = metainfos_.save(*torrent);
  };
  journal_tasks_->run(read, [this, status, found, order, link, reply] {
    if (!*status) return reply->respond(refuse(Refusal::bad_request, status->error().message));
    if (Share* const same = find_same(order, link)) return answer_held(*same, order, link, reply);  // meanwhile
    ShareOrder known = order;
    if (order.kind == Kind::get) known.torrent.clear();
    add(std::move(known), found->to_string(), reply);
  });
}

void Daemon::answer_held(Share& same, const ShareOrder& order, const std::optional<wire::Link>& link,
                         const Reply& reply) {
  const ShareOrder& held = same.record().order;
  const std::string id = std::to_string(same.record().id);
  const auto otherwise = [&](const std::string& how) {
    reply->respond(refuse(Refusal::held_otherwise, escaped(same.name()) + " is fetched already, as " + id + how));
  };
  if (link && contradict(link->info_hashes, same.link()->info_hashes)) {
    return otherwise(
        ", and this link's two info-hashes are of different shares; ask for a link that names one of them");
  }
  if (link) {
    if (held.directory != order.directory) return otherwise(", into " + escaped(held.directory));
    const content::FileChoice has{held.only, same.link()->selection};
    const content::FileChoice asks{order.only, link->selection};
    if (!has.all() && has != asks) {
      return otherwise(
          ", with another choice of files; to get others, too, remove it (its files stay) and ask again, "
          "with --repair, for all that you want");
    }
  }
  if (order.kind == Kind::folder && held != order) {
    return reply->respond(refuse(Refusal::held_otherwise, escaped(held.paths.front()) + " is held already, as " +
                                                              std::to_string(same.record().id) +
                                                              ", with other settings; remove that first"));
  }
  if (order.repair && !same.in_host()) {
    same.repair();
    return store_and_answer(same.record(), reply, {{"held", true}});
  }
  reply->respond(answer(200, {{"share", same.to_json()}, {"held", true}}));
}

void Daemon::add(ShareOrder order, const std::string& link, const Reply& reply) {
  ShareRecord record;
  record.id = next_id_++;
  record.link = link;
  record.hybrids = true;
  record.order = std::move(order);
  record.added = net::unix_now();
  Share& added = hold(record);
  added.wait_for_journal();
  store(record, reply, [this, reply](Share& share, const Status& status) {
    if (!status) {
      forget(share);
      return reply->respond(refuse(Refusal::not_stored, "it is not held: " + status.error().message));
    }
    reply->respond(answer(201, {{"share", share.to_json()}}));
    share.proceed();
  });
  send_share(added);
}

Share* Daemon::find_same(const ShareOrder& order, const std::optional<wire::Link>& link) {
  if (link) {
    for (Share* const share : shares_of(link->info_hashes)) {
      const ShareRecord& record = share->record();
      const bool same = record.order.kind == order.kind && share->link()->meets(*link);
      if (same && !record.removing) return share;
    }
    return nullptr;
  }
  // Of a folder with other settings, every share would be there twice.
  const auto is_same = [&](const ShareOrder& held) {
    if (held == order) return true;
    return order.kind == Kind::folder && held.kind == Kind::folder && held.paths == order.paths &&
           held.each == order.each;
  };
  for (const auto& [id, share] : shares_) {
    if (!share->record().removing && is_same(share->record().order)) return share.get();
  }
  return nullptr;
}

}  // namespace stp::daemon
