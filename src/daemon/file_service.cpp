#include "daemon/file_service.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "content/path_rules.h"
#include "core/percent.h"
#include "core/shown_text.h"
#include "http/file_type.h"
#include "http/range.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

// `sandbox`: no scripts, no forms, and an origin of its own, whatever a browser thinks that the file is.
constexpr std::string_view kFields =
    "Content-Security-Policy: sandbox\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: private, no-cache\r\n"
    "Accept-Ranges: bytes\r\n";

bool is_at(const content::FileEntry& file, std::string_view path) {
  for (std::size_t i = 0; i < file.path.size(); ++i) {
    const std::string_view component = file.path[i];
    if (!path.starts_with(component)) return false;
    path.remove_prefix(component.size());
    if (i + 1 == file.path.size()) return path.empty();
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
  }
  return false;
}

http::Response not_known_yet() {
  return refuse(Refusal::not_ready, "what is on the disk of this share is not known yet");
}

http::Response no_such_file(const std::string& path) {
  return refuse(Refusal::not_found, "this share has no file '" + escaped(path.substr(0, 200)) + "'");
}

/// Counts while it is there.
class CountedBody final : public net::BodySource {
 public:
  CountedBody(std::unique_ptr<net::BodySource> body, std::shared_ptr<std::size_t> count)
      : body_(std::move(body)), count_(std::move(count)) {
    ++*count_;
  }
  ~CountedBody() override { --*count_; }
  CountedBody(const CountedBody&) = delete;
  CountedBody& operator=(const CountedBody&) = delete;
  void next(std::function<void(Bytes)> take) override { body_->next(std::move(take)); }

 private:
  std::unique_ptr<net::BodySource> body_;
  std::shared_ptr<std::size_t> count_;
};

}  // namespace

std::optional<std::size_t> find_file(const content::Metainfo& metainfo, std::string_view path) {
  const auto& files = metainfo.files();
  const auto found = std::ranges::find_if(files, [path](const content::FileEntry& file) { return is_at(file, path); });
  if (found == files.end()) return std::nullopt;
  return static_cast<std::size_t>(found - files.begin());
}

FileProgress progress_of(const content::Metainfo& metainfo, const content::FileEntry& file,
                         const net::ChunkSets& chunks) {
  FileProgress progress;
  progress.wanted = true;
  for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
    const ChunkIndex chunk{file.first_chunk.value + i};
    if (chunks.had.test(chunk)) {
      progress.had += metainfo.bytes_in(file, chunk);
    } else if (!chunks.wanted.test(chunk)) {
      progress.wanted = false;
    }
  }
  return progress;
}

std::string file_address(RecordId share, const std::string& path,
                         const std::function<std::string(std::string_view path)>& key_for) {
  const std::string root = "/api/shares/" + std::to_string(share) + "/files/";
  return root + percent_encode(path, "/") + key_for(root + path);
}

std::string etag_of(const content::Metainfo& metainfo, std::size_t file) {
  const content::FileEntry& entry = metainfo.files()[file];
  const bool has_root = metainfo.has_v2() && entry.bytes > 0;
  return "\"" + (has_root ? entry.root.hex() : metainfo.info_hash().hex() + "-" + std::to_string(file)) + "\"";
}

// --- lists

namespace {

json entry_of(std::uint64_t number, const std::string& path, std::int64_t bytes) {
  return {{"number", number},  {"path", path},      {"bytes", bytes},
          {"done", nullptr},   {"wanted", nullptr}, {"shown", http::file_type(path).shown},
          {"address", nullptr}};
}

}  // namespace

void FileService::list(const Held& share, const FilesCall& call, const KeyFor& key_for, const Reply& reply) const {
  if (share.metainfo == nullptr) return reply->respond(answer(200, {{"files", json::array()}, {"count", nullptr}}));
  const net::ChunkSets chunks = share.running ? host_.chunk_sets(*share.running) : net::ChunkSets();
  const bool known = chunks.had.size() > 0;
  const std::vector<content::FileEntry>& files = share.metainfo->files();
  json list = json::array();
  for (std::size_t i = std::min<std::uint64_t>(call.after, files.size());
       i < files.size() && list.size() < kFilesListedMax; ++i) {
    const std::string path = content::join_path(files[i].path);
    json entry = entry_of(i + 1, path, files[i].bytes);
    bool wanted = false;
    if (known) {
      const FileProgress progress = progress_of(*share.metainfo, files[i], chunks);
      entry["done"] = progress.had;
      entry["wanted"] = wanted = progress.wanted;
    } else if (share.finished) {
      // `done` is of bytes that are verified: those of today are when they are read.
      entry["wanted"] = wanted = share.finished->chosen.wants(*share.metainfo, i);
    }
    if (wanted) entry["address"] = file_address(share.number, path, key_for);
    list.push_back(std::move(entry));
  }
  reply->respond(answer(200, {{"files", std::move(list)}, {"count", files.size()}}));
}

void FileService::list(const HeldFolder& folder, const FilesCall& call, const KeyFor& key_for,
                       const Reply& reply) const {
  if (!folder.each) return list(whole(folder), call, key_for, reply);
  json list = json::array();
  for (const SharedPaths::Entry* const shared : folder.shared.after(call.after, kFilesListedMax)) {
    json entry = entry_of(shared->number, shared->path, shared->bytes);
    entry["wanted"] = true;
    if (const std::optional<net::SharedOfFolder> found = find(folder, *shared)) {
      const net::ChunkSets chunks = host_.chunk_sets(found->id);
      if (chunks.had.size() > 0 || shared->bytes == 0) {
        entry["done"] = progress_of(*found->metainfo, found->metainfo->files().front(), chunks).had;
      }
      entry["address"] = file_address(folder.number, shared->path, key_for);
    }
    list.push_back(std::move(entry));
  }
  reply->respond(answer(200, {{"files", std::move(list)}, {"count", folder.shared.size()}}));
}

// --- files

/// How a request for bytes of a file is answered.
struct FileService::Answer {
  http::Response head;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool is_only_head = false;

  Answer(const content::Metainfo& metainfo, std::size_t file, const FileCall& call) {
    const std::string etag = etag_of(metainfo, file);
    const std::int64_t bytes = metainfo.files()[file].bytes;
    const http::FileType type = http::file_type(call.path);
    const http::RangeAnswer part = http::answer_range(call.range, call.if_range, etag, bytes);
    head = {part.status, {}, std::string(type.content_type)};
    head.fields = std::string(kFields) + "ETag: " + etag + "\r\n";
    if (!type.shown) head.fields += "Content-Disposition: attachment\r\n";
    if (part.status != 200) head.fields += "Content-Range: " + http::content_range(part, bytes) + "\r\n";
    begin = part.begin;
    end = part.end;
    is_only_head = call.only_head || begin == end;
  }
};

bool FileService::has_seat(const Reply& reply) const {
  if (*readers_ < kReadersMax) return true;
  reply->respond(refuse(Refusal::readers, std::to_string(kReadersMax) + " files are being read already; close a "
                                                                        "player, or try again later"));
  return false;
}

void FileService::send_head(Answer answer, const Reply& reply) {
  reply->send(std::move(answer.head), answer.end - answer.begin, nullptr);
}

void FileService::send_body(Answer answer, std::unique_ptr<net::BodySource> body, const Reply& reply) {
  if (!body) return reply->respond(not_known_yet());
  reply->send(std::move(answer.head), answer.end - answer.begin,
              std::make_unique<CountedBody>(std::move(body), readers_));
}

void FileService::send(const Held& share, const FileCall& call, const Reply& reply) {
  if (share.metainfo == nullptr) {
    return reply->respond(refuse(Refusal::not_ready, "what this share consists of is not known yet"));
  }
  const std::optional<std::size_t> file = find_file(*share.metainfo, call.path);
  if (!file) return reply->respond(no_such_file(call.path));
  send_file(share, *file, call, reply);
}

void FileService::send_file(const Held& share, std::size_t file, const FileCall& call, const Reply& reply) {
  const content::Metainfo& metainfo = *share.metainfo;
  if (!share.running && !share.finished) {
    return reply->respond(refuse(Refusal::not_running,
                                 "this share does not run: its files are on the disk, as far as "
                                 "they were downloaded; resume it to have them served"));
  }
  const net::ChunkSets chunks = share.running ? host_.chunk_sets(*share.running) : net::ChunkSets();
  if (share.running && chunks.had.size() == 0 && metainfo.chunk_count() > 0) return reply->respond(not_known_yet());
  const bool wanted = share.running ? progress_of(metainfo, metainfo.files()[file], chunks).wanted
                                    : share.finished->chosen.wants(metainfo, file);
  if (!wanted) {
    return reply->respond(refuse(Refusal::not_wanted,
                                 "this file was not chosen when the download was added, so it is "
                                 "not fetched"));
  }
  if (!share.running) return send_finished(share, file, call, reply);
  Answer answer(metainfo, file, call);
  if (answer.is_only_head) return send_head(std::move(answer), reply);
  if (!has_seat(reply)) return;
  std::unique_ptr<net::BodySource> body = host_.read_file(*share.running, file, answer.begin, answer.end);
  send_body(std::move(answer), std::move(body), reply);
}

void FileService::send_finished(const Held& share, std::size_t file, const FileCall& call, const Reply& reply) {
  STP_ASSERT(finished_ != nullptr);
  if (!call.only_head && !has_seat(reply)) return;
  finished_->open(*share.finished, share.metainfo, file,
                  [this, reply, answer = Answer(*share.metainfo, file, call)](FinishedFiles::Opened opened) mutable {
                    if (!opened) return reply->respond(refuse(Refusal::file_changed, opened.error().message));
                    if (answer.is_only_head) return send_head(std::move(answer), reply);
                    if (!has_seat(reply)) return;
                    auto body = host_.read_finished(*std::move(opened), answer.begin, answer.end);
                    send_body(std::move(answer), std::move(body), reply);
                  });
}

// --- folders

std::optional<net::SharedOfFolder> FileService::find(const HeldFolder& folder, const SharedPaths::Entry& entry) const {
  return folder.running ? host_.shared_of(*folder.running, entry.info_hash) : std::nullopt;
}

FileService::Held FileService::whole(const HeldFolder& folder) const {
  Held share;
  share.number = folder.number;
  const SharedPaths::Entry* const entry = folder.shared.find("");
  if (entry == nullptr) return share;
  if (const std::optional<net::SharedOfFolder> found = find(folder, *entry)) {
    share.metainfo = found->metainfo;
    share.running = found->id;
  }
  return share;
}

void FileService::send(const HeldFolder& folder, const FileCall& call, const Reply& reply) {
  if (!folder.running) {
    return reply->respond(refuse(Refusal::not_running, "this folder is not shared now; resume it to have it served"));
  }
  if (!folder.each) return send(whole(folder), call, reply);
  const SharedPaths::Entry* const entry = folder.shared.find(call.path);
  if (entry == nullptr || call.path.empty()) return reply->respond(no_such_file(call.path));
  const std::optional<net::SharedOfFolder> found = find(folder, *entry);
  if (!found) return reply->respond(not_known_yet());
  send_file({folder.number, found->metainfo, found->id}, 0, call, reply);
}

}  // namespace stp::daemon
