// SeedRun and NodeRun: the two jobs of a session runner that need no files prepared.
#pragma once

#include <optional>

#include "net/catalogue_listing.h"
#include "net/engine.h"

namespace stp::net {

/// Serves what is already on disk, until interrupted.
class SeedRun final : public Job {
 public:
  SeedRun(Engine& engine, SeedJob job) : engine_(engine), job_(std::move(job)) {}

  void begin() override;
  void on_ending() override { listing_.reset(); }
  [[nodiscard]] Outcome interrupted() const override { return Outcome::done; }

 private:
  void list();

  Engine& engine_;
  SeedJob job_;
  std::optional<Resolver> resolver_;
  std::optional<HttpClient> http_;
  std::optional<CatalogueListing> listing_;
};

/// Only a DHT node, until interrupted.
class NodeRun final : public Job {
 public:
  explicit NodeRun(Engine& engine) : engine_(engine) {}

  void begin() override { engine_.start_session(nullptr, nullptr); }
  [[nodiscard]] Outcome interrupted() const override { return Outcome::done; }

 private:
  Engine& engine_;
};

}  // namespace stp::net
