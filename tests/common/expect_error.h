// Runs code that must throw a muster::Error and gives the error back to be looked at.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "common/error.h"

namespace muster {

/// The Error that `code` throws; the test fails when it throws none.
template <class Code>
Error error_of(Code&& code) {
  std::optional<Error> caught;
  try {
    code();
  } catch (const Error& error) {
    caught = error;
  }
  EXPECT_TRUE(caught.has_value()) << "nothing was thrown";
  return caught.value_or(Error(ErrorCode::invalid, "nothing was thrown"));
}

/// The code of the Error that `code` throws.
template <class Code>
ErrorCode code_of_error(Code&& code) {
  return error_of(std::forward<Code>(code)).code();
}

}  // namespace muster
