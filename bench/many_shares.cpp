// Serves many small shares from one host, for bench/compare_shares.py:
//
//     many_shares DIR COUNT [BOOTSTRAP…]        BOOTSTRAP: HOST:PORT of a DHT node; without one there is no DHT
//
// Files of 10 kB are made below DIR if they are not there, and hashed. Then, on stdout: a line "built", and once the host
// listens with all of its shares a line "listening PORT SECONDS LINK", where SECONDS have passed since the hashes were
// known and LINK is that of the last share. Serves until it is interrupted.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "content/scan.h"
#include "content/share_builder.h"
#include "content/source_storage.h"
#include "core/rng.h"
#include "net/host.h"

namespace stp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytes = 10'000;
constexpr std::uint32_t kSharesMax = 100'000;

class Quiet final : public net::ShareObserver {
 public:
  [[nodiscard]] bool wants_status() const override { return false; }
};

class Reporter final : public net::HostObserver {
 public:
  void on_listening(const Endpoint& endpoint) override {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("listening %u %.3f %s\n", static_cast<unsigned>(endpoint.port), took.count(), link.c_str());
    std::fflush(stdout);
  }

  std::chrono::steady_clock::time_point begun;
  std::string link;
};

std::string make_file(const fs::path& directory, std::uint32_t number) {
  const fs::path path = directory / ("file-" + std::to_string(number));
  if (!fs::exists(path)) {
    Bytes content(kFileBytes);
    Rng(number).fill(content);
    std::ofstream(path, std::ios::binary).write(as_text(content).data(), static_cast<std::streamsize>(content.size()));
  }
  return path.string();
}

int serve(const fs::path& directory, std::uint32_t count, std::vector<std::string> bootstrap) {
  fs::create_directories(directory);
  content::BuildOptions building;
  building.hashing.threads = 1;
  std::vector<content::Share> shares;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::vector<std::string> paths{make_file(directory, i)};
    shares.push_back(content::build_share(content::scan(paths).value(), building).value());
  }
  std::puts("built");
  std::fflush(stdout);

  Reporter reporter;
  reporter.begun = std::chrono::steady_clock::now();
  net::HostOptions options;
  options.listen = Endpoint{*IpAddress::parse("127.0.0.1"), 0};
  options.dht = !bootstrap.empty();
  options.bootstrap = std::move(bootstrap);
  options.agent = "many_shares";
  options.state_dir = directory.parent_path() / "state";
  Result<std::unique_ptr<net::Host>> host = net::Host::open(std::move(options), reporter);
  if (!host) {
    std::fprintf(stderr, "many_shares: %s\n", host.error().message.c_str());
    return 1;
  }
  Quiet quiet;
  for (content::Share& share : shares) {
    wire::Link link;
    link.info_hashes = share.metainfo->info_hashes();
    reporter.link = link.to_string();
    auto storage = std::make_unique<content::SourceStorage>(share.metainfo, std::move(share.sources));
    (void)(*host)->add(net::SeedJob{link, share.metainfo, std::move(share.hashes), std::move(storage)}, quiet);
  }
  shares.clear();
  (void)(*host)->run();
  return 0;
}

}  // namespace
}  // namespace stp

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::uint32_t count = 0;
  if (arguments.size() >= 2) {
    const std::string& text = arguments[1];
    (void)std::from_chars(text.data(), text.data() + text.size(), count);
  }
  if (count == 0 || count > stp::kSharesMax) {
    std::fputs("usage: many_shares DIR COUNT [HOST:PORT…]\n", stderr);
    return 2;
  }
  return stp::serve(arguments[0], count, {arguments.begin() + 2, arguments.end()});
}
