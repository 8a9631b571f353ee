// `stp share --each`: every file of a directory is a share of its own; with --watch the shares follow the files.
#include <unistd.h>

#include <cstdlib>

#include "core/rng.h"
#include "integration/each_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

TEST_F(Each, EveryFileIsAShareOfItsOwn) {
  write_random(tree() / "a.bin", 100'000, 1);
  write_random(tree() / "sub/b.bin", 50'000, 2);
  write_file(tree() / "sub/empty", "");
  write_file(tree() / "sub/draft~", "temporary");
  write_file(tree() / "film.mkv.part", "under way");
  Process& seed = share({}, false);
  std::map<std::string, std::string> links;  // by name
  std::size_t from = 0;
  for (int i = 0; i < 3; ++i) {
    const std::optional<std::string> line = seed.wait_stdout([](const std::string&) { return true; }, from);
    ASSERT_TRUE(line) << seed.report();
    const std::size_t tab = line->find('\t');
    ASSERT_NE(tab, std::string::npos) << *line;
    links[line->substr(tab + 1)] = line->substr(0, tab);
  }
  ASSERT_TRUE(seed.wait_stderr([](const std::string& line) { return line.starts_with("sharing 3 files one by one"); }))
      << seed.report();
  ASSERT_EQ(links.size(), 3U);
  expect_gets("one", links.at("a.bin"), tree() / "a.bin");
  expect_gets("two", links.at("sub/b.bin"), tree() / "sub/b.bin");
  EXPECT_TRUE(links.contains("sub/empty"));
  EXPECT_EQ(seed.interrupt(), 0);
  EXPECT_EQ(seed.out_lines().size(), 3U);
}

TEST_F(Each, TheLinkIsThatOfTheFileAlone) {
  write_random(tree() / "a.bin", 100'000, 1);
  const Seed alone = seed("seed", {"tree/a.bin"}, {"--no-dht"});
  Process& each = share({});
  EXPECT_EQ(wait_shared(each, "a.bin").at("info_hash"), alone.first.at("info_hash"));
}

TEST_F(Each, PrivateSharesAreFoundWithTheirLinks) {
  write_random(tree() / "a.bin", 100'000, 1);
  Process& seed = share({"--private"});
  const json shared = wait_shared(seed, "a.bin");
  EXPECT_EQ(shared.at("private"), true);
  expect_gets("one", shared.at("link"), tree() / "a.bin");
}

TEST_F(Each, NothingToShareIsAnError) {
  fs::create_directories(tree());
  write_file(tree() / "x.tmp", "x");
  Process& none = share({});
  EXPECT_EQ(none.wait(), 1) << none.report();
  EXPECT_THAT(none.err(), HasSubstr("nothing to share in tree"));
  Process& missing = start("seed", {"share", "--each", "no-such", "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(missing.wait(), 1) << missing.report();
  write_file(user_dir("seed") / "file", "x");
  Process& file = start("seed", {"share", "--each", "file", "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(file.wait(), 1) << file.report();
  EXPECT_THAT(file.err(), HasSubstr("is not a folder"));
}

TEST_F(Each, ContradictionsAreUsageErrors) {
  fs::create_directories(tree());
  for (const Words& words :
       {Words{"--each", "tree", "tree"}, Words{"--each", "tree", "--name", "x"},
        Words{"--each", "tree", "--torrent", "x.torrent"}, Words{"--each", "tree", "--follow-links"},
        Words{"--watch", "tree", "tree"}, Words{"--watch", "tree", "--torrent", "x.torrent"}}) {
    Words arguments = {"share"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    EXPECT_EQ(run("seed", arguments), 2) << testing::PrintToString(words);
  }
}

TEST_F(Each, LinksOutsideAndSecretsAreHandledAsInAShare) {
  write_file(user_dir("seed") / "outside", "secret");
  write_file(tree() / "id_rsa", "key");
  fs::create_symlink(user_dir("seed") / "outside", tree() / "leak");
  fs::create_symlink("id_rsa", tree() / "alias");
  write_file(tree() / "skip/me", "x");
  Process& seed = share({"--exclude", "skip"});
  EXPECT_EQ(wait_settled(seed).at("shared"), 1);
  EXPECT_TRUE(seed.wait_stderr([](const std::string& line) {
    return line.find("leak: it is a link that leads out") != std::string::npos;
  })) << seed.report();
  EXPECT_TRUE(seed.wait_stderr([](const std::string& line) {
    return line.find("this looks secret: id_rsa") != std::string::npos;
  })) << seed.report();
}

TEST_F(Each, ASecondStartHashesNothing) {
  write_random(tree() / "a.bin", 100'000, 1);
  write_random(tree() / "b.bin", 100'000, 2);
  wait_until_settled(tree() / "b.bin");
  Process& first = share({});
  EXPECT_EQ(wait_shared(first, "a.bin").at("hashed_bytes"), 100'000);
  wait_settled(first);
  EXPECT_EQ(first.interrupt(), 0);
  fs::create_directories(tree() / "sub");
  fs::rename(tree() / "b.bin", tree() / "sub/c.bin");
  Process& second = share({});
  EXPECT_EQ(wait_shared(second, "a.bin").at("hashed_bytes"), 0);
  EXPECT_EQ(wait_shared(second, "sub/c.bin").at("hashed_bytes"), 0);  // renamed
}

TEST_F(Each, TwoThousandFilesHoldNoDescriptors) {
  constexpr int kFiles = 2000;
  for (int i = 0; i < kFiles; ++i)
    write_file(tree() / (std::to_string(i % 40) + "/" + std::to_string(i)), std::to_string(i));
  Process& seed = share({});
  EXPECT_EQ(wait_settled(seed).at("shared"), kFiles);
  const std::map<std::string, std::string> links = shares(seed);
  ASSERT_EQ(links.size(), static_cast<std::size_t>(kFiles));
  expect_gets("one", links.at("1/41"), tree() / "1/41");
  const auto descriptors = std::distance(fs::directory_iterator("/proc/" + std::to_string(seed.pid()) + "/fd"), {});
  EXPECT_LT(descriptors, 64);
}

TEST_F(Each, WatchFollowsWhatAppearsChangesMovesAndGoes) {
  write_random(tree() / "a.bin", 100'000, 1);
  Process& seed = share({"--watch"});
  const std::string old_link = wait_shared(seed, "a.bin").at("link");
  // Appears, also in a new folder.
  write_random(tree() / "new/b.bin", 60'000, 2);
  expect_gets("one", wait_shared(seed, "new/b.bin").at("link"), tree() / "new/b.bin");
  // Changes.
  write_random(tree() / "a.bin", 100'000, 3);
  const json changed = wait_shared(seed, "a.bin", [&](const json& event) { return event.at("link") != old_link; });
  expect_gets("two", changed.at("link"), tree() / "a.bin");
  // Moves: known already.
  fs::rename(tree() / "new", tree() / "moved");
  const json moved = wait_shared(seed, "moved/b.bin");
  EXPECT_EQ(moved.at("hashed_bytes"), 0) << moved;
  // Goes.
  fs::remove(tree() / "a.bin");
  wait_event(seed, "withdrawn", [&](const json& event) {
    return event.at("path") == "a.bin" && event.at("info_hash") == changed.at("info_hash");
  });
  const std::map<std::string, std::string> left = shares(seed);
  EXPECT_EQ(left.size(), 1U);
  EXPECT_TRUE(left.contains("moved/b.bin"));
  // The old link is not served any more, and that is said.
  Process& late = get("late", old_link, {"--no-dht", "--timeout", "2s"});
  EXPECT_EQ(late.wait(), 7) << late.report();
  EXPECT_THAT(late.err(), HasSubstr("it shares something else there")) << late.report();
  EXPECT_EQ(seed.interrupt(), 0);
}

TEST_F(Each, AFileReplacedByRenameIsANewShare) {
  write_random(tree() / "a.bin", 10'000, 1);
  Process& seed = share({"--watch"});
  const std::string before = wait_shared(seed, "a.bin").at("link");
  write_random(tree() / "a.bin.tmp", 10'000, 2);  // as editors save
  fs::rename(tree() / "a.bin.tmp", tree() / "a.bin");
  const json after = wait_shared(seed, "a.bin", [&](const json& event) { return event.at("link") != before; });
  expect_gets("one", after.at("link"), tree() / "a.bin");
}

TEST_F(Each, AFolderThatIsGoneIsSharedAgainWhenItIsBack) {
  write_random(tree() / "a.bin", 10'000, 1);
  Process& seed = share({"--watch"});
  const std::string link = wait_shared(seed, "a.bin").at("link");
  fs::remove_all(tree());
  wait_event(seed, "notice", [](const json& event) {
    return event.at("message").get<std::string>().find("is gone") != std::string::npos;
  });
  write_random(tree() / "a.bin", 10'000, 1);
  // No event reports this; it is looked for every ten seconds.
  EXPECT_TRUE(seed.wait_stdout([events = 0](const std::string& line) mutable {
    const json event = json::parse(line, nullptr, false);
    return event.is_object() && event.value("event", "") == "shared" && ++events == 2;
  })) << seed.report();
  EXPECT_EQ(shares(seed), (std::map<std::string, std::string>{{"a.bin", link}}));
  write_random(tree() / "c.bin", 10'000, 3);  // from now on changes are reported again
  wait_shared(seed, "c.bin");
}

// --- --watch without --each

class Whole : public Each {
 protected:
  Process& watch(Words flags = {}) {
    Words arguments = {"share", "--watch", "tree", "--no-dht", "--listen", "127.0.0.1:0", "--json"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return start("seed", arguments);
  }
  json wait_files(Process& process, int files) {
    return wait_shared(process, "", [files](const json& event) { return event.at("files") == files; });
  }
};

TEST_F(Whole, AChangedFolderGetsANewLinkAndTheOldOneIsServedWhileItIsWhole) {
  write_random(tree() / "a.bin", 100'000, 1);
  wait_until_settled(tree() / "a.bin");
  Process& seed = watch();
  const json first = wait_files(seed, 1);
  write_random(tree() / "sub/b.bin", 50'000, 2);
  write_file(tree() / "b.tmp", "temporary");
  const json second = wait_files(seed, 2);
  EXPECT_EQ(second.at("hashed_bytes"), 50'000);
  Process& old = get("old", first.at("link"), {"--no-dht"});  // its files are as they were
  EXPECT_EQ(old.wait(), 0) << old.report();
  expect_same(tree() / "a.bin", files("old") / "tree/a.bin");
  Process& whole = get("new", second.at("link"), {"--no-dht"});
  EXPECT_EQ(whole.wait(), 0) << whole.report();
  expect_same(tree() / "sub", files("new") / "tree/sub");
  // Now neither can be had any more.
  write_random(tree() / "a.bin", 100'000, 3);
  for (const json& gone : {first, second}) {
    wait_event(seed, "withdrawn", [&](const json& event) { return event.at("info_hash") == gone.at("info_hash"); });
  }
  EXPECT_EQ(seed.interrupt(), 0);
}

TEST_F(Whole, AnEmptyFolderIsAnError) {
  fs::create_directories(tree());
  Process& none = watch();
  EXPECT_EQ(none.wait(), 1) << none.report();
  EXPECT_THAT(none.err(), HasSubstr("nothing to share"));
}

// STP_WATCH_SECONDS: how long the writer goes on.
TEST_F(Each, ARandomWriterEndsWithExactlyItsFiles) {
  const char* const wanted = std::getenv("STP_WATCH_SECONDS");
  const std::chrono::seconds time(wanted != nullptr ? std::stoul(wanted) : 0);
  constexpr int kStepsMin = 300;
  fs::create_directories(tree());
  Process& seed = share({"--watch"});
  std::size_t from = 0;
  wait_settled(seed, from);
  Rng rng(static_cast<std::uint64_t>(::getpid()));
  std::map<std::string, std::string> expected;  // contents by path
  const auto any_path = [&] {
    const char* const folders[] = {"", "d/", "d/e/", "f/"};
    return folders[rng.below(4)] + std::string("file-") + std::to_string(rng.below(12));
  };
  const auto any_file = [&] {
    auto file = expected.begin();
    std::advance(file, static_cast<std::ptrdiff_t>(rng.below(expected.size())));
    return file->first;
  };
  const auto end = std::chrono::steady_clock::now() + time;
  int steps = 0;
  for (; steps < kStepsMin || std::chrono::steady_clock::now() < end; ++steps) {
    const std::uint64_t what = rng.below(10);
    const std::string path = any_path();
    const std::string contents = random_text(1 + rng.below(40'000), rng.next());
    if (what < 4 || expected.empty()) {
      write_file(tree() / path, contents);
      expected[path] = contents;
    } else if (what < 6) {
      const std::string gone = any_file();
      fs::remove(tree() / gone);
      expected.erase(gone);
    } else if (what < 8) {
      const std::string moved = any_file();
      if (moved == path) continue;
      fs::create_directories((tree() / path).parent_path());
      fs::rename(tree() / moved, tree() / path);
      expected[path] = expected.at(moved);
      expected.erase(moved);
    } else if (what == 8) {
      write_file(tree() / (path + ".tmp"), contents);
      fs::rename(tree() / (path + ".tmp"), tree() / path);
      expected[path] = contents;
    } else if (rng.below(10) == 0) {
      fs::remove_all(tree() / "d");
      std::erase_if(expected, [](const auto& file) { return file.first.starts_with("d/"); });
    }
    if (wanted != nullptr && rng.below(8) == 0) {  // so that the program keeps up now and then
      std::size_t at = seed.out().size();
      ASSERT_TRUE(
          seed.wait_stdout([](const std::string& line) { return line.find("folder_status") != line.npos; }, at));
    }
  }
  // The last change: when it is shared and nothing is left to do, everything before it is done.
  write_file(tree() / "last", "last");
  expected["last"] = "last";
  ASSERT_TRUE(seed.wait_stdout(
      [](const std::string& line) {
        const json event = json::parse(line, nullptr, false);
        return event.is_object() && event.value("event", "") == "shared" && event.at("path") == "last";
      },
      from))
      << seed.report();
  wait_settled(seed, from);
  const std::map<std::string, std::string> links = shares(seed);
  std::cerr << steps << " steps, " << expected.size() << " files\n";
  ASSERT_EQ(links.size(), expected.size());
  for (const auto& [path, contents] : expected) {
    ASSERT_TRUE(links.contains(path)) << path;
    const fs::path place = user_dir("check") / path;
    fs::create_directories(place);
    Process& get = start("check", {"get", links.at(path), "-o", place.string(), "--no-dht", "--listen", "127.0.0.1:0"});
    ASSERT_EQ(get.wait(), 0) << path << get.report();
    EXPECT_TRUE(read_file(place / fs::path(path).filename()) == contents) << path;
  }
}

}  // namespace
}  // namespace stp::integration
