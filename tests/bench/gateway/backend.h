// The service behind both proxies: answers every call at once with bytes of a fixed size.
#ifndef QINGLIAN_TESTS_BENCH_GATEWAY_BACKEND_H_
#define QINGLIAN_TESTS_BENCH_GATEWAY_BACKEND_H_

namespace qinglian::bench {

// Serves on 127.0.0.1:`port` until SIGTERM.
void RunBackend(int port);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_GATEWAY_BACKEND_H_
