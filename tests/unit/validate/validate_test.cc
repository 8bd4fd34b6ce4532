#include "common/validate/validate.h"

#include <thread>
#include <vector>

#include "common/status/status.h"
#include "common/validate/formats.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "qinglian/example/v1/rules.pb.h"

namespace qinglian::validate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace qinglian::example::v1;  // NOLINT: the messages under test

constexpr char kThing[] = "things/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";

// "path reason" of each violation of `message`.
std::vector<std::string> Violations(const google::protobuf::Message& message) {
  std::vector<std::string> found;
  const absl::Status status = Check(message);
  if (status.ok()) return found;
  EXPECT_TRUE(status::Is(status, status::kFieldsInvalid)) << status;
  const google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      found.push_back(violation.field() + " " + violation.reason());
    }
  }
  return found;
}

Thing GoodThing() {
  Thing thing;
  thing.set_title("一件东西");
  thing.set_colour(Thing::COLOUR_RED);
  return thing;
}

Rules GoodRules() {
  Rules rules;
  rules.set_zero(0);
  rules.set_chosen_number(1);
  return rules;
}

TEST(Validate, AGoodMessagePasses) {
  CreateThingRequest request;
  *request.mutable_thing() = GoodThing();
  EXPECT_TRUE(Check(request).ok());
}

TEST(Validate, AllViolationsAreAnsweredAtOnceWithTheirPaths) {
  CreateThingRequest request;
  Thing& thing = *request.mutable_thing();
  thing.set_title("太长的一个名字");
  thing.add_parts()->set_label("a");
  thing.add_parts()->set_weight(11);
  thing.mutable_parts(1)->add_parts()->set_weight(0.1);
  thing.mutable_lid();
  EXPECT_THAT(Violations(request),
              UnorderedElementsAre(
                  "thing.title TOO_LONG", "thing.colour REQUIRED", "thing.parts[1].label REQUIRED",
                  "thing.parts[1].weight TOO_LARGE", "thing.parts[1].parts[0].label REQUIRED",
                  "thing.parts[1].parts[0].weight TOO_SMALL", "thing.lid.label REQUIRED"));
}

TEST(Validate, AtMostTwentyViolationsAreAnswered) {
  CreateThingRequest request;
  *request.mutable_thing() = GoodThing();
  for (int i = 0; i < 50; ++i) request.mutable_thing()->mutable_lid()->add_parts();
  EXPECT_LE(Violations(request).size(), 20u);
  EXPECT_EQ(status::MetadataOf(Check(request), "count"), "51");
}

TEST(Validate, LengthsCountCharactersAndListsCountItems) {
  CreateThingRequest request;
  *request.mutable_thing() = GoodThing();
  request.mutable_thing()->set_title("东");
  for (int i = 0; i < 4; ++i) request.mutable_thing()->add_parts()->set_label("x");
  EXPECT_THAT(Violations(request), ElementsAre("thing.title TOO_SHORT", "thing.parts TOO_MANY"));
  while (request.thing().parts_size() > 1) request.mutable_thing()->mutable_parts()->RemoveLast();
  request.mutable_thing()->set_title("五个字符的");
  EXPECT_THAT(Violations(request), ElementsAre("thing.parts TOO_FEW"));
}

TEST(Validate, OutputOnlyFieldsAndAllBelowThemAreNotLookedAt) {
  CreateThingRequest request;
  *request.mutable_thing() = GoodThing();
  request.mutable_thing()->mutable_made()->set_weight(99);
  EXPECT_TRUE(Check(request).ok());
}

TEST(Validate, AnUnknownEnumValueIsRefused) {
  CreateThingRequest request;
  *request.mutable_thing() = GoodThing();
  request.mutable_thing()->set_colour(static_cast<Thing::Colour>(7));
  EXPECT_THAT(Violations(request), ElementsAre("thing.colour ENUM_UNKNOWN"));
}

TEST(Validate, AReferenceIsANameOfItsType) {
  GetThingRequest request;
  EXPECT_THAT(Violations(request), ElementsAre("name REQUIRED"));
  for (const char* name :
       {"things/x", "things/", "things", "other/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11",
        "things/0192F0C1-7D6E-7A10-8A51-0B4A6F3F2C11",
        "things/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11/x"}) {
    request.set_name(name);
    EXPECT_THAT(Violations(request), ElementsAre("name NAME_INVALID")) << name;
  }
  request.set_name(kThing);
  EXPECT_TRUE(Check(request).ok());
}

TEST(Validate, TheTypeOfAReferenceSaysWhetherItsIdIsACode) {
  Rules rules = GoodRules();
  rules.set_place("places/330106");
  rules.set_anything("whatever/x_1");
  rules.set_unknown("nothings/a-b");
  rules.add_things(kThing);
  EXPECT_TRUE(Check(rules).ok());
  rules.set_place("things/330106");
  rules.set_anything("no collection");
  rules.set_unknown("nothings/a b");
  rules.add_things("things/330106");
  EXPECT_THAT(Violations(rules), ElementsAre("place NAME_INVALID", "anything NAME_INVALID",
                                             "unknown NAME_INVALID", "things[1] NAME_INVALID"));
}

TEST(Validate, PatternsMatchTheWholeText) {
  Rules rules = GoodRules();
  for (const char* good : {"abc", "汉字"}) {
    rules.set_word(good);
    EXPECT_TRUE(Check(rules).ok()) << good;
  }
  for (const char* bad : {"abc1", "汉字汉字", "汉"}) {
    rules.set_word(bad);
    EXPECT_THAT(Violations(rules), ElementsAre("word PATTERN_MISMATCH")) << bad;
  }
}

TEST(Validate, NumbersBytesAndChoicesKeepTheirBounds) {
  Rules rules;
  for (const int number : {-1, 2, 2, 3, -2}) rules.add_numbers(number);
  rules.set_digest("x");
  rules.set_chosen_number(0);
  EXPECT_THAT(
      Violations(rules),
      UnorderedElementsAre("numbers[2] DUPLICATE", "numbers[3] TOO_LARGE", "numbers[4] TOO_SMALL",
                           "zero REQUIRED", "digest TOO_SHORT", "chosen_number TOO_SMALL"));
  rules.clear_choice();
  rules.clear_numbers();
  EXPECT_THAT(Violations(rules),
              UnorderedElementsAre("zero REQUIRED", "digest TOO_SHORT", "choice REQUIRED"));
  rules = GoodRules();
  rules.set_digest("12345");
  rules.set_chosen_word("");
  EXPECT_THAT(Violations(rules), UnorderedElementsAre("digest TOO_LONG", "chosen_word REQUIRED"));
}

TEST(Validate, TimesAndDaysAreReal) {
  Rules rules = GoodRules();
  rules.mutable_time()->set_nanos(-1);
  rules.mutable_day()->set_year(2025);
  rules.mutable_day()->set_month(2);
  rules.mutable_day()->set_day(29);
  EXPECT_THAT(Violations(rules), ElementsAre("time TIME_INVALID", "day DATE_INVALID"));
  rules.mutable_day()->set_year(2024);
  rules.mutable_time()->set_nanos(1);
  EXPECT_TRUE(Check(rules).ok());
  rules.mutable_time()->set_seconds(253402300800);
  rules.mutable_day()->set_month(0);
  EXPECT_THAT(Violations(rules), ElementsAre("time TIME_INVALID", "day DATE_INVALID"));
}

TEST(Validate, DeferredMessagesAreCountedAndOtherwiseLeftToTheHandler) {
  Rules rules = GoodRules();
  rules.add_rows();
  rules.add_rows();
  EXPECT_TRUE(Check(rules).ok());
  rules.add_rows();
  EXPECT_THAT(Violations(rules), ElementsAre("rows TOO_MANY"));
  status::FieldViolations violations;
  Check(rules.rows(0), "rows[0].", violations);
  EXPECT_THAT(violations.ToStatus().message(), testing::HasSubstr("rows[0].label"));
}

TEST(Validate, MessagesInMapsAreChecked) {
  Rules rules = GoodRules();
  (*rules.mutable_named())["a"].set_weight(11);
  EXPECT_EQ(Violations(rules).size(), 2u);
}

TEST(ValidateUpdate, WithoutAMaskOnlyWhatIsSetIsDemanded) {
  UpdateThingRequest request;
  request.mutable_thing()->set_name(kThing);
  request.mutable_thing()->set_title("东西");
  EXPECT_TRUE(Check(request).ok());
  request.mutable_thing()->mutable_lid();
  request.mutable_thing()->set_title("东");
  EXPECT_THAT(Violations(request),
              ElementsAre("thing.title TOO_SHORT", "thing.lid.label REQUIRED"));
}

TEST(ValidateUpdate, AMaskDemandsWhatItNames) {
  UpdateThingRequest request;
  request.mutable_thing()->set_name(kThing);
  request.mutable_thing()->mutable_lid();
  request.mutable_update_mask()->add_paths("title");
  EXPECT_THAT(Violations(request), ElementsAre("thing.title REQUIRED"));
  request.mutable_update_mask()->set_paths(0, "lid");
  EXPECT_THAT(Violations(request), ElementsAre("thing.lid.label REQUIRED"));
  request.mutable_update_mask()->set_paths(0, "lid.weight");
  EXPECT_TRUE(Check(request).ok());
  request.mutable_thing()->clear_lid();
  request.mutable_update_mask()->set_paths(0, "lid.label");
  EXPECT_THAT(Violations(request), ElementsAre("thing.lid.label REQUIRED"));
  request.mutable_update_mask()->set_paths(0, "*");
  EXPECT_THAT(Violations(request), ElementsAre("thing.title REQUIRED", "thing.colour REQUIRED"));
}

TEST(ValidateUpdate, TheResourceIsNamedUnlessItMayBeMissing) {
  UpdateThingRequest request;
  EXPECT_THAT(Violations(request), ElementsAre("thing REQUIRED"));
  request.mutable_thing()->set_title("东西");
  EXPECT_THAT(Violations(request), ElementsAre("thing.name REQUIRED"));
  request.set_allow_missing(true);
  EXPECT_TRUE(Check(request).ok());
  request.mutable_thing()->set_name("things/none");
  EXPECT_THAT(Violations(request), ElementsAre("thing.name NAME_INVALID"));
}

TEST(Validate, APatternThatIsNoneIsFoundWhenTheTypeIsPrepared) {
  EXPECT_TRUE(status::Is(Prepare(*Wrong::descriptor()), status::kConfigInvalid));
  EXPECT_TRUE(Prepare(*Rules::descriptor()).ok());
}

TEST(Validate, ManyThreadsMayMeetATypeForTheFirstTime) {
  Forms forms;
  forms.set_uuid("not one");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [&forms] { EXPECT_THAT(Violations(forms), ElementsAre("uuid FORMAT_INVALID")); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(IdentityNumber, HasADateAndTheRightCheckCharacter) {
  // The example of the standard itself (GB 11643-1999), and one of the form X.
  EXPECT_TRUE(IsIdentityNumber("11010519491231002X"));
  EXPECT_TRUE(IsIdentityNumber("440524188001010014"));
  for (const char* wrong : {"", "11010519491231002x", "11010519491331002X", "110105194912310020",
                            "1101051949123100", "11010519491231002X ", "1101051949O231002X"}) {
    EXPECT_FALSE(IsIdentityNumber(wrong)) << wrong;
  }
}

TEST(IdentityNumber, EveryMutationOfOneDigitIsFound) {
  const std::string number = "11010519491231002X";
  for (size_t i = 0; i + 1 < number.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = number;
      changed[i] = digit;
      EXPECT_EQ(IsIdentityNumber(changed), digit == number[i]) << changed;
    }
  }
}

TEST(CreditCode, CodesWithTheRightCheckCharacterAreValid) {
  // Made by the standard's own rule, of the shapes that occur: organs, enterprises, civil bodies.
  for (const char* code : {"91350100M000100Y43", "11330000002482039T", "12330100470116202G",
                           "91330000142943866D", "51330000MJ8750011P"}) {
    const std::string body = std::string(code).substr(0, 17);
    int valid = 0;
    for (const char check : std::string("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
      valid += IsCreditCode(body + check);
    }
    EXPECT_EQ(valid, 1) << code;
  }
  EXPECT_TRUE(IsCreditCode("91350100M000100Y43"));
}

TEST(CreditCode, EveryMutationOfOneCharacterIsFound) {
  const std::string code = "91350100M000100Y43";
  ASSERT_TRUE(IsCreditCode(code));
  for (size_t i = 0; i < code.size(); ++i) {
    for (const char other : std::string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ a")) {
      if (other == code[i]) continue;
      std::string mutated = code;
      mutated[i] = other;
      EXPECT_FALSE(IsCreditCode(mutated)) << mutated;
    }
  }
  EXPECT_FALSE(IsCreditCode(code.substr(1)));
  EXPECT_FALSE(IsCreditCode(code + "0"));
}

TEST(Formats, TakeWhatIsOfTheFormAndNothingElse) {
  struct Case {
    v1::Format format;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  };
  const std::string digest(64, 'a');
  for (const Case& c : std::vector<Case>{
           {v1::FORMAT_UUID,
            {"0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11"},
            {"0192F0C1-7d6e-7a10-8a51-0b4a6f3f2c11", "0192f0c17d6e7a108a510b4a6f3f2c11"}},
           {v1::FORMAT_DIVISION_CODE,
            {"33", "3301", "330106", "330106001", "330106001001"},
            {"3", "33010", "33a1"}},
           {v1::FORMAT_SHA256,
            {digest},
            {digest + "a", "A" + digest.substr(1), "g" + digest.substr(1)}},
           {v1::FORMAT_LINE,
            {"一行", "a b", "x"},
            {" a", "a ", "a\nb", "a\tb", "\u3000甲", "甲\u3000", "a\u0085b", "a\u2028b",
             std::string("a\0b", 3)}},
           {v1::FORMAT_TEXT, {" 一段\n两段\t三段\r\n"}, {"a\x07", "\u009f", "\x7f"}},
           {v1::FORMAT_ETAG,
            {"\"1\"", "\"ab-c\""},
            {"1", "\"", "\"\"", "\"a\"b\"", "\"a b\"", "W/\"1\""}}}) {
    for (const std::string& text : c.good) EXPECT_TRUE(HasFormat(c.format, text)) << text;
    for (const std::string& text : c.bad) EXPECT_FALSE(HasFormat(c.format, text)) << text;
  }
}

}  // namespace
}  // namespace qinglian::validate
