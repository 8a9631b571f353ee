// `stp doctor` on loopback: what it says about trackers, the disk and its own verdict. The router is in router_test.cpp.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class DoctorTest : public StpTest {
 protected:
  /// Runs it to its end; the network is left alone.
  Process& doctor(const Words& flags) {
    Words words{"doctor", "--no-dht", "--no-port-map", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    return start("doctor", words);
  }
  /// The verdict on this check; "" if there is none.
  static std::string verdict(Process& doctor, const std::string& check) {
    for (const json& event : events(doctor, "check")) {
      if (event.at("check") == check) return event.at("verdict");
    }
    return "";
  }
};

TEST_F(DoctorTest, AWorkingTrackerAndDiskAreFine) {
  const std::string url = tracker();
  Process& doctor = this->doctor({"--json", "--tracker", url});
  EXPECT_EQ(doctor.wait(), 0) << doctor.report();
  for (const char* check : {"tracker", "state", "cache", "here", "files", "inotify"}) {
    EXPECT_EQ(verdict(doctor, check), "ok") << check << doctor.report();
  }
  EXPECT_EQ(verdict(doctor, "router"), "note");
  EXPECT_EQ(verdict(doctor, "dht"), "note");
  EXPECT_EQ(events(doctor, "end").at(0).at("exit_code"), 0);
}

TEST_F(DoctorTest, ATrackerThatDoesNotAnswerIsWrong) {
  Process& doctor = this->doctor({"--tracker", "http://127.0.0.1:1/announce"});
  EXPECT_EQ(doctor.wait(), 1) << doctor.report();
  EXPECT_THAT(doctor.out(), HasSubstr("wrong    tracker  http://127.0.0.1:1"));
  EXPECT_THAT(doctor.out(), HasSubstr("check its URL"));
}

TEST_F(DoctorTest, AStateDirectoryThatCanNotBeWrittenToIsWrong) {
  write_file(user_dir("doctor") / "file", "not a directory");
  Process& doctor = this->doctor({"--json", "--state", "file"});
  EXPECT_EQ(doctor.wait(), 1) << doctor.report();
  EXPECT_EQ(verdict(doctor, "state"), "wrong");
  EXPECT_EQ(verdict(doctor, "here"), "ok");
}

TEST_F(DoctorTest, NothingIsLeftInTheDirectoriesThatItTries) {
  EXPECT_EQ(doctor({"--quiet"}).wait(), 0);
  for (const fs::directory_entry& entry : fs::directory_iterator(user_dir("doctor"))) {
    EXPECT_EQ(entry.path().filename(), ".home");
  }
}

}  // namespace
}  // namespace stp::integration
