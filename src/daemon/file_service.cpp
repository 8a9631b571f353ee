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

std::string etag_of(const content::Metainfo& metainfo, std::size_t file) {
  const content::FileEntry& entry = metainfo.files()[file];
  const bool has_root = metainfo.has_v2() && entry.bytes > 0;
  return "\"" + (has_root ? entry.root.hex() : metainfo.info_hash().hex() + "-" + std::to_string(file)) + "\"";
}

void FileService::list(const Held& share, const FilesCall& call, const KeyFor& key_for,
                       net::ControlReply& reply) const {
  if (share.metainfo == nullptr) {
    return reply.respond(refuse(Refusal::not_ready, "what this share consists of is not known yet"));
  }
  const net::ChunkSets chunks = share.running ? host_.chunk_sets(*share.running) : net::ChunkSets();
  const bool known = chunks.had.size() > 0;
  const std::vector<content::FileEntry>& files = share.metainfo->files();
  json list = json::array();
  for (std::size_t i = std::min<std::uint64_t>(call.after, files.size());
       i < files.size() && list.size() < kFilesListedMax; ++i) {
    const std::string path = content::join_path(files[i].path);
    json entry = {{"number", i + 1},   {"path", path},      {"bytes", files[i].bytes},
                  {"done", nullptr},   {"wanted", nullptr}, {"shown", http::file_type(path).shown},
                  {"address", nullptr}};
    if (known) {
      const FileProgress progress = progress_of(*share.metainfo, files[i], chunks);
      const std::string root = "/api/shares/" + std::to_string(share.number) + "/files/";
      entry["done"] = progress.had;
      entry["wanted"] = progress.wanted;
      if (progress.wanted) entry["address"] = root + percent_encode(path, "/") + key_for(root + path);
    }
    list.push_back(std::move(entry));
  }
  reply.respond(answer(200, {{"files", std::move(list)}, {"count", files.size()}}));
}

void FileService::send(const Held& share, const FileCall& call, net::ControlReply& reply) {
  if (share.metainfo == nullptr) {
    return reply.respond(refuse(Refusal::not_ready, "what this share consists of is not known yet"));
  }
  const content::Metainfo& metainfo = *share.metainfo;
  const std::optional<std::size_t> file = find_file(metainfo, call.path);
  if (!file) {
    return reply.respond(
        refuse(Refusal::not_found, "this share has no file '" + escaped(call.path.substr(0, 200)) + "'"));
  }
  if (!share.running) {
    return reply.respond(refuse(Refusal::not_running,
                                "this share does not run: its files are on the disk, as far as "
                                "they were downloaded; resume it to have them served"));
  }
  const net::ChunkSets chunks = host_.chunk_sets(*share.running);
  if (chunks.had.size() == 0) {
    return reply.respond(refuse(Refusal::not_ready, "what is on the disk of this share is not known yet"));
  }
  const content::FileEntry& entry = metainfo.files()[*file];
  if (!progress_of(metainfo, entry, chunks).wanted) {
    return reply.respond(refuse(Refusal::not_wanted,
                                "this file was not chosen when the download was added, so it is "
                                "not fetched"));
  }
  const std::string etag = etag_of(metainfo, *file);
  const http::FileType type = http::file_type(call.path);
  const http::RangeAnswer part = http::answer_range(call.range, call.if_range, etag, entry.bytes);
  http::Response head{part.status, {}, std::string(type.content_type)};
  head.fields = std::string(kFields) + "ETag: " + etag + "\r\n";
  if (!type.shown) head.fields += "Content-Disposition: attachment\r\n";
  if (part.status != 200) head.fields += "Content-Range: " + http::content_range(part, entry.bytes) + "\r\n";
  const std::int64_t bytes = part.end - part.begin;
  if (call.only_head || bytes == 0) return reply.send(std::move(head), bytes, nullptr);
  if (*readers_ >= kReadersMax) {
    return reply.respond(refuse(Refusal::readers, std::to_string(kReadersMax) +
                                                      " files are being read already; close a "
                                                      "player, or try again later"));
  }
  std::unique_ptr<net::BodySource> body = host_.read_file(*share.running, *file, part.begin, part.end);
  if (!body) return reply.respond(refuse(Refusal::not_ready, "what is on the disk of this share is not known yet"));
  reply.send(std::move(head), bytes, std::make_unique<CountedBody>(std::move(body), readers_));
}

}  // namespace stp::daemon
