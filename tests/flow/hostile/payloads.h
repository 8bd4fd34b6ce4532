// Texts that have broken other programs.
#ifndef QINGLIAN_TESTS_FLOW_HOSTILE_PAYLOADS_H_
#define QINGLIAN_TESTS_FLOW_HOSTILE_PAYLOADS_H_

#include <string>
#include <vector>

namespace qinglian::test {

// Hundreds, all different, as bytes: SQL, formats, control characters, lines and JSON for logs,
// UTF-8 that is none, marks of direction, NUL, paths, markup, commands, templates, and long ones.
const std::vector<std::string>& Payloads();

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_HOSTILE_PAYLOADS_H_
