#include "cli/help.h"

#include <algorithm>
#include <array>

#include "cli/arguments.h"
#include "cli/settings.h"
#include "core/version.h"

namespace stp::cli {
namespace {

struct CommandHelp {
  Command command;
  const char* operands;
  const char* summary;
  const char* description;
  const char* examples;
};

constexpr std::array<CommandHelp, 6> kCommandHelp = {{
    {Command::share, "PATH...", "offer files or directories to others",
     "Hashes PATH, prints the link on stdout, announces it and serves everybody who has the link until Ctrl-C. "
     "Several paths\nbecome one share; --name names it. "
     "Hashes are remembered: sharing the same files again starts at once. "
     "Symbolic\nlinks that lead out of PATH are left out, unless --follow-links is given.",
     "  stp share holiday-photos\n"
     "  stp share --private --up-limit 5MB/s report.pdf budget.ods --name quarter\n"},
    {Command::get, "TARGET", "download and verify",
     "TARGET is a link, a .torrent file, or '-' to read the link from stdin, which keeps it out of the process list. "
     "Every\nchunk is verified before it counts. "
     "While it runs, the data is in NAME.part and the state in NAME.stp; "
     "when it is\ncomplete, NAME is put in place and its path printed on stdout. "
     "Run the same command again to resume. "
     "A NAME that is\nthere already is never changed, unless --repair is given.",
     "  stp get 'magnet:?xt=urn:btmh:1220...'\n"
     "  stp get - -o ~/Downloads < link.txt\n"
     "  stp get photos.torrent --only '*.jpg' --seed=1\n"
     "  stp get photos.torrent --repair   # fetches only what is missing or wrong in ./photos\n"},
    {Command::tracker, "", "run a tracker",
     "Runs a BitTorrent HTTP tracker until Ctrl-C. Its announce URL is the first line on stdout. "
     "Started again on the same\nport, it knows its peers still.",
     "  stp tracker --listen 0.0.0.0:65000\n"},
    {Command::node, "", "run a DHT node alone",
     "Runs a DHT node without any share, for others to enter the DHT through, until Ctrl-C. "
     "Its address is the first line on\nstdout.",
     "  stp node --listen 0.0.0.0:64500\n"
     "  stp node --bootstrap none          # the first node of a DHT of your own\n"},
    {Command::info, "TARGET", "show what a link or .torrent file stands for",
     "Prints name, size, files and hashes. "
     "For a link these are asked from peers; what the link itself says is printed first.",
     "  stp info photos.torrent\n"
     "  stp info 'magnet:?xt=urn:btmh:1220...' --timeout 30s\n"},
    {Command::verify, "TARGET PATH", "check data on disk chunk by chunk",
     "Compares the file or directory PATH with TARGET. "
     "Exit code 0 when every byte is right, 32 when not; what is wrong is\nnamed. "
     "With a link the hashes are asked from peers; a .torrent file usually has them. "
     "Files that are not part of the\nshare are told and do not count. `stp get --repair` mends what is wrong.",
     "  stp verify photos.torrent ~/Downloads/photos\n"},
}};

const CommandHelp& help_of(Command command) {
  return *std::find_if(kCommandHelp.begin(), kCommandHelp.end(),
                       [&](const CommandHelp& h) { return h.command == command; });
}

constexpr std::size_t kColumn = 27;  // where descriptions begin
constexpr std::size_t kColumnsMax = 100;

/// `text` broken at blanks, from `kColumn` on.
std::string wrapped(const std::string& text) {
  std::string out;
  std::size_t column = kColumn;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::size_t length = end - begin;
    if (column > kColumn && column + 1 + length > kColumnsMax) {
      out += "\n" + std::string(kColumn, ' ');
      column = kColumn;
    } else if (column > kColumn) {
      out += ' ';
      ++column;
    }
    out.append(text, begin, length);
    column += length;
    begin = end + 1;
  }
  return out;
}

std::string flag_line(const std::string& flag, const std::string& help) {
  std::string line = "  " + flag;
  if (line.size() + 2 > kColumn) {
    line += "\n" + std::string(kColumn, ' ');
  } else {
    line.resize(kColumn, ' ');
  }
  return line + wrapped(help) + "\n";
}

std::string flag_of(const Setting& setting) {
  std::string flag = setting.letter != '\0' ? std::string("-") + setting.letter + ", " : std::string("    ");
  flag += "--" + std::string(setting.name);
  if (setting.shape == Shape::optional_value) return flag + "[=" + setting.metavar + "]";
  return setting.metavar[0] == '\0' ? flag : flag + " " + setting.metavar;
}

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  done                7  incomplete: no peers, or interrupted; run it again to go on\n"
    "  1  error               9  no room: disk full, or a limit on file sizes\n"
    "  2  wrong usage        32  wrong bytes on disk or from every peer\n"
    "                       130  Ctrl-C twice\n";

std::string overview() {
  std::string text =
      "stp - peer-to-peer file sharing without a server\n\n"
      "One person runs `stp share PATH` and gets a link; everybody with the link runs `stp get LINK`, takes verified\n"
      "chunks from all who have them, and helps the next one. "
      "Peers are found through the DHT, a tracker, or by address.\n\n"
      "Usage: stp COMMAND [FLAGS] ...\n\nCommands:\n";
  for (const CommandHelp& help : kCommandHelp) {
    text += flag_line(std::string(name_of(help.command)) + (help.operands[0] != '\0' ? " " : "") + help.operands,
                      help.summary);
  }
  return text +
         "\n`stp COMMAND --help` describes a command and its flags; `stp --version` prints the version.\n\n"
         "Example:\n"
         "  stp share holiday-photos     # prints a link\n"
         "  stp get 'LINK'               # on another machine\n\n" +
         kExitCodes;
}

}  // namespace

std::string help_text(std::optional<Command> command) {
  if (!command) return overview();
  const CommandHelp& help = help_of(*command);
  const std::string name = name_of(*command);
  std::string text = "stp " + name + " - " + help.summary + "\n\nUsage: stp " + name + " [FLAGS]" +
                     (help.operands[0] != '\0' ? " " : "") + help.operands + "\n\n" + help.description + "\n\nFlags:\n";
  for (const Setting& setting : settings()) {
    if (belongs_to(setting, *command)) text += flag_line(flag_of(setting), setting.help);
  }
  text += flag_line("-h, --help", "Print this text.");
  return text +
         "\nEach flag has an environment variable (--up-limit: STP_UP_LIMIT) and a key in\n"
         "$XDG_CONFIG_HOME/stp/config.json (\"up-limit\"). A flag beats the environment, which beats the file.\n\n"
         "Example:\n" +
         help.examples + "\n" + kExitCodes;
}

std::string version_text() {
  return "stp " + std::string(version()) + "\n";
}

}  // namespace stp::cli
