// The rules of command lines, the same for all programs:
//
//   numbers  decimal: "010" is ten; "0x10" is refused
//   repeats  a flag that is given twice has its last value, so that flags can be appended to those of a script; a list
//            is replaced as a whole
//   empties  "--flag=" and an empty argument are refused; they never take the next flag as their value
//
// Errors: CLI::ParseError, as App::parse.

#ifndef EBM_MODEL_PROCESS_COMMAND_LINE_H_
#define EBM_MODEL_PROCESS_COMMAND_LINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace ebm {

// For the transform (not the check) of an option with a type name of its own: a whole decimal number, which it rewrites
// without leading zeros, since the parser would take these for octal. Options with CLI11's type names need no help.
CLI::Validator WholeNumber(uint64_t lower, uint64_t upper);

// Whether the text is HOST:PORT with a decimal port from lowest_port to 65535. An IPv6 address needs brackets, since
// its end would be taken for the port.
bool IsHostAndPort(const std::string& text, int lowest_port);

// args: without the program's name, in order. To be called in place of App::parse, when all flags have been added.
void ParseCommandLine(CLI::App& app, std::vector<std::string> args);
void ParseCommandLine(CLI::App& app, int argc, char** argv);

}  // namespace ebm

#endif  // EBM_MODEL_PROCESS_COMMAND_LINE_H_
