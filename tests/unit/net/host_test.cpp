// Two hosts in one process, each with a network thread of its own, on loopback.
#include "net/host.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "content/scan.h"
#include "content/share_builder.h"
#include "content/source_storage.h"
#include "core/rng.h"
#include "dht/saved_state.h"
#include "io_test.h"
#include "net/dht_state.h"
#include "net/incoming_connections.h"
#include "script_server.h"
#include "support/recorded_trace.h"

namespace stp::net {
namespace {

namespace fs = std::filesystem;

class Watch : public HostObserver, public ShareObserver {
 public:
  void on_listening(const Endpoint& endpoint) override {
    const std::lock_guard lock(mutex_);
    listening_ = endpoint;
    changed_.notify_all();
  }
  void on_metainfo(const content::Metainfo&) override { metainfo_seen = true; }
  void on_event(const transfer::SwarmEvent& event) override {
    if (std::holds_alternative<transfer::ChunkCompleted>(event)) ++chunks;
  }
  void on_status(const ShareStatus& status) override {
    last = status;
    if (on_first_status) std::exchange(on_first_status, nullptr)();
  }
  void on_ended(const Result<Outcome>& how) override {
    outcome = how;
    if (on_end) on_end();
  }
  void on_chunk(ByteSpan bytes) override { chunk = to_bytes(bytes); }
  void on_complete() override { complete = true; }
  void on_notice(const std::string& line) override { notices.push_back(line); }

  Endpoint wait_listening() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return listening_.port != 0; });
    return listening_;
  }

  // Looked at when the host has returned.
  bool metainfo_seen = false;
  bool complete = false;
  int chunks = 0;
  Bytes chunk;
  ShareStatus last;
  std::vector<std::string> notices;
  std::optional<Result<Outcome>> outcome;

  std::function<void()> on_first_status;
  std::function<void()> on_end;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Endpoint listening_;
};

class HostTest : public ::testing::Test {
 protected:
  HostTest() : root_(fs::temp_directory_path() / ("stp-host-test-" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "source");
    fs::create_directories(root_ / "target");
  }
  ~HostTest() override { fs::remove_all(root_); }

  static void write_file(const fs::path& path, std::size_t bytes, std::uint64_t seed) {
    fs::create_directories(path.parent_path());
    Bytes contents(bytes);
    Rng(seed).fill(contents);
    std::ofstream(path, std::ios::binary).write(as_text(contents).data(), static_cast<std::streamsize>(bytes));
  }
  static std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  content::Share make_share(const std::string& name, std::uint32_t chunk_bytes = 256 * 1024) {
    const std::vector<std::string> paths{(root_ / "source" / name).string()};
    content::BuildOptions options;
    options.chunk_bytes = chunk_bytes;
    return content::build_share(content::scan(paths).value(), options).value();
  }

  HostOptions options() const {
    HostOptions options;
    options.listen = Endpoint{kLoopback, 0};
    options.dht = false;
    options.agent = "stp/test";
    return options;
  }

  static wire::Link link_to(const content::Share& share, bool secret) {
    wire::Link link;
    link.info_hashes = share.metainfo->info_hashes();
    if (secret) {
      link.secret.emplace();
      link.secret->mutable_span()[0] = std::byte{9};
    }
    return link;
  }

  static SeedJob seed_job(const content::Share& share, bool secret = false) {
    return {link_to(share, secret), share.metainfo, share.hashes,
            std::make_unique<content::SourceStorage>(share.metainfo, share.sources)};
  }

  GetJob get_job(const content::Share& share, bool secret = false) const {
    GetJob job;
    job.link = link_to(share, secret);
    job.directory = root_ / "target";
    return job;
  }

  fs::path root_;
};

/// The outcome of the job, alone on this host.
template <class Job>
Result<Outcome> run_alone(Host& host, Job job, Watch& watch) {
  (void)host.add(std::move(job), watch);
  if (host.run_until_ended() == Outcome::killed) return Outcome::killed;
  return watch.outcome.value();
}

// A seed on a thread of its own, for as long as this lives.
class RunningSeed {
 public:
  RunningSeed(HostOptions options, SeedJob job) : host_(Host::open(std::move(options), watch_).value()) {
    thread_ = std::thread(
        [this, job = std::move(job)]() mutable { outcome_ = run_alone(*host_, std::move(job), watch_).value(); });
    address_ = watch_.wait_listening();
  }
  ~RunningSeed() {
    if (thread_.joinable()) stop();
  }
  Outcome stop() {
    host_->interrupt();
    thread_.join();
    return outcome_;
  }
  [[nodiscard]] std::string address() const { return address_.to_string(); }
  [[nodiscard]] const Watch& watch() const { return watch_; }

 private:
  Watch watch_;
  std::unique_ptr<Host> host_;
  Endpoint address_;
  Outcome outcome_ = Outcome::killed;
  std::thread thread_;
};

Result<Outcome> get(HostOptions options, const std::string& peer, Watch& watch, GetJob job) {
  job.sources.peers.push_back(peer);
  Result<std::unique_ptr<Host>> host = Host::open(std::move(options), watch);
  if (!host) return host.error();
  return run_alone(**host, std::move(job), watch);
}

TEST_F(HostTest, AFolderArrivesWholeFromALinkAlone) {
  write_file(root_ / "source/album/one.bin", 5'000'000, 1);
  write_file(root_ / "source/album/deep/two.bin", 300'001, 2);
  write_file(root_ / "source/album/empty", 0, 3);
  const content::Share share = make_share("album");
  RunningSeed seed(options(), seed_job(share));
  Watch watch;
  const Result<Outcome> outcome = get(options(), seed.address(), watch, get_job(share));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::done);
  EXPECT_TRUE(watch.metainfo_seen);
  EXPECT_TRUE(watch.complete);
  EXPECT_EQ(static_cast<std::uint32_t>(watch.chunks), share.metainfo->chunk_count());
  for (const char* file : {"album/one.bin", "album/deep/two.bin", "album/empty"}) {
    EXPECT_EQ(read_file(root_ / "target" / file), read_file(root_ / "source" / file)) << file;
  }
  EXPECT_FALSE(fs::exists(root_ / "target/album.part"));
  EXPECT_FALSE(fs::exists(root_ / "target/album.stp"));
  EXPECT_EQ(seed.stop(), Outcome::done);
  EXPECT_EQ(seed.watch().last.swarm.uploaded, share.metainfo->total_bytes());
}

// A tracker that tells of nobody, on a thread of its own.
class QuietTracker {
 public:
  QuietTracker() : thread_([this] { io_.run(); }) {}
  ~QuietTracker() { stop(); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/announce"; }
  /// Waits for the first request.
  [[nodiscard]] bool asked() {
    return asked_.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  }
  /// The heads of all requests; no more are answered.
  const std::vector<std::string>& stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    return server_.heads();
  }

 private:
  boost::asio::io_context io_;
  std::promise<void> asked_;
  int requests_ = 0;
  ScriptServer server_{io_, [this](const std::string&) {
                         if (++requests_ == 1) asked_.set_value();
                         return std::string("HTTP/1.1 200 OK\r\n\r\nd8:intervali1800e5:peers0:e");
                       }};
  std::thread thread_;
};

TEST_F(HostTest, ASeedIsAnnouncedAsOneFromTheStartAndCompletesNothing) {
  write_file(root_ / "source/file", 100'000, 1);
  const content::Share share = make_share("file");
  QuietTracker tracker;
  SeedJob job = seed_job(share);
  job.sources.trackers = {tracker.url()};
  RunningSeed seed(options(), std::move(job));
  ASSERT_TRUE(tracker.asked());
  EXPECT_EQ(seed.stop(), Outcome::done);
  const std::vector<std::string>& heads = tracker.stop();
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_NE(heads[0].find("&left=0&"), std::string::npos) << heads[0];
  EXPECT_NE(heads[0].find("&event=started"), std::string::npos) << heads[0];
  EXPECT_NE(heads[1].find("&left=0&"), std::string::npos) << heads[1];
  EXPECT_NE(heads[1].find("&event=stopped"), std::string::npos) << heads[1];
}

TEST_F(HostTest, ADownloadSaysWhatItHasWhenItIsAnnounced) {
  write_file(root_ / "source/file", 100'000, 1);
  const content::Share share = make_share("file");
  QuietTracker tracker;
  RunningSeed seed(options(), seed_job(share));
  GetJob job = get_job(share);
  job.sources.trackers = {tracker.url()};
  Watch watch;
  ASSERT_TRUE(get(options(), seed.address(), watch, std::move(job)).ok());
  const std::vector<std::string>& heads = tracker.stop();
  ASSERT_GE(heads.size(), 2U);
  EXPECT_NE(heads.front().find("&event=started"), std::string::npos) << heads.front();
  EXPECT_EQ(heads.front().find("&left=0&"), std::string::npos) << heads.front();
  EXPECT_NE(heads.back().find("&downloaded=100000&left=0&"), std::string::npos) << heads.back();
  EXPECT_NE(heads.back().find("&event=stopped"), std::string::npos) << heads.back();
}

TEST_F(HostTest, APrivateShareArrivesWithItsSecretAndNotWithout) {
  write_file(root_ / "source/file", 1'000'000, 1);
  const content::Share share = make_share("file");
  RunningSeed seed(options(), seed_job(share, true));
  {
    GetJob job = get_job(share, false);
    job.sources.peers.push_back(seed.address());
    // The public link leads to the same address, but not in.
    class Impatient final : public Watch {
     public:
      void on_event(const transfer::SwarmEvent& event) override {
        if (std::holds_alternative<transfer::PeerTrouble>(event)) host->interrupt();
      }
      Host* host = nullptr;
    } stranger;
    const std::unique_ptr<Host> host = Host::open(options(), stranger).value();
    stranger.host = host.get();
    const Result<Outcome> outcome = run_alone(*host, std::move(job), stranger);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(*outcome, Outcome::interrupted);
    EXPECT_FALSE(stranger.metainfo_seen);
  }
  Watch watch;
  const Result<Outcome> outcome = get(options(), seed.address(), watch, get_job(share, true));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(read_file(root_ / "target/file"), read_file(root_ / "source/file"));
}

// From one address, more than there is room for, and all of them for as long as the test runs.
TEST_F(HostTest, SilentConnectionsShutNobodyOut) {
  write_file(root_ / "source/file", 1'000'000, 1);
  const content::Share share = make_share("file");
  for (const bool secret : {false, true}) {
    RunningSeed seed(options(), seed_job(share, secret));
    boost::asio::io_context io;
    std::vector<boost::asio::ip::tcp::socket> silent;
    const std::string address = seed.address();
    const auto port = static_cast<Port>(std::stoi(address.substr(address.rfind(':') + 1)));
    for (std::size_t i = 0; i < IncomingConnections::kUnprovenMax + 100; ++i) {
      silent.emplace_back(io).connect({boost::asio::ip::make_address("127.0.0.1"), port});
      // Some say a little.
      if (i % 2 == 0) boost::asio::write(silent.back(), boost::asio::buffer("\x13", 1));
    }
    Watch watch;
    GetJob job = get_job(share, secret);
    job.directory = root_ / (secret ? "private" : "public");
    const Result<Outcome> outcome = get(options(), address, watch, std::move(job));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(*outcome, Outcome::done);
  }
}

TEST_F(HostTest, OneChunkIsGivenToTheObserverAndNoFileIsMade) {
  write_file(root_ / "source/file", 1'000'000, 1);
  const content::Share share = make_share("file");
  RunningSeed seed(options(), seed_job(share));
  GetJob job = get_job(share);
  job.only_chunk = ChunkIndex{3};
  Watch watch;
  const Result<Outcome> outcome = get(options(), seed.address(), watch, std::move(job));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::done);
  const std::string whole = read_file(root_ / "source/file");
  EXPECT_EQ(as_text(watch.chunk), whole.substr(3 * 256 * 1024, 256 * 1024));
  EXPECT_TRUE(fs::is_empty(root_ / "target"));
}

TEST_F(HostTest, AChunkPastTheEndIsAnError) {
  write_file(root_ / "source/file", 1'000'000, 1);
  const content::Share share = make_share("file");
  GetJob job = get_job(share);
  job.metainfo = share.metainfo;
  job.only_chunk = ChunkIndex{4};
  Watch watch;
  const Result<Outcome> outcome = get(options(), "127.0.0.1:1", watch, std::move(job));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::not_found);
}

TEST_F(HostTest, OnlyTheWantedFilesAreFetched) {
  write_file(root_ / "source/album/a.bin", 700'000, 1);
  write_file(root_ / "source/album/b.bin", 700'000, 2);
  const content::Share share = make_share("album");
  RunningSeed seed(options(), seed_job(share));
  GetJob job = get_job(share);
  job.wanted = [](const content::Metainfo& metainfo, std::size_t file) {
    return metainfo.files()[file].path.back() == "b.bin";
  };
  Watch watch;
  const Result<Outcome> outcome = get(options(), seed.address(), watch, std::move(job));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(read_file(root_ / "target/album/b.bin"), read_file(root_ / "source/album/b.bin"));
  EXPECT_FALSE(fs::exists(root_ / "target/album/a.bin"));
}

TEST_F(HostTest, WhatIsThereAlreadyAndIdenticalNeedsNoPeer) {
  write_file(root_ / "source/file", 1'000'000, 1);
  const content::Share share = make_share("file");
  fs::copy(root_ / "source/file", root_ / "target/file");
  GetJob job = get_job(share);
  job.metainfo = share.metainfo;
  Watch watch;
  const Result<Outcome> outcome = get(options(), "127.0.0.1:1", watch, std::move(job));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::done);
  EXPECT_TRUE(watch.complete);
}

TEST_F(HostTest, WhatIsThereAndDiffersIsLeftAlone) {
  write_file(root_ / "source/file", 1'000'000, 1);
  write_file(root_ / "target/file", 1'000'000, 2);
  const content::Share share = make_share("file");
  const std::string before = read_file(root_ / "target/file");
  GetJob job = get_job(share);
  job.metainfo = share.metainfo;
  Watch watch;
  const Result<Outcome> outcome = get(options(), "127.0.0.1:1", watch, std::move(job));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::exists);
  EXPECT_EQ(read_file(root_ / "target/file"), before);
}

TEST_F(HostTest, AnInterruptedDownloadGoesOnWithWhatItHas) {
  write_file(root_ / "source/file", 4'000'000, 1);
  const content::Share share = make_share("file", 64 * 1024);
  RunningSeed seed(options(), seed_job(share));
  class StopsAtTen final : public Watch {
   public:
    void on_event(const transfer::SwarmEvent& event) override {
      Watch::on_event(event);
      if (chunks == 10) host->interrupt();
    }
    Host* host = nullptr;
  } first;
  HostOptions slow = options();
  slow.down_bytes_per_second = 4'000'000;
  std::unique_ptr<Host> host = Host::open(slow, first).value();
  first.host = host.get();
  GetJob job = get_job(share);
  job.sources.peers.push_back(seed.address());
  const Result<Outcome> stopped = run_alone(*host, std::move(job), first);
  ASSERT_TRUE(stopped.ok()) << stopped.error().message;
  EXPECT_EQ(*stopped, Outcome::interrupted);
  ASSERT_TRUE(fs::exists(root_ / "target/file.stp"));
  EXPECT_FALSE(fs::exists(root_ / "target/file"));

  Watch second;
  const Result<Outcome> outcome = get(options(), seed.address(), second, get_job(share));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::done);
  EXPECT_LE(static_cast<std::uint32_t>(second.chunks), share.metainfo->chunk_count() - 10);
  EXPECT_EQ(read_file(root_ / "target/file"), read_file(root_ / "source/file"));
}

TEST_F(HostTest, WhoHasDownloadedServesTheNext) {
  write_file(root_ / "source/file", 2'000'000, 1);
  const content::Share share = make_share("file");
  auto seed = std::make_unique<RunningSeed>(options(), seed_job(share));

  Watch middle_watch;
  std::unique_ptr<Host> middle = Host::open(options(), middle_watch).value();
  const std::string middle_address = middle->listening().to_string();
  GetJob middle_job = get_job(share);
  middle_job.seed_after = true;
  middle_job.sources.peers.push_back(seed->address());
  std::thread thread([&] { EXPECT_TRUE(run_alone(*middle, std::move(middle_job), middle_watch).ok()); });

  GetJob job = get_job(share);
  job.directory = root_ / "second";
  Watch watch;
  const Result<Outcome> outcome = get(options(), middle_address, watch, std::move(job));
  middle->interrupt();
  thread.join();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(read_file(root_ / "second/file"), read_file(root_ / "source/file"));
}

// Several shares on one port, public and private; each getter finds its own behind the same address.
TEST_F(HostTest, ManySharesAreServedOnOnePort) {
  constexpr int kShares = 12;
  std::vector<content::Share> shares;
  for (int i = 0; i < kShares; ++i) {
    const std::string name = "file" + std::to_string(i);
    write_file(root_ / "source" / name, 300'000 + i, static_cast<std::uint64_t>(i));
    shares.push_back(make_share(name));
  }
  Watch seeding;
  std::vector<Watch> each(kShares);
  std::unique_ptr<Host> host = Host::open(options(), seeding).value();
  for (int i = 0; i < kShares; ++i) (void)host->add(seed_job(shares[i], i % 2 == 1), each[i]);
  std::thread thread([&] { EXPECT_EQ(host->run(), Outcome::done); });
  const std::string address = seeding.wait_listening().to_string();
  Watch fetching;
  std::vector<Watch> got(kShares);
  {
    std::unique_ptr<Host> getter = Host::open(options(), fetching).value();
    for (int i = 0; i < kShares; ++i) {
      GetJob job = get_job(shares[i], i % 2 == 1);
      job.sources.peers.push_back(address);
      got[i].on_end = [&] {
        const auto is_over = [](const Watch& watch) { return watch.outcome.has_value(); };
        if (std::all_of(got.begin(), got.end(), is_over)) getter->interrupt();
      };
      (void)getter->add(std::move(job), got[i]);
    }
    EXPECT_EQ(getter->run(), Outcome::done);
  }
  host->interrupt();
  thread.join();
  for (int i = 0; i < kShares; ++i) {
    const std::string name = "file" + std::to_string(i);
    ASSERT_TRUE(got[i].outcome && got[i].outcome->ok()) << name;
    EXPECT_EQ(**got[i].outcome, Outcome::done);
    EXPECT_EQ(read_file(root_ / "target" / name), read_file(root_ / "source" / name));
    EXPECT_EQ(each[i].last.swarm.uploaded, 300'000 + i) << "nothing is counted twice, or for another share";
  }
}

TEST_F(HostTest, AShareThatIsRemovedLeavesTheOthersAlone) {
  write_file(root_ / "source/stays", 200'000, 1);
  write_file(root_ / "source/goes", 200'000, 2);
  const content::Share stays = make_share("stays");
  const content::Share goes = make_share("goes");
  Watch seeding;
  Watch of_stays;
  Watch of_goes;
  std::unique_ptr<Host> host = Host::open(options(), seeding).value();
  (void)host->add(seed_job(stays), of_stays);
  const ShareId id = host->add(seed_job(goes), of_goes);
  std::promise<void> gone;
  of_goes.on_first_status = [&] { host->remove(id); };
  of_goes.on_end = [&] { gone.set_value(); };
  std::thread thread([&] { EXPECT_EQ(host->run(), Outcome::done); });
  const std::string address = seeding.wait_listening().to_string();
  gone.get_future().wait();
  Watch watch;
  const Result<Outcome> got = get(options(), address, watch, get_job(stays));
  host->interrupt();
  thread.join();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, Outcome::done);
  EXPECT_EQ(read_file(root_ / "target/stays"), read_file(root_ / "source/stays"));
  for (const Watch* const share : {&of_goes, &of_stays}) {
    ASSERT_TRUE(share->outcome.has_value());
    ASSERT_TRUE(*share->outcome) << share->outcome->error().message;
    EXPECT_EQ(**share->outcome, Outcome::done);
  }
}

TEST_F(HostTest, TheSameShareTwiceIsAnErrorOfTheSecond) {
  write_file(root_ / "source/file", 100'000, 1);
  const content::Share share = make_share("file");
  Watch host_watch;
  Watch first;
  Watch second;
  std::unique_ptr<Host> host = Host::open(options(), host_watch).value();
  (void)host->add(seed_job(share), first);
  second.on_end = [&] { host->interrupt(); };
  (void)host->add(get_job(share), second);
  EXPECT_EQ(host->run(), Outcome::done);
  ASSERT_TRUE(second.outcome.has_value());
  ASSERT_FALSE(second.outcome->ok());
  EXPECT_EQ(second.outcome->error().kind, ErrorKind::exists);
  EXPECT_EQ(**first.outcome, Outcome::done);
}

TEST_F(HostTest, TwoHostsFindEachOtherThroughTheDhtAlone) {
  write_file(root_ / "source/file", 500'000, 1);
  const content::Share share = make_share("file");
  HostOptions seed_options = options();
  seed_options.dht = true;
  seed_options.state_dir = root_ / "state-seed";
  RunningSeed seed(seed_options, seed_job(share));
  HostOptions get_options = options();
  get_options.dht = true;
  get_options.state_dir = root_ / "state-get";
  get_options.bootstrap.push_back(seed.address());
  test::RecordedTrace lines(trace::Level::debug);
  get_options.trace = &lines;
  Watch watch;
  Result<std::unique_ptr<Host>> host = Host::open(get_options, watch);
  ASSERT_TRUE(host.ok());
  const Result<Outcome> outcome = run_alone(**host, get_job(share), watch);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  for (const char* line : {"net listening on=127.0.0.1:", "dht connected", "dht lookup done id=",
                           "transfer phase is=complete missing=0", "net share ends result=done"}) {
    EXPECT_GT(lines.count(line), 0U) << line;
  }
  EXPECT_EQ(read_file(root_ / "target/file"), read_file(root_ / "source/file"));
  EXPECT_TRUE(fs::exists(root_ / "state-get" / "dht.state"));
}

TEST_F(HostTest, SecondOwnerOfAStateDirectoryHasIdsOfItsOwn) {
  Rng rng(5);
  dht::SavedState saved;
  for (NodeId& id : saved.ids) rng.fill(id.bytes);
  const Result<DhtState> first = DhtState::open(root_ / "state");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->save(dht::encode_state(saved)).ok());
  const Result<DhtState> second = DhtState::open(root_ / "state");
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(first->owns_ids());
  EXPECT_FALSE(second->owns_ids());
  EXPECT_EQ(dht::decode_state(*first->load(rng))->ids, saved.ids);
  EXPECT_NE(dht::decode_state(*second->load(rng))->ids, saved.ids);
  ASSERT_TRUE(second->save({}).ok());
  EXPECT_EQ(dht::decode_state(*first->load(rng))->ids, saved.ids) << "who does not own the state overwrote it";
}

}  // namespace
}  // namespace stp::net
