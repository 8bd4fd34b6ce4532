// Two addresses of this machine under one name.
#ifndef QINGLIAN_TESTS_SUPPORT_LOCALHOST_H_
#define QINGLIAN_TESTS_SUPPORT_LOCALHOST_H_

namespace qinglian::test {

// Sees to it that localhost is 127.0.0.1 and ::1 for this process and those it starts, where the
// machine's own table has only one of them: there it takes root. False where it cannot. Before any
// thread is started.
bool LetLocalhostBeBoth();

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_LOCALHOST_H_
