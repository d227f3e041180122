// Messages become the JSON that docs/protocol.md states, and come back as the same messages.
#include "common/wire/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "common/wire/json.h"

namespace muster::wire {
namespace {

// Keys are sorted: the text is the same for the same message.
TEST(Codec, TextIsAsDocumented) {
  const std::pair<Message, const char*> rows[] = {
      {Hello{.rank = 1, .world = 2, .generation = 3, .host = "n1", .pid = 42, .version = "0.1.0"},
       R"({"generation":3,"host":"n1","pid":42,"rank":1,"type":"hello","version":"0.1.0","world":2})"},
      {Heartbeat{.phase = Phase::training, .step = 5, .operations = 60},
       R"({"operations":60,"phase":"training","step":5,"type":"heartbeat"})"},
      {Restored{.step = 120, .source = "checkpoint step-000120"},
       R"({"source":"checkpoint step-000120","step":120,"type":"restored"})"},
      {MetricsLine{.step = 10, .epoch = 0.5, .values = {{"train/loss", 0.25}}},
       R"({"epoch":0.5,"step":10,"type":"metrics","values":{"train/loss":0.25}})"},
      {CheckpointWritten{.step = 12, .path = "/runs/a", .model_sha256 = "ab"},
       R"({"model_sha256":"ab","path":"/runs/a","step":12,"type":"checkpoint_written"})"},
      {CheckpointFailed{.step = 12, .reason = "full"},
       R"({"reason":"full","step":12,"type":"checkpoint_failed"})"},
      {Remark{.text = "passed over"}, R"({"text":"passed over","type":"remark"})"},
      {Finished{.stopped = true,
                .steps = 12,
                .epochs = 1.0,
                .samples_seen = 100,
                .eval = {{"accuracy", 0.5}},
                .model_sha256 = "ab",
                .training_samples = 60,
                .training_seconds = 1.5,
                .snapshot_seconds = 0.25,
                .checkpoint_seconds = 0.5},
       R"({"checkpoint_seconds":0.5,"epochs":1.0,"eval":{"accuracy":0.5},"model_sha256":"ab",)"
       R"("samples_seen":100,"snapshot_seconds":0.25,"steps":12,"stopped":true,)"
       R"("training_samples":60,"training_seconds":1.5,"type":"finished"})"},
      {Failed{.code = "corrupt", .message = "a.csv:3: bad", .hint = "", .step = 7},
       R"({"code":"corrupt","hint":"","message":"a.csv:3: bad","step":7,"type":"failed"})"},
      {Stop{.reason = "Ctrl-C"}, R"({"reason":"Ctrl-C","type":"stop"})"},
      {Taken{.messages = 7}, R"({"messages":7,"type":"taken"})"},
      {Replaced{.generation = 4}, R"({"generation":4,"type":"replaced"})"},
  };
  for (const auto& [message, text] : rows) {
    EXPECT_EQ(encode(message), text);
    EXPECT_EQ(decode(text), message) << text;
  }
}

rc::Gen<std::string> texts() {
  const auto pieces = rc::gen::element<std::string>("a", "Z", "0", "\"", "\\", "/", "\n", "\x01",
                                                    " ", "é", "\u2028", "\U0001F600", "{", "]");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(pieces),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const std::string& piece : chosen) text += piece;
                        return text;
                      });
}

rc::Gen<std::int64_t> counts() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 1000),
                        rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()),
                        rc::gen::just(std::numeric_limits<std::int64_t>::max()));
}

rc::Gen<double> numbers() {
  return rc::gen::oneOf(rc::gen::arbitrary<double>(),
                        rc::gen::element(0.0, -0.0, 0.1, 1e308, 5e-324, 1e15, 123456789.125));
}

rc::Gen<std::map<std::string, double>> values() {
  return rc::gen::container<std::map<std::string, double>>(texts(), numbers());
}

rc::Gen<int> ranks() { return rc::gen::inRange(0, std::numeric_limits<int>::max()); }

Message any_message() {
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      return Hello{*ranks(), *ranks(), *counts(), *texts(), *counts(), *texts()};
    case 1:
      return Heartbeat{*rc::gen::element(Phase::starting, Phase::loading, Phase::training,
                                         Phase::evaluating, Phase::saving, Phase::finished),
                       *counts(), *counts()};
    case 2:
      return MetricsLine{*counts(), *numbers(), *values()};
    case 3:
      return CheckpointWritten{*counts(), *texts(), *texts()};
    case 4:
      return Finished{*rc::gen::arbitrary<bool>(),
                      *counts(),
                      *numbers(),
                      *counts(),
                      *values(),
                      *texts(),
                      *counts(),
                      *numbers(),
                      *numbers(),
                      *numbers()};
    case 5:
      return Failed{*texts(), *texts(), *texts(), *counts()};
    case 6:
      return Restored{*counts(), *texts()};
    case 7:
      return CheckpointFailed{*counts(), *texts()};
    case 8:
      return Remark{*texts()};
    default:
      return Stop{*texts()};
  }
}

RC_GTEST_PROP(Codec, EveryMessageComesBack, ()) {
  const Message message = any_message();
  RC_ASSERT(decode(encode(message)) == message);
}

TEST(Codec, NumbersThatAreNotFiniteComeBackAsNan) {
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    const std::string text = encode(MetricsLine{.values = {{"train/loss", value}}});
    EXPECT_NE(text.find(R"("train/loss":null)"), std::string::npos) << text;
    EXPECT_TRUE(std::isnan(std::get<MetricsLine>(decode(text)).values.at("train/loss")));
  }
}

// A path or a message of the system may hold any bytes; the message must get through.
TEST(Codec, BytesThatAreNotUtf8AreReplaced) {
  const Message message = decode(encode(Failed{"storage", "bad \xff name", "", 0}));
  EXPECT_EQ(std::get<Failed>(message).message, "bad \uFFFD name");
}

TEST(Codec, UnknownKeysAreIgnored) {
  EXPECT_EQ(decode(R"({"type":"stop","reason":"a","later":{"a":[1,{}]}})"), Message(Stop{"a"}));
}

}  // namespace
}  // namespace muster::wire
