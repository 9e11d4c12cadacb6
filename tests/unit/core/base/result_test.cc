#include "core/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace core {
namespace {

TEST(Error, DescribesItsOperationAndErrno) {
  EXPECT_EQ(describe(Error{"open usage segment", ENOSPC}),
            "open usage segment: No space left on device (28)");
}

TEST(Error, DescribesAnOperationWithoutACode) {
  EXPECT_EQ(describe(Error{"expected a date"}), "expected a date");
}

TEST(Error, TakesTheErrnoOfTheCallingThread) {
  errno = EACCES;
  const Error error = errno_error("open");
  EXPECT_STREQ(error.what, "open");
  EXPECT_EQ(error.code, EACCES);
}

TEST(Error, FitsInSixteenBytes) {
  EXPECT_EQ(sizeof(Error), 16U);
}

}  // namespace
}  // namespace core
