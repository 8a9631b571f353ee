#include "cli/offer_link.h"

#include <unistd.h>

#include "console/clipboard.h"
#include "console/qr_code.h"
#include "console/terminal.h"

namespace stp::cli {
namespace {

constexpr std::size_t kQrColumnsDefault = 80;  // if stderr is not a terminal

void draw(Context& context, const std::string& link) {
  using console::QrColours;
  const auto drawing =
      console::qr_drawing(link, console::terminal_columns(STDERR_FILENO).value_or(kQrColumnsDefault),
                          console::takes_escapes(STDERR_FILENO) ? QrColours::black_on_white : QrColours::none);
  if (drawing) {
    context.console.draw(*drawing);
  } else {
    context.console.warn("no QR code: " + drawing.error().message);
  }
}

void copy(Context& context, const std::string& link) {
  const auto sequence = console::clipboard_sequence(link, console::multiplexer_of_process());
  if (!sequence) {
    context.console.warn("not copied: terminals take at most " + std::to_string(console::kClipboardBytesMax) +
                         " bytes");
  } else if (context.console.send_to_terminal(*sequence)) {
    context.console.say("stp: the link is in the clipboard, if the terminal allows that (OSC 52)");
  } else {
    context.console.warn("not copied: neither stdout nor stderr is a terminal that has a clipboard");
  }
}

}  // namespace

void offer_link(Context& context, const std::string& link) {
  if (context.options.qr) draw(context, link);
  if (context.options.copy) copy(context, link);
}

}  // namespace stp::cli
