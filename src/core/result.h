// Result<T>: a value, or a reason why there is none.
//
// Wrong input (a peer's bytes, a file, a flag) gives an Error with a sentence a person can act on; our own
// mistakes hit STP_ASSERT. Nothing that comes from the network or a file may assert or throw.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace stp {

/// What kind of thing went wrong; the command line turns it into its exit code (docs: README "Exit codes").
enum class ErrorKind {
  other,       // anything without its own kind
  usage,       // the caller's input is wrong: a bad flag, a malformed link
  malformed,   // bytes that break their format
  limit,       // well-formed, but past a documented bound
  not_found,   // no such file, share or peer
  exists,      // something else is already in that place
  denied,      // the system refused: permissions
  disk_full,   // ENOSPC, EDQUOT
  too_large,   // EFBIG: a limit on the size of files, of the process or of the file system
  busy,        // EMFILE, ENFILE, ENOMEM: short of descriptors or memory; may succeed a moment later
  io,          // any other failure of a file or socket
  integrity,   // bytes that do not match their hash
  unsupported  // correct, but of a version or feature that is not supported here
};

/// Why something failed. `message` is one line without a trailing dot, fit to follow "stp: ".
struct Error {
  ErrorKind kind = ErrorKind::other;
  std::string message;
};

/// Success without a value.
struct Done {};

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
#define STP_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::stp::assertion_failed(#expression, __FILE__, __LINE__))

/// A T or an Error. Reading the one that is not there is our own mistake and asserts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & {
    STP_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    STP_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    STP_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    STP_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Done>;

}  // namespace stp
