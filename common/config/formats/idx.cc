#include "common/config/formats/idx.h"

#include "common/config/fields.h"
#include "common/config/formats/shared_keys.h"
#include "common/text.h"

namespace muster::config {

void describe(Fields<IdxOptions>& fields) {
  fields.summary("The files of MNIST: arrays of images and of labels, perhaps packed with gzip.");
  describe_files(fields, "[train-images-idx3-ubyte.gz]");
  fields
      .key("labels", &IdxOptions::labels,
           "The files of the labels: the first belongs to the first of files, and so on.")
      .required("[train-labels-idx1-ubyte.gz]")
      .items_at_least(1)
      .does_not_decide_bits();
  fields.key("scale", &IdxOptions::scale,
             "Every input value is multiplied by it, for example 0.00392156862745098 (1/255) to "
             "bring bytes to 0..1.");
  describe_bad_records(fields);
  fields.check([](const IdxOptions& options, const Check& check) {
    if (options.scale == 0) check.complain({"scale"}, "must not be 0");
    if (options.labels.size() == options.files.size()) return;
    check.complain({"labels", "files"},
                   concat("must name as many files as 'files' (", options.files.size(), "), got ",
                          options.labels.size()));
  });
}

}  // namespace muster::config
