#include "common/checkpoint/checkpoint_writer.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "common/atomic_file.h"
#include "common/checkpoint/generation.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/safetensors_writer.h"
#include "common/checkpoint/store.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/run/run_directory.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code failure;  // Unreadable counts as absent: writing there then says why.
  return fs::exists(fs::symlink_status(path, failure));
}

/// Hashes what goes through, and gives it to a file if there is one.
class HashingSink {
 public:
  /// Both outlive this; `file` may be null.
  HashingSink(NewFile* file, const std::function<void()>& progressed)
      : file_(file), progressed_(progressed) {}

  void operator()(std::span<const std::byte> bytes) {
    entry_.bytes += bytes.size();
    xxh3_.update(bytes);
    if (sha256_) sha256_->update(bytes);
    if (file_ != nullptr) file_->write(bytes);
    if (progressed_) progressed_();
  }
  void also_sha256() { sha256_.emplace(); }
  std::string sha256() { return sha256_->hex(); }
  FileEntry entry() const { return {.bytes = entry_.bytes, .xxh3 = xxh3_.hex()}; }

 private:
  NewFile* file_;
  const std::function<void()>& progressed_;
  FileEntry entry_;
  Xxh3 xxh3_;
  std::optional<Sha256> sha256_;
};

/// What is to be published, and the passes over it: into a folder, or for its hashes alone.
class Contents {
 public:
  Contents(const Publisher& publisher, const CheckpointState& state, std::vector<TensorView> model,
           std::vector<TensorView> optimizer)
      : progressed_(publisher.progressed),
        state_(state),
        state_text_(state_text(state)),
        model_(std::move(model)),
        optimizer_(std::move(optimizer)) {}

  /// Hashes all files and, with a folder, writes them there; the manifest is what it returns. The
  /// optimizer's file on a second thread: it has twice the bytes, the model's has two hashes.
  const Manifest& pass(StagedFolder* folder) {
    HashingSink model = sink_of(kModelFile, folder);
    model.also_sha256();
    std::optional<HashingSink> optimizer;
    std::future<void> beside;  // Without a thread to be had, get() does it.
    if (!optimizer_.empty()) {
      optimizer.emplace(sink_of(kOptimizerFile, folder));
      beside = std::async([&] { write_safetensors(optimizer_, std::ref(*optimizer)); });
    }
    write_safetensors(model_, std::ref(model));
    if (beside.valid()) beside.get();
    HashingSink state = sink_of(kStateFile, folder);
    state(std::as_bytes(std::span(state_text_)));
    manifest_ = {{kModelFile, model.entry()}, {kStateFile, state.entry()}};
    if (optimizer) manifest_[kOptimizerFile] = optimizer->entry();
    model_sha256_ = model.sha256();
    return manifest_;
  }

  const CheckpointState& state() const { return state_; }
  const std::function<void()>& progressed() const { return progressed_; }

  PublishedCheckpoint published(const fs::path& path) const {
    PublishedCheckpoint result{.path = path, .model_sha256 = model_sha256_};
    for (const auto& [name, entry] : manifest_) result.bytes += entry.bytes;
    result.bytes += manifest_text(manifest_).size();
    return result;
  }

 private:
  HashingSink sink_of(const char* name, StagedFolder* folder) const {
    return {folder != nullptr ? &folder->create(name) : nullptr, progressed_};
  }

  const std::function<void()>& progressed_;
  const CheckpointState& state_;
  std::string state_text_;
  std::vector<TensorView> model_;
  std::vector<TensorView> optimizer_;
  Manifest manifest_;
  std::string model_sha256_;
};

/// A whole checkpoint on disk is accepted in place of ours only when it says the same.
void require_same(const fs::path& checkpoint, const Contents& contents, const Manifest& ours) {
  const auto refuse = [&checkpoint](std::string_view what) {
    throw Error(ErrorCode::corrupt, concat(checkpoint.string(), ": exists already, ", what),
                "it is left as it is; move it away if it should be written anew");
  };
  const Manifest theirs = parse_manifest(read_small_file(checkpoint / kManifestFile));
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (!std::ranges::equal(theirs, ours, same_name)) refuse("made of other files");
  if (theirs.at(kModelFile) != ours.at(kModelFile)) refuse("with other weights");
  if (ours.contains(kOptimizerFile) && theirs.at(kOptimizerFile) != ours.at(kOptimizerFile)) {
    refuse(concat("with another ", kOptimizerFile));
  }
  // Through the text, as theirs went: what is not a finite number is NaN then. Which version of
  // Muster wrote it does not matter, nor whether it had evaluated by then.
  CheckpointState state = read_state(checkpoint);
  state.version = contents.state().version;
  state.eval = contents.state().eval;
  state.eval_step = contents.state().eval_step;
  if (state_text(state) != state_text(contents.state()))
    refuse(concat("with another ", kStateFile));
  // Who made it may have died between the rename and this.
  fsync_path(checkpoint.parent_path());
}

/// Gives the folder at `path` the first free name path.damaged-N.
fs::path move_aside(const fs::path& path) {
  for (int number = 1;; ++number) {
    const fs::path aside = concat(path.string(), ".damaged-", number);
    if (rename_exclusive(path, aside)) return aside;
  }
}

void refuse_if_superseded(const fs::path& folder, const Publisher& publisher) {
  claim_folder(folder, publisher.generation);
  if (publisher.is_superseded && publisher.is_superseded()) {
    throw Error(ErrorCode::aborted, concat(folder.string(), ": generation ", publisher.generation,
                                           " was replaced and publishes nothing"));
  }
}

/// Looks at what has the name already. True: it is the same. False: it was damaged, and is now
/// where `result` says.
bool settle_with_existing(const fs::path& path, const Contents& contents, const Manifest& ours,
                          PublishedCheckpoint& result) {
  const std::vector<Damage> damages = verify(path, contents.progressed());
  if (damages.empty()) {
    require_same(path, contents, ours);
    return true;
  }
  result.damage = in_words(damages);
  result.moved_aside = move_aside(path);
  return false;
}

PublishedCheckpoint publish(const fs::path& folder, const Publisher& publisher,
                            Contents& contents) {
  const fs::path final_path = folder / run::checkpoint_name(contents.state().step);
  // Nothing is written when the same is there, which is the usual case.
  if (is_there(final_path) && verify(final_path, publisher.progressed).empty()) {
    require_same(final_path, contents, contents.pass(nullptr));
    return contents.published(final_path);
  }
  StagedFolder staged(folder /
                      concat(".tmp-", publisher.generation, "-", final_path.filename().string()));
  const Manifest& manifest = contents.pass(&staged);
  const std::string manifest_json = manifest_text(manifest);
  staged.write(kManifestFile, std::as_bytes(std::span(manifest_json)));
  PublishedCheckpoint result = contents.published(final_path);
  staged.make_durable(publisher.progressed);
  refuse_if_superseded(folder, publisher);
  if (is_there(final_path) && settle_with_existing(final_path, contents, manifest, result)) {
    return result;
  }
  try {
    staged.publish(final_path);
  } catch (const Error&) {
    // Another generation may have been faster. If the temporary folder is gone, it was not that:
    // our own rename worked and making it durable did not.
    if (!is_there(final_path) || !is_there(staged.path())) throw;
    if (!settle_with_existing(final_path, contents, manifest, result)) throw;
  }
  return result;
}

}  // namespace

PublishedCheckpoint write_checkpoint(const fs::path& folder, const Publisher& publisher,
                                     const CheckpointState& state, std::vector<TensorView> model,
                                     std::vector<TensorView> optimizer) {
  refuse_if_superseded(folder, publisher);
  Contents contents(publisher, state, std::move(model), std::move(optimizer));
  try {
    return publish(folder, publisher, contents);
  } catch (const Error& error) {
    // A newer generation removes what this one has not finished: then that is the reason.
    if (error.code() == ErrorCode::storage) refuse_if_superseded(folder, publisher);
    throw;
  }
}

}  // namespace muster::checkpoint
