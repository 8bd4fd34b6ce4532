#include "tests/flow/hostile/payloads.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace qinglian::test {
namespace {

// With its NULs.
template <size_t N>
std::string Bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

class Maker {
 public:
  void Add(const std::string& payload) {
    if (!payload.empty() && seen_.insert(payload).second) payloads_.push_back(payload);
  }
  // Alone, and where somebody might have looked for it less.
  void AddAround(const std::string& payload) {
    Add(payload);
    Add(payload + "财政局");
    Add("财政局" + payload);
    Add("财政" + payload + "局");
  }
  std::vector<std::string> Take() { return std::move(payloads_); }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> payloads_;
};

void AddSql(Maker& maker) {
  const char* const kQuotes[] = {"'", "\"", "`", "')", "\")", "\\'", "'))", "\xEF\xBC\x87", "%27"};
  const char* const kTails[] = {" OR '1'='1",
                                " OR 1=1 -- ",
                                " OR 1=1#",
                                " OR 1=1/*",
                                "; DROP TABLE organizations; -- ",
                                "; DELETE FROM journal; -- ",
                                " UNION SELECT NULL, NULL, NULL -- ",
                                " UNION ALL SELECT user, authentication_string FROM mysql.user #",
                                " AND SLEEP(3) -- ",
                                " AND BENCHMARK(5000000, MD5(1)) -- ",
                                " INTO OUTFILE '/tmp/x' -- ",
                                " AND EXTRACTVALUE(1, CONCAT(0x7e, VERSION())) -- ",
                                "||(SELECT password FROM users LIMIT 1)||",
                                " HAVING 1=1 -- ",
                                " ORDER BY 100 -- "};
  for (const char* quote : kQuotes) {
    maker.Add(quote);
    for (const char* tail : kTails) maker.Add(absl::StrCat("x", quote, tail));
  }
  for (const char* text : {"1; SHUTDOWN",
                           "1 OR 1=1",
                           "(SELECT 1)",
                           "0x27204f5220313d31",
                           "CHAR(39)",
                           "%",
                           "_",
                           "\\",
                           "\\\\",
                           "\\%",
                           "\\_",
                           "%%",
                           "?",
                           "??",
                           ":1",
                           "$1",
                           "@@version",
                           "NULL",
                           "null",
                           "/*!50000 1*/",
                           "--",
                           "-- -",
                           "#",
                           ";",
                           "';",
                           "SELECT/**/1",
                           "\xBF\x27 OR 1=1 -- ",
                           "TRUE",
                           "DEFAULT"}) {
    maker.Add(text);
  }
}

void AddFilters(Maker& maker) {
  for (const char* text : {"display_name = \"x\" OR state = ACTIVE",
                           "display_name = \"x\\\" OR 1=1\"",
                           "display_name = 'x'",
                           "display_name:*",
                           "NOT NOT NOT display_name = \"x\"",
                           "((((((((((",
                           "))))",
                           "display_name = \"",
                           "= = =",
                           "AND",
                           "name desc, (SELECT 1)",
                           "name desc; DROP",
                           "name,name,name",
                           "id",
                           "path",
                           "1",
                           "name asc nulls last",
                           "create_time > \"2025\"",
                           "create_time > \"9999-99-99T99:99:99Z\"",
                           "organizations.path = \"\"",
                           "*",
                           "journal.after"}) {
    maker.Add(text);
  }
}

void AddFormats(Maker& maker) {
  for (const char* text : {"%s",          "%s%s%s%s%s%s%s%s",
                           "%n",          "%n%n%n%n",
                           "%x%x%x%x",    "%p",
                           "%d",          "%99999999s",
                           "%1$s",        "%*.*s",
                           "%.1024d",     "%c",
                           "%%s",         "{}",
                           "{0}",         "{:>99999}",
                           "{{}}",        "${7*7}",
                           "{{7*7}}",     "#{7*7}",
                           "<%= 7*7 %>",  "${jndi:ldap://127.0.0.1/a}",
                           "${env:PATH}", "$(id)",
                           "`id`",        "|id",
                           "&& id",       "; id",
                           "$HOME",       "~root",
                           "*",           "!!",
                           "^C",          "=cmd|' /C calc'!A0",
                           "@SUM(1+1)",   "+1+1",
                           "-1+1",        "=1+1"}) {
    maker.Add(text);
  }
}

// What would begin a line, or an object, of its own in a log.
void AddLogs(Maker& maker) {
  for (const char* text : {"\n",
                           "\r",
                           "\r\n",
                           "\n\n",
                           "\n{\"severity\":\"error\",\"event\":\"forged\"}",
                           "\"}\n{\"severity\":\"error\",\"event\":\"forged\"}",
                           "\",\"severity\":\"none",
                           "\\n{\"a\":1}",
                           "\"",
                           "\\\"",
                           "\\",
                           "\\u0000",
                           "\\u000a",
                           "\x1b[31mred\x1b[0m",
                           "\x1b]0;t\x07",
                           "\xE2\x80\xA8{\"line\":1}",
                           "\xE2\x80\xA9",
                           "\xC2\x85{\"next\":1}",
                           "}",
                           "]",
                           "{\"a\":{}}",
                           "[[[[[[",
                           "\r\nX-Injected: 1",
                           "\r\n\r\nHTTP/1.1 200 OK",
                           "\nqinglian-identity-bin: AAAA"}) {
    maker.AddAround(text);
  }
}

void AddControls(Maker& maker) {
  for (int code = 0; code < 0x20; ++code) maker.AddAround(std::string(1, static_cast<char>(code)));
  maker.AddAround("\x7f");
  for (int code = 0x80; code < 0xA0; code += 3)
    maker.Add(absl::StrCat("C1", std::string(1, '\xC2'), std::string(1, static_cast<char>(code))));
  maker.Add(Bytes("财政局\0' OR 1=1"));
  maker.Add(Bytes("\0\0\0\0"));
  maker.Add(Bytes("a.txt\0.exe"));
}

void AddBrokenUtf8(Maker& maker) {
  for (const std::string& bytes : {Bytes("\x80"),
                                   Bytes("\xBF"),
                                   Bytes("\xC0\x80"),
                                   Bytes("\xC0\xAF"),
                                   Bytes("\xC1\xBF"),
                                   Bytes("\xC2"),
                                   Bytes("\xE0\x80\xAF"),
                                   Bytes("\xE0\x9F\xBF"),
                                   Bytes("\xE4\xB8"),
                                   Bytes("\xED\xA0\x80"),
                                   Bytes("\xED\xBF\xBF"),
                                   Bytes("\xED\xA0\xBD\xED\xB8\x80"),
                                   Bytes("\xF0\x80\x80\xAF"),
                                   Bytes("\xF0\x8F\xBF\xBF"),
                                   Bytes("\xF0\x9F\x98"),
                                   Bytes("\xF4\x90\x80\x80"),
                                   Bytes("\xF5\x80\x80\x80"),
                                   Bytes("\xF8\x88\x80\x80\x80"),
                                   Bytes("\xFC\x84\x80\x80\x80\x80"),
                                   Bytes("\xFE"),
                                   Bytes("\xFF"),
                                   Bytes("\xFF\xFE"),
                                   Bytes("\xFE\xFF"),
                                   Bytes("\xC3\x28"),
                                   Bytes("\xE2\x28\xA1"),
                                   Bytes("\xF0\x28\x8C\xBC")}) {
    maker.AddAround(bytes);
  }
}

// Valid, but not what it looks like.
void AddUnicode(Maker& maker) {
  for (const char* text : {"\xE2\x80\xAE"
                           "gpj.exe",
                           "\xE2\x80\x8F",
                           "\xE2\x80\x8E",
                           "\xE2\x81\xA6"
                           "x\xE2\x81\xA9",
                           "\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC",
                           "\xEF\xBB\xBF",
                           "\xE2\x80\x8B",
                           "\xE2\x80\x8D",
                           "\xC2\xAD",
                           "\xC2\xA0",
                           "\xE3\x80\x80",
                           "\xE1\xA0\x8E",
                           "\xEF\xBF\xBD",
                           "\xEF\xBF\xBF",
                           "\xEF\xBF\xBE",
                           "\xF4\x8F\xBF\xBF",
                           "\xF0\x9F\x98\x80",
                           "\xF0\xA0\x80\x80",
                           "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
                           "e\xCC\x81",
                           "\xC3\xA9",
                           "\xC4\xB0",
                           "\xE1\xBA\x9E",
                           "\xEF\xBC\xA1\xEF\xBC\xA2",
                           "\xE2\x85\xA3",
                           "\xEE\x80\x80",
                           "Z\xCD\xA7\xCC\x91\xCC\x93"}) {
    maker.AddAround(text);
  }
}

void AddPathsAndMarkup(Maker& maker) {
  for (const char* text :
       {"../../../../etc/passwd",
        "..\\..\\..\\windows\\win.ini",
        "/etc/passwd",
        "....//....//",
        "%2e%2e%2f",
        "%00",
        "file:///etc/passwd",
        "C:\\x",
        "\\\\host\\share",
        ".",
        "..",
        "CON",
        "/",
        "//",
        "organizations/../persons/1",
        "organizations/",
        "organizations//",
        "organizations/-",
        "organizations/*",
        "persons/-/x",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>",
        "javascript:alert(1)",
        "<!--",
        "]]>",
        "<![CDATA[",
        "&lt;",
        "&#x27;",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
        "<iframe src=//x>",
        "<?php system('id'); ?>",
        "*)(uid=*))(|(uid=*",
        "' or count(//*)=1 or '1'='1",
        "{\"$gt\": \"\"}",
        "true",
        "false",
        "0",
        "-1",
        "NaN",
        "Infinity",
        "1e309",
        "9223372036854775808",
        "-9223372036854775809",
        "undefined",
        "None",
        "[object Object]"}) {
    maker.Add(text);
  }
}

void AddLong(Maker& maker) {
  for (const size_t size : {100u, 120u, 121u, 200u, 201u, 500u, 501u, 1'000u, 2'001u, 65'536u}) {
    maker.Add(std::string(size, 'a'));
    std::string wide;
    for (size_t i = 0; i < size; ++i) wide += "\xE9\x95\xBF";
    maker.Add(wide);
  }
  maker.Add(std::string(3'000, '('));
  maker.Add(std::string(3'000, '%'));
  maker.Add(std::string(999, '\''));
}

std::vector<std::string> Make() {
  Maker maker;
  AddSql(maker);
  AddFilters(maker);
  AddFormats(maker);
  AddLogs(maker);
  AddControls(maker);
  AddBrokenUtf8(maker);
  AddUnicode(maker);
  AddPathsAndMarkup(maker);
  AddLong(maker);
  return maker.Take();
}

}  // namespace

const std::vector<std::string>& Payloads() {
  static const auto& payloads = *new std::vector<std::string>(Make());
  return payloads;
}

}  // namespace qinglian::test
