#include "sim/report/stall_text.h"

#include "sim/report/text.h"

namespace stp::sim {
namespace {

std::string chunks_are_held(std::uint32_t chunks) {
  return human(chunks, Unit::count) + (chunks == 1 ? " chunk is held " : " chunks are held ");
}

}  // namespace

std::string stall_sentence(const Stall& stall) {
  std::string text = "stalled since " + human(seconds_of(stall.since), Unit::seconds) + ": ";
  if (stall.not_given > 0) text += chunks_are_held(stall.not_given) + "by no peer that uploads";
  if (stall.not_given > 0 && stall.unreachable > 0) text += ", ";
  if (stall.unreachable > 0) {
    text += chunks_are_held(stall.unreachable) + "only by peers that cannot be reached from where they are missing";
  }
  return text;
}

}  // namespace stp::sim
