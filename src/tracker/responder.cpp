#include "tracker/responder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "tracker/announce_query.h"
#include "tracker/tracker_metrics.h"
#include "tracker/tracker_reply.h"
#include "web/page.h"

namespace stp::tracker {
namespace {

enum class Service : std::uint8_t { none, announce, scrape };

// The first part of the path that names a service decides: "/announce", "//announce/", "/announce.php",
// "/announce/PASSKEY", "/PASSKEY/announce".
Service service_of(std::string_view path) {
  const auto names = [](std::string_view part, std::string_view service) {
    return part.starts_with(service) && (part.size() == service.size() || part[service.size()] == '.');
  };
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (names(part, "announce")) return Service::announce;
    if (names(part, "scrape")) return Service::scrape;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return Service::none;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace

Responder::Responder(Registry& registry, ResponderOptions options) : registry_(registry), options_(options) {
  if (options_.catalogue != nullptr) catalogue_.emplace(*options_.catalogue);
}

void Responder::set_closed(ClosedList list) {
  closed_ = std::move(list);
  if (options_.catalogue != nullptr) {
    options_.catalogue->keep_only([this](const SwarmKey& swarm) { return serves(swarm); });
  }
}

http::Response Responder::respond(const http::Request& request, const IpAddress& source, Instant now) {
  http::Response reply = answer(request, source, now);
  log_request(request, source, reply, now);
  return reply;
}

void Responder::log_request(const http::Request& request, const IpAddress& source, const http::Response& reply,
                            Instant now) const {
  if (!options_.tracer.on(trace::Level::trace)) return;
  // Without the query, which may hold a passkey.
  options_.tracer.write(trace::Level::trace, now, "request",
                        {{"from", source.to_string()},
                         {"path", path_of(request.target)},
                         {"status", reply.status},
                         {"bytes", reply.body.size()}});
}

std::optional<CatalogueApi::Call> Responder::catalogue_call(const http::Request& request, const CataloguePath& path,
                                                            const IpAddress& source) {
  const std::optional<IpAddress> client = client_address(request, source);
  if (!client || !catalogue_) return std::nullopt;
  return CatalogueApi::Call{request,
                            path,
                            query_of(request.target),
                            *client,
                            request.forwarded_https && is_proxy(source),
                            closed_ ? &*closed_ : nullptr};
}

std::optional<http::Response> Responder::respond_early(const http::Request& request, const IpAddress& source,
                                                       Instant now) {
  const std::optional<CataloguePath> shares = catalogue_path(path_of(request.target));
  const std::optional<CatalogueApi::Call> call = shares ? catalogue_call(request, *shares, source) : std::nullopt;
  if (!call) return respond(request, source, now);
  std::optional<http::Response> early = catalogue_->respond_early(*call, now);
  if (early) {
    ++counters_.catalogue;
    log_request(request, source, *early, now);
  }
  return early;
}

http::Response Responder::answer(const http::Request& request, const IpAddress& source, Instant now) {
  const std::string_view path = path_of(request.target);
  const std::string_view query = query_of(request.target);
  if (const std::optional<CataloguePath> shares = catalogue_path(path)) {
    ++counters_.catalogue;
    const std::optional<CatalogueApi::Call> call = catalogue_call(request, *shares, source);
    if (call) return catalogue_->respond(*call, now);
    return catalogue_ ? unknown_client() : no_catalogue();
  }
  if (request.method == http::Method::put) return {405, to_bytes("nothing can be put here\n")};
  const Service service = service_of(path);
  if (service == Service::announce) return announce(request, query, source, now);
  if (service == Service::scrape) return scrape(query, now);
  if (const std::optional<metrics::Form> form = metrics::form_of(path)) return figures(*form, now);
  if (path == "/healthz") return {200, to_bytes("ok\n")};
  if (std::optional<http::Response> file = web::page_file(web::Page::tracker, path)) return *std::move(file);
  ++counters_.not_found;
  return {
      404,
      to_bytes(
          "nothing here: this tracker serves /announce, /scrape, /api/shares, /metrics, /stats.json and /healthz\n")};
}

const http::Response& Responder::figures(metrics::Form form, Instant now) {
  Figures& kept = figures_[form];
  if (!kept.response.body.empty() && now - kept.since < kFiguresAge) return kept.response;
  metrics::List list = {metrics::build_info()};
  append_metrics(list, registry_, options_.catalogue, counters_);
  if (options_.append_metrics) options_.append_metrics(list);
  kept = {now, metrics::respond(list, form)};
  return kept.response;
}

bool Responder::is_proxy(const IpAddress& address) const {
  const std::vector<IpAddress>& proxies = options_.trusted_proxies;
  return std::find(proxies.begin(), proxies.end(), address) != proxies.end();
}

std::optional<IpAddress> Responder::client_address(const http::Request& request, const IpAddress& source) const {
  std::string_view list = request.forwarded_for;
  IpAddress client = source;
  while (is_proxy(client)) {
    const std::size_t comma = list.rfind(',');
    const std::string_view last = trim_blanks(list.substr(comma == std::string_view::npos ? 0 : comma + 1));
    list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
    std::optional<IpAddress> address = IpAddress::parse(last);
    // Some proxies also write the port.
    if (const std::optional<Endpoint> endpoint = Endpoint::parse(last); endpoint) address = endpoint->address;
    if (!address) return std::nullopt;
    client = *address;
  }
  return client;
}

http::Response Responder::announce(const http::Request& request, std::string_view query, const IpAddress& source,
                                   Instant now) {
  const std::optional<IpAddress> address = client_address(request, source);
  if (!address) return failure(kUnknownClient);
  const Result<AnnounceQuery> parsed = parse_announce_query(query);
  if (!parsed) return failure(parsed.error().message);
  if (!serves(parsed->key)) return failure(kNotServed);
  const bool wants_peer_ids = !parsed->compact && !parsed->no_peer_id;
  const Result<AnnounceReply> reply = registry_.announce({parsed->key,
                                                          {*address, parsed->port},
                                                          parsed->event,
                                                          parsed->seed,
                                                          parsed->numwant,
                                                          parsed->peer_id,
                                                          wants_peer_ids},
                                                         now);
  if (!reply) return failure(reply.error().message);
  if (options_.catalogue != nullptr && parsed->event != AnnounceEvent::stopped) {
    options_.catalogue->handle_announce(parsed->key, *address, now);
  }
  ++counters_.announces;
  return {200, encode_announce_reply(*reply, parsed->compact)};
}

http::Response Responder::scrape(std::string_view query, Instant now) {
  const Result<std::vector<SwarmKey>> keys = parse_scrape_query(query);
  if (!keys) return failure(keys.error().message);
  std::vector<std::pair<SwarmKey, SwarmCounts>> swarms;
  // Zeros for an empty swarm: clients treat a reply that lacks what they asked for as a failure.
  for (const SwarmKey& key : *keys) {
    const std::optional<SwarmCounts> counts = serves(key) ? registry_.scrape(key, now) : std::nullopt;
    swarms.emplace_back(key, counts.value_or(SwarmCounts{}));
  }
  ++counters_.scrapes;
  return {200, encode_scrape_reply(swarms)};
}

http::Response Responder::failure(std::string_view reason) {
  ++counters_.failures;
  return {200, encode_failure(reason)};
}

}  // namespace stp::tracker
