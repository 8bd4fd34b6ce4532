#include "tests/flow/hostile/told_year.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/id/uuid.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_interceptor.h"
#include "services/ctl/contract.h"
#include "services/ctl/year/teller.h"
#include "tests/support/demonstration.h"

namespace qinglian::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using grpc::experimental::ClientRpcInfo;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

constexpr char kAuthorization[] = "authorization";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of "/qinglian.risk.v1.RiskPointService/GetRiskPoint"; null where it is not ours.
const MethodDescriptor* MethodOf(const std::string& path) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(path.substr(1), {{"/", "."}}));
}

}  // namespace

// Sees one call; InvokeRaw calls with messages, not with bytes.
class ToldYear::Recorder : public grpc::experimental::Interceptor {
 public:
  Recorder(ToldYear& year, const MethodDescriptor* method) : year_(year) { write_.method = method; }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      const auto* metadata = batch->GetSendInitialMetadata();
      const auto found = metadata->find(kAuthorization);
      if (found != metadata->end()) write_.authorization = found->second;
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      const auto& sent = *static_cast<const Message*>(batch->GetSendMessage());
      std::shared_ptr<Message> request(sent.New());
      request->CopyFrom(sent);
      if (year_.meddle_ != nullptr) year_.meddle_(*write_.method, *request);
      write_.request = request;
      batch->ModifySendMessage(write_.request.get());
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      received_ = static_cast<const Message*>(batch->GetRecvMessage());
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS) &&
        batch->GetRecvStatus()->ok() && received_ != nullptr) {
      std::shared_ptr<Message> response(received_->New());
      response->CopyFrom(*received_);
      write_.response = response;
      year_.Keep(write_);
    }
    batch->Proceed();
  }

 private:
  ToldYear& year_;
  RecordedWrite write_;
  const Message* received_ = nullptr;
};

class ToldYear::Recorders : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit Recorders(ToldYear& year) : year_(year) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(ClientRpcInfo* call) override {
    const MethodDescriptor* method = MethodOf(call->method());
    const bool unary = call->type() == ClientRpcInfo::Type::UNARY;
    return unary && method != nullptr ? new Recorder(year_, method) : nullptr;
  }

 private:
  ToldYear& year_;
};

std::string RecordedWrite::request_id() const {
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("request_id");
  return field == nullptr ? "" : request->GetReflection()->GetString(*request, field);
}

ToldYear::ToldYear(Meddling meddle, const std::string& log_level)
    : meddle_(std::move(meddle)), system_(System::AllServices(), log_level) {
  channel_ = ConnectRecording();
  // For the calendar.
  system_.Grant(kAdministrator, "roles/operator");
  const absl::Status told = TellDemonstration(system_, channel_);
  if (!told.ok()) {
    std::cerr << "the year: " << told << "\n";
    std::abort();
  }
  Edit();
}

std::shared_ptr<grpc::Channel> ToldYear::ConnectRecording() {
  const std::string folder = system_.folder();
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> recorders;
  recorders.push_back(std::make_unique<Recorders>(*this));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      system_.address("edge"),
      grpc::SslCredentials({.pem_root_certs = ReadFile(folder + "/ca/ca.pem"),
                            .pem_private_key = ReadFile(folder + "/administrator.key"),
                            .pem_cert_chain = ReadFile(folder + "/administrator.pem")}),
      grpc::ChannelArguments(), std::move(recorders));
}

std::shared_ptr<grpc::Channel> ToldYear::Connect() const {
  const std::string folder = system_.folder();
  rpc::ChannelOptions door;
  door.ca_certificates = ReadFile(folder + "/ca/ca.pem");
  door.certificate = ReadFile(folder + "/administrator.pem");
  door.key = ReadFile(folder + "/administrator.key");
  door.own_connections = true;
  return rpc::Connect(system_.address("edge"), door);
}

rpc::CallOptions ToldYear::As(const RecordedWrite& write) {
  rpc::CallOptions options;
  if (!write.authorization.empty())
    options.metadata.emplace_back(kAuthorization, write.authorization);
  options.timeout = absl::Seconds(60);
  // A gateway may lose its lease for a moment, and all writes here have a request id.
  options.retries = 20;
  return options;
}

std::vector<RecordedWrite> ToldYear::Wanted() const {
  std::map<std::string, RecordedWrite> last;
  std::vector<std::string> persons;
  for (const RecordedWrite& write : writes()) {
    if (absl::StartsWith(write.method->name(), "Create")) last[write.method->name()] = write;
    if (write.method->name() == "CreatePerson") persons.push_back(ctl::Told(write.response).name());
  }
  const std::string delegation = absl::StrCat(
      "delegation { delegator: '", persons.at(1), "' delegate: '", persons.at(2),
      "' first_date { year: 2099 month: 1 day: 1 } last_date { year: 2099 month: 1 day: 2 } "
      "reason: '休假' }");
  // By whoever made the other one, or by the administrator.
  const std::vector<std::array<std::string, 3>> further = {
      {"CreateOrganization", "",
       "organization { display_name: '补录单位' kind: KIND_INTERNAL_OFFICE level: LEVEL_PROVINCE "
       "division: 'divisions/33' }"},
      {"CreateClient", "", "client { name: 'clients/added' display_name: '对接平台' }"},
      {"CreateDelegation", "", delegation},
      {"ImportCalendarDays", "",
       "calendar_days { date { year: 2099 month: 1 day: 1 } kind: KIND_HOLIDAY "
       "display_name: '元旦' }"},
      {"CreateCaseCategory", "CreateProgramme",
       "case_category_id: 'added' case_category { display_name: '补录类别' }"}};
  for (const auto& [name, like, text] : further) {
    const MethodDescriptor* method = *ctl::FindMethod(name);
    std::shared_ptr<Message> request = ctl::NewMessage(*method->input_type());
    if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) std::abort();
    last[name] = {method, like.empty() ? "" : last.at(like).authorization, request, nullptr};
  }
  std::vector<RecordedWrite> wanted;
  for (auto& [name, write] : last) wanted.push_back(std::move(write));
  return wanted;
}

void ToldYear::Edit() {
  for (const RecordedWrite& write : Wanted()) CreateAndEdit(write);
}

void ToldYear::CreateAndEdit(const RecordedWrite& write) {
  std::unique_ptr<Message> request(write.request->New());
  request->CopyFrom(*write.request);
  request->DiscardUnknownFields();
  std::shared_ptr<const Message> created = Call(*write.method, *request, write);
  // There can be one only: the one that there is.
  if (created == nullptr) created = write.response;
  const auto update = ctl::FindMethod(absl::StrCat(write.method->service()->full_name(), ".Update",
                                                   created->GetDescriptor()->name()));
  if (!update.ok()) return;
  const auto edit = ctl::NewMessage(*(*update)->input_type());
  for (int i = 0; i < edit->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = edit->GetDescriptor()->field(i);
    if (field->message_type() != created->GetDescriptor()) continue;
    edit->GetReflection()->MutableMessage(edit.get(), field)->CopyFrom(*created);
  }
  Call(**update, *edit, write);
}

std::unique_ptr<Message> ToldYear::Call(const MethodDescriptor& method, Message& request,
                                        const RecordedWrite& as) {
  static const id::Uuid space = *id::Uuid::Parse("0b1f0a52-6f0e-5d3c-8a51-3f6c1f0a7e44");
  ctl::SetField(request, "request_id",
                id::Uuid::V5(space, absl::StrCat("edit/", ++edits_)).ToString());
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = request.GetDescriptor()->field(i);
    // Taken by the one before.
    if (field->message_type() != nullptr && field->message_type()->name() == "Person")
      ctl::SetField(*request.GetReflection()->MutableMessage(&request, field), "staff_number",
                    "DEMO-EDIT");
  }
  auto response = ctl::NewMessage(*method.output_type());
  const absl::Status status =
      rpc::InvokeRaw(*channel_, ctl::PathOf(method), request, *response, As(as));
  return status.ok() ? std::move(response) : nullptr;
}

void ToldYear::Keep(RecordedWrite write) {
  if (write.request_id().empty()) return;
  const std::lock_guard lock(mutex_);
  writes_.push_back(std::move(write));
}

std::vector<RecordedWrite> ToldYear::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

}  // namespace qinglian::test
