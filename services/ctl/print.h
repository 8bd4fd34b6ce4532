// Prints answers: tables for people, JSON for programs.
#ifndef QINGLIAN_SERVICES_CTL_PRINT_H_
#define QINGLIAN_SERVICES_CTL_PRINT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace qinglian::ctl {

// Rows under a header, columns aligned by the width that characters have on a screen.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_({std::move(header)}) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// One line of JSON with the proto's own field names.
std::string ToJson(const google::protobuf::Message& message);

// The fields of one resource, a line each; nested ones indented.
std::string ToText(const google::protobuf::Message& message);

// The columns of a list of such resources: name, the state and what tells one from another.
std::vector<const google::protobuf::FieldDescriptor*> Columns(
    const google::protobuf::Descriptor& type);

// A field as it stands in a table cell: enums without their prefix, times and dates as people write
// them.
std::string Cell(const google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor* field);

// An error as people read it: its message with the reason, and a line for each field that breaks a
// rule. No line break at the end. A mistake in how qlctl was called stands for itself.
std::string Explanation(const absl::Status& status);

// How many columns of a screen a text takes: Chinese characters take two.
size_t Width(const std::string& text);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_PRINT_H_
