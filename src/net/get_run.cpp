#include "net/get_run.h"

#include <system_error>
#include <utility>
#include <variant>

#include "content/control_file.h"
#include "content/path_rules.h"
#include "content/repair.h"
#include "core/text.h"
#include "net/clock.h"

namespace stp::net {

void GetRun::begin() {
  if (job_.metainfo || job_.only_chunk || job_.only_hashes) return start(job_.metainfo);
  // looking
  const auto found = std::make_shared<std::optional<content::ControlContents>>();
  const auto look = [directory = job_.directory.string(), info_hash = job_.link.info_hash(), found] {
    Result<std::optional<content::ControlContents>> contents = content::find_control_file(directory, info_hash);
    if (contents) *found = *std::move(contents);  // one that can't be read is reported when the download is opened
  };
  tasks().run(look, [this, found] {
    if (!ending()) start(*found ? (*found)->metainfo : nullptr);
  });
}

void GetRun::start(std::shared_ptr<const content::Metainfo> metainfo) {
  metainfo_ = std::move(metainfo);
  if (!join(job_.link, metainfo_)) return;
  if (metainfo_) on_metainfo();
  pump();
}

void GetRun::on_event(const transfer::SwarmEvent& event) {
  if (const auto* const known = std::get_if<transfer::MetainfoKnown>(&event)) {
    metainfo_ = known->metainfo;
    on_metainfo();
  } else if (const auto* const unusable = std::get_if<transfer::ShareUnusable>(&event)) {
    end(unusable->error);
  } else if (std::holds_alternative<transfer::HashesKnown>(event)) {
    on_hashes_known();
  } else if (const auto* const completed = std::get_if<transfer::ChunkCompleted>(&event)) {
    mark_later(completed->chunk);
  } else if (const auto* const lost = std::get_if<transfer::ChunkLost>(&event)) {
    if (!lost->for_now) lose(lost->chunk);
  } else if (std::holds_alternative<transfer::Completed>(event)) {
    all_arrived_ = true;
    if (chunk_memory_) return deliver_chunk();
    if (!marking_) finish();
  }
}

void GetRun::on_metainfo() {
  observer().on_metainfo(*metainfo_);
  if (ending()) return;  // the observer has seen enough
  if (job_.only_chunk) return start_chunk();
  if (job_.only_hashes) return swarm().start_hashes(std::move(job_.hashes), steady_now());
  if (job_.wanted) {
    wanted_files_.resize(metainfo_->files().size());
    bool any = false;
    for (std::size_t i = 0; i < wanted_files_.size(); ++i) {
      wanted_files_[i] = job_.wanted(*metainfo_, i);
      any = any || wanted_files_[i];
    }
    if (!any) return end(Error{ErrorKind::not_found, "no file of this share is wanted"});
  }
  if (job_.stream && !begin_stream()) return;
  prepare();
}

bool GetRun::begin_stream() {
  const std::size_t files = metainfo_->files().size();
  const auto is_wanted = [this](std::size_t file) { return wanted_files_.empty() || wanted_files_[file]; };
  std::optional<std::size_t> only;
  std::size_t count = 0;
  for (std::size_t i = 0; i < files; ++i) {
    if (!is_wanted(i)) continue;
    only = i;
    ++count;
  }
  if (count != 1) {
    end(Error{ErrorKind::usage,
              "-o - takes one file, and this share has " + std::to_string(count) + "; choose one with --only"});
    return false;
  }
  // Also of a folder with a single file: what else is in it can't be streamed.
  wanted_files_.assign(files, false);
  wanted_files_[*only] = true;
  stream_ = std::make_unique<FileStream>(metainfo_, *only, job_.stream);
  return true;
}

// Each chunk in a task of its own, on the threads for what nothing else waits for: the reader may be slow.
void GetRun::stream_next() {
  if (!stream_ || streaming_ || ending()) return;
  const std::optional<ChunkIndex> chunk = stream_->take_ready();
  if (!chunk) return;
  streaming_ = true;
  const auto status = std::make_shared<Status>(Done{});
  background().run([this, download = download_, chunk = *chunk,
                    status] { *status = stream_->send(download->storage(), chunk, cancel_); },
                   [this, status] {
                     streaming_ = false;
                     if (!*status) return end(status->error());
                     stream_next();
                     if (complete_ && !streaming_) complete();
                     pump();
                   });
}

void GetRun::run_task(std::function<Status()> work, std::function<void()> done) {
  const auto status = std::make_shared<Status>(Done{});
  tasks().run([this, work = std::move(work), status] { *status = do_patiently(work); },
              [this, status, done = std::move(done)] {
                if (!*status) return end(status->error());
                if (done) done();
                pump();
              });
}

void GetRun::on_ending() {
  {
    const std::lock_guard lock(ending_mutex_);
    cancel_ = true;
  }
  stop_writing_out_ = true;
  ending_.notify_all();
}

Status GetRun::do_patiently(const std::function<Status()>& work) {
  Status status = work();
  for (Duration waited{}; !status && status.error().kind == ErrorKind::busy && waited < kBusyMax && !cancel_;
       waited += kBusyPause) {
    std::unique_lock lock(ending_mutex_);
    ending_.wait_for(lock, kBusyPause, [this] { return cancel_.load(); });
    lock.unlock();
    status = work();
  }
  return status;
}

content::HashOptions GetRun::hash_options() {
  content::HashOptions options;
  options.progress = [this](std::int64_t done, std::int64_t total) {
    verify_bytes_ = total;
    verified_bytes_ = done;
  };
  options.cancel = &cancel_;
  return options;
}

// --- preparing

void GetRun::prepare() {
  prepare_by([this](Prepared& prepared) -> Status {
    if (Status found = look_for_existing(prepared); !found) return found;
    return prepared.existing || prepared.to_repair ? Status(Done{}) : open_download(prepared);
  });
}

void GetRun::repair() {
  // With SHA-1 every chunk can be judged, whatever is known of the trees.
  const bool fetched = !metainfo_->has_v1();
  content::ChunkHashes hashes = fetched       ? swarm().hashes()
                                : job_.hashes ? *job_.hashes
                                              : content::ChunkHashes(metainfo_);
  prepare_by([this, hashes = std::move(hashes)](Prepared& prepared) -> Status {
    auto repaired = content::repair(job_.directory.string(), metainfo_, hashes, wanted_files_, to_repair_,
                                    content::current_boot_id(), hash_options());
    if (!repaired) return repaired.error();
    prepared.notices = std::move(repaired->notices);
    prepared.existing = std::move(repaired->existing);
    return prepared.existing ? Status(Done{}) : open_download(prepared);
  });
}

void GetRun::prepare_by(std::function<Status(Prepared&)> work) {
  const auto prepared = std::make_shared<Prepared>();
  const auto task = [this, work = std::move(work), prepared] {
    const Status status = do_patiently([&] { return work(*prepared); });
    if (!status) prepared->error = status.error();
  };
  tasks().run(task, [this, prepared] {
    verified_bytes_ = -1;
    download_ = std::move(prepared->download);
    if (!ending()) on_prepared(*prepared);
    pump();
  });
}

Status GetRun::look_for_existing(Prepared& prepared) {
  const std::string directory = job_.directory.string();
  std::error_code ignored;  // opening it reports more
  std::filesystem::create_directories(job_.directory, ignored);
  if (job_.repair) {
    Result<std::optional<std::string>> found = content::find_repairable(directory, *metainfo_);
    if (!found) return found.error();
    prepared.to_repair = *std::move(found);
    if (prepared.to_repair) return Done{};
    Result<std::optional<std::string>> aside = content::set_unusable_control_aside(directory, *metainfo_);
    if (!aside) return aside.error();
    if (*aside) prepared.notices.push_back(*std::move(*aside));
    return Done{};
  }
  auto existing = content::compare_existing(directory, metainfo_, wanted_files_, hash_options());
  if (!existing) return existing.error();
  prepared.existing = *std::move(existing);
  return Done{};
}

Status GetRun::open_download(Prepared& prepared) {
  auto download =
      content::Download::open(job_.directory.string(), metainfo_, content::current_boot_id(), wanted_files_);
  if (!download) return download.error();
  prepared.download = *std::move(download);
  // Without them nothing could say which chunks of an incomplete file are correct.
  if (job_.hashes && job_.hashes->complete() && !prepared.download->hashes().complete()) {
    if (Status status = prepared.download->store_hashes(*job_.hashes); !status) return status;
  }
  if (Status status = prepared.download->reverify(hash_options()); !status) return status;
  return prepared.download->check_space();
}

void GetRun::on_prepared(Prepared& prepared) {
  for (const std::string& notice : prepared.notices) observer().on_notice(notice);
  if (prepared.error) return end(*prepared.error);
  if (prepared.to_repair) {
    to_repair_ = *std::move(prepared.to_repair);
    if (metainfo_->has_v1()) return repair();
    return swarm().start_hashes(std::exchange(job_.hashes, std::nullopt), steady_now());
  }
  if (prepared.existing) return seed_existing(*std::move(prepared.existing));
  if (!to_repair_.empty()) {
    const std::uint32_t right = download_->verified().count();
    const std::uint32_t wanted = download_->wanted().count();
    observer().on_notice(to_repair_ + ": " + std::to_string(right) + " of " + std::to_string(wanted) +
                         " chunks are correct" + (right < wanted ? ", the others are fetched" : ""));
  }
  // The storage lives in the download; the disk threads keep it alive through the pointer to its storage.
  driver().set_target({metainfo_, std::shared_ptr<content::Storage>(download_, &download_->storage())});
  swarm().start_content(download_->hashes(), download_->verified(), download_->wanted(), steady_now());
  const transfer::SwarmStatus now = swarm().status(steady_now());
  observer().on_transfer(now.bytes_had, now.bytes_wanted);
}

void GetRun::seed_existing(content::Existing existing) {
  if (job_.seed_after) {
    Bitfield had(metainfo_->chunk_count(), wanted_files_.empty());
    for (std::size_t i = 0; i < wanted_files_.size(); ++i) {
      const content::FileEntry& file = metainfo_->files()[i];
      for (std::uint32_t c = 0; wanted_files_[i] && c < file.chunk_count; ++c) had.set({file.first_chunk.value + c});
    }
    driver().set_target({metainfo_, std::make_shared<content::SourceStorage>(metainfo_, std::move(existing.sources))});
    swarm().start_content(std::move(existing.hashes), had, had, steady_now());
  }
  observer().on_notice(content::display_in(job_.directory.string(), metainfo_->name()) +
                       " already exists and is complete");
  complete();
}

void GetRun::start_chunk() {
  const std::uint32_t chunks = metainfo_->chunk_count();
  if (job_.only_chunk->value >= chunks) {
    return end(Error{ErrorKind::not_found, "there is no chunk " + std::to_string(job_.only_chunk->value) +
                                               ": the share has " + std::to_string(chunks) + ", counted from 0"});
  }
  chunk_memory_ = std::make_shared<ChunkMemory>(metainfo_, *job_.only_chunk);
  driver().set_target({metainfo_, chunk_memory_});
  Bitfield wanted(chunks);
  wanted.set(*job_.only_chunk);
  swarm().start_content(job_.hashes, Bitfield(chunks), std::move(wanted), steady_now());
}

// --- loading

void GetRun::on_hashes_known() {
  if (job_.only_hashes) {
    observer().on_hashes(swarm().hashes());
    complete_ = true;
    end(Outcome::done);
  } else if (!to_repair_.empty() && !download_) {
    repair();
  } else {
    store_hashes();
  }
}

void GetRun::store_hashes() {
  // Of a hybrid they may come after the end, when the control file is gone.
  if (!download_ || finishing_ || complete_) return;
  run_task([download = download_, hashes = swarm().hashes()] { return download->store_hashes(hashes); }, nullptr);
}

void GetRun::mark_later(ChunkIndex chunk) {
  if (!download_) return;
  to_mark_.push_back(chunk);
  if (!marking_) mark_all();
}

// One task at a time for all that have arrived meanwhile: small chunks don't cost a hand-over each.
void GetRun::mark_all() {
  marking_ = true;
  const auto chunks = std::make_shared<const std::vector<ChunkIndex>>(std::exchange(to_mark_, {}));
  const auto work = [download = download_, chunks]() -> Status {
    for (const ChunkIndex chunk : *chunks) {
      if (Status status = download->mark(chunk); !status) return status;
    }
    return Done{};
  };
  run_task(work, [this, chunks] {
    marking_ = false;
    if (stream_) {
      for (const ChunkIndex chunk : *chunks) stream_->add(chunk);
      stream_next();
    }
    write_out_later(*chunks);
    if (!to_mark_.empty()) return mark_all();
    if (all_arrived_) finish();
  });
}

void GetRun::write_out_later(const std::vector<ChunkIndex>& chunks) {
  to_write_out_.insert(to_write_out_.end(), chunks.begin(), chunks.end());
  if (!writing_out_) write_out();
}

// On a thread of its own: a slow disk holds up nothing but itself.
void GetRun::write_out() {
  if (to_write_out_.empty() || all_arrived_ || ending()) return;
  writing_out_ = true;
  const auto status = std::make_shared<Status>(Done{});
  const auto work = [this, download = download_, chunks = std::exchange(to_write_out_, {}), status] {
    *status = download->start_writing(chunks, stop_writing_out_);
  };
  background().run(work, [this, status] {
    writing_out_ = false;
    if (!*status) return write_failed(status->error());
    if (all_arrived_ && !marking_) return finish();
    write_out();
  });
}

void GetRun::lose(ChunkIndex chunk) {
  if (!download_ || complete_) return;
  run_task([download = download_, chunk] { return download->unmark(chunk); }, nullptr);
}

void GetRun::write_failed(const Error& error) {
  set_pause(error.message);
  if (job_.stream) return end(Error{error.kind, error.message + "; a stream needs room for the whole file"});
  if (error.kind == ErrorKind::not_found) {
    return end(Error{error.kind, error.message + "; put it back, or run the command again to start over"});
  }
  std::string room;
  if (error.kind == ErrorKind::disk_full) {
    room = "free some space in " + content::display_directory(job_.directory.string()) + " and ";
  }
  if (error.kind == ErrorKind::too_large) room = "raise the limit or choose another directory with -o, and ";
  end(Error{error.kind,
            error.message + "; what is verified is kept, " + room + "run the same command again to resume"});
}

// --- the end

void GetRun::finish() {
  if (complete_ || finishing_ || !download_) return;
  stop_writing_out_ = true;
  if (writing_out_) return;  // its result counts; it comes back here
  finishing_ = true;
  const auto wrong = std::make_shared<Bitfield>();
  const auto progress = [this](const std::optional<content::SyncProgress>& now) {
    const std::lock_guard lock(syncing_mutex_);
    syncing_ = now;
  };
  const auto work = [download = download_, options = hash_options(), progress, wrong]() -> Status {
    Result<Bitfield> outcome = download->finish(options, progress);
    progress(std::nullopt);
    if (!outcome) return outcome.error();
    *wrong = *std::move(outcome);
    return Done{};
  };
  run_task(work, [this, wrong] {
    finishing_ = false;
    verified_bytes_ = -1;
    if (wrong->none()) return complete();
    if (!ending()) fetch_again(*wrong);
  });
}

std::optional<content::SyncProgress> GetRun::syncing() const {
  const std::lock_guard lock(syncing_mutex_);
  return syncing_;
}

void GetRun::fetch_again(const Bitfield& chunks) {
  observer().on_notice(
      "another program changed " + content::display_in(job_.directory.string(), content::disk_names(*metainfo_).part) +
      " while it was downloaded: " + format_count(chunks.count(), "chunk is", "chunks are") + " fetched again");
  all_arrived_ = false;
  stop_writing_out_ = false;
  to_write_out_.clear();
  swarm().fetch_again(chunks, steady_now());
}

void GetRun::deliver_chunk() {
  observer().on_chunk(chunk_memory_->bytes());
  complete_ = true;
  end(Outcome::done);
}

void GetRun::complete() {
  complete_ = true;
  if (!has_streamed_all()) return;  // it comes back here
  observer().on_complete();
  if (job_.seed_after) return;
  keep_readers();
  end(Outcome::done);
}

void GetRun::clean_up() {
  if (!download_ || complete_) return;
  tasks().run([download = download_] { download->discard_if_unused(); });
}

void GetRun::look_in_place() {
  if (!download_ || complete_ || looking_ || ending()) return;
  looking_ = true;
  const auto status = std::make_shared<Status>(Done{});
  tasks().run([download = download_, status] { *status = download->check_in_place(); },
              [this, status] {
                looking_ = false;
                if (!*status && !complete_) write_failed(status->error());
                pump();
              });
}

void GetRun::on_tick() {
  look_in_place();
  if (!complete_ || !job_.seed_after || job_.seed_ratio <= 0) return;
  const transfer::SwarmStatus status = swarm().status(steady_now());
  const std::int64_t uploaded = job_.uploaded_before + status.uploaded;
  if (static_cast<double>(uploaded) >= job_.seed_ratio * static_cast<double>(status.bytes_wanted)) {
    end(Outcome::done);
  }
}

}  // namespace stp::net
