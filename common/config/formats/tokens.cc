#include "common/config/formats/tokens.h"

#include "common/config/fields.h"
#include "common/config/formats/shared_keys.h"

namespace muster::config {

void describe(Fields<TokensOptions>& fields) {
  fields.summary("Flat binary files of token numbers, cut into sequences to predict the next of.");
  describe_files(fields, "[train.bin]");
  fields
      .choice("dtype", &TokensOptions::dtype,
              {{"uint8", TokensOptions::Type::uint8}, {"uint16", TokensOptions::Type::uint16}},
              "Type of a token in the files, little-endian.")
      .required("uint16");
  fields
      .key("sequence", &TokensOptions::sequence,
           "Tokens of a sample. The label is the input one token later, so that a sample takes one "
           "token more from the file; the next sample starts with that one.")
      .fallback("what the model reads")
      .at_least(1)
      .at_most(1 << 24)
      .also_called({"sequence_length", "seq_len", "context", "block_size"});
  describe_bad_records(fields);
}

}  // namespace muster::config
