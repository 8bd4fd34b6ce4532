#include "common/paging/filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::paging {
namespace {

using record::Column;
using record::ColumnKind;

// Deep enough for people, shallow enough for the stack.
constexpr int kMaxDepth = 16;
constexpr int kMaxComparisons = 50;

absl::Status Wrong(std::string detail) {
  return status::Error(status::kFilterInvalid, {{"detail", std::move(detail)}});
}

enum class TokenKind { kEnd, kWord, kText, kOperator, kOpen, kClose };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
};

// Cuts a filter into tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view filter) : rest_(filter) {}

  absl::StatusOr<Token> Next() {
    rest_ = status::StdView(absl::StripLeadingAsciiWhitespace(status::View(rest_)));
    if (rest_.empty()) return Token{};
    const char c = rest_.front();
    if (c == '(') return Take(TokenKind::kOpen, 1);
    if (c == ')') return Take(TokenKind::kClose, 1);
    if (c == '"' || c == '\'') return Quoted(c);
    for (std::string_view op : {"!=", "<=", ">=", "=", "<", ">", ":"}) {
      if (rest_.substr(0, op.size()) == op) return Take(TokenKind::kOperator, op.size());
    }
    if (c == '-') return Take(TokenKind::kWord, 1);
    const size_t end = std::min(rest_.find_first_of(" \t\r\n()\"'=<>!:"), rest_.size());
    if (end == 0)
      return Wrong(absl::StrCat("unexpected character ", status::View(rest_.substr(0, 1))));
    return Take(TokenKind::kWord, end);
  }

 private:
  Token Take(TokenKind kind, size_t size) {
    Token token{kind, std::string(rest_.substr(0, size))};
    rest_.remove_prefix(size);
    return token;
  }

  absl::StatusOr<Token> Quoted(char quote) {
    Token token{TokenKind::kText, ""};
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return token;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      token.text.push_back(rest_[i]);
    }
    return Wrong("a quoted text does not end");
  }

  std::string_view rest_;
};

// Reads one filter, writing SQL as it goes.
class Parser {
 public:
  Parser(const record::Plan& plan, absl::Span<const std::string_view> fields,
         std::string_view filter)
      : plan_(plan), fields_(fields), lexer_(filter) {}

  absl::StatusOr<Condition> Parse() {
    RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::kEnd) return Condition{"TRUE", {}};
    RETURN_IF_ERROR(Expression(0));
    if (token_.kind != TokenKind::kEnd) return Wrong(absl::StrCat("unexpected ", token_.text));
    return std::move(condition_);
  }

  // After Parse.
  std::vector<Demand> TakeDemands() { return std::move(demands_); }

 private:
  absl::Status Advance() {
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  bool AtWord(std::string_view word) const {
    return token_.kind == TokenKind::kWord && token_.text == word;
  }

  absl::Status Joined(std::string_view word, int depth, absl::Status (Parser::*part)(int)) {
    absl::StrAppend(&condition_.sql, "(");
    RETURN_IF_ERROR((this->*part)(depth));
    while (AtWord(word)) {
      absl::StrAppend(&condition_.sql, " ", status::View(word), " ");
      RETURN_IF_ERROR(Advance());
      RETURN_IF_ERROR((this->*part)(depth));
    }
    absl::StrAppend(&condition_.sql, ")");
    return absl::OkStatus();
  }

  absl::Status Expression(int depth) {
    if (depth > kMaxDepth) return Wrong("nested too deep");
    return Joined("AND", depth, &Parser::Factor);
  }

  absl::Status Factor(int depth) {
    const size_t demands = demands_.size();
    const int comparisons = comparisons_;
    RETURN_IF_ERROR(Joined("OR", depth, &Parser::Term));
    // One of several does.
    if (comparisons_ > comparisons + 1) demands_.resize(demands);
    return absl::OkStatus();
  }

  absl::Status Term(int depth) {
    demanding_ = depth == 0;
    if (AtWord("NOT") || AtWord("-")) {
      demanding_ = false;
      absl::StrAppend(&condition_.sql, "NOT ");
      RETURN_IF_ERROR(Advance());
    }
    if (token_.kind != TokenKind::kOpen) return Comparison();
    RETURN_IF_ERROR(Advance());
    RETURN_IF_ERROR(Expression(depth + 1));
    if (token_.kind != TokenKind::kClose) return Wrong("a closing parenthesis is missing");
    return Advance();
  }

  absl::Status Comparison() {
    if (++comparisons_ > kMaxComparisons) return Wrong("too many comparisons");
    if (token_.kind != TokenKind::kWord) return Wrong("a field is missing");
    const std::string field = token_.text;
    const bool known = std::find(fields_.begin(), fields_.end(), field) != fields_.end();
    const Column* column = known ? plan_.Find(field) : nullptr;
    if (column == nullptr) return Wrong(absl::StrCat(field, " cannot be compared"));
    RETURN_IF_ERROR(Advance());
    if (token_.kind != TokenKind::kOperator)
      return Wrong(absl::StrCat("an operator is missing after ", field));
    const std::string op = token_.text;
    RETURN_IF_ERROR(Advance());
    if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kText) {
      return Wrong(absl::StrCat("a value is missing after ", field, " ", op));
    }
    RETURN_IF_ERROR(Write(*column, op, token_.text));
    return Advance();
  }

  absl::Status Write(const Column& column, const std::string& op, const std::string& value) {
    const std::string sql_name = absl::StrCat(plan_.table(), ".", column.name);
    // Empty means not set: NULL, but for texts that are never NULL.
    if (value.empty() && (column.kind != ColumnKind::kText || column.field->has_presence())) {
      if (op != "=" && op != "!=")
        return Wrong(absl::StrCat(column.name, " ", op, " needs a value"));
      absl::StrAppend(&condition_.sql, sql_name, op == "=" ? " IS NULL" : " IS NOT NULL");
      return absl::OkStatus();
    }
    if (op == ":") {
      if (column.kind != ColumnKind::kText)
        return Wrong(absl::StrCat(column.name, " is no text; use ="));
      absl::StrAppend(&condition_.sql, sql_name, " LIKE ?");
      condition_.values.AddOwned(absl::StrCat(
          "%", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}), "%"));
      return absl::OkStatus();
    }
    const bool ordered = column.kind != ColumnKind::kEnum && column.kind != ColumnKind::kBool &&
                         column.kind != ColumnKind::kId && column.kind != ColumnKind::kReference;
    if (!ordered && op != "=" && op != "!=")
      return Wrong(absl::StrCat(column.name, " knows = and != only"));
    absl::StrAppend(&condition_.sql, sql_name, " ", op == "!=" ? "<>" : op, " ?");
    RETURN_IF_ERROR(AddValue(column, value));
    const auto* text = std::get_if<std::string_view>(&condition_.values.params().back().value());
    if (demanding_ && op == "=" && text != nullptr)
      demands_.push_back({&column, std::string(*text)});
    return absl::OkStatus();
  }

  absl::Status AddValue(const Column& column, const std::string& value) {
    const absl::Status wrong = Wrong(absl::StrCat(column.name, " cannot be compared with ", value));
    switch (column.kind) {
      case ColumnKind::kId:
      case ColumnKind::kReference: {
        absl::StatusOr<std::string> id = column.reference->IdOf(value);
        if (!id.ok()) return wrong;
        condition_.values.AddOwned(*std::move(id));
        return absl::OkStatus();
      }
      case ColumnKind::kEnum:
        return AddEnum(column, value);
      case ColumnKind::kBool: {
        if (value != "true" && value != "false") return wrong;
        condition_.values.Add(value == "true");
        return absl::OkStatus();
      }
      case ColumnKind::kTime: {
        absl::Time time;
        if (!absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) return wrong;
        condition_.values.Add(time);
        return absl::OkStatus();
      }
      case ColumnKind::kDay: {
        absl::CivilDay day;
        if (!absl::ParseCivilTime(value, &day)) return wrong;
        condition_.values.Add(day);
        return absl::OkStatus();
      }
      case ColumnKind::kInt:
      case ColumnKind::kUint:
      case ColumnKind::kDouble: {
        double number = 0;
        if (!absl::SimpleAtod(value, &number)) return wrong;
        condition_.values.Add(number);
        return absl::OkStatus();
      }
      default:
        condition_.values.AddOwned(value);
        return absl::OkStatus();
    }
  }

  absl::Status AddEnum(const Column& column, const std::string& value) {
    const google::protobuf::EnumDescriptor* type = column.field->enum_type();
    // Every value begins with the enum's name, which the zero value shows.
    const std::string zero = type->value(0)->name();
    const std::string prefix = zero.substr(0, zero.size() - std::string_view("UNSPECIFIED").size());
    const auto* found = type->FindValueByName(value);
    if (found == nullptr) found = type->FindValueByName(prefix + value);
    if (found == nullptr) return Wrong(absl::StrCat(value, " is no ", column.name));
    condition_.values.Add(std::string_view(found->name()));
    return absl::OkStatus();
  }

  const record::Plan& plan_;
  absl::Span<const std::string_view> fields_;
  Lexer lexer_;
  Token token_;
  Condition condition_;
  int comparisons_ = 0;
  std::vector<Demand> demands_;
  // Whether a comparison that comes now must hold.
  bool demanding_ = false;
};

}  // namespace

absl::StatusOr<Condition> ParseFilter(const record::Plan& plan,
                                      absl::Span<const std::string_view> fields,
                                      std::string_view filter) {
  return Parser(plan, fields, filter).Parse();
}

absl::StatusOr<std::vector<Demand>> DemandsOf(const record::Plan& plan,
                                              absl::Span<const std::string_view> fields,
                                              std::string_view filter) {
  Parser parser(plan, fields, filter);
  RETURN_IF_ERROR(parser.Parse().status());
  return parser.TakeDemands();
}

absl::StatusOr<Order> ParseOrder(const record::Plan& plan,
                                 absl::Span<const std::string_view> fields,
                                 std::string_view order_by) {
  Order order;
  if (order_by.empty()) return order;
  const std::vector<std::string> words =
      absl::StrSplit(status::View(order_by), ' ', absl::SkipEmpty());
  const bool shaped =
      words.size() == 1 || (words.size() == 2 && (words[1] == "desc" || words[1] == "asc"));
  if (!shaped || std::find(fields.begin(), fields.end(), words[0]) == fields.end()) {
    return status::Error(
        status::kOrderByInvalid,
        {{"detail",
          absl::StrCat(
              "rows can be ordered by one of: ",
              absl::StrJoin(std::vector<std::string>(fields.begin(), fields.end()), ", "))}});
  }
  order.descending = words.size() == 2 && words[1] == "desc";
  if (words[0] != "name") order.column = plan.Find(words[0]);
  return order;
}

}  // namespace qinglian::paging
