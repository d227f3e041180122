// What is offered for the last word of a command line.
#include "coordinator/cli/completion/complete_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::coordinator::cli::completion {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using How = Completion::How;

std::vector<std::string> offered(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const Candidate& candidate : complete_words(words, {"digits-0002", "gpt-0001"}).candidates) {
    texts.push_back(candidate.text);
  }
  return texts;
}

How how(const std::vector<std::string>& words) { return complete_words(words, {}).how; }

TEST(CompleteWords, OffersCommandsButNotTheHiddenOne) {
  EXPECT_THAT(offered({""}), AllOf(Contains("run"), Contains("doctor"), Contains("help"),
                                   Not(Contains("complete-words"))));
  EXPECT_THAT(offered({"l"}), ElementsAre("list", "logs"));
  EXPECT_THAT(offered({"--no-color", "do"}), ElementsAre("doctor"));
  EXPECT_THAT(offered({"help", "va"}), ElementsAre("validate"));
}

TEST(CompleteWords, OffersTheOptionsOfTheCommand) {
  EXPECT_THAT(offered({"plan", "--"}),
              AllOf(Contains("--order"), Contains("--steps"), Contains("--help"),
                    Contains("--no-color"), Not(Contains("--rank")), Not(Contains("--version"))));
  EXPECT_THAT(offered({"logs", "digits", "--f"}), ElementsAre("--follow"));
  EXPECT_THAT(offered({"--v"}), ElementsAre("--version"));
}

TEST(CompleteWords, OffersCommandsBelowCommandsAndWhatTheyTake) {
  EXPECT_THAT(offered({"checkpoint", ""}), ElementsAre("list", "verify", "export"));
  EXPECT_THAT(offered({"checkpoint", "v"}), ElementsAre("verify"));
  EXPECT_THAT(offered({"bench", "a"}), ElementsAre("allreduce"));
  EXPECT_THAT(offered({"checkpoint", "verify", "d"}), ElementsAre("digits-0002"));
  EXPECT_THAT(offered({"checkpoint", "verify", "--j"}), ElementsAre("--json"));
  EXPECT_EQ(how({"checkpoint", "export", "digits-0002", ""}), How::folders);
}

TEST(CompleteWords, LeavesFilesAndFoldersToTheShell) {
  EXPECT_EQ(how({"run", ""}), How::experiments);
  EXPECT_EQ(how({"run", "--json", "con"}), How::experiments);
  EXPECT_EQ(how({"run", "a.yaml", "--run-dir", ""}), How::folders);
  EXPECT_EQ(how({"list", ""}), How::folders);
}

TEST(CompleteWords, OffersKeysOneLevelAtATime) {
  EXPECT_EQ(how({"run", "a.yaml", "op"}), How::unfinished);
  EXPECT_THAT(offered({"run", "a.yaml", "op"}), ElementsAre("optimizer."));
  EXPECT_THAT(offered({"run", "a.yaml", "seed=1", "optimizer.l"}), ElementsAre("optimizer.lr="));
  EXPECT_THAT(
      offered({"plan", "--order", "a.yaml", "batch."}),
      AllOf(Contains("batch.global="), Contains("batch.lanes="), Each(StartsWith("batch."))));
  EXPECT_THAT(offered({"explain", "batch.l"}), ElementsAre("batch.lanes"));
  EXPECT_THAT(offered({"explain", "batch"}), Contains("batch.lanes"));
  EXPECT_THAT(offered({"explain", "seed"}), ElementsAre("seed"));
}

TEST(CompleteWords, OffersValuesWhereThereAreFew) {
  EXPECT_THAT(offered({"run", "a.yaml", "precision=fp3"}), ElementsAre("precision=fp32"));
  EXPECT_THAT(offered({"run", "a.yaml", "fast_dev_run="}),
              ElementsAre("fast_dev_run=true", "fast_dev_run=false"));
  EXPECT_THAT(offered({"run", "a.yaml", "optimizer.name="}), Contains("optimizer.name=adamw"));
  EXPECT_THAT(offered({"run", "a.yaml", "seed="}), IsEmpty());
}

TEST(CompleteWords, OffersRunsAndShells) {
  EXPECT_THAT(offered({"status", ""}), ElementsAre("digits-0002", "gpt-0001"));
  EXPECT_THAT(offered({"logs", "-f", "g"}), ElementsAre("gpt-0001"));
  EXPECT_THAT(offered({"logs", "--rank", "1", "d"}), ElementsAre("digits-0002"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST(CompleteWords, OffersNothingWhereNothingIsKnown) {
  EXPECT_THAT(offered({"nonsense", ""}), IsEmpty());
  EXPECT_THAT(offered({"run", "a.yaml", "--name", ""}), IsEmpty());
  EXPECT_THAT(offered({"status", "digits-0002", ""}), IsEmpty());
}

TEST(CompletionText, HasHowThenACandidateALine) {
  EXPECT_EQ(completion_text({How::unfinished, {{"a=", "what it is"}, {"b", ""}}}),
            "nospace\na=\twhat it is\nb\n");
  EXPECT_EQ(completion_text({How::experiments, {}}), "yaml\n");
}

}  // namespace
}  // namespace muster::coordinator::cli::completion
