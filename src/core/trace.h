// What the cores do, as typed lines: the host logs them (net/log.h), the simulator records them, a test reads them.
//
// A core holds a Tracer, which it is given at construction, and guards each line:
//
//   if (trace_.on(trace::Level::debug)) trace_.write(trace::Level::debug, now, "unchoke", {{"peer", peer.remote}});
//
// Off is the default and costs one comparison. Never a line per block: what happens thousands of times per second is
// counted (status()), not written down.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"

namespace stp::trace {

/// How much a line matters; a sink that takes a level also takes those after it. No line has the level `off`.
enum class Level : std::uint8_t { trace, debug, info, warn, error, off };

/// Which part writes the line: the folder under src/.
enum class Module : std::uint8_t { dht, net, tracker, transfer };
inline constexpr std::size_t kModules = 4;

[[nodiscard]] std::string_view name_of(Level level);
[[nodiscard]] std::string_view name_of(Module module);

/// The lowest level that is written, per module.
class Levels {
 public:
  constexpr explicit Levels(Level all = Level::off) { by_module_.fill(all); }

  /// "debug", "dht=debug,transfer=info", "info,dht=trace": later parts override earlier ones. ErrorKind::usage names
  /// the part that can't be read, and what is allowed there.
  [[nodiscard]] static Result<Levels> parse(std::string_view text);

  [[nodiscard]] constexpr Level of(Module module) const { return by_module_[static_cast<std::size_t>(module)]; }
  constexpr void set(Module module, Level level) { by_module_[static_cast<std::size_t>(module)] = level; }

  friend bool operator==(const Levels&, const Levels&) = default;

 private:
  std::array<Level, kModules> by_module_{};
};

/// Text is borrowed for the duration of the call that writes the line.
using Value = std::variant<std::int64_t, double, std::string_view, Endpoint>;

struct Field {
  template <std::integral Integer>
  Field(std::string_view field, Integer number) : name(field), value(static_cast<std::int64_t>(number)) {}
  Field(std::string_view field, double number) : name(field), value(number) {}
  /// In seconds.
  Field(std::string_view field, Duration duration) : name(field), value(seconds_of(duration)) {}
  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const std::string& text) : name(field), value(std::string_view(text)) {}
  Field(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  Field(std::string_view field, const Endpoint& endpoint) : name(field), value(endpoint) {}

  std::string_view name;
  Value value;
};

struct Line {
  Instant at;
  Module module = Module::net;
  Level level = Level::info;
  std::string_view what;  // one or two words, always the same for the same thing: "unchoke", "lookup done"
  std::span<const Field> fields;
};

/// "unchoke peer=10.0.0.1:64500 rate=1250000": `what`, then NAME=VALUE. Text with spaces or quotes is quoted; whatever
/// it holds, the result is one line without control characters.
[[nodiscard]] std::string text_of(const Line& line);

/// Takes the lines. Must outlive the cores that write to it.
class Sink {
 public:
  explicit Sink(const Levels& levels) : levels_(levels) {}
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  [[nodiscard]] bool takes(Module module, Level level) const { return level >= levels_.of(module); }
  /// Called only for levels that takes() accepts, on the writer's thread.
  virtual void write(const Line& line) = 0;

 private:
  const Levels levels_;
};

/// A module's way to the sink. Copied freely; without a sink it is off.
class Tracer {
 public:
  constexpr Tracer() = default;
  constexpr Tracer(Sink* sink, Module module) : sink_(sink), module_(module) {}

  [[nodiscard]] bool on(Level level) const { return sink_ != nullptr && sink_->takes(module_, level); }
  void write(Level level, Instant at, std::string_view what, std::initializer_list<Field> fields = {}) const {
    sink_->write({at, module_, level, what, {fields.begin(), fields.size()}});
  }

 private:
  Sink* sink_ = nullptr;
  Module module_ = Module::net;
};

}  // namespace stp::trace
