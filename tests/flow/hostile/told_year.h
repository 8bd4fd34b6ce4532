// All services with a year told to them through the door, what it has of each kind edited, and
// every write that was made, as it was sent and answered.
#ifndef QINGLIAN_TESTS_FLOW_HOSTILE_TOLD_YEAR_H_
#define QINGLIAN_TESTS_FLOW_HOSTILE_TOLD_YEAR_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tests/support/system.h"

namespace qinglian::test {

// A unary write that succeeded.
struct RecordedWrite {
  const google::protobuf::MethodDescriptor* method = nullptr;
  // What stood in the metadata; empty where a client called.
  std::string authorization;
  std::shared_ptr<const google::protobuf::Message> request;
  std::shared_ptr<const google::protobuf::Message> response;

  std::string request_id() const;
  std::string name() const { return method->full_name(); }
};

// What is done to each request before it is sent.
using Meddling = std::function<void(const google::protobuf::MethodDescriptor& method,
                                    google::protobuf::Message& request)>;

class ToldYear {
 public:
  // Ends the process where the year cannot be told.
  explicit ToldYear(Meddling meddle = nullptr, const std::string& log_level = "info");

  System& system() { return system_; }
  // A channel through the edge as the administrator, whose calls are meddled with and recorded.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // In the order in which they were answered.
  std::vector<RecordedWrite> writes() const;

  // Another connection through the edge, nothing recorded.
  std::shared_ptr<grpc::Channel> Connect() const;
  // How a call is made as whoever made the recorded one.
  static rpc::CallOptions As(const RecordedWrite& write);

 private:
  class Recorder;
  class Recorders;
  void Keep(RecordedWrite write);
  std::shared_ptr<grpc::Channel> ConnectRecording();
  // What the year leaves out: another of each resource that was created, edited at once.
  void Edit();
  std::vector<RecordedWrite> Wanted() const;
  void CreateAndEdit(const RecordedWrite& write);
  // The answer; null where it fails, as it may.
  std::unique_ptr<google::protobuf::Message> Call(const google::protobuf::MethodDescriptor& method,
                                                  google::protobuf::Message& request,
                                                  const RecordedWrite& as);

  const Meddling meddle_;
  System system_;
  mutable std::mutex mutex_;
  std::vector<RecordedWrite> writes_;
  int edits_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_HOSTILE_TOLD_YEAR_H_
