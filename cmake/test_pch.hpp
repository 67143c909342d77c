// The same for tests.
#pragma once

#include "cmake/pch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
