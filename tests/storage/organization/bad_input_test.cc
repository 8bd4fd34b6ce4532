// Requests that are wrong in one thing: each is answered with its reason and its field, and leaves
// nothing behind. What is wrong stands in bad_input.txt: a method and a request that is right, then
// a line for each fault, `field = value -> answer`.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status.h"
#include "google/protobuf/dynamic_message.h"
#include "qinglian/organization/v1/appointment_talk_service.pb.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "qinglian/organization/v1/oversight_link_service.pb.h"
#include "qinglian/organization/v1/responsibility_letter_service.pb.h"
#include "qinglian/organization/v1/responsibility_service.pb.h"
#include "qinglian/organization/v1/term_of_office_service.pb.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Struct;
using google::protobuf::util::JsonStringToMessage;

struct Fault {
  int line = 0;
  std::string field, value, answer;
};
struct Section {
  std::string method;
  std::string request;
  std::vector<Fault> faults;
};

std::vector<Section> ReadSections() {
  std::ifstream file(QINGLIAN_SOURCE_DIR "/tests/storage/organization/bad_input.txt");
  std::vector<Section> sections;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      sections.push_back({line.substr(1, line.size() - 2), "", {}});
    } else if (line[0] == '{') {
      sections.back().request = line;
    } else {
      const std::vector<std::string> sides = absl::StrSplit(line, " -> ");
      const std::pair<std::string, std::string> fault =
          absl::StrSplit(sides[0], absl::MaxSplits(" = ", 1));
      sections.back().faults.push_back(
          {number, fault.first, fault.second, sides.size() > 1 ? sides[1] : ""});
    }
  }
  return sections;
}

// Puts a value, as JSON, where a path leads: `post.rank`, `rows[0].division.name`.
void Put(Struct& request, std::string_view path, const google::protobuf::Value& value) {
  google::protobuf::Value whole;
  *whole.mutable_struct_value() = request;
  google::protobuf::Value* at = &whole;
  for (const absl::string_view step :
       absl::StrSplit(absl::string_view(path.data(), path.size()), '.')) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(step, absl::MaxSplits('[', 1));
    at = &(*at->mutable_struct_value()->mutable_fields())[parts.first];
    int index = 0;
    if (!parts.second.empty() && absl::SimpleAtoi(absl::StripSuffix(parts.second, "]"), &index)) {
      while (at->list_value().values_size() <= index) at->mutable_list_value()->add_values();
      at = at->mutable_list_value()->mutable_values(index);
    }
  }
  *at = value;
  request = whole.struct_value();
}

// The answer as the table writes it: the reason, and which field broke which rule, or which guard.
std::string AnswerOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  std::vector<std::string> answer = {status::ReasonOf(status)};
  google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations())
      answer.push_back(absl::StrCat(violation.field(), ":", violation.reason()));
  }
  for (const char* key : {"field", "guard", "resource", "permission"}) {
    const std::string value = status::MetadataOf(status, key);
    if (value.empty() || answer.size() > 1) continue;
    answer.push_back(std::string(key) == "resource" ? value.substr(0, value.find('/')) : value);
  }
  return absl::StrJoin(answer, " ");
}

class BadInput : public ReformingTest {
 protected:
  BadInput() {
    names_["organ"] = {"organizations", Made("财政厅").name()};
    const std::string organ = names_["organ"].second;
    names_["part"] = {"organizations", Made("办公室", organ).name()};
    names_["other"] = {"organizations", Made("审计厅").name()};
    names_["spare"] = {"organizations", Made("备用厅").name()};
    names_["spare2"] = {"organizations", Made("备用二厅").name()};
    names_["spare3"] = {"organizations", Made("备用三厅").name()};
    const v1::Organization ended = Made("已并厅");
    EXPECT_TRUE(Merge(ended, names_["other"].second).ok());
    names_["ended"] = {"organizations", ended.name()};
    auto group = Wanted("派驻组");
    group.mutable_organization()->set_kind(v1::Organization::KIND_DISPATCHED_GROUP);
    names_["group"] = {"organizations", Create(group)->name()};
    names_["chief"] = {"posts", MadePost(organ, v1::Post::RANK_PRINCIPAL_LEADER).name()};
    names_["post"] = {"posts", MadePost(organ, v1::Post::RANK_STAFF).name()};
    names_["other_post"] = {
        "posts", MadePost(names_["other"].second, v1::Post::RANK_PRINCIPAL_LEADER).name()};
    names_["person"] = {"persons", MadePerson("S-1", organ).name()};
    names_["other_person"] = {"persons", MadePerson("S-2", organ).name()};
    names_["leaver"] = {"persons", MadePerson("S-3", organ).name()};
    names_["held"] = {"assignments",
                      Assign(names_["person"].second, names_["chief"].second)->name()};
    names_["nobody"] = {"", "persons/00000000-0000-7000-8000-000000000000"};
    names_["nothing"] = {"", "organizations/00000000-0000-7000-8000-000000000000"};
    names_["no_post"] = {"", "posts/00000000-0000-7000-8000-000000000000"};
  }

  // Names and etags in the place of `$organ` and `$organ.etag`, and a new request id for `$id`.
  std::string Filled(std::string text) {
    std::vector<std::pair<std::string, std::string>> values = {{"$id", test::RequestId()},
                                                               {"$long", std::string(3000, 'x')}};
    for (const auto& [key, what] : names_) {
      if (text.find(absl::StrCat("$", key, ".etag")) != std::string::npos) {
        values.emplace_back(absl::StrCat("$", key, ".etag"),
                            absl::StrCat("\\\"",
                                         Value("SELECT version FROM " + what.first +
                                               " WHERE HEX(id) = '" + HexOf(what.second) + "'"),
                                         "\\\""));
      }
    }
    std::string filled = absl::StrReplaceAll(text, values);
    // The longest name first: $organ is the beginning of $organization.
    for (auto it = names_.rbegin(); it != names_.rend(); ++it)
      filled = absl::StrReplaceAll(filled, {{absl::StrCat("$", it->first), it->second.second}});
    return filled;
  }

  absl::Status Send(const std::string& method, const Struct& request) {
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    const MethodDescriptor* found = pool->FindMethodByName("qinglian.organization.v1." + method);
    if (found == nullptr) return absl::InternalError("no such method");
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    std::unique_ptr<Message> typed(factory->GetPrototype(found->input_type())->New());
    std::unique_ptr<Message> response(factory->GetPrototype(found->output_type())->New());
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(request, &json).ok())
      return absl::InternalError("no JSON");
    const auto read = JsonStringToMessage(json, typed.get());
    if (!read.ok()) return absl::InternalError(std::string(read.message()));
    const std::string path = absl::StrCat("/", found->service()->full_name(), "/", found->name());
    const absl::Status status =
        rpc::InvokeRaw(*served_.channel(), path, *typed, *response, test::CallAs("clients/test"));
    const auto* name = response->GetDescriptor()->FindFieldByName("name");
    if (status.ok() && name != nullptr && method.find("Create") != std::string::npos)
      made_ = response->GetReflection()->GetString(*response, name);
    return status;
  }

  Struct Parsed(const std::string& json) {
    Struct request;
    EXPECT_TRUE(JsonStringToMessage(Filled(json), &request).ok()) << json;
    return request;
  }

  // All that is kept, in one text.
  std::string Contents() {
    const auto connection = served_.database().Open();
    auto tables = connection->Query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER "
        "BY table_name");
    std::string contents;
    while (tables->Next()) {
      auto sum = connection->QueryText("CHECKSUM TABLE `" + tables->Bytes(0) + "`");
      EXPECT_TRUE(sum.ok() && sum->Next());
      absl::StrAppend(&contents, sum->Bytes(0), " ", sum->Bytes(1), "\n");
    }
    return contents;
  }

  // Tables and names, by what the table of faults calls them.
  std::map<std::string, std::pair<std::string, std::string>> names_;
  std::string made_;
};

TEST_F(BadInput, IsAnsweredWithItsReasonAndFieldAndLeavesNothingBehind) {
  int faults = 0;
  std::set<std::string> kinds;
  for (const Section& section : ReadSections()) {
    const std::string before = Contents();
    for (const Fault& fault : section.faults) {
      Struct request = Parsed(section.request);
      google::protobuf::Value value;
      ASSERT_TRUE(JsonStringToMessage(Filled(fault.value), &value).ok()) << fault.line;
      Put(request, fault.field, value);
      EXPECT_EQ(AnswerOf(Send(section.method, request)), fault.answer)
          << "bad_input.txt:" << fault.line << ": " << section.method << " " << fault.field;
      kinds.insert(absl::StrCat(section.method, fault.field, fault.value));
      ++faults;
    }
    EXPECT_EQ(Contents(), before) << section.method;
    // It was this one fault: without it the request is done.
    const absl::Status right = Send(section.method, Parsed(section.request));
    EXPECT_TRUE(right.ok()) << section.method << " " << right;
    const std::string collection = made_.substr(0, made_.find('/'));
    static const auto& tables =
        *new std::map<std::string, std::string>{{"responsibilities", "responsibilities"},
                                                {"termsOfOffice", "terms_of_office"},
                                                {"appointmentTalks", "appointment_talks"},
                                                {"oversightLinks", "oversight_links"},
                                                {"divisionEditions", "division_editions"},
                                                {"responsibilityLetters", "responsibility_letters"},
                                                {"plannedChanges", "planned_changes"}};
    if (const auto table = tables.find(collection); table != tables.end())
      names_["new_" + table->second] = {table->second, made_};
  }
  EXPECT_GE(faults, 200);
  EXPECT_EQ(kinds.size(), static_cast<size_t>(faults)) << "each once";
}

}  // namespace
}  // namespace qinglian::organization
