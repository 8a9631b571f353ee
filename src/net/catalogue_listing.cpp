#include "net/catalogue_listing.h"

#include <algorithm>
#include <utility>

#include "net/clock.h"
#include "net/tracker_io.h"
#include "tracker/catalogue_reply.h"
#include "tracker/share_summary.h"
#include "tracker/tracker_url.h"

namespace stp::net {
namespace {

/// A megabyte through a slow uplink.
constexpr Duration kPutTimeout = std::chrono::seconds(60);

bool is_json(const http::Response& response) {
  return response.content_type.starts_with(tracker::kJsonType);
}

/// What a response that is not the wanted one says.
std::string reason_in(const http::Response& response) {
  const std::string text = is_json(response) ? tracker::decode_catalogue_error(response.body) : std::string();
  return text.empty() ? "it has no catalogue" : text;
}

}  // namespace

CatalogueListing::CatalogueListing(Parts parts) : parts_(std::move(parts)), timer_(parts_.io) {}

CatalogueListing::~CatalogueListing() {
  *alive_ = false;
}

void CatalogueListing::add(const std::string& tracker, std::shared_ptr<const content::Metainfo> metainfo,
                           OnListed on_listed) {
  Result<Url> url = tracker::parse_tracker_url(tracker);
  if (!url || url->scheme == Url::Scheme::udp) return;
  if (metainfo->info_bytes().size() > tracker::kSummaryBytesMax) {
    return tell(*url, "it has too many files: its info dictionary is longer than 1 MiB");
  }
  listings_[next_listing_] = {*std::move(url), std::move(metainfo), parts_.timing.first_pause, std::move(on_listed)};
  schedule(next_listing_++, Duration::zero());
}

void CatalogueListing::remove(const InfoHash& info_hash) {
  std::erase_if(listings_, [&](const auto& entry) { return entry.second.metainfo->info_hash() == info_hash; });
  std::erase_if(due_, [this](const auto& entry) { return !listings_.contains(entry.second); });
}

CatalogueListing::Listing* CatalogueListing::find(std::size_t listing) {
  const auto found = listings_.find(listing);
  return found == listings_.end() ? nullptr : &found->second;
}

void CatalogueListing::skip() {
  --in_flight_;
  run_due();
}

// --- when

void CatalogueListing::schedule(std::size_t listing, Duration pause) {
  due_.emplace(steady_now() + pause, listing);
  run_due();
}

void CatalogueListing::run_due() {
  while (in_flight_ < kInFlightMax && !due_.empty() && due_.begin()->first <= steady_now()) {
    const std::size_t listing = due_.begin()->second;
    due_.erase(due_.begin());
    ++in_flight_;
    look(listing);
  }
  // With all requests under way, the next answer goes on.
  if (in_flight_ == kInFlightMax || due_.empty()) return;
  timer_.expires_at(to_steady(due_.begin()->first));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_due();
  });
}

void CatalogueListing::listed(std::size_t listing) {
  Listing& each = *find(listing);
  troubles_.erase(each.tracker.to_string());
  each.pause = parts_.timing.first_pause;
  --in_flight_;
  const OnListed on_listed = std::exchange(each.on_listed, nullptr);
  const Url tracker = each.tracker;
  schedule(listing, parts_.timing.check);
  if (on_listed) on_listed(tracker);
}

void CatalogueListing::failed(std::size_t listing, const std::string& why) {
  Listing& each = *find(listing);
  const Duration pause = each.pause;
  const Url tracker = each.tracker;
  each.pause = std::min<Duration>(2 * pause, parts_.timing.check);
  --in_flight_;
  schedule(listing, pause);
  if (!why.empty()) tell(tracker, why);
}

void CatalogueListing::tell(const Url& tracker, const std::string& why) {
  std::string& trouble = troubles_[tracker.to_string()];
  if (std::exchange(trouble, why) == why) return;
  parts_.notice("not listed by name at " + tracker::shown_tracker(tracker) + ": " + why);
}

// --- what

void CatalogueListing::look(std::size_t listing) {
  request(listing, std::nullopt, [this, listing](const auto& response) { on_looked(listing, response); });
}

void CatalogueListing::put(std::size_t listing) {
  request(listing, to_bytes(find(listing)->metainfo->info_bytes()),
          [this, listing](const auto& response) { on_put(listing, response); });
}

void CatalogueListing::on_looked(std::size_t listing, const Result<http::Response>& response) {
  if (find(listing) == nullptr) return skip();
  if (!response) return failed(listing, response.error().message);
  if (response->status == 200 && is_json(*response)) return listed(listing);
  if (response->status == 404 && is_json(*response)) return put(listing);
  failed(listing, reason_in(*response));
}

void CatalogueListing::on_put(std::size_t listing, const Result<http::Response>& response) {
  if (find(listing) == nullptr) return skip();
  if (!response) return failed(listing, response.error().message);
  const std::string state = is_json(*response) ? tracker::decode_put(response->body) : std::string();
  if (state == "listed") return listed(listing);
  // It waits for our announce, which is on its way; the next look shows whether it has arrived.
  failed(listing, state == "held" ? "" : reason_in(*response));
}

void CatalogueListing::request(std::size_t listing, std::optional<Bytes> body, Answered answered) {
  const Listing& each = *find(listing);
  HttpRequest request;
  request.url = each.tracker;
  request.url.target = tracker::catalogue_target(each.tracker, "/" + each.metainfo->info_hash().hex());
  request.agent = parts_.agent;
  request.body_bytes_max = tracker::kPageBytesMax;
  if (body) request.timeout = kPutTimeout;
  request.put = std::move(body);
  if (!parts_.listen.is_unspecified()) request.source = parts_.listen;
  const HostPort server{each.tracker.host, each.tracker.port};
  // Resolver and client may outlive us.
  parts_.resolver.resolve(server, [this, alive = alive_, request = std::move(request),
                                   answered = std::move(answered)](const Result<std::vector<Endpoint>>& found) mutable {
    if (!*alive) return;
    if (!found) return answered(found.error());
    const std::vector<tracker::Family> ours = families_of(parts_.listen);
    for (const Endpoint& endpoint : *found) {
      const bool reachable = std::find(ours.begin(), ours.end(), family_of(endpoint.address)) != ours.end();
      if (reachable) request.servers.push_back(endpoint);
    }
    if (request.servers.empty()) return answered(Error{ErrorKind::unsupported, "it has no address that we can reach"});
    parts_.http.send(std::move(request),
                     [alive, answered = std::move(answered)](const Result<http::Response>& response) {
                       if (*alive) answered(response);
                     });
  });
}

}  // namespace stp::net
