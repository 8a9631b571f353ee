// Share: one record of the daemon and what becomes of it: prepared on other threads, handed to the host, stopped and
// started again, removed. SwarmShare (kinds seed and get) and SharedFolder (kind folder) say what it is for.
//
//   idle ──settle()──▶ preparing ──▶ in the host ──▶ leaving ──▶ idle
//                      (files are     (the host       (goodbyes)   │ removing
//                       hashed,        does the rest)               ▼
//                       or looked at)                             clean_up() ──▶ Owner::on_removed()
//
// settle() compares what it should do with what it does, and takes the next step; every event ends in it. So a share
// that is paused, resumed and removed within a second comes out right, whatever was under way.
//
// Lives on the network thread, except for its tasks. The owner outlives it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/finished_files.h"
#include "daemon/prepare.h"
#include "daemon/record.h"
#include "daemon/shared_paths.h"
#include "net/host.h"

namespace stp::daemon {

class Share {
 public:
  static constexpr std::size_t kWarningsMax = 20;

  /// What a share is doing, as a word of the API.
  enum class State : std::uint8_t {
    hashing,   // its files are read, or wait for others' to be
    checking,  // what is on disk of a download is compared
    waiting,   // for peers, a turn, the disk: `reason` says what
    downloading,
    seeding,
    complete,  // a download that is done and is not served
    paused,
    error,  // `error` says which; resuming tries again
    removing
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    [[nodiscard]] virtual net::Host& host() = 0;
    [[nodiscard]] virtual const Places& places() const = 0;
    [[nodiscard]] virtual const MetainfoStore& metainfos() const = 0;
    /// The daemon ends: what stops now goes on at the next start.
    [[nodiscard]] virtual bool ending() const = 0;
    /// Its record has changed by itself.
    virtual void remember(Share& share) = 0;
    /// Another share that is in the host with a key of `link`, and is to stay: the host refuses a second one.
    [[nodiscard]] virtual std::optional<RecordId> twin_of(const Share& share, const wire::Link& link) const = 0;
    /// Whether another share than this one has the metainfo.
    [[nodiscard]] virtual bool others_have(const Share& share, const InfoHashes& names) const = 0;
    /// It has another link() than `before`. Not called for the one that it is constructed with.
    virtual void on_linked(Share& share, const std::optional<wire::Link>& before) = 0;
    /// What it shares is not there: look_again() when it may be.
    virtual void on_away(Share& share) = 0;
    virtual void on_changed(Share& share) = 0;
    virtual void on_share_notice(Share& share, const std::string& line) = 0;
    /// Nothing is left to do: the owner may destroy it.
    virtual void on_removed(Share& share) = 0;
  };

  virtual ~Share();
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  [[nodiscard]] const ShareRecord& record() const { return record_; }
  /// What it is now, or was last; none of a folder whose files are shares of their own.
  [[nodiscard]] const std::optional<wire::Link>& link() const { return link_; }
  [[nodiscard]] virtual bool in_host() const = 0;
  /// What it is called, as far as that is known; never empty.
  [[nodiscard]] virtual std::string name() const;
  [[nodiscard]] State state() const;
  /// Everything about it, but its peers (docs/api.md "A share").
  [[nodiscard]] nlohmann::json to_json() const;
  [[nodiscard]] virtual nlohmann::json peers_json() const;
  /// What there is of it, in `cells` at most (docs/api.md "The chunks").
  [[nodiscard]] virtual nlohmann::json chunks_json(std::size_t cells) const;
  /// What it consists of; null while that is not known, and of a folder.
  [[nodiscard]] virtual std::shared_ptr<const content::Metainfo> metainfo() const { return nullptr; }
  /// What it is in the host; nullopt: it is not in it, or is a folder.
  [[nodiscard]] virtual std::optional<net::ShareId> running() const { return std::nullopt; }
  /// Where it is, if it is a complete download that does not run.
  [[nodiscard]] virtual std::optional<FinishedDownload> finished() const { return std::nullopt; }
  /// What a folder is in the host; nullopt: it is not in it, or is of another kind.
  [[nodiscard]] virtual std::optional<net::FolderId> running_folder() const { return std::nullopt; }
  /// What is shared of a folder; null for the other kinds.
  [[nodiscard]] virtual const SharedPaths* shared_paths() const { return nullptr; }

  /// It changes the record, and settle()s: the owner remembers it.
  void pause();
  void resume();  // also after an error
  /// After Owner::on_away(): tries again, unless something else has become of it.
  void look_again();
  /// A download that does not run: what is there is checked and mended when it does, also what was complete once.
  void repair();
  /// The same in two steps: nothing of it is removed until the owner has remembered that (proceed()), or it is kept.
  void mark_removed(bool with_data);
  void unmark_removed();
  /// settle() takes no step until proceed(): what the owner has not written down must not happen yet.
  void wait_for_journal() { awaits_journal_ = true; }
  void proceed();
  /// Takes the next step towards what it should be doing.
  void settle();
  /// Brings the figures of the record (ShareRecord::had …) up to date. Whether they have changed since the last call: then
  /// the record is to be remembered.
  [[nodiscard]] bool note_figures();

 protected:
  Share(Owner& owner, ShareRecord record);

  // --- what its kind does
  /// Prepares it, which ends in prepared(), and hands it to the host.
  virtual void start() = 0;
  /// It is in the host: its end begins, which ends in left().
  virtual void leave() = 0;
  /// It does not run, and should not.
  virtual void rest() {}
  /// It is being removed and does not run: what it has left is removed, then Owner::on_removed(), not within this call.
  virtual void clean_up() = 0;
  /// Whether starting it can succeed at all.
  [[nodiscard]] virtual bool can_start() const { return true; }
  /// What it does, if nothing keeps it from doing it.
  [[nodiscard]] virtual State running_state() const = 0;
  /// Adds the fields of its kind.
  virtual void describe(nlohmann::json& out) const = 0;
  /// Brings the figures of `record_` up to date, if it is in the host.
  virtual void take_figures() = 0;

  // --- for its kind
  [[nodiscard]] bool should_run() const;
  /// Its preparation is over. False, after settle(): it is not to run any more.
  [[nodiscard]] bool prepared();
  /// The host has forgotten it. Whether that was asked for; otherwise `outcome` says why.
  bool left(const Status& outcome);
  void fail(Error error);
  void warn(const std::string& line);
  /// It is this share from now on, and after a restart until it is hashed again: without our addresses.
  void become(wire::Link link);
  /// The same of a download: its metainfo has these names.
  void learn(const InfoHashes& names);

  /// Shared with the task that works for it.
  struct Work {
    std::atomic<bool> cancel = false;
    std::atomic<std::int64_t> done = 0;
    std::atomic<std::int64_t> total = 0;
  };

  Owner& owner_;
  ShareRecord record_;
  std::optional<wire::Link> link_;
  std::optional<Error> error_;
  bool preparing_ = false;
  std::shared_ptr<Work> work_ = std::make_shared<Work>();  // of the latest preparation

 private:
  struct Figures {
    std::int64_t had = 0;
    std::int64_t wanted = 0;
    std::int64_t downloaded = 0;
    std::int64_t uploaded = 0;
    bool operator==(const Figures&) const = default;
  };
  [[nodiscard]] Figures figures() const;
  void take_error(Error error);

  bool awaits_journal_ = false;
  bool away_ = false;  // that is what error_ says
  bool leaving_ = false;
  bool cleaning_up_ = false;
  std::vector<std::string> warnings_;  // the latest
  Figures noted_;                      // as remembered
};

/// "hashing", …
[[nodiscard]] const char* to_string(Share::State state);

}  // namespace stp::daemon
