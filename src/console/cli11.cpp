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
  const bool takes_word = flag.shape == Shape::value || flag.shape == Shape::number || flag.shape == Shape::list;
  CLI::Option* option = takes_word ? app.add_option(names) : app.add_flag(names);
  option->description(flag.help);
  option->group("Flags");
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const std::string metavar = flag.metavar;
  if (flag.shape == Shape::optional_value) option->option_text("[=" + metavar + "]");
  if (takes_word) option->option_text(" " + metavar);
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
  CLI::App* help = app->add_subcommand("help", "the help of a command");
  help->group("");  // not listed
  add_common(*help, false);
  return app;
}

}  // namespace stp::console
