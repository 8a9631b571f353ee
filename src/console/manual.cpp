#include "console/manual.h"

#include <cctype>

#include "console/help.h"

namespace stp::console {
namespace {

/// mandoc warns about lines of the source that are longer.
constexpr std::size_t kColumns = 78;

/// Text that roff shows as it is.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;  // a plain one becomes a hyphen, which nobody can paste
      case '\'': out += "\\(aq"; break;
      case '`': out += "\\(ga"; break;
      case '~': out += "\\(ti"; break;
      case '^': out += "\\(ha"; break;
      default: out += c;
    }
  }
  return out;
}

/// Each line of `text` so that none is taken for a request.
std::string guarded_lines(const std::string& text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    out += c;
    at_start = c == '\n';
  }
  return out;
}

/// Running text: `code` in bold, broken into short lines. "\n\n" begins a paragraph.
std::string paragraphs(std::string_view text) {
  std::string marked;
  bool code = false;
  std::string word;
  const auto flush = [&] {
    marked += code ? "\\fB" + roff(word) + "\\fR" : roff(word);
    word.clear();
  };
  for (const char c : text) {
    if (c == '`') {
      flush();
      code = !code;
    } else {
      word += c;
    }
  }
  flush();
  std::string out = guarded_lines(wrapped(marked, kColumns, 0, 0)) + "\n";
  for (std::size_t at = 0; (at = out.find("\n\n", at)) != std::string::npos;) out.replace(at, 2, "\n.PP\n");
  return out;
}

/// Lines as they are.
std::string lines(std::string_view text) {
  return ".nf\n" + guarded_lines(roff(text)) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string flag_entry(const std::string& names, std::string_view help) {
  return ".TP\n" + names + "\n" + paragraphs(help);
}

/// "-o, --output DIR".
std::string names_of(const Flag& flag) {
  std::string names = flag.letter == '\0' ? "" : bold(std::string("-") + flag.letter) + ", ";
  names += bold(std::string("--") + flag.name);
  if (takes_word(flag)) names += " " + italic(flag.metavar);
  if (flag.shape == Shape::optional_value) names += "[=" + italic(flag.metavar) + "]";
  return names;
}

std::string page_name(const Program& program, const Command& command) {
  return std::string(program.name) + "-" + command.name;
}

std::string title(const std::string& name, const Program& program, std::string_view version, std::string_view date) {
  std::string upper;
  for (const char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return ".TH " + roff(upper) + " 1 " + std::string(date) + " \"" + program.name + " " + roff(version) +
         "\" \"User Commands\"\n";
}

std::string options_of(const Program& program, std::optional<std::size_t> command) {
  std::string text = ".SH OPTIONS\n";
  for (const Flag& flag : program.flags) {
    if (command && belongs_to(flag, *command)) text += flag_entry(names_of(flag), flag.help);
  }
  text += flag_entry(bold("-h") + ", " + bold("--help"), "Print the help.");
  return text + flag_entry(bold("-V") + ", " + bold("--version"), "Print the version.");
}

std::string see_also(const Program& program, std::optional<std::size_t> command) {
  std::string text = ".SH SEE ALSO\n";
  if (command) return text + ".BR " + roff(program.name) + " (1)\n";
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    text += ".BR " + roff(page_name(program, program.commands[i])) + " (1)" +
            (i + 1 < program.commands.size() ? ",\n" : "\n");
  }
  return text;
}

/// "Exit codes:" of Program::ending is the heading of the section.
std::string exit_status(const Program& program) {
  std::string_view text = program.ending;
  constexpr std::string_view kHeading = "Exit codes:";
  if (text.starts_with(kHeading)) text.remove_prefix(kHeading.size());
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.remove_prefix(1);
  return ".SH EXIT STATUS\n" + lines(text);
}

/// What the page is about, up to its flags.
std::string opening(const Program& program, std::optional<std::size_t> command) {
  if (command) {
    const Command& row = program.commands[*command];
    return ".SH NAME\n" + roff(page_name(program, row)) + " \\- " + roff(row.summary) + "\n.SH SYNOPSIS\n" +
           bold(std::string(program.name) + " " + row.name) + " [" + italic("FLAGS") + "]" +
           (*row.operands == '\0' ? "" : " " + italic(row.operands)) + "\n.SH DESCRIPTION\n" +
           paragraphs(row.description);
  }
  std::string_view about = program.about;  // "stp - peer-to-peer …\n\nOne person …", or one paragraph
  const std::size_t end = std::min(about.find("\n\n"), about.size());
  std::string_view summary = about.substr(0, end);
  const std::string prefix = std::string(program.name) + " ";
  if (summary.starts_with(prefix)) summary.remove_prefix(prefix.size());
  if (summary.starts_with("- ")) summary.remove_prefix(2);
  if (summary.ends_with('.')) summary.remove_suffix(1);
  std::string text = ".SH NAME\n" + roff(program.name) + " \\- " + roff(summary) + "\n.SH SYNOPSIS\n" +
                     bold(program.name) + " " + italic("COMMAND") + " [" + italic("FLAGS") +
                     "] ...\n.SH DESCRIPTION\n" + paragraphs(end < about.size() ? about.substr(end + 2) : about) +
                     ".SH COMMANDS\n";
  for (const Command& row : program.commands) {
    text += flag_entry(bold(row.name) + (*row.operands == '\0' ? "" : " " + italic(row.operands)), row.summary);
  }
  return text;
}

}  // namespace

std::string manual_page(const Program& program, std::optional<std::size_t> command, std::string_view version,
                        std::string_view date) {
  const std::string name = command ? page_name(program, program.commands[*command]) : std::string(program.name);
  std::string page = title(name, program, version, date) + opening(program, command) + options_of(program, command);
  if (const std::string text = twins(program); !text.empty()) page += ".SH ENVIRONMENT\n" + paragraphs(text);
  page +=
      exit_status(program) + ".SH EXAMPLES\n" + lines(command ? program.commands[*command].examples : program.examples);
  return page + see_also(program, command);
}

std::string manual_names(const Program& program) {
  std::string names;
  for (const Command& command : program.commands) names += std::string(command.name) + "\n";
  return names;
}

}  // namespace stp::console
