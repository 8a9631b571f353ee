#include "console/completion.h"

#include <algorithm>
#include <cctype>

namespace stp::console {
namespace {

/// The pattern of what listed_by prints: a table whose heading, in capitals, is not a word.
constexpr std::string_view kFirstWords = "sed -n 's/^\\([0-9a-z][0-9a-z-]*\\) .*/\\1/p'";

std::string replaced(std::string_view text, std::string_view special, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

/// One word for bash and zsh.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The first sentence, without its full stop: what fits beside a word.
std::string first_sentence(std::string_view text) {
  std::size_t end = text.find(". ");
  while (end != std::string_view::npos && std::isupper(static_cast<unsigned char>(text[end + 2])) == 0) {
    end = text.find(". ", end + 1);  // "e.g. 5"
  }
  text = text.substr(0, end);
  if (text.ends_with('.')) text.remove_suffix(1);
  return std::string(text);
}

std::string head(const Program& program, std::string_view shell) {
  const std::string name = program.name;
  return "# Completions of " + name + ", as `" + name + " completion " + std::string(shell) + "` prints them.\n";
}

/// "stp-sim" as a part of a function's name.
std::string function_name(const Program& program) {
  std::string name = program.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// ---------------------------------------------------------------------------------------------------------- bash

/// Names of a flag in words: "-o --output".
std::string bash_names(const Flag& flag) {
  const std::string name = std::string("--") + flag.name;
  return flag.letter == '\0' ? name : std::string("-") + flag.letter + " " + name;
}

/// What is offered as the value of a flag; nothing for one that has no list.
std::string bash_value(const Flag& flag) {
  if (*flag.choices != '\0') return "words=" + shell_quoted(flag.choices);
  switch (completes(flag.metavar)) {
    case Completes::files: return "compopt -o default; return";
    case Completes::directories: return "compopt -o dirnames; return";
    case Completes::nothing: break;
  }
  return "return";
}

std::string bash_flag_case(const Program& program, std::size_t command, const Flag& flag) {
  const std::string prefix = "'" + std::string(program.commands[command].name) + " ";
  std::string pattern = prefix + "--" + flag.name + "='";
  if (takes_word(flag)) {
    pattern = prefix + "--" + flag.name + "' | " + pattern;
    if (flag.letter != '\0') pattern += " | " + prefix + "-" + flag.letter + "'";
  }
  return "    " + pattern + ") " + bash_value(flag) + " ;;\n";
}

std::string bash_operands(const Command& command) {
  std::string text;
  if (*command.listed_by != '\0') {
    text += "words=$(\"${COMP_WORDS[0]}\" " + std::string(command.listed_by) + " 2>/dev/null | " +
            std::string(kFirstWords) + "); ";
  }
  if (completes(command.operands) == Completes::files) text += "compopt -o default; ";
  return text;
}

std::string bash_script(const Program& program) {
  const std::string function = "_" + function_name(program);
  std::string commands;
  std::string values;
  std::string flags;
  std::string operands;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    commands += std::string(command.name) + " ";
    std::string names;
    for (const Flag& flag : program.flags) {
      if (!belongs_to(flag, i)) continue;
      names += bash_names(flag) + " ";
      if (flag.shape != Shape::flag) values += bash_flag_case(program, i, flag);
    }
    flags += "      " + std::string(command.name) + ") words=" + shell_quoted(names + "-h --help") + " ;;\n";
    if (const std::string offered = bash_operands(command); !offered.empty()) {
      operands += "      " + std::string(command.name) + ") " + offered + ";;\n";
    }
  }
  return head(program, "bash") + function +
         "() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}\n"
         "  local words='' only_operands='' i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 2; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i]} != -- ]] || only_operands=yes\n"
         "  done\n"
         "  # bash makes three words of --flag=value.\n"
         "  if [[ $current == = ]]; then\n"
         "    current='' before+==\n"
         "  elif [[ $before == = ]]; then\n"
         "    before=${COMP_WORDS[COMP_CWORD - 2]}=\n"
         "  fi\n"
         "  [[ -z $only_operands ]] || before=''\n"
         "  case \"$command $before\" in\n" +
         values +
         "    *)\n"
         "      if ((COMP_CWORD == 1)); then\n"
         "        words=" +
         shell_quoted(commands + "help completion man --help --version") +
         "\n"
         "      elif [[ $current == -* && -z $only_operands ]]; then\n"
         "        case $command in\n" +
         flags +
         "        esac\n"
         "      else\n"
         "        case $command in\n"
         "      help | man) words=" +
         shell_quoted(commands.substr(0, commands.size() - 1)) +
         " ;;\n"
         "      completion) words='bash zsh fish' ;;\n" +
         operands +
         "        esac\n"
         "      fi\n"
         "      ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -F " +
         function + " " + program.name + "\n";
}

// ----------------------------------------------------------------------------------------------------------- zsh

/// Text inside the [ ] or between the colons of a specification of _arguments.
std::string zsh_text(std::string_view text) {
  return replaced(text, "\\[]:", "\\");
}

std::string zsh_action(const Flag& flag) {
  if (*flag.choices != '\0') return "(" + std::string(flag.choices) + ")";
  switch (completes(flag.metavar)) {
    case Completes::files: return "_files";
    case Completes::directories: return "_directories";
    case Completes::nothing: break;
  }
  return " ";
}

/// One argument of _arguments.
std::string zsh_flag(const Flag& flag) {
  const std::string about = "[" + zsh_text(first_sentence(flag.help)) + "]";
  const std::string value = zsh_text(flag.metavar) + ":" + zsh_action(flag);
  const std::string name = std::string("--") + flag.name;
  const bool word = takes_word(flag);
  std::string rest = about;
  if (word) rest += ":" + value;
  if (flag.shape == Shape::optional_value) rest += "::" + value;
  const std::string suffix = flag.shape == Shape::optional_value ? "=-" : (word ? "=" : "");
  if (flag.letter == '\0') return shell_quoted((flag.shape == Shape::list ? "*" : "") + name + suffix + rest);
  const std::string letter = std::string("-") + flag.letter;
  const std::string front = flag.shape == Shape::list ? "*" : "(" + letter + " " + name + ")";
  return shell_quoted(front) + "{" + letter + (word ? "+" : "") + "," + name + suffix + "}" + shell_quoted(rest);
}

/// Of all its operands; empty: it has none.
std::string zsh_operands(const Program& program, const Command& command) {
  if (*command.operands == '\0') return {};
  const bool files = completes(command.operands) == Completes::files;
  const std::string listed = *command.listed_by == '\0'
                                 ? ""
                                 : "_" + function_name(program) + "_listed " + std::string(command.listed_by) + "; ";
  const std::string action = listed + (files ? "_files" : "");
  return shell_quoted("*:" + zsh_text(command.operands) + ":" + (action.empty() ? " " : "{ " + action + " }"));
}

std::string zsh_script(const Program& program) {
  const std::string name = program.name;
  const std::string function = "_" + name;
  std::string commands;
  std::string cases;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    commands += "    " + shell_quoted(std::string(command.name) + ":" + command.summary) + "\n";
    cases +=
        "    " + std::string(command.name) + ")\n      _arguments -s -S '(-h --help)'{-h,--help}'[Print the help]'";
    for (const Flag& flag : program.flags) {
      if (belongs_to(flag, i)) cases += " \\\n        " + zsh_flag(flag);
    }
    if (const std::string operands = zsh_operands(program, command); !operands.empty()) {
      cases += " \\\n        " + operands;
    }
    cases += "\n      ;;\n";
  }
  return "#compdef " + name + "\n" + head(program, "zsh") + "_" + function_name(program) +
         "_listed() {\n"
         "  local -a listed\n"
         "  listed=(${(f)\"$(_call_program words " +
         name + " \"$@\" 2>/dev/null | " + std::string(kFirstWords) +
         ")\"})\n"
         "  compadd -a listed\n"
         "}\n" +
         function +
         "() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         commands +
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    if [[ $words[2] == -* ]]; then\n"
         "      compadd -- --help --version\n"
         "    else\n"
         "      _describe -t commands command commands\n"
         "    fi\n"
         "    return\n"
         "  fi\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $words[1] in\n"
         "    completion) compadd bash zsh fish ;;\n"
         "    help | man) _describe -t commands command commands ;;\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == " +
         function + " ]]; then\n  " + function + " \"$@\"\nelse\n  compdef " + function + " " + name + "\nfi\n";
}

// ---------------------------------------------------------------------------------------------------------- fish

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(text, "\\'", "\\") + "'";
}

std::string fish_value(const Flag& flag) {
  if (*flag.choices != '\0') return " -x -a " + fish_quoted(flag.choices);
  switch (completes(flag.metavar)) {
    case Completes::files: return " -r -F";
    case Completes::directories: return " -x -a '(__fish_complete_directories)'";
    case Completes::nothing: break;
  }
  return " -x";
}

std::string fish_script(const Program& program) {
  const std::string name = program.name;
  const std::string is_command = "__" + function_name(program) + "_command";
  const std::string line = "complete -c " + name + " ";
  std::string text = head(program, "fish") + "function " + is_command +
                     "\n"
                     "  set -l words (commandline -opc)\n"
                     "  if test (count $argv) -eq 0\n"
                     "    test (count $words) -eq 1\n"
                     "  else\n"
                     "    test (count $words) -gt 1; and contains -- $words[2] $argv\n"
                     "  end\n"
                     "end\n" +
                     line + "-f\n" + line + "-n " + is_command + " -l help -s h -d 'Print the help'\n" + line + "-n " +
                     is_command + " -l version -s V -d 'Print the version'\n";
  std::string commands;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    commands += (i == 0 ? "" : " ") + std::string(command.name);
    text += line + "-n " + is_command + " -a " + command.name + " -d " + fish_quoted(command.summary) + "\n";
    const std::string here = line + "-n " + fish_quoted(is_command + " " + command.name);
    text += here + " -l help -s h -d 'Print the help'\n";
    for (const Flag& flag : program.flags) {
      if (!belongs_to(flag, i)) continue;
      text += here + " -l " + flag.name + (flag.letter == '\0' ? "" : std::string(" -s ") + flag.letter) +
              (takes_word(flag) ? fish_value(flag) : "") + " -d " + fish_quoted(first_sentence(flag.help)) + "\n";
    }
    if (completes(command.operands) == Completes::files) text += here + " -F\n";
    if (*command.listed_by != '\0') {
      text += here + " -a " +
              fish_quoted("(" + name + " " + command.listed_by + " 2>/dev/null | " + std::string(kFirstWords) + ")") +
              "\n";
    }
  }
  text += line + "-n " + fish_quoted(is_command + " help man") + " -a " + fish_quoted(commands) + "\n";
  return text + line + "-n " + fish_quoted(is_command + " completion") + " -a 'bash zsh fish'\n";
}

}  // namespace

std::optional<Shell> shell_named(std::string_view name) {
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  return std::nullopt;
}

std::string completion_script(const Program& program, Shell shell) {
  switch (shell) {
    case Shell::bash: return bash_script(program);
    case Shell::zsh: return zsh_script(program);
    case Shell::fish: return fish_script(program);
  }
  return {};
}

}  // namespace stp::console
