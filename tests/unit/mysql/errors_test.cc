#include "common/mysql/errors.h"

#include <map>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DatabaseError, HasTheCodeOfItsNumber) {
  const std::map<int, absl::StatusCode> kCodes = {{1062, absl::StatusCode::kAlreadyExists},
                                                  {1451, absl::StatusCode::kFailedPrecondition},
                                                  {1452, absl::StatusCode::kFailedPrecondition},
                                                  {1213, absl::StatusCode::kAborted},
                                                  {1205, absl::StatusCode::kAborted},
                                                  {1020, absl::StatusCode::kAborted},
                                                  {1040, absl::StatusCode::kUnavailable},
                                                  {1203, absl::StatusCode::kUnavailable},
                                                  {2002, absl::StatusCode::kUnavailable},
                                                  {2003, absl::StatusCode::kUnavailable},
                                                  {2006, absl::StatusCode::kUnavailable},
                                                  {2013, absl::StatusCode::kUnavailable},
                                                  {1969, absl::StatusCode::kDeadlineExceeded},
                                                  {3024, absl::StatusCode::kDeadlineExceeded},
                                                  {1114, absl::StatusCode::kUnavailable},
                                                  {28, absl::StatusCode::kUnavailable},
                                                  {1021, absl::StatusCode::kUnavailable},
                                                  {1290, absl::StatusCode::kUnavailable},
                                                  {1836, absl::StatusCode::kUnavailable},
                                                  {1045, absl::StatusCode::kInternal},
                                                  {1049, absl::StatusCode::kInternal},
                                                  {1142, absl::StatusCode::kInternal},
                                                  {1406, absl::StatusCode::kInternal},
                                                  {1064, absl::StatusCode::kInternal},
                                                  {2014, absl::StatusCode::kInternal},
                                                  {0, absl::StatusCode::kInternal}};
  for (const auto& [number, code] : kCodes) {
    absl::Status status = MakeError(number, "some text");
    EXPECT_EQ(status.code(), code) << number;
    EXPECT_EQ(ErrorNumber(status), number);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("some text"))) << number;
  }
}

TEST(DatabaseError, NamesTheKeyThatRefusedARowWithoutItsTable) {
  EXPECT_EQ(DuplicateKey(MakeError(1062, "Duplicate entry 'a' for key 'by_code'")), "by_code");
  EXPECT_EQ(DuplicateKey(MakeError(1062, "Duplicate entry 'a' for key 'posts.by_code'")),
            "by_code");
  EXPECT_EQ(DuplicateKey(MakeError(1062, "Duplicate entry 'x' for key 'y'' for key 'z'")), "z");
  EXPECT_EQ(DuplicateKey(MakeError(1452, "a foreign key")), std::nullopt);
  EXPECT_EQ(DuplicateKey(absl::AlreadyExistsError("of another origin")), std::nullopt);
}

TEST(DatabaseError, MasksValuesInTheTextForTheLog) {
  for (const char* text : {"Duplicate entry 'Zhang San' for key 'by_name'",
                           "Incorrect string value: 'Zhang San' for column `s`.`t`.`c` at row 1",
                           "You have an error in your SQL syntax near 'Zhang San' at line 1",
                           "Incorrect datetime value: 'Zhang San'"}) {
    std::string shown = InternalText(MakeError(1366, text));
    EXPECT_THAT(shown, Not(HasSubstr("Zhang"))) << text;
    EXPECT_THAT(shown, HasSubstr("1366"));
  }
  EXPECT_THAT(InternalText(MakeError(1062, "Duplicate entry 'Zhang' for key 'by_name'")),
              HasSubstr("by_name"));
}

TEST(DatabaseError, DoesNotCrossTheWire) {
  google::rpc::Status proto = status::ToProto(MakeError(1146, "Table 's.secret' doesn't exist"));
  EXPECT_THAT(proto.SerializeAsString(), Not(HasSubstr("secret")));
  proto = status::ToProto(MakeError(2003, "Can't connect to host db7"));
  EXPECT_THAT(proto.SerializeAsString(), Not(HasSubstr("db7")));
}

TEST(DatabaseError, TellsConflictsAndEndsOfTransactions) {
  EXPECT_TRUE(IsConflict(MakeError(1205, "")));
  EXPECT_FALSE(EndsTransaction(MakeError(1205, "")));
  EXPECT_TRUE(EndsTransaction(MakeError(1213, "")));
  EXPECT_TRUE(EndsTransaction(MakeError(2013, "")));
  EXPECT_FALSE(IsConflict(status::Error(status::kConflict)));
  EXPECT_FALSE(IsConflict(absl::OkStatus()));
}

}  // namespace
}  // namespace qinglian::mysql
