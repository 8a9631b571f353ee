#include "sim/runner/gnuplot.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "content/small_file.h"
#include "sim/runner/child_pool.h"

namespace stp::sim {
namespace {

constexpr std::chrono::minutes kLimit{2};  // for one plot
constexpr std::size_t kSvgBytesMax = 64U * 1024 * 1024;
constexpr std::string_view kMissing = "gnuplot is missing";

/// The child's side: becomes gnuplot.
Result<std::string> become_gnuplot(const std::filesystem::path& directory, const std::string& script) {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  if (::chdir(directory.c_str()) != 0) return Error{ErrorKind::io, directory.string() + ": " + std::strerror(errno)};
  std::string program = "gnuplot";
  std::string file = script;
  const std::array<char*, 3> words = {program.data(), file.data(), nullptr};
  ::execvp(program.c_str(), words.data());
  if (errno == ENOENT) return std::string(kMissing);
  return Error{ErrorKind::other, std::string("gnuplot: ") + std::strerror(errno)};
}

}  // namespace

Result<DrawnPlots> draw_plots(OutputDir& output, std::span<const PlotScript> plots, bool draw) {
  DrawnPlots drawn;
  for (const PlotScript& plot : plots) {
    if (Status written = output.write({plot.name + ".gp", plot.script}); !written) return written.error();
  }
  for (std::size_t i = 0; draw && i < plots.size(); ++i) {
    const std::string script = plots[i].name + ".gp";
    ChildPool pool;
    if (Status started = pool.start(
            0, [&] { return become_gnuplot(output.staging(), script); }, kLimit);
        !started) {
      return started.error();
    }
    std::optional<ChildResult> end;
    while (!end) end = pool.wait(kLimit);
    if (end->answer == kMissing) {
      drawn.notices.emplace_back("gnuplot is not installed: no plots were drawn; `gnuplot NAME.gp` draws them later");
      return drawn;
    }
    if (!end->ok) {
      drawn.notices.push_back("gnuplot " + script + ": " + end->why);
      continue;
    }
    if (Result<std::string> svg = content::read_small_file(output.staging() / (plots[i].name + ".svg"), kSvgBytesMax)) {
      std::string titled = with_hover_titles(*svg);
      if (Status written = output.write({plots[i].name + ".svg", titled}); !written) return written.error();
      drawn.pictures.push_back({plots[i].title, plots[i].caption, std::move(titled)});
    }
  }
  return drawn;
}

}  // namespace stp::sim
