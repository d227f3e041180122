// csv files as people have them: header names, quoted texts, text labels, other separators, records
// that cannot be used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/formats/csv_cells.h"
#include "tests/data/formats/csv_support.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* kFlowers =
    "width,height,species\r\n"
    "1.5,2,rose\r\n"
    "3,4,\"lily, white\"\r\n"
    "5,6,rose\r\n";

config::CsvOptions flowers() {
  config::CsvOptions options;
  options.label = "species";
  options.classes = {"rose", "lily, white"};
  return options;
}

std::string message_of(std::string_view contents, const config::CsvOptions& options) {
  const Error error = error_of_text(contents, options);
  return error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")");
}

TEST(CsvHeader, ColumnsAreFoundByNameAndTextsBecomeNumbers) {
  const auto dataset = open_text(kFlowers, flowers());
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1.5f, 2, 3, 4, 5, 6));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(0, 1, 0));
}

TEST(CsvHeader, NamesAndNumbersMayBeMixed) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {"height", 0}};
  options.fields["label"] = {.columns = {-1}, .classes = flowers().classes};
  const auto dataset = open_text(kFlowers, options);
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(2, 1.5f, 4, 3, 6, 5));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(0, 1, 0));
}

TEST(CsvHeader, HeaderTrueLeavesOutTheFirstLineOfEveryFile) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.header = true;
  options.files = {folder.write("a.csv", "x,y\n1,2\n"), folder.write("b.csv", "x,y\n3,4\n")};
  EXPECT_THAT(values_of<std::int64_t>(*open_dataset(options), "label"), ElementsAre(2, 4));
  options.files.push_back(folder.write("c.csv", "x,z\n5,6\n"));
  EXPECT_EQ(error_of(folder, options),
            "c.csv:1: the header is not that of a.csv:1 (all files of a data set have the same "
            "columns in the same order)");
}

TEST(CsvHeader, NamesMayHaveSpacesQuotesAndSeparators) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {"petal width", "a,b", "5\" wide"}};
  const auto dataset = open_text(" petal width ,\"a,b\",\"5\"\" wide\"\n1,2,3\n", options);
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1, 2, 3));
}

TEST(CsvHeader, AWrongNameIsAnsweredWithTheRightOne) {
  config::CsvOptions options;
  options.label = "specis";
  EXPECT_EQ(message_of(kFlowers, options),
            "a.csv:1: field 'label' asks for column 'specis', which the header does not have (did "
            "you mean 'species'?)");
  options.label = "y";
  EXPECT_THAT(message_of(kFlowers, options),
              HasSubstr("(its names are 'width', 'height', 'species')"));
  EXPECT_THAT(message_of("1,2\n", options), HasSubstr("the line has no names but numbers"));
  EXPECT_THAT(message_of("y,y\n1,2\n", options), HasSubstr("columns 0 and 1 are both called 'y'"));
}

TEST(CsvHeader, MessagesNameTheColumnAsTheExperimentDoes) {
  config::CsvOptions options = flowers();
  EXPECT_EQ(message_of("width,height,species\n1,2,rse\n", options),
            "a.csv:2: column 'species' (label): 'rse' is not one of the classes (did you mean "
            "'rose'?)");
  EXPECT_EQ(message_of("width,height,species\n1,x,rose\n", options),
            "a.csv:2: column 'height' (input): 'x' is not a number");
  EXPECT_THAT(message_of("width,height,species\n1,2,\n", options),
              HasSubstr("column 'species' (label): no value"));
  EXPECT_THAT(message_of("width,height,species\n1,2,zzzzzz\n", options),
              HasSubstr("is not one of the classes rose, lily, white"));
}

TEST(CsvHeader, TextLabelsWithoutClassesSayWhatToWrite) {
  EXPECT_EQ(message_of("1,rose\n2,lily\n3,rose\n", label_last()),
            "a.csv:1: column 1 (label): 'rose' is not a number\n"
            "a.csv:2: column 1 (label): 'lily' is not a number\n"
            "a.csv:3: column 1 (label): 'rose' is not a number (labels that are texts need their "
            "names, in the order of their numbers: classes: [lily, rose])");
}

// What the hint says can be pasted into an experiment, and printed on any terminal.
TEST(CsvHeader, SuggestedClassesAreYamlAndSayWhenSomeAreLeftOut) {
  const auto hint_of = [](const std::string& text) { return error_of_text(text).hint(); };
  EXPECT_THAT(hint_of("1,no\n2,a: b\n3,\"[x]\"\n4,-\n5,\"say \"\"hi\"\"\"\n6,gr\xc3\xbcn\n"),
              EndsWith("classes: [\"-\", \"[x]\", \"a: b\", \"gr\xc3\xbcn\", \"no\", "
                       "\"say \\\"hi\\\"\"]"));
  std::string many;
  for (int i = 10; i < 30; ++i) many += "1,c" + std::to_string(i) + "\n";
  EXPECT_THAT(hint_of(many), EndsWith("c28, c29]"));
  EXPECT_THAT(hint_of(many + "1,c10\n"), EndsWith("c28, c29]"));
  EXPECT_THAT(hint_of(many + "1,c30\n"), EndsWith("c28, c29] and others, which are not shown"));
  for (const std::string& hidden : {std::string("\x1b[2J"), std::string("\xc2\x9b"),
                                    std::string("caf\xe9"), std::string(50, 'x')}) {
    EXPECT_THAT(hint_of("1,rose\n2," + hidden + "\n"),
                EndsWith("classes: [rose] and others, which are not shown"));
  }
}

TEST(CsvHeader, NamesAreShownAsTheyAreWhereTheyCanBe) {
  config::CsvOptions options;
  options.label = "H\xc3\xb6h";
  EXPECT_THAT(message_of("H\xc3\xb6he,b\n1,2\n", options), HasSubstr("mean 'H\xc3\xb6he'?"));
  options.label = "Hohe";
  EXPECT_THAT(message_of("Hohe\x1b,b\n1,2\n", options), HasSubstr("mean 'Hohe\\x1b'?"));
  EXPECT_EQ(error_of_text("a,\x1b[2J\n1,2\n").hint(),
            "if it has the names of the columns, write 'header: true'");
}

TEST(CsvHeader, AHeaderAloneIsNoData) {
  for (const char* contents : {"width,height,species\n", ""}) {
    EXPECT_EQ(message_of(contents, flowers()),
              "a.csv: holds no records (the first line has the names, every other is a record)");
  }
  EXPECT_EQ(message_of("", label_last()),
            "a.csv: holds no records (every line is a record: values separated by commas)");
}

TEST(CsvQuotes, SeparatorsQuotesAndLineEndsInQuotesAreText) {
  EXPECT_EQ(ends_in_quote("1,\"a", false, ','), true);
  EXPECT_EQ(ends_in_quote("b\",2", true, ','), false);
  EXPECT_EQ(ends_in_quote("1,\"a\"\"", false, ','), true);
  EXPECT_EQ(ends_in_quote("5\" pipe,\"a\"", false, ','), false);
  std::string storage;
  const auto cells = split_cells("\"a,\"\"b\"\"\",,\"\",x\"y\",\"t\"u", ',', storage);
  std::vector<std::string> texts;
  for (const CsvCell& cell : cells) texts.emplace_back(cell.text);
  EXPECT_THAT(texts, ElementsAre("a,\"b\"", "", "", "x\"y\"", "t"));
  EXPECT_TRUE(cells.back().is_torn);
  EXPECT_FALSE(cells.front().is_torn);
}

TEST(CsvQuotes, RecordsOfSeveralLinesAreOneAndLinesGoOnCounting) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {0}};
  const std::string text = "1,\"one\r\ntwo\n\nfour\"\n\"2\",x\n3,\"\"\n";
  EXPECT_THAT(values_of<float>(*open_text(text, options), "input"), ElementsAre(1, 2, 3));
  EXPECT_EQ(message_of(text + "x,y\n", options), "a.csv:7: column 0 (input): 'x' is not a number");
}

// Blocks end at line ends, also inside of quotes.
TEST(CsvQuotes, RecordsMayBeCutAnywhereByTheBlocksOfTheFile) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {0}};
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += std::to_string(i) + ",\"" + std::string(static_cast<std::size_t>(i % 900), 'a') +
            "\n\n" + std::string(300, '"') + "\"\n";
  }
  const auto dataset = open_text(text, options);
  ASSERT_EQ(dataset->size(), 3000);
  EXPECT_THAT(values_of<float>(*dataset, "input", {0, 1500, 2999}), ElementsAre(0, 1500, 2999));
}

TEST(CsvQuotes, AQuoteThatIsNotClosedIsNamedAndNeverSkipped) {
  config::CsvOptions options = label_last();
  options.bad_records = {config::OnBadRecord::skip, 1};
  EXPECT_THAT(message_of("1,2\n3,\"4\n5,6\n", options),
              HasSubstr("a.csv:2: a quote that is not closed"));
}

// A remark that nobody reads need not be well-formed; what is read must be.
TEST(CsvQuotes, TextBehindAQuoteIsWrongOnlyWhereItIsRead) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {0}};
  const std::string text = "1,\"red\" and \"blue\"\n2,\"x\"y\n";
  EXPECT_THAT(values_of<float>(*open_text(text, options), "input"), ElementsAre(1, 2));
  EXPECT_EQ(message_of(text + "\"3\"0,x\n", options),
            "a.csv:3: column 0: text behind the quote that ends '3'");
  EXPECT_THAT(message_of(text + "3,\"x\n", options), HasSubstr("a quote that is not closed"));
  EXPECT_THAT(message_of(text + "3,x,\"x\"y\n", options), HasSubstr("3 columns, but"));
}

TEST(CsvDelimiter, SemicolonsAndTabsSeparateWhenAskedFor) {
  config::CsvOptions options = label_last();
  options.delimiter = config::CsvOptions::Delimiter::semicolon;
  EXPECT_THAT(values_of<float>(*open_text("1;2;3\n", options), "input"), ElementsAre(1, 2));
  EXPECT_THAT(message_of("1,2,3\n", options), HasSubstr("is 'delimiter' right?"));
  options.delimiter = config::CsvOptions::Delimiter::tab;
  EXPECT_THAT(values_of<float>(*open_text("1\t2\t3\n", options), "input"), ElementsAre(1, 2));
}

TEST(CsvTypes, FieldsWithoutATypeAreReadAsTheTrainingReadsThem) {
  config::CsvOptions options;
  options.fields["ids"] = {.columns = {0, 1}};
  options.fields["label"] = {.columns = {2}};
  const config::FieldNeed needs[] = {integers("ids", {2}, 9), floats("label", {})};
  const auto dataset = open_text("1,2,0.5\n", options, needs);
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "ids"), ElementsAre(1, 2));
  EXPECT_THAT(values_of<float>(*dataset, "label"), ElementsAre(0.5f));
}

std::string many_records(int good, int bad) {
  std::string text;
  for (int i = 0; i < good; ++i) text += std::to_string(i) + ",1\n";
  for (int i = 0; i < bad; ++i) text += "x,1\n";
  return text + "7,2\n";
}

TEST(BadRecordPolicy, SkipLeavesThemOutAndCountsThem) {
  config::CsvOptions options = label_last();
  options.bad_records.on_bad_record = config::OnBadRecord::skip;
  const auto dataset = open_text(many_records(998, 1), options);
  EXPECT_EQ(dataset->size(), 999);
  EXPECT_THAT(values_of<float>(*dataset, "input", {997, 998}), ElementsAre(997, 7));
  EXPECT_EQ(dataset->skipped().count(), 1);
  EXPECT_THAT(dataset->skipped().text(), HasSubstr("a.csv:999: column 0 (input): 'x'"));
  EXPECT_EQ(dataset->manifest().files[0].records, 999);
  EXPECT_EQ(dataset->manifest().files[0].skipped, 1);
}

TEST(BadRecordPolicy, MoreThanTheShareIsRefusedWithTheCount) {
  config::CsvOptions options = label_last();
  options.bad_records.on_bad_record = config::OnBadRecord::skip;
  EXPECT_EQ(open_text(many_records(989, 10), options)->size(), 990);  // One in a hundred.
  EXPECT_THAT(message_of(many_records(988, 11), options),
              HasSubstr("and 6 more bad records\n11 of 1,000 records are bad, more than "
                        "skip_at_most (0.01) allows"));
  options.bad_records.skip_at_most = 0.011;
  EXPECT_EQ(open_text(many_records(988, 11), options)->size(), 989);
}

TEST(BadRecordPolicy, WithoutAGoodRecordThereAreNoData) {
  config::CsvOptions options = label_last();
  options.bad_records = {config::OnBadRecord::skip, 1};
  EXPECT_THAT(message_of("1x,2\n3x,4\n", options), HasSubstr("2 of 2 records are bad"));
}

TEST(BadRecordPolicy, OtherSkippedRecordsThanPlannedAreAChangedFile) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.bad_records = {config::OnBadRecord::skip, 1};
  options.files = {folder.write("a.csv", "1,2\nx,4\n5,6\n")};
  Manifest planned = open_dataset(options)->manifest();
  EXPECT_EQ(error_of(folder, options, {}, &planned), "no error");
  planned.files[0].skipped = 0;
  planned.files[0].records = 3;
  EXPECT_THAT(error_of(folder, options, {}, &planned), HasSubstr("2 records, 1 skipped, XXH3"));
}

}  // namespace
}  // namespace muster::data
