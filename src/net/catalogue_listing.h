// CatalogueListing: lists public shares in the catalogues of their trackers (docs/tracker-api.md), and again when a
// tracker has lost them, as after a restart without its state.
//
//         GET, 404                PUT, 201
//   due ───────────▶ to be put ───────────▶ listed ──after `check`──▶ due
//    │ └─GET, 200──────────────────────────────▲
//    └─────────── anything else: reported once, due again after a growing pause
//
// A tracker is asked first: one without a catalogue is never sent a dictionary. Whatever goes wrong is one notice for
// each tracker and reason in a row, never an error: the share is found by its link all the same. UDP trackers have no
// catalogue. Requests leave from the address that we listen on, like announces, because the tracker compares the two.
//
// Serves any number of shares; at most kInFlightMax requests are under way at a time. Lives on the network thread;
// destroying it ends everything.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "core/endpoint.h"
#include "core/time.h"
#include "core/url.h"
#include "net/http_client.h"
#include "net/resolver.h"

namespace stp::net {

class CatalogueListing {
 public:
  static constexpr std::size_t kInFlightMax = 4;

  struct Timing {
    Duration first_pause = std::chrono::seconds(10);  // doubles up to `check`
    Duration check = std::chrono::minutes(15);
  };
  /// References must outlive the listing.
  struct Parts {
    boost::asio::io_context& io;
    Resolver& resolver;
    HttpClient& http;
    IpAddress listen;  // where we accept connections
    std::string agent;
    std::function<void(const std::string&)> notice;  // one line: not listed, and why
    Timing timing = {};
  };
  explicit CatalogueListing(Parts parts);
  ~CatalogueListing();
  CatalogueListing(const CatalogueListing&) = delete;
  CatalogueListing& operator=(const CatalogueListing&) = delete;

  using OnListed = std::function<void(const Url& tracker)>;
  /// Lists the share, which is not private, in the catalogue of the tracker with this announce URL; `on_listed` is
  /// called once.
  void add(const std::string& tracker, std::shared_ptr<const content::Metainfo> metainfo, OnListed on_listed);
  /// The share is gone: the tracker forgets it when its swarm is empty.
  void remove(const InfoHash& info_hash);

 private:
  struct Listing {
    Url tracker;
    std::shared_ptr<const content::Metainfo> metainfo;
    Duration pause;
    OnListed on_listed;  // null once it was called
  };
  using Answered = std::function<void(const Result<http::Response>&)>;

  void schedule(std::size_t listing, Duration pause);
  void run_due();
  /// Null: it was removed.
  [[nodiscard]] Listing* find(std::size_t listing);
  /// A request has ended for a listing that is gone.
  void skip();
  void look(std::size_t listing);
  void put(std::size_t listing);
  void on_looked(std::size_t listing, const Result<http::Response>& response);
  void on_put(std::size_t listing, const Result<http::Response>& response);
  void request(std::size_t listing, std::optional<Bytes> body, Answered answered);
  void listed(std::size_t listing);
  void failed(std::size_t listing, const std::string& why);
  void tell(const Url& tracker, const std::string& why);

  Parts parts_;
  boost::asio::steady_timer timer_;
  std::map<std::size_t, Listing> listings_;
  std::size_t next_listing_ = 0;
  std::multimap<Instant, std::size_t> due_;
  std::size_t in_flight_ = 0;
  std::map<std::string, std::string> troubles_;  // the latest of a tracker, by its URL
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace stp::net
