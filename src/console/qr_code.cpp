#include "console/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace stp::console {
namespace {

constexpr int kMargin = 4;
constexpr unsigned char kDark = 1;  // the bit of libqrencode's modules
constexpr std::string_view kBlackOnWhite = "\x1b[38;5;16;48;5;231m";
constexpr std::string_view kColoursEnd = "\x1b[m";

struct QrFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using QrPointer = std::unique_ptr<QRcode, QrFree>;

/// Outside of the code everything is light.
bool is_dark(const QRcode& code, int row, int column) {
  if (row < 0 || column < 0 || row >= code.width || column >= code.width) return false;
  return (code.data[row * code.width + column] & kDark) != 0;
}

const char* half_blocks(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

Result<std::vector<std::string>> qr_drawing(std::string_view text, std::size_t columns, QrColours colours) {
  const std::string bytes(text);
  // The lowest level of error correction: the drawing is small, and a screen has no stains.
  const QrPointer code(QRcode_encodeData(static_cast<int>(bytes.size()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()), 0, QR_ECLEVEL_L));
  if (!code) {
    return Error{ErrorKind::usage, std::to_string(bytes.size()) + " bytes are too many for a QR code"};
  }
  const auto width = static_cast<std::size_t>(code->width + 2 * kMargin);
  if (width > columns) {
    return Error{ErrorKind::usage, "the QR code is " + std::to_string(width) + " columns wide, and there are " +
                                       std::to_string(columns) + "; fewer trackers make it smaller"};
  }
  const bool coloured = colours == QrColours::black_on_white;
  std::vector<std::string> lines;
  for (int row = -kMargin; row < code->width + kMargin; row += 2) {
    std::string line(coloured ? kBlackOnWhite : "");
    for (int column = -kMargin; column < code->width + kMargin; ++column) {
      // What is drawn: the dark modules on white, or the light ones.
      line += half_blocks(is_dark(*code, row, column) == coloured, is_dark(*code, row + 1, column) == coloured);
    }
    if (coloured) line += kColoursEnd;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace stp::console
