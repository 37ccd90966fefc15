#include "voiceprint/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace voiceprint {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  const Result<int> error = Error{ErrorCode::kIo, "the disk is full"};
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error().code, ErrorCode::kIo);
  EXPECT_EQ(error.error().message, "the disk is full");
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(*result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfVoidIsGoodUnlessItHoldsAnError) {
  EXPECT_TRUE(Result<void>().ok());
  const Result<void> failed = Error{ErrorCode::kTooShort, "short"};
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kTooShort);
}

// The numbers are in the C ABI and in the npm package.
TEST(ErrorCode, NumbersAreFrozen) {
  EXPECT_EQ(static_cast<int>(ErrorCode::kOk), 0);
  EXPECT_EQ(static_cast<int>(ErrorCode::kInvalidArgument), 1);
  EXPECT_EQ(static_cast<int>(ErrorCode::kUnsupportedFormat), 2);
  EXPECT_EQ(static_cast<int>(ErrorCode::kCorruptData), 3);
  EXPECT_EQ(static_cast<int>(ErrorCode::kTruncated), 4);
  EXPECT_EQ(static_cast<int>(ErrorCode::kEmptyAudio), 5);
  EXPECT_EQ(static_cast<int>(ErrorCode::kNonFiniteSample), 6);
  EXPECT_EQ(static_cast<int>(ErrorCode::kTooShort), 7);
  EXPECT_EQ(static_cast<int>(ErrorCode::kIo), 8);
  EXPECT_EQ(static_cast<int>(ErrorCode::kOutOfMemory), 9);
  EXPECT_EQ(static_cast<int>(ErrorCode::kUndefined), 10);
}

}  // namespace
}  // namespace voiceprint
