// A service behind the gateway, with a method of each kind, that does what the tests ask and says
// what it saw.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_BACKEND_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_BACKEND_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace qinglian::gateway::test {

inline constexpr char kService[] = "qinglian.testing.v1.EchoService";

// `/qinglian.testing.v1.EchoService/<name>`.
std::string MethodPath(const std::string& name);

// The descriptor of EchoService: Echo (unary), Expand (server streaming), Collect (client
// streaming) and Talk (bidirectional). The service has a method Hidden as well, unary, which the
// descriptor does not know.
const google::protobuf::ServiceDescriptor* EchoDescriptor();

// What a call looked like from the service.
struct Seen {
  std::multimap<std::string, std::string> metadata;
  std::chrono::system_clock::time_point deadline;
};

// Requests are words; the first says what to do:
//   Echo     "echo TEXT" answers TEXT; "wait" waits for cancellation; "slow" answers after 300 ms;
//            "fail" fails with 3 KB of details; "plain" fails with NOT_FOUND and no details;
//            "big N" answers N bytes.
//   Expand   "count N" sends N numbers; "flood" sends 64 KB messages until cancelled;
//            "fail" sends one message and fails with details; "wait" sends one and waits.
//   Collect  reads to the end and answers how many messages came.
//   Talk     answers each message at once.
// Every method sends initial metadata `initial` and `initial-bin`, and trailing metadata `trailing`
// and `trailing-bin`.
class Backend final : public grpc::Service {
 public:
  // Listens on loopback; port 0 takes a free one.
  explicit Backend(int port = 0);
  ~Backend() override;

  int port() const { return port_; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }

  // Waits (a minute at most) until `count` calls in all were seen to be cancelled. False where they
  // were not.
  bool AwaitCancelled(int count) const;

  // The last call that began.
  Seen last() const;

  int cancelled() const { return cancelled_; }
  // Uploads that ended as complete ones do.
  int collected() const { return collected_; }
  // Messages that "flood" got rid of.
  int flooded() const { return flooded_; }

  // 3 KB of details that "fail" answers with, and their message.
  static std::string Details();
  static constexpr char kFailure[] = "this did not work";

 private:
  grpc::Status Echo(grpc::ServerContext* context, const grpc::ByteBuffer* request,
                    grpc::ByteBuffer* response);
  grpc::Status Expand(grpc::ServerContext* context, const grpc::ByteBuffer* request,
                      grpc::ServerWriter<grpc::ByteBuffer>* writer);
  grpc::Status Collect(grpc::ServerContext* context, grpc::ServerReader<grpc::ByteBuffer>* reader,
                       grpc::ByteBuffer* response);
  grpc::Status Talk(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>* stream);
  void Begin(grpc::ServerContext* context);
  void WaitForCancel(grpc::ServerContext* context);

  std::atomic<int> cancelled_{0};
  std::atomic<int> collected_{0};
  std::atomic<int> flooded_{0};
  mutable std::mutex mutex_;
  Seen last_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

grpc::ByteBuffer ToBuffer(const std::string& text);
std::string ToText(const grpc::ByteBuffer& buffer);

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_BACKEND_H_
