#include "coordinator/cli/explain_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace muster::coordinator::cli {
namespace {

const std::vector<config::Explanation> kKeys = {
    {"optimizer.lr", "number", "above 0", "required", "Peak learning rate."},
    {"optimizer.eps", "number", "", "1e-08", "Keeps the division away from zero."},
};

TEST(ExplainReport, GivesEachKeyABlock) {
  EXPECT_EQ(explanations_text(kKeys),
            "optimizer.lr\n"
            "    number, above 0; required\n"
            "    Peak learning rate.\n"
            "\n"
            "optimizer.eps\n"
            "    number; default: 1e-08\n"
            "    Keeps the division away from zero.\n");
}

TEST(ExplainReport, JsonHasASchemaAndEveryKey) {
  const nlohmann::json json = explanations_json(kKeys);
  EXPECT_EQ(json.at("schema"), 1);
  ASSERT_EQ(json.at("keys").size(), 2u);
  EXPECT_EQ(json.at("keys").at(1).at("default"), "1e-08");
}

}  // namespace
}  // namespace muster::coordinator::cli
