// A service that does nothing: it answers every call at once with bytes of a fixed size. Behind the
// gateway and nginx, and for what an empty call costs.
#ifndef QINGLIAN_TESTS_BENCH_BACKEND_H_
#define QINGLIAN_TESTS_BENCH_BACKEND_H_

namespace qinglian::bench {

// The benchmark calls itself by this and a port to have a backend in a process of its own.
inline constexpr char kBackendCommand[] = "--backend";

// What the gateway forwards, answered with kAnswerBytes; and an empty call with an empty answer.
inline constexpr char kForwardedMethod[] =
    "/qinglian.organization.v1.OrganizationService/GetOrganization";
inline constexpr char kEmptyMethod[] = "/qinglian.organization.v1.OrganizationService/Nothing";
inline constexpr int kAnswerBytes = 600;

// Serves on 127.0.0.1:`port` until SIGTERM.
void RunBackend(int port);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_BACKEND_H_
