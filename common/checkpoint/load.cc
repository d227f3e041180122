#include "common/checkpoint/load.h"

#include <future>
#include <string>
#include <utility>
#include <variant>

#include "common/checkpoint/attempts.h"
#include "common/checkpoint/manifest.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;

using Damages = std::vector<Damage>;

/// A file whose tensors have places.
struct PlacedFile {
  const char* name = nullptr;
  FileEntry entry;
  SafetensorsFile file;
  Places places;
};

class Loading {
 public:
  Loading(fs::path path, const Receiver& receiver) : receiver_(receiver) {
    loaded_.path = std::move(path);
  }

  std::variant<LoadedCheckpoint, Damages> run() {
    try {
      read_small_files();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::storage) throw;
      return damages_or({kManifestFile, error.what()});
    }
    receiver_.accept(loaded_);
    Damages damages = read_tensors();
    if (!damages.empty()) return damages;
    return std::move(loaded_);
  }

 private:
  /// Everything that is wrong; at least `found`.
  Damages damages_or(Damage found) const {
    Damages damages = verify(loaded_.path, receiver_.progressed);
    if (damages.empty()) damages.push_back(std::move(found));
    return damages;
  }

  /// What it throws is not shown: verify() says it better.
  void read_small_files() {
    SmallFiles files = checkpoint::read_small_files(loaded_.path);
    manifest_ = std::move(files.manifest);
    loaded_.state = std::move(files.state);
    loaded_.has_optimizer = manifest_.contains(kOptimizerFile);
  }

  PlacedFile placed(const char* name,
                    const std::function<Places(const SafetensorsFile&)>& place) const {
    SafetensorsFile file(loaded_.path / name);
    Places places = place(file);
    return {name, manifest_.at(name), std::move(file), std::move(places)};
  }

  Damages read_tensors() const {
    std::vector<PlacedFile> files;
    try {
      files.push_back(placed(kModelFile, receiver_.model));
      if (loaded_.has_optimizer) files.push_back(placed(kOptimizerFile, receiver_.optimizer));
    } catch (const Error&) {
      Damages damages = verify(loaded_.path, receiver_.progressed);
      if (damages.empty()) throw;
      return damages;
    }
    std::future<Damages> beside;  // Without a thread to be had, get() does it.
    if (files.size() > 1) beside = std::async([&] { return read(files.back()); });
    Damages damages = read(files.front());
    if (beside.valid()) {
      for (Damage& damage : beside.get()) damages.push_back(std::move(damage));
    }
    return damages;
  }

  Damages read(const PlacedFile& placed) const {
    try {
      const std::string xxh3 = placed.file.read_all(placed.places, receiver_.progressed);
      if (FileEntry{.bytes = placed.file.bytes(), .xxh3 = xxh3} == placed.entry) return {};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::storage) throw;
      return {{placed.name, error.what()}};
    }
    return {
        {placed.name, concat("is damaged: it is not the file that ", kManifestFile, " describes")}};
  }

  const Receiver& receiver_;
  LoadedCheckpoint loaded_;
  Manifest manifest_;
};

std::variant<LoadedCheckpoint, Damages> attempt(const fs::path& path, const Receiver& receiver) {
  return with_patience([&] { return Loading(path, receiver).run(); });
}

}  // namespace

LoadedCheckpoint load(const fs::path& path, const Receiver& receiver) {
  auto result = attempt(path, receiver);
  if (const auto* damages = std::get_if<Damages>(&result)) {
    throw Error(ErrorCode::corrupt, concat(path.string(), " is damaged: ", in_words(*damages)));
  }
  return std::get<LoadedCheckpoint>(std::move(result));
}

std::optional<LoadedCheckpoint> load_newest_valid(const fs::path& folder, const Receiver& receiver,
                                                  const OnDamaged& on_damaged) {
  return first_whole(folder, on_damaged, [&receiver](const StoredCheckpoint& checkpoint) {
    return attempt(checkpoint.path, receiver);
  });
}

}  // namespace muster::checkpoint
