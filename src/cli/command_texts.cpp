#include "cli/command_texts.h"

namespace stp::cli {

const std::array<console::Command, kCommandCount> kCommands = {
    console::Command{
        "share", "PATH...", 1, console::kAnyNumber, "no path given; write e.g. `stp share FILE`",
        "offer files or directories to others",
        "Hashes PATH, prints the link on stdout, announces it and serves everybody with the link until Ctrl-C. "
        "Several paths become one share; --name names it. Hashes are remembered: sharing the same files again starts "
        "at once. Symbolic links that lead out of PATH are left out, unless --follow-links is given. With a .torrent "
        "file and the PATH of what it describes, that share is offered, once PATH was checked.",
        "  stp share holiday-photos\n"
        "  stp share film.torrent film.mkv\n"
        "  stp share --private --up-limit 5MB/s report.pdf budget.ods --name quarter\n"
        "  stp share --each --watch ~/public      # a link for each file, also for those to come\n"},
    console::Command{
        "get", "TARGET...", 1, console::kAnyNumber,
        "no target given; write a link, a .torrent file, or '-' to read links from stdin", "download and verify",
        "TARGET is a link, a .torrent file, the web address of one, an info-hash, or '-' to read links from stdin, one "
        "per line, which keeps them out of the "
        "process list. With --tracker it may also be a name in the tracker's catalogue, or a part of one that no other "
        "share has (`stp find` lists them). Several are fetched at once; the exit code is the worst of all. Every "
        "chunk is verified before it counts. While it runs, the data is in NAME.part and the state in "
        "NAME.stp; when it is complete, NAME is put in place and its path printed on stdout. Run the same command "
        "again to resume. An existing NAME is never changed, unless --repair is given.",
        "  stp get 'magnet:?xt=urn:btmh:1220...'\n"
        "  stp get - -o ~/Downloads < links.txt\n"
        "  stp get photos.torrent --only '*.jpg' --seed=1\n"
        "  stp get photos.torrent --repair   # fetches only what is missing or wrong in ./photos\n"
        "  stp get holiday-photos --tracker tracker.example\n"},
    console::Command{
        "find", "[NAME]", 0, 1, "", "find shares by name at a tracker",
        "Lists the public shares in the catalogue of a tracker whose name contains NAME, or matches it if it has '*', "
        "'?' or '['; without NAME all of them, 100 at a time. Upper and lower case are the same. A name only says what "
        "a share is called by whoever shares it.",
        "  stp find holiday --tracker tracker.example\n"
        "  stp find '*.iso' --tracker http://192.0.2.7:65000 --sort age\n"},
    console::Command{
        "tracker", "", 0, 0, "", "run a tracker",
        "Runs a BitTorrent HTTP tracker until Ctrl-C. Its announce URL, as others reach it, is the first line on "
        "stdout. Started again on "
        "the same port, it still knows its peers. Public shares are listed by name as long as they have peers, for "
        "`stp find`.",
        "  stp tracker --listen 0.0.0.0:65000\n"
        "  stp tracker --closed shares.txt    # only what is in the file; SIGHUP reads it again\n"},
    console::Command{
        "node", "", 0, 0, "", "run only a DHT node",
        "Runs a DHT node without any share, for others to enter the DHT through, until Ctrl-C. Its address is the "
        "first line on stdout.",
        "  stp node --listen 0.0.0.0:64500\n"
        "  stp node --bootstrap none          # the first node of a DHT of your own\n"
        "  stp node --metrics 127.0.0.1:9650  # for Prometheus\n"},
    console::Command{
        "info", "TARGET", 1, 1, "no target given; write a link, a .torrent file, or '-' to read the link from stdin",
        "show what a link or .torrent file refers to",
        "Prints name, size, files and hashes. For a link, peers are asked for these; what the link itself says is "
        "printed first.",
        "  stp info photos.torrent\n"
        "  stp info 'magnet:?xt=urn:btmh:1220...' --timeout 30s\n"},
    console::Command{
        "verify", "TARGET PATH", 2, 2, "write `stp verify TARGET PATH`: a link or .torrent file, and the data",
        "check data on disk chunk by chunk",
        "Compares the file or directory PATH with TARGET. Exit code 0 if every byte is correct, 32 if not; what is "
        "wrong is named. With a link, peers are asked for the hashes; a .torrent file usually has them. Files that are "
        "not part of the share are reported and do not count. `stp get --repair` repairs what is wrong.",
        "  stp verify photos.torrent ~/Downloads/photos\n"},
    console::Command{
        "doctor", "", 0, 0, "", "say what works from here, and what to do about the rest",
        "Checks the ports, the router, whether others reach this machine, the DHT, the trackers given, the clock, the "
        "disk and the limits of the system. One line each on stdout. Takes up to a quarter of a minute. Exit code 0 if "
        "nothing is wrong, 1 otherwise.",
        "  stp doctor\n"
        "  stp doctor --tracker tracker.example\n"},
    console::Command{"daemon", "", 0, 0, "", "keep shares and downloads going in the background",
                     "Runs until it is stopped, and goes on with everything that it held before. `share -b` and `get "
                     "-b` hand over to "
                     "it, and start it when none runs; `stp list`, `pause`, `resume`, `remove` and `top` see and steer "
                     "it. Its socket "
                     "is the first line on stdout.",
                     "  stp daemon --install               # from now on, also after a restart\n"
                     "  stp daemon --up-limit 5MB/s\n"
                     "  stp daemon --web                   # with a dashboard at http://127.0.0.1:64480/\n"},
    console::Command{"list", "", 0, 0, "", "list what the daemon holds",
                     "Prints a line per share: number, state, progress, rates, peers, name.",
                     "  stp list\n  stp list --json\n"},
    console::Command{"pause", "ID...", 1, console::kAnyNumber, "no share named; `stp list` shows their numbers",
                     "pause shares of the daemon",
                     "ID is a number of `stp list`, a name or a link. What is paused stays so after a restart.",
                     "  stp pause 3\n", "list"},
    console::Command{"resume", "ID...", 1, console::kAnyNumber, "no share named; `stp list` shows their numbers",
                     "go on with shares of the daemon",
                     "ID is a number of `stp list`, a name or a link. One that has ended with an error is tried again.",
                     "  stp resume holiday-photos\n", "list"},
    console::Command{"remove", "ID...", 1, console::kAnyNumber, "no share named; `stp list` shows their numbers",
                     "take shares from the daemon",
                     "ID is a number of `stp list`, a name or a link. The files stay, unless --data is given.",
                     "  stp remove 3\n  stp remove 4 --data\n", "list"},
    console::Command{
        "top", "", 0, 0, "", "watch the daemon",
        "Shows all shares as they change, and of the selected one why it waits, which parts are here, and its peers or "
        "paths. Keys sort, filter, pause, resume, remove and set limits; ? lists them, q quits. Without a terminal the "
        "shares are printed once.",
        "  stp top\n"},
};

const char* name_of(Command command) {
  return kCommands[static_cast<std::size_t>(command)].name;
}

}  // namespace stp::cli
