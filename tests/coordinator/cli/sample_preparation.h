// A prepared experiment for tests of texts: two workers, four lanes, ten epochs of twelve steps.
#pragma once

#include "coordinator/cli/preparation.h"

namespace muster::coordinator::cli {

inline Preparation sample_preparation() {
  Preparation preparation;
  preparation.file = "configs/digits.yaml";
  preparation.experiment.name = "digits";
  preparation.experiment.model.options =
      config::ConvnetOptions{.input = {1, 8, 8}, .channels = {32, 64}, .classes = 10};
  preparation.experiment.optimizer = config::AdamwOptions{};
  preparation.experiment.lr_scheduler = config::CosineOptions{};
  preparation.experiment.batch = {.global = 128, .lanes = 4, .micro = {}};
  preparation.experiment.cluster.workers = 2;
  preparation.lanes_were_set = true;
  preparation.inspection.parameter_count = 19466;
  preparation.inspection.arena_elements = 20000;
  preparation.inspection.bytes_per_element = 4;
  preparation.inspection.optimizer_slots = 2;
  preparation.inspection.libtorch_version = "2.11.0";
  preparation.plan.run_id = "0123456789abcdef";
  preparation.plan.config_hash = "c0ffee";
  preparation.plan.workers = 2;
  preparation.plan.lanes = 4;
  preparation.plan.lanes_of_worker = {{0, 2}, {2, 4}};
  preparation.plan.train_samples = 1437;
  preparation.plan.eval_samples = 360;
  preparation.plan.steps_per_epoch = 12;
  preparation.plan.total_steps = 120;
  return preparation;
}

}  // namespace muster::coordinator::cli
