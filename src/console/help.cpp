#include "console/help.h"

#include <algorithm>

#include "console/cli11.h"
#include "console/text_width.h"

namespace stp::console {
namespace {

/// CLI11's help in our layout. CLI11 wraps nothing itself.
class WrappingFormatter final : public CLI::Formatter {
 public:
  WrappingFormatter(const Program& program, std::size_t columns)
      : program_(program), columns_(columns), column_(std::min<std::size_t>(27, columns / 3)) {}

  std::string make_description(const CLI::App* app) const override {
    if (app->get_parent() != nullptr) {
      return wrapped(std::string(program_.name) + " " + app->get_name() + " - " + app->get_description(), columns_, 0,
                     0) +
             "\n\n";
    }
    return wrapped(app->get_description(), columns_, 0, 0) + "\n\n";
  }

  std::string make_usage(const CLI::App* app, std::string /*name*/) const override {
    if (app->get_parent() == nullptr) return "Usage: " + std::string(program_.name) + " COMMAND [FLAGS] ...\n";
    const Command& command = program_.commands[command_at(program_, app->get_name())];
    const std::string operands = command.operands;
    return "Usage: " + std::string(program_.name) + " " + command.name + " [FLAGS]" +
           (operands.empty() ? "" : " " + operands) + "\n\n" + wrapped(command.description, columns_, 0, 0) + "\n";
  }

  std::string make_option(const CLI::Option* option, bool /*is_positional*/) const override {
    const std::string letter = option->get_snames().empty() ? "    " : "-" + option->get_snames().front() + ", ";
    return row(letter + "--" + option->get_lnames().front() + option->get_option_text(), option->get_description());
  }

  std::string make_subcommand(const CLI::App* app) const override {
    const Command& command = program_.commands[command_at(program_, app->get_name())];
    const std::string operands = command.operands;
    return row(command.name + (operands.empty() ? "" : " " + operands), app->get_description());
  }

  std::string make_footer(const CLI::App* app) const override {
    std::string text;
    if (app->get_parent() == nullptr) {
      const std::string name = program_.name;
      text += wrapped("`" + name + " COMMAND --help` describes a command and its flags, `" + name + " " +
                          kManualCommand + " COMMAND` is its manual page, and `" + name + " " + kCompletionCommand +
                          " bash`, zsh or fish prints completions for the shell.",
                      columns_, 0, 0) +
              "\n\n";
      text += "Examples:\n" + std::string(program_.examples);
    } else {
      if (const std::string text_of_twins = twins(program_); !text_of_twins.empty()) {
        text += wrapped(text_of_twins, columns_, 0, 0) + "\n\n";
      }
      text += "Examples:\n" + std::string(program_.commands[command_at(program_, app->get_name())].examples);
    }
    return text + "\n" + program_.ending;
  }

 private:
  /// `left` and, from column_ on, `text`.
  [[nodiscard]] std::string row(const std::string& left, const std::string& text) const {
    std::string line = "  " + left;
    if (line.size() + 2 > column_) {
      line += "\n" + std::string(column_, ' ');
    } else {
      line.resize(column_, ' ');
    }
    return line + wrapped(text, columns_, column_, column_) + "\n";
  }

  const Program& program_;
  const std::size_t columns_;
  const std::size_t column_;  // where descriptions begin
};

/// `text` without two empty lines in a row, which CLI11 puts before the footer of a command.
std::string with_single_empty_lines(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

}  // namespace

std::string twins(const Program& program) {
  if (*program.variables == '\0') return {};
  const Flag& example = program.flags.front();
  const std::string name = example.name;
  return "Each flag has an environment variable (--" + name + ": " + environment_name(program, example) +
         ") and a key in $XDG_CONFIG_HOME/" + program.name + "/config.json (\"" + name +
         "\"). A flag overrides the environment, which overrides the file.";
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent, std::size_t at) {
  std::string out;
  std::size_t column = at;
  bool line_is_empty = true;
  for (std::size_t begin = 0; begin < text.size();) {
    if (text[begin] == '\n') {
      out += '\n';
      column = 0;
      line_is_empty = true;
      ++begin;
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const std::size_t width = display_width(word);
    if (!line_is_empty && column + 1 + width > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!line_is_empty) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
    line_is_empty = false;
    begin = end < text.size() && text[end] == ' ' ? end + 1 : end;
  }
  return out;
}

std::string help_text(const Program& program, std::optional<std::size_t> command, std::size_t columns) {
  const std::unique_ptr<CLI::App> app = make_app(program);
  const auto formatter =
      std::make_shared<WrappingFormatter>(program, std::clamp(columns, kHelpColumnsMin, kHelpColumnsMax));
  app->formatter(formatter);
  if (!command) return with_single_empty_lines(app->help());
  CLI::App* const chosen = app->get_subcommand(program.commands[*command].name);
  chosen->formatter(formatter);
  return with_single_empty_lines(chosen->help());
}

}  // namespace stp::console
