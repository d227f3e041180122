// What is written from the schema (docs/config.md, docs/experiment.schema.json) is up to date and
// whole. json_schema_test.py sees to it that the JSON Schema judges as the parser does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/config/catalog.h"
#include "common/config/json_schema.h"
#include "common/config/reference.h"

namespace muster::config {
namespace {

using ::testing::HasSubstr;

std::string file_in_docs(const std::string& name) {
  std::ifstream in(std::string(MUSTER_DOCS) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The first line that differs, as in a diff.
std::string first_difference(const std::string& is, const std::string& wanted) {
  std::istringstream is_lines(is);
  std::istringstream wanted_lines(wanted);
  std::string a;
  std::string b;
  for (int line = 1;; ++line) {
    const bool has_a = static_cast<bool>(std::getline(is_lines, a));
    const bool has_b = static_cast<bool>(std::getline(wanted_lines, b));
    if (!has_a && !has_b) return {};
    if (has_a != has_b || a != b) {
      return "line " + std::to_string(line) + ":\n- " + (has_a ? a : "") + "\n+ " +
             (has_b ? b : "");
    }
  }
}

void expect_up_to_date(const std::string& name, const std::string& wanted,
                       const std::string& option) {
  const std::string is = file_in_docs(name);
  EXPECT_TRUE(is == wanted) << "docs/" << name << " is stale; renew it:\n  build/release/bin/muster"
                            << " explain " << option << " > docs/" << name << "\n"
                            << first_difference(is, wanted);
}

TEST(Generated, ReferenceInDocsIsUpToDate) {
  expect_up_to_date("config.md", experiment_reference(), "--markdown");
}

TEST(Generated, JsonSchemaInDocsIsUpToDate) {
  expect_up_to_date("experiment.schema.json", experiment_json_schema(), "--json-schema");
}

TEST(Generated, ReferenceExplainsEveryKeyAndAlternative) {
  const std::string reference = experiment_reference();
  for (const CatalogEntry& entry : experiment_catalog()) {
    const std::string path = plain_path(entry.path);
    const std::string name = path.substr(path.rfind('.') + 1);
    if (entry.what == CatalogEntry::What::alternative) {
      EXPECT_THAT(reference, HasSubstr("[`" + entry.alternative->name + "`]"));
    } else if (name != "*") {
      EXPECT_THAT(reference, HasSubstr("| `" + name + "` | "));
    }
  }
}

/// Every "$ref" in `json`.
std::vector<std::string> references_in(const nlohmann::json& json) {
  std::vector<std::string> found;
  if (json.is_object() && json.contains("$ref")) found.push_back(json.at("$ref"));
  if (!json.is_structured()) return found;
  for (const auto& part : json) {
    const std::vector<std::string> inside = references_in(part);
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

TEST(Generated, JsonSchemaHasEveryDefinitionThatItRefersTo) {
  const auto json = nlohmann::json::parse(experiment_json_schema());
  const std::vector<std::string> references = references_in(json);
  EXPECT_GT(references.size(), 5U);
  for (const std::string& reference : references) {
    constexpr std::string_view kStart = "#/definitions/";
    ASSERT_TRUE(reference.starts_with(kStart)) << reference;
    EXPECT_TRUE(json.at("definitions").contains(reference.substr(kStart.size()))) << reference;
  }
}

}  // namespace
}  // namespace muster::config
