// What is said about files and records that cannot be used: exact messages, because people act on
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "data/formats/csv.h"
#include "tests/data/formats/csv_support.h"

namespace muster::data {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* contents;
  const char* message;
};

TEST(CsvErrors, BadRecordIsNamedWithItsReason) {
  const Case cases[] = {
      {"1,2\nabc,4\n", "a.csv:2: column 0 (input): 'abc' is not a number"},
      {"1,2\n3,4x\n", "a.csv:2: column 1 (label): '4x' is not a number"},
      {"1,2\n,4\n", "a.csv:2: column 0 (input): no value"},
      {"1,2\n3,\n", "a.csv:2: column 1 (label): no value"},
      {"1,2\nnan,4\n", "a.csv:2: column 0 (input): 'nan' is not a finite number"},
      {"1,2\n-inf,4\n", "a.csv:2: column 0 (input): '-inf' is not a finite number"},
      {"1,2\n1e39,4\n", "a.csv:2: column 0 (input): '1e39' is out of the range of float32"},
      {"1,2\n3,4.5\n",
       "a.csv:2: column 1 (label): '4.5' is not an integer, and the field is int64"},
      {"1,2\n3,9223372036854775808\n",
       "a.csv:2: column 1 (label): '9223372036854775808' is out of the range of int64"},
      {"1,2\n\n3,4\n", "a.csv:2: a blank line between records"},
      {"\n1,2\n", "a.csv:1: a blank line between records"},
      {"1,2\n3\n", "a.csv:2: 1 column, but a.csv:1 has 2"},
      {"1,2\n3,4,5\n", "a.csv:2: 3 columns, but a.csv:1 has 2"},
      {"1,2\n3,4,\n", "a.csv:2: 3 columns, but a.csv:1 has 2"},
      {"1,2\nx,y,z\n", "a.csv:2: 3 columns, but a.csv:1 has 2"},
      {"1x,2\n3,4\n", "a.csv:1: column 0 (input): '1x' is not a number"},
      {"1,2\n3\"\",4\n", "a.csv:2: column 0 (input): '3\"\"' is not a number"},
      {"1,2\n\"3\"0,4\n", "a.csv:2: column 0: text behind the quote that ends '3'"},
      {"1,2\n\"3\n\",4\n", "a.csv:2: column 0 (input): '3\\x0a' is not a number"},
      {"1,2\n3\r4,5\n", "a.csv:2: column 0 (input): '3\\x0d4' is not a number"},
      {"1,2\r\n3,4\r\r\n", "a.csv:2: column 1 (label): '4\\x0d' is not a number"},
  };
  for (const auto& [contents, message] : cases) {
    const Error error = error_of_text(contents);
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << contents;
    EXPECT_STREQ(error.what(), message) << contents;
  }
}

TEST(CsvErrors, FileWithoutRecordsIsNamed) {
  for (const char* contents : {"", "\n", "\n\r\n \n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
    EXPECT_STREQ(error_of_text(contents).what(), "a.csv: holds no records") << contents;
  }
}

TEST(CsvErrors, HeaderThatNobodyAskedForIsNamedWithWhatToWrite) {
  for (const char* contents : {"a,b\n1,2\n", "\"a\",\"b\"\n1,2\n", "a,x,b\n1,2\n"}) {
    const Error error = error_of_text(contents);
    EXPECT_THAT(error.what(), HasSubstr("is not a line of numbers"));
    EXPECT_EQ(error.hint(),
              "if it has the names of the columns, write 'header: true', or name the label: "
              "'label: b'");
  }
  EXPECT_STREQ(error_of_text("x,label\n1,2\n").what(),
               "a.csv:1: 'x,label' is not a line of numbers");
}

TEST(CsvErrors, HeaderOfALaterFileIsNamedToo) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("a.csv", "1,2\n"), folder.write("b.csv", "x,label\n3,4\n")};
  try {
    open_dataset(options);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("b.csv:1: 'x,label' is not a line of numbers"));
  }
}

TEST(CsvErrors, OtherFilesMustHaveTheColumnsOfTheFirst) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("a.csv", "1,2\n"), folder.write("b.csv", "3,4,5\n")};
  try {
    open_dataset(options);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), options.files[1].string() + ":1: 3 columns, but " +
                                             options.files[0].string() + ":1 has 2");
  }
}

/// Of this thread: what others do on the machine does not count.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Searching the rest of the block for a quote at each line takes minutes, once for each quote
// milliseconds.
TEST(CsvErrors, QuoteThatIsNotClosedIsReadInLinearTime) {
  const double before = processor_seconds();
  const Error error = error_of_text("1,2\n\"" + std::string(std::size_t{8} << 20, '\n'));
  EXPECT_STREQ(error.what(), "a.csv:2: a quote that is not closed before the file's end");
  EXPECT_LT(processor_seconds() - before, 20);
}

// A record of 200,000 columns takes 800 kB of memory, a line end in a quoted text none.
TEST(CsvErrors, LinesOfAQuotedTextTakeNoRoomOfRecords) {
  std::string text = "1";
  for (int column = 1; column < 200'000; ++column) text += ",1";
  const Error error = error_of_text(text + "\n\"" + std::string(2'000'000, '\n'));
  EXPECT_STREQ(error.what(), "a.csv:2: a quote that is not closed before the file's end");
}

TEST(CsvErrors, SeparatorsOtherThanCommasAreExplained) {
  const Error error = error_of_text("1;2;3\n");
  EXPECT_STREQ(error.what(), "a.csv:1: there is no column beside the label's");
  EXPECT_THAT(error.hint(), HasSubstr("'delimiter: semicolon'"));
}

TEST(CsvErrors, FirstFiveBadRecordsAreListedAndTheOthersCounted) {
  std::string contents = "1,2\n";
  for (int i = 0; i < 1005; ++i) contents += "x,2\n";
  EXPECT_STREQ(error_of_text(contents).what(),
               "a.csv:2: column 0 (input): 'x' is not a number\n"
               "a.csv:3: column 0 (input): 'x' is not a number\n"
               "a.csv:4: column 0 (input): 'x' is not a number\n"
               "a.csv:5: column 0 (input): 'x' is not a number\n"
               "a.csv:6: column 0 (input): 'x' is not a number\n"
               "and 1,000 more bad records");
  EXPECT_STREQ(error_of_text("1,2\nx,2\ny,2\n").what(),
               "a.csv:2: column 0 (input): 'x' is not a number\n"
               "a.csv:3: column 0 (input): 'y' is not a number");
}

TEST(CsvErrors, LongTextIsCut) {
  const Error error = error_of_text("1,2\n" + std::string(1000, 'x') + ",2\n");
  EXPECT_EQ(std::string(error.what()),
            "a.csv:2: column 0 (input): '" + std::string(40, 'x') + "...' is not a number");
}

TEST(CsvErrors, ValueOutsideALimitIsNamedWithTheReason) {
  const config::FieldNeed needs[] = {
      {"label", config::FieldNeed::Kind::integers, {}, "", {{0, 9, "model.classes is 10"}}}};
  EXPECT_STREQ(error_of_text("1,2\n3,10\n", label_last(), needs).what(),
               "a.csv:2: column 1 (label): '10' is not in 0 to 9 (model.classes is 10)");
  EXPECT_STREQ(error_of_text("1,-1\n", label_last(), needs).what(),
               "a.csv:1: column 1 (label): '-1' is not in 0 to 9 (model.classes is 10)");
}

TEST(CsvErrors, EveryElementHasItsOwnRange) {
  const config::FieldNeed needs[] = {{"ids",
                                      config::FieldNeed::Kind::integers,
                                      {2},
                                      "model.ids",
                                      {{0, 2, "model.ids[0] is 3"}, {0, 8, "model.ids[1] is 9"}}}};
  config::CsvOptions options;
  options.fields["ids"] = {.columns = {0, 1}, .dtype = DType::int64};
  EXPECT_STREQ(error_of_text("2,8\n3,8\n2,9\n", options, needs).what(),
               "a.csv:2: column 0 (ids): '3' is not in 0 to 2 (model.ids[0] is 3)\n"
               "a.csv:3: column 1 (ids): '9' is not in 0 to 8 (model.ids[1] is 9)");
}

TEST(CsvErrors, FloatTargetsHaveARangeTooAndWhatIsIgnoredIsNoError) {
  const config::FieldNeed floats[] = {
      {"label", config::FieldNeed::Kind::floats, {}, "", {{0, 1, "objective bce"}}}};
  EXPECT_EQ(values_of<float>(*open_text("1,0.25\n2,1\n", label_last(), floats), "label", {0, 1}),
            (std::vector<float>{0.25f, 1}));
  EXPECT_STREQ(error_of_text("1,1.5\n", label_last(), floats).what(),
               "a.csv:1: column 1 (label): '1.5' is not in 0 to 1 (objective bce)");
  const config::FieldNeed ignored[] = {
      {"label", config::FieldNeed::Kind::integers, {}, "", {{0, 9, "classes", -100}}}};
  EXPECT_EQ(open_text("1,-100\n2,9\n", label_last(), ignored)->size(), 2);
}

TEST(CsvErrors, NarrowIntegersHaveTheRangeOfTheirType) {
  config::CsvOptions options;
  options.fields["n"] = {.columns = {0}, .dtype = DType::int32};
  EXPECT_EQ(error_of_text("2147483647\n-2147483648\n", options).what(), std::string("no error"));
  EXPECT_STREQ(error_of_text("2147483648\n", options).what(),
               "a.csv:1: column 0 (n): '2147483648' is out of the range of int32");
}

TEST(CsvErrors, ScaledValueHasToFitItsType) {
  config::CsvOptions options = label_last();
  options.scale = 1e30;
  EXPECT_STREQ(error_of_text("1e20,2\n", options).what(),
               "a.csv:1: column 0 (input): '1e20' is out of the range of float32");
}

TEST(CsvErrors, ColumnThatIsNotThereIsNamed) {
  config::CsvOptions options;
  for (const std::int64_t column : {2, -3}) {
    options.label = column;
    const Error error = error_of_text("1,2\n", options);
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_EQ(std::string(error.what()), "a.csv:1: field 'label' asks for column " +
                                             std::to_string(column) + ", but there are 2 columns");
    EXPECT_EQ(error.hint(), "columns count from 0 to 1, or from the end from -1 to -2");
  }
}

TEST(CsvErrors, OptionsThatFitNoFileAreInvalid) {
  const auto message_of = [](const config::CsvField& field) {
    config::CsvOptions options;
    options.fields["x"] = field;
    const Error error = error_of_text("1,2\n", options);
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    return std::string(error.what());
  };
  EXPECT_EQ(message_of({.columns = {}}), "field 'x' has no columns");
  EXPECT_EQ(message_of({.columns = {0}, .dtype = DType::bfloat16}), "field 'x' cannot be bfloat16");
  EXPECT_EQ(message_of({.columns = {0}, .dtype = DType::int64, .scale = 2}),
            "field 'x' has a scale and is int64");
  EXPECT_EQ(error_of_text("1,2\n", {}).code(), ErrorCode::invalid);
}

TEST(CsvErrors, MissingFileIsNamed) {
  config::CsvOptions options = label_last();
  options.files = {"/does/not/exist.csv"};
  try {
    open_dataset(options);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_STREQ(error.what(), "/does/not/exist.csv: No such file or directory");
  }
}

/// What opening says when `before` was planned and `after` is found.
std::string error_of_change(const std::string& before, const std::string& after) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("a.csv", before)};
  const Manifest planned = open_dataset(options)->manifest();
  folder.write("a.csv", after);
  try {
    open_dataset(options, {}, &planned);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    return error.what();
  }
  return "no error";
}

TEST(CsvErrors, ChangedFileIsNamedWithWhatItWasAndIs) {
  const char* const kChanged = "a.csv: is not the file that this run was planned with";
  EXPECT_EQ(error_of_change("1,2\n", "1,2\n"), "no error");
  EXPECT_THAT(error_of_change("1,2\n", "1,3\n"), HasSubstr(kChanged));
  EXPECT_THAT(error_of_change("1,2\n", "1,2\n3,4\n"),
              HasSubstr("it was 4 bytes, 1 records, XXH3 "));
  EXPECT_THAT(error_of_change("1,2\n", "1,2\n3,4\n"), HasSubstr("is 8 bytes, 2 records, XXH3 "));
  // That it was changed explains why it is damaged, and is said first.
  EXPECT_THAT(error_of_change("1,2\n3,4\n", "1,2\n3,x\n"), HasSubstr(kChanged));
}

TEST(CsvErrors, OtherNumberOfFilesThanPlannedIsCorrupt) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("a.csv", "1,2\n")};
  const Manifest planned = open_dataset(options)->manifest();
  options.files.push_back(options.files[0]);
  try {
    open_dataset(options, {}, &planned);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_STREQ(error.what(), "the data are 2 files, but were 1 when this run was planned");
  }
}

}  // namespace
}  // namespace muster::data
