#include "console/cli11.h"

namespace stp::console {
namespace {

void add_common(CLI::App& app, bool with_version) {
  app.set_help_flag();  // CLI11's own one throws an exception to end parsing
  app.allow_extras();   // operands, and flags that do not exist
  app.add_flag("-h,--help")->description("Print this text.")->group("Flags");
  const char* const group = with_version ? "Flags" : "";  // commands accept it, but do not show it
  app.add_flag("-V,--version")->description("Print the version.")->group(group);
}

void add_flag(CLI::App& app, const Flag& flag) {
  std::string names = "--" + std::string(flag.name);
  if (flag.letter != '\0') names = std::string("-") + flag.letter + "," + names;
  CLI::Option* option = takes_word(flag) ? app.add_option(names) : app.add_flag(names);
  option->description(flag.help);
  option->group("Flags");
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const std::string metavar = flag.metavar;
  if (flag.shape == Shape::optional_value) option->option_text("[=" + metavar + "]");
  if (takes_word(flag)) option->option_text(" " + metavar);
}

}  // namespace

std::unique_ptr<CLI::App> make_app(const Program& program) {
  auto app = std::make_unique<CLI::App>(program.about, program.name);
  add_common(*app, true);
  app->require_subcommand(0, 1);  // a second one is an operand of the first
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    CLI::App* command = app->add_subcommand(program.commands[i].name, program.commands[i].summary);
    command->group("Commands");
    for (const Flag& flag : program.flags) {
      if (belongs_to(flag, i)) add_flag(*command, flag);
    }
    add_common(*command, false);
  }
  // Not listed: they are about the program, not what it is for.
  for (const char* const name : {kHelpCommand, kCompletionCommand, kManualCommand}) {
    CLI::App* const command = app->add_subcommand(name, "");
    command->group("");
    add_common(*command, false);
  }
  return app;
}

}  // namespace stp::console
