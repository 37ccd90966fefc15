// Runs `action`, which must throw TrainerError, and gives its message.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "error.h"

template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const voiceprint::trainer::TrainerError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no TrainerError was thrown";
  return "";
}

#define EXPECT_ERROR(action, part) \
  EXPECT_NE(error_of([&] { action; }).find(part), std::string::npos) << error_of([&] { action; })
