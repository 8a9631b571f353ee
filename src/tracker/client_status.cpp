// A client's status for people: one line for all its legs.

#include <algorithm>
#include <set>

#include "tracker/client.h"

#include "core/shown_text.h"
#include "core/text.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string wait_text(Duration wait) {
  const auto whole = std::max(std::chrono::ceil<seconds>(wait), seconds(1));
  if (whole < minutes(2)) return std::to_string(whole.count()) + " s";
  return std::to_string(std::chrono::ceil<minutes>(whole).count()) + " min";
}

const char* label(Family family) {
  switch (family) {
    case Family::ipv4: return "IPv4: ";
    case Family::ipv6: return "IPv6: ";
    case Family::any: break;
  }
  return "";
}

/// What went wrong in which family; listed once if it is the same in all.
class Troubles {
 public:
  void add(Family family, const std::string& problem, const std::string& then) {
    if (!problems_.empty() && !problems_.contains(problem)) differ_ = true;
    problems_.insert(problem);
    if (!text_.empty()) text_ += "; ";
    text_ += label(family) + problem + then;
    if (first_.empty()) first_ = problem + then;
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// `among`: name the families even if all these troubles are the same, since other families have none.
  [[nodiscard]] const std::string& text(bool among) const { return differ_ || among ? text_ : first_; }

 private:
  std::set<std::string> problems_;
  bool differ_ = false;
  std::string text_;
  std::string first_;
};

}  // namespace

std::string Client::status(const SwarmKey& key, Instant now) const {
  const std::string line = "tracker " + shown_tracker(config_.url) + ": ";
  const auto at = swarms_.find(key);
  if (at == swarms_.end()) return line + "not announced";
  if (at->second.stopping) return line + "saying goodbye";
  Troubles troubles;
  Troubles absences;
  std::set<Endpoint> peers;
  std::string warning;
  bool answered = false;
  bool silent = false;
  for (const Leg& leg : at->second.legs) {
    if (!leg.problem.empty()) {
      std::string then = leg.request ? ", trying again" : kNextTry + wait_text(leg.due - now);
      if (leg.never) then = ", will not try again";
      (leg.absent ? absences : troubles).add(leg.family, leg.problem, then);
    } else if (leg.answered) {
      answered = true;
      peers.insert(leg.peers.begin(), leg.peers.end());
      if (warning.empty()) warning = leg.warning;
    } else {
      silent = silent || (leg.request && now > leg.asked_at + config_.request_timeout);
    }
  }
  if (answered) {
    std::string text = line + format_count(peers.size(), "peer", "peers");
    if (!warning.empty()) text += ", warning '" + escaped(warning) + "'";
    if (!troubles.empty()) text += " (" + troubles.text(true) + ")";
    return text;
  }
  if (!troubles.empty()) return line + troubles.text(false);
  const bool all_absent =
      std::all_of(at->second.legs.begin(), at->second.legs.end(), [](const Leg& leg) { return leg.absent; });
  if (all_absent) return line + absences.text(false);
  return line + (silent ? "no answer yet" : "asking");
}

}  // namespace stp::tracker
