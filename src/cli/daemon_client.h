// DaemonClient: how commands talk to the daemon (docs/api.md): its socket is found, versions are compared, errors become
// those of the command line.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "cli/commands.h"
#include "cli/signals.h"
#include "core/result.h"
#include "net/control_client.h"

namespace stp::cli {

/// Where a daemon has its files and its socket. $XDG_RUNTIME_DIR/stp/daemon.sock belongs to the usual state directory;
/// with --state, or without that variable, the socket is in the state directory too.
struct DaemonPlaces {
  std::filesystem::path directory;  // in the state directory
  std::filesystem::path socket_directory;
  std::filesystem::path socket;
};
[[nodiscard]] DaemonPlaces daemon_places(const Context& context);

class DaemonClient {
 public:
  /// Connects. `start`: starts a daemon, with the command's own settings, if none runs. Errors: not_found (none runs),
  /// unsupported (one of another version; says what to do), denied, io, other.
  enum class Start : std::uint8_t { never, if_none };
  [[nodiscard]] static Result<DaemonClient> connect(Context& context, const CancelOnSignal& signals, Start start);

  /// What it answers. An error is the daemon's own, with the kind that gives the right exit code.
  [[nodiscard]] Result<nlohmann::json> call(std::string_view method, std::string_view target);
  [[nodiscard]] Result<nlohmann::json> call(std::string_view method, std::string_view target,
                                            const nlohmann::json& body);
  /// Listens to its events until `on_event` returns false.
  using OnEvent = std::function<bool(std::string_view name, const nlohmann::json& data)>;
  [[nodiscard]] Status listen(const OnEvent& on_event);

  /// The daemon as it describes itself.
  [[nodiscard]] const nlohmann::json& daemon() const;
  /// "/api/shares/ID", with ID as a person wrote it.
  [[nodiscard]] static std::string target_of(const std::string& id);

 private:
  explicit DaemonClient(std::unique_ptr<net::ControlClient> client);
  [[nodiscard]] Status greet(Context& context);
  [[nodiscard]] Result<nlohmann::json> send(std::string_view method, std::string_view target, std::string_view body);

  std::unique_ptr<net::ControlClient> client_;
  std::shared_ptr<nlohmann::json> daemon_;
};

/// Warns about settings of the whole process that this command was given and that differ from the running daemon's.
void warn_of_other_settings(Context& context, const nlohmann::json& settings);

}  // namespace stp::cli
