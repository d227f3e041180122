#include "worker/train/initial_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::worker {
namespace {

using checkpoint::TensorEntry;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<InitialTensor> kModel = {{"conv.weight", {4, 1, 3, 3}},
                                           {"bn.weight", {4}},
                                           {"fc.weight", {10, 4}},
                                           {"fc.bias", {10}},
                                           {"bn.running_mean", {4}}};

TensorEntry entry(const std::string& name, std::vector<std::int64_t> shape,
                  DType dtype = DType::float32) {
  TensorEntry made;
  made.name = name;
  made.dtype = dtype;
  made.shape = std::move(shape);
  return made;
}

/// A file of the model's own tensors, their names behind `prefix`.
std::vector<TensorEntry> file_of_model(const std::string& prefix = "") {
  std::vector<TensorEntry> entries;
  for (const InitialTensor& tensor : kModel) {
    entries.push_back(entry(prefix + tensor.name, tensor.shape));
  }
  return entries;
}

InitialFit fit(const std::vector<TensorEntry>& file, std::vector<std::string> fresh = {}) {
  return fit_initial_weights({.file = "/w.safetensors", .sha256 = {}, .fresh = std::move(fresh)},
                             kModel, {"bn.num_batches_tracked"}, file);
}

/// The one complaint.
KeyComplaint complaint(const InitialFit& fit) {
  EXPECT_EQ(fit.complaints.size(), 1U);
  return fit.complaints.empty() ? KeyComplaint{} : fit.complaints.front();
}

TEST(InitialFit, EveryTensorOfTheModelIsGivenInAnyOrderAndFloatingType) {
  std::vector<TensorEntry> file = file_of_model();
  std::reverse(file.begin(), file.end());
  file[0].dtype = DType::bfloat16;
  file[1].dtype = DType::float16;
  file[2].dtype = DType::float64;
  file.push_back(entry("bn.num_batches_tracked", {}, DType::int64));
  const InitialFit whole = fit(file);
  EXPECT_THAT(whole.complaints, IsEmpty());
  EXPECT_EQ(whole.given.size(), kModel.size());
  EXPECT_EQ(whole.note, "");
}

TEST(InitialFit, WhatIsFreshIsNotLookedFor) {
  std::vector<TensorEntry> file = file_of_model();
  file[2].shape = {1000, 4};  // The head of another data set.
  file.erase(file.begin() + 3);
  const InitialFit head = fit(file, {"fc.*"});
  EXPECT_THAT(head.complaints, IsEmpty());
  EXPECT_THAT(head.given, ElementsAre("bn.running_mean", "bn.weight", "conv.weight"));
  EXPECT_EQ(head.note, "");
}

TEST(InitialFit, PatternThatMatchesNothingIsRefusedAtItsPlace) {
  const KeyComplaint found = complaint(fit(file_of_model(), {"fc.*", "fcc.bias"}));
  EXPECT_EQ(found.key, "model.fresh[1]");
  EXPECT_THAT(found.message, HasSubstr("'fcc.bias' matches no parameter"));
  EXPECT_THAT(found.hint, HasSubstr("did you mean 'fc.bias'?"));
}

TEST(InitialFit, MissingTensorsAreCountedAndTheFirstOnesNamed) {
  const KeyComplaint found = complaint(fit({entry("other", {1})}));
  EXPECT_EQ(found.key, "model.init");
  EXPECT_THAT(found.message,
              HasSubstr("/w.safetensors lacks 5 of the model's 5 tensors: conv.weight, bn.weight, "
                        "fc.weight and 2 more"));
  EXPECT_THAT(found.hint, HasSubstr("model.fresh"));
}

TEST(InitialFit, PrefixThatOnlyOneSideHasIsNamed) {
  EXPECT_THAT(complaint(fit(file_of_model("module."))).hint,
              HasSubstr("have 'module.' before them"));
  EXPECT_THAT(complaint(fit(file_of_model("a.b."))).hint, HasSubstr("have 'a.b.' before them"));

  const InitialFit without = fit_initial_weights(
      {.file = "/w", .sha256 = {}, .fresh = {}},
      {{"transformer.wte.weight", {2}}, {"transformer.h.0.bias", {2}}}, {},
      std::vector<TensorEntry>{entry("wte.weight", {2}), entry("h.0.bias", {2})});
  EXPECT_THAT(complaint(without).hint, HasSubstr("lack 'transformer.'"));
}

TEST(InitialFit, NearestNameIsSuggested) {
  std::vector<TensorEntry> file = file_of_model();
  file[0].name = "conv1.weight";
  EXPECT_THAT(complaint(fit(file)).hint, HasSubstr("'conv.weight' may be 'conv1.weight' there"));
}

TEST(InitialFit, OtherShapesAndTypesAreRefusedWithBoth) {
  std::vector<TensorEntry> file = file_of_model();
  file[2].shape = {1000, 4};
  file[3].dtype = DType::int64;
  const KeyComplaint found = complaint(fit(file));
  EXPECT_THAT(found.message, AllOf(HasSubstr("2 tensors do not fit"),
                                   HasSubstr("fc.weight is [1000,4], the model's [10,4]"),
                                   HasSubstr("fc.bias is I64, not F64, F32, BF16 or F16")));
  EXPECT_THAT(found.hint, HasSubstr("model.fresh"));
}

TEST(InitialFit, TensorsThatTheModelLacksAreToldAndNotRefused) {
  std::vector<TensorEntry> file = file_of_model();
  file.push_back(entry("lm_head.weight", {2}, DType::uint8));
  const InitialFit more = fit(file);
  EXPECT_THAT(more.complaints, IsEmpty());
  EXPECT_THAT(more.note, AllOf(HasSubstr("1 of the 6 tensors"), HasSubstr("lm_head.weight"),
                               Not(HasSubstr("more"))));
}

}  // namespace
}  // namespace muster::worker
