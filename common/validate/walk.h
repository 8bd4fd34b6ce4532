// A message held against its plan. Private to this folder.
#ifndef QINGLIAN_COMMON_VALIDATE_WALK_H_
#define QINGLIAN_COMMON_VALIDATE_WALK_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "common/validate/plan.h"
#include "google/protobuf/message.h"

namespace qinglian::validate {

// Of which fields of a message REQUIRED is demanded.
struct Demand {
  enum Kind {
    kAll,
    kNone,
    // Of fields that are set, and of everything below them.
    kSet,
    // Of what `paths` name.
    kPaths,
  } kind = kAll;
  std::vector<std::string_view> paths = {};

  // What is demanded of a field.
  bool Required() const { return kind == kAll; }
  // What is demanded below a field.
  Demand Below(std::string_view field) const;
};

// Where in the message the walk is: made into text only where something is wrong.
struct Path {
  const Path* parent = nullptr;
  std::string_view field;
  int index = -1;

  std::string ToString() const;
};

class Walk {
 public:
  Walk(std::string_view prefix, status::FieldViolations& violations)
      : prefix_(prefix), violations_(violations) {}

  void Message(const google::protobuf::Message& message, const Plan& plan, const Path* path,
               const Demand& demand);

 private:
  using Text = std::string_view;

  void Field(const google::protobuf::Message& message, const FieldPlan& plan, const Path& path,
             const Demand& demand);
  void Singular(const google::protobuf::Message& message, const FieldPlan& plan, const Path& path,
                const Demand& demand);
  void Repeated(const google::protobuf::Message& message, const FieldPlan& plan, Path path,
                const Demand& demand);
  void Unique(const google::protobuf::Message& message, const FieldPlan& plan, const Path& path);
  void String(Text value, const FieldPlan& plan, const Path& path);
  void AddNotNameOf(const record::ResourceType* type, const Path& path);
  void Number(double value, const FieldPlan& plan, const Path& path);
  void Enum(int value, const FieldPlan& plan, const Path& path);
  void Update(const google::protobuf::Message& message, const Plan& plan, const Path& path);
  void WellKnownValue(const google::protobuf::Message& message, WellKnown kind, const Path* path);

  void Add(const Path* path, const char* reason, std::string english, std::string chinese);

  const std::string_view prefix_;
  status::FieldViolations& violations_;
};

}  // namespace qinglian::validate

#endif  // QINGLIAN_COMMON_VALIDATE_WALK_H_
