#include "tables/au_table.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "support/no_open_files.hpp"

namespace auriga {
namespace {

TEST(AuTableKind, WhatTheMachineCannotReadNowIsNoTableOfAnotherKind) {
  const test::TemporaryFolder folder;
  const std::filesystem::path table = folder.path() / "a.csv";
  test::write_text(table, "frame,success,AU12_r\n1,1,0.5\n");
  EXPECT_TRUE(is_about_faces(table));
  std::optional<ErrorCode> code;
  try {
    const test::NoOpenFiles none;
    is_about_faces(table);
  } catch (const Error& error) {
    code = error.code();
  }
  EXPECT_EQ(code, ErrorCode::machine);
}

}  // namespace
}  // namespace auriga
