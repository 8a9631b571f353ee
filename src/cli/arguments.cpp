#include "cli/arguments.h"

#include <utility>

#include "cli/settings.h"

namespace stp::cli {
namespace {

using console::Arguments;

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

/// Two flags that contradict each other: the stronger source wins; two of the same strength are an error.
Status settle_contradiction(Arguments& arguments, const char* one, const char* other, const char* what_to_do) {
  console::GivenByName& given = arguments.given;
  if (!arguments.has(one) || !arguments.has(other)) return Done{};
  const console::Given& a = given.at(one);
  const console::Given& b = given.at(other);
  if (a.level == b.level) return usage(a.label + " and " + b.label + " contradict each other; " + what_to_do);
  given.erase(a.level < b.level ? one : other);
  return Done{};
}

Status apply_values(const Arguments& arguments, Command command, Options& options) {
  for (const console::Flag& flag : kProgram.flags) {  // in this order: the first of several errors is always the same
    const auto found = arguments.given.find(flag.name);
    if (found == arguments.given.end() || !belongs_to(flag, static_cast<std::size_t>(command))) continue;
    for (const std::string& value : found->second.values) {
      const Status status = apply_setting(flag.name, command, options, value);
      if (!status) return usage(found->second.label + ": " + status.error().message);
    }
  }
  return Done{};
}

Status check_each(const Options& options) {
  if (!options.each) {
    if (!options.watch) return Done{};
    if (options.operands.size() != 1) return usage("--watch follows one directory; give one PATH");
    if (!options.torrent_file.empty())
      return usage("--watch makes a new share whenever something changes, which one --torrent can't hold");
    if (options.follow_links) return usage("--watch does not see what changes behind links; leave --follow-links out");
    return Done{};
  }
  if (options.operands.size() != 1) return usage("--each shares the files of one directory; give one PATH");
  if (options.qr || options.copy) return usage("--each makes many links; leave --qr and --copy out");
  if (!options.name.empty()) return usage("--each names shares after their files; leave --name out");
  if (!options.torrent_file.empty()) return usage("--each makes many shares, which one --torrent can't hold");
  if (options.follow_links)
    return usage("--each follows no links: each file is shared where it is; leave --follow-links out");
  return Done{};
}

Status check_together(const Options& options, Command command) {
  if (options.private_share && !options.torrent_file.empty()) {
    return usage("--torrent can't hold the secret of a --private share: nobody could use the file; pass on the link");
  }
  if (command == Command::share) return check_each(options);
  if (command != Command::get) return Done{};
  if (options.chunk && !options.only.empty()) return usage("--chunk and --only exclude each other; give one of them");
  if (options.chunk && options.seed)
    return usage("--chunk fetches into memory and can't --seed; leave one of them out");
  if (options.chunk && options.repair)
    return usage("--chunk fetches into memory and has nothing to --repair; leave one of them out");
  return Done{};
}

}  // namespace

Result<Invocation> parse_arguments(const std::vector<std::string>& words, const console::Environment& environment,
                                   const console::ConfigValues& config) {
  Result<Arguments> arguments = console::parse_arguments(kProgram, words, environment, config);
  if (!arguments) return arguments.error();
  Invocation invocation;
  invocation.kind = arguments->kind;
  invocation.shell = arguments->shell;
  if (arguments->command) invocation.command = static_cast<Command>(*arguments->command);
  if (invocation.kind != Arguments::Kind::run) return invocation;
  const Command command = *invocation.command;
  if (Status s = settle_contradiction(*arguments, "dht", "no-dht", "use one of them"); !s) return s.error();
  if (Status s = settle_contradiction(*arguments, "lan", "no-lan", "use one of them"); !s) return s.error();
  if (Status s = settle_contradiction(*arguments, "port-map", "no-port-map", "use one of them"); !s) return s.error();
  if (Status s = settle_contradiction(*arguments, "dht", "tracker", "--dht uses no tracker; leave one of them out"); !s)
    return s.error();
  if (Status s = apply_values(*arguments, command, invocation.options); !s) return s.error();
  invocation.options.operands = std::move(arguments->operands);
  invocation.warnings = std::move(arguments->warnings);
  if (Status s = check_together(invocation.options, command); !s) return s.error();
  return invocation;
}

}  // namespace stp::cli
