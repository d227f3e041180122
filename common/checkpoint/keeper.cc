#include "common/checkpoint/keeper.h"

#include <utility>

#include "common/error.h"
#include "common/text.h"

namespace muster::checkpoint {

KeptCheckpoint Keeper::publish(const Publisher& publisher, const CheckpointState& state,
                               std::vector<TensorView> model, std::vector<TensorView> optimizer) {
  KeptCheckpoint kept{.published = write_checkpoint(folder_, publisher, state, std::move(model),
                                                    std::move(optimizer))};
  const PublishedCheckpoint& published = kept.published;
  if (!published.damage.empty()) {
    kept.remarks.push_back(concat(published.path.string(), " was there already and is damaged (",
                                  published.damage, "): moved to ",
                                  published.moved_aside.string()));
  }
  whole_.insert(state.step);
  remove_others(kept.remarks);
  return kept;
}

void Keeper::remove_others(std::vector<std::string>& remarks) {
  std::vector<std::string> problems;
  try {
    problems = retain(folder_, retention_, whole_).problems;
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
  if (problems.empty()) return;
  remarks.push_back(
      concat("checkpoints that are not to be kept stay for now: ", problems.front(),
             problems.size() == 1 ? "" : concat(" (and ", problems.size() - 1, " more)")));
}

}  // namespace muster::checkpoint
