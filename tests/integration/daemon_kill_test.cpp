// kill -9 of a daemon with many shares at random moments: what was answered is held, what was removed stays away, and
// what is served is right. STP_DAEMON_KILLS sets how often.
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>

#include "core/rng.h"
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

int kills() {
  int count = 8;
  if (const char* const text = std::getenv("STP_DAEMON_KILLS")) std::from_chars(text, text + std::strlen(text), count);
  return count;
}

/// What the daemon has to hold: by number, paused or not. A change whose answer did not come may have been made.
class Model {
 public:
  struct Held {
    bool paused = false;
    std::string path;
  };
  std::map<std::int64_t, Held> sure;

  void expect(const json& shares, const std::function<bool(std::int64_t id)>& uncertain) const {
    std::map<std::int64_t, json> found;
    for (const json& share : shares) found[share.at("id")] = share;
    for (const auto& [id, held] : sure) {
      if (uncertain(id)) continue;
      ASSERT_TRUE(found.contains(id)) << "share " << id << " is lost";
      EXPECT_EQ(found[id].at("state") == "paused", held.paused) << found[id];
      EXPECT_EQ(found[id].at("paths")[0], held.path);
    }
    for (const auto& [id, share] : found) {
      if (uncertain(id) || share.at("state") == "removing") continue;
      EXPECT_TRUE(sure.contains(id)) << "share " << id << " is back: " << share;
    }
  }
};

class DaemonKill : public DaemonTest {
 protected:
  fs::path file_of(std::size_t number) { return user_dir("a") / "shared" / ("f" + std::to_string(number)); }

  /// Sends one random change; its answer is not waited for if it is the last one before the kill.
  struct Change {
    std::string request;
    std::int64_t id = 0;  // 0: of a share that is added
  };
  Change draw(Rng& rng) {
    const std::uint64_t kind = model_.sure.empty() ? 0 : rng.below(4);
    if (kind == 0) {
      const fs::path file = file_of(next_file_++);
      write_file(file, "contents of " + file.filename().string());
      return {api_request("POST", "/api/shares", seed_order(file)), 0};
    }
    auto at = model_.sure.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(rng.below(model_.sure.size())));
    const std::int64_t id = at->first;
    if (kind == 1 && model_.sure.size() > 150) return {api_request("DELETE", share_target(id)), id};
    return {api_request("POST", share_target(id, kind == 2 ? "/pause" : "/resume")), id};
  }
  void apply(const Change& change, const ApiAnswer& answer) {
    ASSERT_LT(answer.status, 300) << answer.body;
    const json& share = answer.body.at("share");
    const std::int64_t id = share.at("id");
    if (change.request.starts_with("DELETE")) {
      model_.sure.erase(id);
    } else {
      model_.sure[id] = {share.at("state") == "paused", share.at("paths")[0]};
    }
  }

  Model model_;
  std::size_t next_file_ = 0;
};

TEST_F(DaemonKill, NothingIsLostAndNothingWrongIsServed) {
  const std::uint64_t rng_seed = 20'241'129;
  SCOPED_TRACE("rng seed " + std::to_string(rng_seed));
  Rng rng(rng_seed);
  constexpr std::size_t kShares = 200;
  Process* process = &daemon("a");
  while (next_file_ < kShares) {
    const fs::path file = file_of(next_file_++);
    write_file(file, "contents of " + file.filename().string());
    const Change change{api_request("POST", "/api/shares", seed_order(file)), 0};
    apply(change, ask_raw(socket_of("a"), change.request));
  }
  const fs::path followed = user_dir("a") / "followed";
  write_file(followed / "a", "contents of a");
  const json folder = {{"kind", "folder"}, {"paths", {followed.string()}}, {"each", true}, {"watch", true}};
  const Change of_folder{api_request("POST", "/api/shares", folder), 0};
  apply(of_folder, ask_raw(socket_of("a"), of_folder.request));
  for (int i = 0; i < kills(); ++i) {
    const std::uint64_t changes = rng.below(12);
    for (std::uint64_t k = 0; k < changes; ++k) {
      const Change change = draw(rng);
      ASSERT_NO_FATAL_FAILURE(apply(change, ask_raw(socket_of("a"), change.request)));
    }
    const Change last = draw(rng);
    {
      const UnixClient client(socket_of("a"));
      client.send(last.request);
      if (rng.below(2) == 0) (void)client.receive();
      process->kill();
    }
    process = &daemon("a");
    const json shares = ask(socket_of("a"), "GET", "/api/shares").body.at("shares");
    std::int64_t newest = 0;
    for (const json& share : shares) newest = std::max(newest, share.at("id").get<std::int64_t>());
    const auto uncertain = [&](std::int64_t id) { return id == last.id || (last.id == 0 && id == newest); };
    model_.expect(shares, uncertain);
    if (HasFatalFailure()) return;
    // What became of the last change is what counts from now on.
    if (last.id != 0) model_.sure.erase(last.id);
    for (const json& share : shares) {
      const std::int64_t id = share.at("id");
      if (uncertain(id) && share.at("state") != "removing") {
        model_.sure[id] = {share.at("state") == "paused", share.at("paths")[0]};
      }
    }
  }

  // Some of what is served, got by somebody else.
  EventClient events(socket_of("a"));
  const std::string listening = ask(socket_of("a"), "GET", "/api/daemon").body.at("daemon").at("listening");
  Words words = {"get", "-o", "files", "--no-dht", "--listen", "127.0.0.1:0", "--peer", listening};
  std::vector<std::string> names;
  const json first = events.wait("share", [&](const json& share) {
    if (share.at("kind") == "seed" && share.at("state") == "seeding") {
      words.push_back(share.at("link"));
      names.push_back(share.at("name"));
    }
    return names.size() >= 10;
  });
  ASSERT_TRUE(first.is_object());
  Process& get = start("b", words);
  EXPECT_EQ(get.wait(), 0) << get.report();
  for (const std::string& name : names) EXPECT_EQ(read_file(files("b") / name), "contents of " + name);
}

}  // namespace
}  // namespace stp::integration
