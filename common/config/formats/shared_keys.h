// The keys that formats have in common, declared once. Included by the files that describe formats.
#pragma once

#include <string>

#include "common/config/fields.h"
#include "common/config/formats/bad_record_policy.h"

namespace muster::config {

/// `files`: a list of paths, needed. `example`: as it may be written.
template <class Options>
void describe_files(Fields<Options>& fields, std::string example) {
  fields
      .key("files", &Options::files,
           "The files; in this order they are one data set. Relative paths start at the folder of "
           "the experiment file.")
      .required(std::move(example))
      .items_at_least(1)
      .also_called({"file", "path", "paths"})
      .does_not_decide_bits();
}

/// `on_bad_record` and `skip_at_most`. They decide no bits: what was read decides them, and the
/// manifest says what that was.
template <class Options>
void describe_bad_records(Fields<Options>& fields) {
  fields
      .choice(
          "on_bad_record", [](auto& options) -> auto& { return options.bad_records.on_bad_record; },
          {{"stop", OnBadRecord::stop}, {"skip", OnBadRecord::skip}},
          "What a record that cannot be used does: stop refuses the data, skip leaves the record "
          "out, counts it and says so.")
      .also_called({"on_error", "bad_records"})
      .does_not_decide_bits();
  fields
      .key(
          "skip_at_most", [](auto& options) -> auto& { return options.bad_records.skip_at_most; },
          "The share of all records that may be bad: 0.01 is one in a hundred. With more, the data "
          "are refused, since a file of another kind has nothing but bad records.")
      .at_least(0)
      .at_most(1)
      .only_when(
          [](const Options& options) {
            return options.bad_records.on_bad_record == OnBadRecord::skip;
          },
          "needs 'on_bad_record: skip'")
      .does_not_decide_bits();
}

}  // namespace muster::config
