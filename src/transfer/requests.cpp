#include "transfer/requests.h"

#include <algorithm>

namespace stp::transfer {

void Requests::add(RequestList& list, const BlockRun& run, Instant now) {
  list.runs.push_back({run, now});
  count(list, run.count);
}

void Requests::count(RequestList& list, std::int64_t blocks) {
  const bool before = list.blocks > 0;
  list.blocks = static_cast<std::uint32_t>(list.blocks + blocks);
  if (list.stalled) return;
  blocks_ += blocks;
  const bool after = list.blocks > 0;
  if (after && !before) ++sources_;
  if (before && !after) --sources_;
}

void Requests::set_stalled(RequestList& list, bool stalled) {
  if (list.stalled == stalled) return;
  list.stalled = stalled;
  if (list.blocks == 0) return;
  blocks_ += stalled ? -std::int64_t{list.blocks} : std::int64_t{list.blocks};
  if (stalled) {
    --sources_;
  } else {
    ++sources_;
  }
}

Requests::Struck Requests::strike(RequestList& list, const BlockRun& run) {
  Struck struck;
  if (list.blocks == 0) return struck;
  for (std::size_t i = 0; i < list.runs.size() && struck.blocks < run.count;) {
    Outstanding& out = list.runs[i];
    const std::uint32_t begin = std::max(run.first, out.run.first);
    const std::uint32_t end = std::min(run.first + run.count, out.run.first + out.run.count);
    if (out.run.chunk != run.chunk || begin >= end) {
      ++i;
      continue;
    }
    struck.asked = out.asked;
    struck.blocks += end - begin;
    struck.was_awaited |= out.cancelled == kNever;
    struck.freed |= assembly_.release({run.chunk, begin, end - begin});
    const BlockRun before{run.chunk, out.run.first, begin - out.run.first};
    const BlockRun after{run.chunk, end, out.run.first + out.run.count - end};
    Outstanding tail = out;
    tail.run = after;
    if (before.count > 0) {
      out.run = before;
      ++i;
      if (after.count > 0) list.runs.insert(list.runs.begin() + static_cast<std::ptrdiff_t>(i), tail);
    } else if (after.count > 0) {
      out.run = after;
    } else {
      list.runs.erase(list.runs.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  count(list, -std::int64_t{struck.blocks});
  return struck;
}

bool Requests::release(RequestList& list, std::size_t entry) {
  const BlockRun run = list.runs[entry].run;
  list.runs.erase(list.runs.begin() + static_cast<std::ptrdiff_t>(entry));
  count(list, -std::int64_t{run.count});
  return assembly_.release(run);
}

void Requests::release_all(RequestList& list) {
  while (!list.runs.empty()) release(list, list.runs.size() - 1);
}

std::vector<BlockRun> Requests::cancel(RequestList& list, const BlockRun& run, Instant now) {
  std::vector<BlockRun> cancelled;
  if (list.blocks == 0) return cancelled;
  for (std::size_t i = 0; i < list.runs.size(); ++i) {
    const Outstanding out = list.runs[i];
    const std::uint32_t begin = std::max(run.first, out.run.first);
    const std::uint32_t end = std::min(run.first + run.count, out.run.first + out.run.count);
    if (out.run.chunk != run.chunk || begin >= end || out.cancelled != kNever) continue;
    const auto put = [&](std::uint32_t first, std::uint32_t last, Instant when) {
      if (first >= last) return;
      const Outstanding part{{run.chunk, first, last - first}, out.asked, when};
      list.runs.insert(list.runs.begin() + static_cast<std::ptrdiff_t>(i++), part);
    };
    list.runs.erase(list.runs.begin() + static_cast<std::ptrdiff_t>(i));
    put(out.run.first, begin, kNever);
    put(begin, end, now);
    put(end, out.run.first + out.run.count, kNever);
    --i;
    cancelled.push_back({run.chunk, begin, end - begin});
  }
  return cancelled;
}

std::vector<BlockRun> Requests::cancel_all(RequestList& list, Instant now) {
  std::vector<BlockRun> cancelled;
  for (Outstanding& out : list.runs) {
    if (out.cancelled != kNever) continue;
    out.cancelled = now;
    cancelled.push_back(out.run);
  }
  return cancelled;
}

void Requests::check_invariants(std::span<const RequestList* const> lists) const {
  std::int64_t blocks = 0;
  std::uint32_t sources = 0;
  for (const RequestList* const list : lists) {
    std::uint32_t of_list = 0;
    for (const Outstanding& out : list->runs) of_list += out.run.count;
    STP_ASSERT(of_list == list->blocks);
    if (list->stalled) continue;
    blocks += of_list;
    sources += of_list > 0;
  }
  STP_ASSERT(blocks == blocks_ && sources == sources_);
}

}  // namespace stp::transfer
