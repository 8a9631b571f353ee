// A program with two commands, for the tests of the code that reads its table.
#pragma once

#include <array>

#include "console/command_table.h"

namespace stp::console {

inline constexpr std::array kSmallFlags = {
    Flag{"up-limit", 0, Shape::value, "RATE", "Upload no faster.", bit_of(0) | bit_of(1)},
    Flag{"peer", 0, Shape::list, "HOST:PORT", "Connect to this peer. Repeatable.", bit_of(0)},
    Flag{"carry", 0, Shape::list, "URL", "A flag with the name of a command. Repeatable.", bit_of(0)},
    Flag{"count", 0, Shape::number, "N", "How many.", bit_of(0)},
    Flag{"count", 0, Shape::number, "N", "How many, of the other command.", bit_of(1)},
    Flag{"seed", 0, Shape::optional_value, "RATIO", "Go on.", bit_of(0)},
    Flag{"output", 'o', Shape::value, "DIR",
         "Where it goes, which is a directory, and a rather long sentence about directories.", bit_of(0)},
    Flag{"quiet", 'q', Shape::flag, "", "Say less.", bit_of(0) | bit_of(1)},
};

inline constexpr std::array kSmallCommands = {
    Command{"fetch", "TARGET", 1, 1, "no target given", "fetch something", "First paragraph of fetch.\n\nSecond one.",
            "  small fetch X\n"},
    Command{"carry", "PATH...", 1, kAnyNumber, "no path given", "carry things", "Carries what is named.",
            "  small carry A B\n"},
};

inline constexpr Program kSmall = {
    "small",         "small - a program for tests", kSmallCommands,        kSmallFlags, "SMALL_", "`small fetch X`",
    "small fetch X", "  small fetch X\n",           "Exit codes: 0 done\n"};

}  // namespace stp::console
