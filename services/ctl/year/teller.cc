#include "services/ctl/year/teller.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/protobuf/util/json_util.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/supervision/v1/evidence_service.pb.h"
#include "services/ctl/contract.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The source of external identifiers in the demonstration's registry.
constexpr char kSource[] = "zhejiang";

// Whole or not at all: services read the file at any moment.
absl::Status WriteWhole(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream(beside, std::ios::trunc) << text;
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (!error) return absl::OkStatus();
  return Usage(absl::StrCat("cannot write the clock file ", path));
}

// What one service was just told reaches the others through its feed: a reference that they do not
// know yet is tried again, and so is, not for as long, a guard that may rest on what they do not
// know yet (who works where).
constexpr absl::Duration kReferencePatience = absl::Minutes(2);
constexpr absl::Duration kGuardPatience = absl::Seconds(10);

absl::Status CallPatiently(const Context& context, const std::string& path, const Message& request,
                           Message& response) {
  const absl::Time begun = absl::Now();
  while (true) {
    const absl::Status status =
        rpc::InvokeRaw(*context.channel, path, request, response, context.CallOptions());
    const absl::Duration patience =
        status::Is(status, status::kReferenceNotFound) ? kReferencePatience
        : status::Is(status, status::kGuardNotMet)     ? kGuardPatience
                                                       : absl::ZeroDuration();
    if (absl::Now() - begun >= patience) return status;
    absl::SleepFor(absl::Milliseconds(200));
  }
}

}  // namespace

std::string Told::Text(const std::string& name) const {
  const FieldDescriptor* field = message_->GetDescriptor()->FindFieldByName(name);
  const bool text = field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
                    !field->is_repeated();
  return text ? message_->GetReflection()->GetString(*message_, field) : std::string();
}

std::string Told::State() const {
  const FieldDescriptor* field = message_->GetDescriptor()->FindFieldByName("state");
  return field == nullptr ? std::string()
                          : message_->GetReflection()->GetEnum(*message_, field)->name();
}

Teller::Teller(const Context& context, std::string clock_file, std::string story,
               TokenSource tokens)
    : context_(context),
      clock_file_(std::move(clock_file)),
      story_(std::move(story)),
      tokens_(std::move(tokens)) {}

void Teller::Introduce(const std::string& person, const std::string& staff_number) {
  staff_numbers_[person] = staff_number;
}

absl::StatusOr<Context> Teller::As(const std::string& caller) {
  last_caller_ = caller;
  Context as = context_;
  if (caller == kOwnName) return as;
  const auto known = staff_numbers_.find(caller);
  if (known == staff_numbers_.end())
    return absl::InternalError(absl::StrCat(caller, " was not introduced"));
  std::string& token = issued_[caller];
  if (token.empty()) {
    ASSIGN_OR_RETURN(token, tokens_(known->second));
  }
  as.bearer_token = token;
  return as;
}

void Teller::Chapter(std::string_view title) { std::cout << "\n" << title << "\n" << std::flush; }

absl::Status Teller::On(absl::CivilDay day) {
  std::cout << absl::FormatCivilTime(day) << "\n";
  if (clock_file_.empty()) return absl::OkStatus();
  const absl::Time nine = clock::StartOf(day) + absl::Hours(9);
  return WriteWhole(clock_file_,
                    absl::FormatTime(absl::RFC3339_full, nine, absl::UTCTimeZone()) + "\n");
}

absl::Status Teller::Resume() {
  return clock_file_.empty() ? absl::OkStatus() : WriteWhole(clock_file_, "");
}

std::string Teller::NextRequestId() {
  static const id::Uuid space = *id::Uuid::Parse("6f9d3c1e-52a1-5b4c-9a43-2f0d4d4b1c55");
  return id::Uuid::V5(space, absl::StrCat(story_, "/", ++step_)).ToString();
}

void Teller::Print(std::string_view what, const std::string& detail) const {
  std::cout << "  " << what << (detail.empty() ? "" : "  → ") << detail << "\n" << std::flush;
}

absl::StatusOr<Told> Teller::Do(const std::string& caller, std::string_view what,
                                std::string_view method_name, const std::string& json) {
  ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method, FindMethod(method_name));
  const std::unique_ptr<Message> request = NewMessage(*method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
  if (!parsed.ok())
    return absl::InternalError(absl::StrCat(method->name(), ": ", std::string(parsed.message())));
  SetField(*request, "request_id", NextRequestId());
  ASSIGN_OR_RETURN(const Context as, As(caller));
  std::shared_ptr<Message> response = NewMessage(*method->output_type());
  const absl::Status status = CallPatiently(as, PathOf(*method), *request, *response);
  if (!status.ok()) {
    if (!status::Is(status, status::kRequestIdReused))
      std::cout << "  " << what << "  ✗ " << method->name() << "\n";
    return status;
  }
  Told told(response);
  Print(what, told.State());
  return told;
}

absl::StatusOr<Told> Teller::Move(const std::string& caller, std::string_view what,
                                  std::string_view method, const Told& resource,
                                  const std::string& fields) {
  // The quotes of an etag are part of it.
  const std::string etag = absl::CEscape(resource.etag());
  const absl::StatusOr<Told> moved =
      Do(caller, what, method,
         absl::StrCat("{\"name\": \"", resource.name(), "\", \"etag\": \"", etag, "\"",
                      fields.empty() ? "" : ", ", fields, "}"));
  // A story that was cut off and is told again: this step was done when the resource had another
  // etag.
  if (!status::Is(moved.status(), status::kRequestIdReused)) return moved;
  Print(what, "");
  return Get(resource.name());
}

absl::StatusOr<Told> Teller::MoveUnless(absl::FunctionRef<bool(const Told&)> already,
                                        const std::string& caller, std::string_view what,
                                        std::string_view method, const Told& resource) {
  ASSIGN_OR_RETURN(const Told before, Get(resource.name()));
  if (already(before)) {
    NextRequestId();  // the steps after this one keep theirs
    Print(what, before.State());
    return before;
  }
  const absl::StatusOr<Told> moved = Move(caller, what, method, before);
  if (moved.ok()) return moved;
  ASSIGN_OR_RETURN(const Told after, Get(resource.name()));
  if (already(after)) return after;
  return moved.status();
}

absl::StatusOr<Told> Teller::Get(const std::string& name) {
  ASSIGN_OR_RETURN(const google::protobuf::Descriptor* type, ResourceOf(id::CollectionOf(name)));
  ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method,
                   FindMethod(absl::StrCat(type->file()->package(), ".", type->name(),
                                           "Service.Get", type->name())));
  const std::unique_ptr<Message> request = NewMessage(*method->input_type());
  SetField(*request, "name", name);
  std::shared_ptr<Message> response = NewMessage(*method->output_type());
  ASSIGN_OR_RETURN(const Context as, As(last_caller_));
  RETURN_IF_ERROR(
      rpc::InvokeRaw(*as.channel, PathOf(*method), *request, *response, as.CallOptions()));
  return Told(response);
}

absl::StatusOr<Told> Teller::Await(std::string_view what, const std::string& name,
                                   absl::FunctionRef<bool(const Told&)> holds,
                                   absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (true) {
    ASSIGN_OR_RETURN(Told told, Get(name));
    if (holds(told)) {
      Print(what, told.State());
      return told;
    }
    if (absl::Now() > until) {
      return absl::UnavailableError(absl::StrCat("waited in vain: ", std::string(what)));
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
}

absl::StatusOr<std::string> Teller::Organization(const std::string& external_id) {
  organization::v1::LookupOrganizationRequest request;
  request.mutable_external_identifier()->set_source(kSource);
  request.mutable_external_identifier()->set_id(external_id);
  ASSIGN_OR_RETURN(
      const auto organization,
      context_.Call<organization::v1::Organization>(
          "/qinglian.organization.v1.OrganizationService/LookupOrganization", request));
  return organization.name();
}

absl::StatusOr<std::string> Teller::Upload(const std::string& caller, std::string_view what,
                                           const std::string& organization,
                                           const std::string& file_name,
                                           const std::string& content) {
  namespace supervision = qinglian::supervision::v1;
  ASSIGN_OR_RETURN(const Context as, As(caller));
  rpc::ClientStreamClient<supervision::UploadEvidenceRequest, supervision::EvidenceFile> stream(
      as.channel, "/qinglian.supervision.v1.EvidenceService/UploadEvidence", as.CallOptions());
  supervision::UploadEvidenceRequest part;
  supervision::EvidenceFile& file = *part.mutable_start()->mutable_evidence_file();
  file.set_organization(organization);
  file.set_file_name(file_name);
  file.set_media_type("text/plain");
  file.set_digest(absl::BytesToHexString(crypto::Sha256(content)));
  file.set_size_bytes(static_cast<int64_t>(content.size()));
  part.mutable_start()->set_request_id(NextRequestId());
  stream.Write(part);
  part.Clear();
  part.set_chunk(content);
  stream.Write(part);
  ASSIGN_OR_RETURN(const supervision::EvidenceFile kept, stream.Finish());
  Print(what, kept.digest().substr(0, 12));
  return kept.digest();
}

}  // namespace qinglian::ctl
