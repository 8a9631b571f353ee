// A listing and a real tracker on loopback, on one io_context.
#include "net/catalogue_listing.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/rng.h"
#include "io_test.h"
#include "net/clock.h"
#include "net/http_server.h"
#include "script_server.h"
#include "unit/tracker/dictionaries.h"

namespace stp::net {
namespace {

using std::chrono::milliseconds;
using tracker::Catalogue;
using SharedMetainfo = std::shared_ptr<const content::Metainfo>;

SharedMetainfo metainfo(const std::string& name, std::size_t files = 1) {
  return *content::Metainfo::parse(tracker::test::dictionary(name, 1000, files).bytes);
}

class CatalogueListingTest : public IoTest {
 protected:
  void SetUp() override { open_tracker(); }

  void open_tracker(bool with_catalogue = true) {
    server_.reset();
    HttpServerOptions options;
    options.listen = {kLoopback, 0};
    options.responder.catalogue = with_catalogue ? &catalogue_ : nullptr;
    Result<std::unique_ptr<HttpServer>> opened = HttpServer::open(io_, registry_, steady_now, options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    server_ = std::move(*opened);
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->local_endpoint().port) + "/announce";
  }
  void announce(const SharedMetainfo& share) {
    const SwarmKey swarm = tracker::swarm_of(share->info_hash());
    ASSERT_TRUE(
        registry_.announce({swarm, {kLoopback, 6881}, tracker::AnnounceEvent::none, true, {}}, steady_now()).ok());
    catalogue_.handle_announce(swarm, kLoopback, steady_now());
  }
  [[nodiscard]] bool is_listed(const SharedMetainfo& share) {
    return catalogue_.find(share->info_hash(), steady_now()).has_value();
  }
  CatalogueListing& listing() {
    if (listing_) return *listing_;
    CatalogueListing::Parts parts{io_, resolver_, http_, kLoopback, "stp/test", {}, {}};
    parts.notice = [this](const std::string& line) { notices_.push_back(line); };
    parts.timing = {milliseconds(10), milliseconds(40)};
    return listing_.emplace(std::move(parts));
  }
  void list(const std::string& tracker, const SharedMetainfo& share) {
    listing().add(tracker, share, [this, name = share->name()](const Url&) { listed_.push_back(name); });
  }
  using Lines = std::vector<std::string>;

  Rng rng_{1};
  tracker::Registry registry_{{}, rng_};
  Catalogue catalogue_{{}, registry_, rng_};
  std::unique_ptr<HttpServer> server_;
  Resolver resolver_{io_};
  HttpClient http_{io_};
  Lines notices_;
  Lines listed_;
  std::optional<CatalogueListing> listing_;
};

TEST_F(CatalogueListingTest, ListsAShareOfAPeer) {
  const SharedMetainfo share = metainfo("film");
  announce(share);
  list(url(), share);
  ASSERT_TRUE(run_until([&] { return !listed_.empty(); }));
  EXPECT_TRUE(is_listed(share));
  EXPECT_EQ(notices_, Lines());
}

TEST_F(CatalogueListingTest, ListsOnceTheAnnounceHasArrived) {
  const SharedMetainfo share = metainfo("film");
  list(url(), share);
  ASSERT_TRUE(run_until([&] { return catalogue_.size() == 1; }));
  EXPECT_FALSE(is_listed(share));
  announce(share);
  ASSERT_TRUE(run_until([&] { return !listed_.empty(); }));
  EXPECT_EQ(notices_, Lines());
}

TEST_F(CatalogueListingTest, ListsAgainWhatTheTrackerHasLost) {
  const SharedMetainfo share = metainfo("film");
  announce(share);
  list(url(), share);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(run_until([&] { return is_listed(share) && !listed_.empty(); }));
    catalogue_.keep_only([](const SwarmKey&) { return false; });
  }
  EXPECT_EQ(listed_, Lines{"film"});  // that is news only once
  EXPECT_EQ(notices_, Lines());
}

TEST_F(CatalogueListingTest, ManySharesTakeTurns) {
  std::vector<SharedMetainfo> shares;
  for (int i = 0; i < 50; ++i) {
    shares.push_back(metainfo("film " + std::to_string(i)));
    announce(shares.back());
    list(url(), shares.back());
  }
  ASSERT_TRUE(run_until([&] { return listed_.size() == shares.size(); }));
  for (const SharedMetainfo& share : shares) EXPECT_TRUE(is_listed(share));
  EXPECT_LE(server_->counters().open, CatalogueListing::kInFlightMax);
}

TEST_F(CatalogueListingTest, WhatIsRemovedIsNotPutAgain) {
  const SharedMetainfo goes = metainfo("goes");
  const SharedMetainfo stays = metainfo("stays");
  announce(goes);
  announce(stays);
  list(url(), goes);
  list(url(), stays);
  listing().remove(goes->info_hash());
  ASSERT_TRUE(run_until([&] { return !listed_.empty(); }));
  EXPECT_EQ(listed_, Lines{"stays"});
  EXPECT_FALSE(is_listed(goes));
}

TEST_F(CatalogueListingTest, ATrackerWithoutACatalogueIsOneNotice) {
  open_tracker(false);
  list(url(), metainfo("film"));
  list(url(), metainfo("other"));
  ASSERT_TRUE(run_until([&] { return server_->counters().requests > 12; }));
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_NE(notices_[0].find("not listed by name at http://127.0.0.1:"), std::string::npos) << notices_[0];
  EXPECT_NE(notices_[0].find("keeps no catalogue"), std::string::npos) << notices_[0];
}

TEST_F(CatalogueListingTest, AnotherTrackerIsNeverSentADictionary) {
  ScriptServer other(io_, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nhtml");
  list("http://127.0.0.1:" + std::to_string(other.port()) + "/announce", metainfo("film"));
  ASSERT_TRUE(run_until([&] { return other.heads().size() >= 3; }));
  for (const std::string& head : other.heads()) EXPECT_EQ(head.substr(0, 16), "GET /api/shares/");
  EXPECT_EQ(notices_.size(), 1U);
}

TEST_F(CatalogueListingTest, ARefusalIsReportedWithItsReason) {
  server_->responder().set_closed(*tracker::ClosedList::parse(""));
  const SharedMetainfo share = metainfo("film");
  list(url(), share);
  ASSERT_TRUE(run_until([&] { return !notices_.empty(); }));
  EXPECT_NE(notices_[0].find("this tracker is closed"), std::string::npos) << notices_[0];
  server_->responder().set_closed(*tracker::ClosedList::parse(share->info_hash().hex()));
  announce(share);
  ASSERT_TRUE(run_until([&] { return is_listed(share); }));
  EXPECT_EQ(notices_.size(), 1U);
}

TEST_F(CatalogueListingTest, ATrackerThatIsAwayIsAskedAgain) {
  const SharedMetainfo share = metainfo("film");
  const std::string address = url();
  const Endpoint endpoint = server_->local_endpoint();
  server_.reset();
  list(address, share);
  ASSERT_TRUE(run_until([&] { return !notices_.empty(); }));
  HttpServerOptions options;
  options.listen = endpoint;
  options.responder.catalogue = &catalogue_;
  Result<std::unique_ptr<HttpServer>> again = HttpServer::open(io_, registry_, steady_now, options);
  ASSERT_TRUE(again.ok()) << again.error().message;
  server_ = std::move(*again);
  announce(share);
  ASSERT_TRUE(run_until([&] { return is_listed(share); }));
}

TEST_F(CatalogueListingTest, WhatIsTooLargeIsReportedAndNotSent) {
  list(url(), metainfo("many", 20'000));
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_NE(notices_[0].find("1 MiB"), std::string::npos) << notices_[0];
  EXPECT_EQ(server_->counters().requests, 0U);
}

TEST_F(CatalogueListingTest, AUdpTrackerHasNone) {
  list("udp://127.0.0.1:1", metainfo("film"));
  EXPECT_EQ(notices_, Lines());
}

TEST_F(CatalogueListingTest, EndsWithRequestsUnderWay) {
  ScriptServer silent(io_, [](const std::string&) { return std::string(); });
  list("http://127.0.0.1:" + std::to_string(silent.port()) + "/announce", metainfo("film"));
  ASSERT_TRUE(run_until([&] { return !silent.heads().empty(); }));
  listing_.reset();
  io_.poll();
  EXPECT_EQ(notices_, Lines());
}

}  // namespace
}  // namespace stp::net
