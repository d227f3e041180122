#include "worker/train/initial_fit.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "common/checkpoint/tensor.h"
#include "common/text.h"
#include "worker/train/name_patterns.h"

namespace muster::worker {
namespace {

using checkpoint::TensorEntry;
using Names = std::vector<std::string>;

constexpr const char* kKey = "model.init";
constexpr std::size_t kMostTexts = 3;

/// "a, b, c and 5 more"
std::string first_of(Names texts) {
  const std::size_t all = texts.size();
  texts.resize(std::min(all, kMostTexts));
  return concat(join(texts, ", "),
                all > kMostTexts ? concat(" and ", all - kMostTexts, " more") : "");
}

bool is_floating(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::bfloat16 ||
         dtype == DType::float16;
}

/// Calls `use(part before and with the dot, part behind it)` for every dot in `name`.
void for_each_dot(const std::string& name, const auto& use) {
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    use(name.substr(0, dot + 1), name.substr(dot + 1));
  }
}

/// The prefix with the most names; with at least half of `of`.
std::string most_frequent(const std::map<std::string, std::size_t>& prefixes, std::size_t of) {
  const auto most =
      std::ranges::max_element(prefixes, {}, [](const auto& prefix) { return prefix.second; });
  return most == prefixes.end() || 2 * most->second < of ? "" : most->first;
}

/// What the file calls what is missing, where it is only called otherwise.
std::string hint_for_missing(const Names& missing, const Names& unused) {
  const std::set<std::string> wanted(missing.begin(), missing.end());
  const std::set<std::string> there(unused.begin(), unused.end());
  std::map<std::string, std::size_t> lacking;  // Prefix of the model's names that the file's lack.
  std::map<std::string, std::size_t> added;
  for (const std::string& name : missing) {
    for_each_dot(name, [&](const std::string& prefix, const std::string& rest) {
      if (there.contains(rest)) ++lacking[prefix];
    });
  }
  for (const std::string& name : unused) {
    for_each_dot(name, [&](const std::string& prefix, const std::string& rest) {
      if (wanted.contains(rest)) ++added[prefix];
    });
  }
  if (const std::string prefix = most_frequent(lacking, missing.size()); !prefix.empty()) {
    return concat("its names lack '", prefix, "' at the beginning: save it with the model's names");
  }
  if (const std::string prefix = most_frequent(added, missing.size()); !prefix.empty()) {
    return concat("its names have '", prefix, "' before them: save it with the model's names");
  }
  for (const std::string& name : missing) {
    const std::string near = nearest_word(name, unused);
    if (!near.empty()) return concat("'", name, "' may be '", near, "' there");
  }
  return "model.fresh names what shall stay random";
}

void check_patterns(const config::InitialWeights& initial,
                    const std::vector<InitialTensor>& of_model,
                    std::vector<KeyComplaint>& complaints) {
  Names names;
  for (const InitialTensor& tensor : of_model) names.push_back(tensor.name);
  for (std::size_t i = 0; i < initial.fresh.size(); ++i) {
    const std::string& pattern = initial.fresh[i];
    if (matches_any(pattern, names)) continue;
    const std::string key = concat("model.fresh[", i, "]");
    complaints.push_back(
        {key, concat(key, ": '", pattern, "' matches no parameter and no running statistic"),
         suggestion_for_pattern(pattern, names, "names")});
  }
}

class Fitting {
 public:
  Fitting(const config::InitialWeights& initial, const std::vector<InitialTensor>& of_model,
          std::span<const TensorEntry> in_file)
      : initial_(initial), of_model_(of_model), in_file_(in_file) {}

  InitialFit run(const Names& counters) {
    check_patterns(initial_, of_model_, fit_.complaints);
    std::map<std::string_view, const TensorEntry*> entries;
    for (const TensorEntry& entry : in_file_) entries[entry.name] = &entry;
    for (const InitialTensor& tensor : of_model_) {
      const auto entry = entries.extract(tensor.name);
      if (!is_fresh(tensor.name)) take(tensor, entry ? entry.mapped() : nullptr);
    }
    for (const std::string& counter : counters) entries.erase(counter);
    Names unused;
    for (const auto& [name, entry] : entries) unused.emplace_back(name);
    complain(unused);
    if (!unused.empty()) {
      fit_.note = concat(kKey, ": ", unused.size(), " of the ", in_file_.size(), " tensors of ",
                         file(), " are not in the model and are not used: ", first_of(unused));
    }
    return std::move(fit_);
  }

 private:
  std::string file() const { return initial_.file->string(); }

  bool is_fresh(const std::string& name) const {
    return std::ranges::any_of(initial_.fresh,
                               [&](const auto& pattern) { return matches(pattern, name); });
  }

  void take(const InitialTensor& tensor, const TensorEntry* entry) {
    fit_.given.insert(tensor.name);
    if (entry == nullptr) {
      missing_.push_back(tensor.name);
    } else if (entry->shape != tensor.shape) {
      misfits_.push_back(concat(tensor.name, " is ", checkpoint::shape_text(entry->shape),
                                ", the model's ", checkpoint::shape_text(tensor.shape)));
    } else if (!is_floating(entry->dtype)) {
      misfits_.push_back(concat(tensor.name, " is ", checkpoint::safetensors_name(entry->dtype),
                                ", not F64, F32, BF16 or F16"));
    }
  }

  void complain(const Names& unused) {
    if (!missing_.empty()) {
      add(concat(" lacks ", missing_.size(), " of the model's ", of_model_.size(),
                 " tensors: ", first_of(missing_)),
          hint_for_missing(missing_, unused));
    }
    if (!misfits_.empty()) {
      add(concat(": ", misfits_.size(), misfits_.size() == 1 ? " tensor does" : " tensors do",
                 " not fit: ", first_of(misfits_)),
          "change the model's keys, or name in model.fresh what shall stay random");
    }
  }

  void add(const std::string& what, std::string hint) {
    fit_.complaints.push_back({kKey, concat(kKey, ": ", file(), what), std::move(hint)});
  }

  const config::InitialWeights& initial_;
  const std::vector<InitialTensor>& of_model_;
  std::span<const TensorEntry> in_file_;
  InitialFit fit_;
  Names missing_;
  Names misfits_;
};

}  // namespace

InitialFit fit_initial_weights(const config::InitialWeights& initial,
                               const std::vector<InitialTensor>& of_model,
                               const std::vector<std::string>& counters,
                               std::span<const TensorEntry> in_file) {
  return Fitting(initial, of_model, in_file).run(counters);
}

}  // namespace muster::worker
