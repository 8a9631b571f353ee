// Terminal: a program under test with a terminal of its own (a pseudo-terminal, pty(7)), as for a person. Everything
// that it writes is kept. Waits have a deadline; the program is killed when the object is destroyed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace stp::integration {

class Terminal {
 public:
  /// `arguments`: the program first. TERM is in `environment`, or missing.
  Terminal(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
           const std::filesystem::path& directory, unsigned short columns);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Reads until the screen's text satisfies `predicate`; false if the program ended or patience() ran out first.
  [[nodiscard]] bool wait_for(const std::function<bool(const std::string& text)>& predicate);
  /// Reads until the program has closed the terminal; false if patience() ran out first.
  [[nodiscard]] bool wait_for_end();
  /// Sends what a person would type.
  void type(const std::string& keys);

  /// Everything written so far, including escape sequences; line ends are "\r\n".
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void read_some(int milliseconds);

  int fd_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::string text_;
};

}  // namespace stp::integration
