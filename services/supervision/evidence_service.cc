#include "services/supervision/evidence_service.h"

#include <optional>
#include <utility>

#include "common/evidence/pieces.h"
#include "common/journal/reading.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/follower/registry.h"
#include "services/supervision/registry.h"

namespace qinglian::supervision {

using v1::EvidenceFile;

namespace {

// How long a piece waits for its upload to end; no stream lives nearly as long.
constexpr absl::Duration kAbandonedAfter = absl::Hours(24);
constexpr int kRemovedAtOnce = 200;

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "digest", "media_type"}};
  return listing;
}

absl::Status Malformed(std::string_view detail) {
  return status::Error(status::kRequestInvalid, {{"detail", std::string(detail)}});
}

}  // namespace

EvidenceService::EvidenceService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.EvidenceService",
               environment.journal) {
  methods_.Read("GetEvidenceFile", this, &EvidenceService::Get);
  methods_.Read("ListEvidenceFiles", this, &EvidenceService::List);
  methods_.service().ClientStream<v1::UploadEvidenceRequest, EvidenceFile>(
      "UploadEvidence",
      [this](rpc::Call& call, Requests& requests) { return Upload(call, requests); });
  methods_.service().ServerStream<v1::DownloadEvidenceRequest, v1::DownloadEvidenceResponse>(
      "DownloadEvidence",
      [this](rpc::Call& call, const v1::DownloadEvidenceRequest& request, Responses& responses) {
        return Download(call, request, responses);
      });
}

absl::StatusOr<EvidenceFile> EvidenceService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetEvidenceFileRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListEvidenceFilesResponse> EvidenceService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListEvidenceFilesRequest& request) {
  ASSIGN_OR_RETURN(
      std::vector<paging::Condition> conditions,
      organization::follower::SubtreeCondition(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListEvidenceFilesResponse::mutable_evidence_files,
                        std::move(conditions));
}

absl::StatusOr<EvidenceFile> EvidenceService::Upload(rpc::Call& call, Requests& requests) {
  v1::UploadEvidenceRequest first;
  ASSIGN_OR_RETURN(const bool any, requests.Read(&first));
  if (!any || !first.has_start()) return Malformed("the first message describes the file");
  // Said before 50 MB have come for nothing.
  if (first.start().request_id().empty()) return status::Error(status::kRequestIdRequired);
  EvidenceFile file = first.start().evidence_file();
  resource::KeepInput(file);
  ASSIGN_OR_RETURN(const evidence::Content content, Receive(call, requests, file));
  return journal::Write<EvidenceFile>(
      environment_.journal, call, first.start(), journal::RequestIdRule::kRequired,
      [&](journal::Transaction& tx) { return Keep(tx, file, content); });
}

absl::StatusOr<evidence::Content> EvidenceService::Receive(rpc::Call& call, Requests& requests,
                                                           const EvidenceFile& file) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  RETURN_IF_ERROR(visibility::CheckReaches(*connection, call.scope(), file.organization()));
  RETURN_IF_ERROR(
      CheckOrganization(*connection, "start.evidence_file.organization", file.organization()));
  ASSIGN_OR_RETURN(evidence::Intake intake,
                   evidence::Intake::Begin({.digest = file.digest(),
                                            .size_bytes = file.size_bytes(),
                                            .media_type = file.media_type()}));
  const auto keep = [&](const evidence::Piece& piece) -> absl::Status {
    // A slow sender may keep the connection idle for long: it is asked for anew.
    ASSIGN_OR_RETURN(mysql::Connection * alive, call.database().Acquire());
    return evidence::KeepPiece(*alive, piece);
  };
  v1::UploadEvidenceRequest request;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, requests.Read(&request));
    if (!more) return intake.Finish(keep);
    if (!request.has_chunk()) return Malformed("messages after the first carry content");
    if (request.chunk().size() > evidence::kPieceBytes) {
      return Malformed("a chunk has more than 1,048,576 bytes");
    }
    RETURN_IF_ERROR(intake.Add(request.chunk(), keep));
  }
}

absl::StatusOr<EvidenceFile> EvidenceService::Keep(journal::Transaction& tx, EvidenceFile file,
                                                   const evidence::Content& content) {
  RETURN_IF_ERROR(evidence::KeepContent(tx.connection(), content));
  file.set_uploader(tx.facts().actor);
  return store_.Insert(tx, std::move(file));
}

absl::Status EvidenceService::Download(rpc::Call& call, const v1::DownloadEvidenceRequest& request,
                                       Responses& responses) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  v1::DownloadEvidenceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_evidence_file(),
                   store_.Show(*connection, call.scope(), request.name()));
  const std::string digest = response.evidence_file().digest();
  ASSIGN_OR_RETURN(const std::optional<evidence::Content> content,
                   evidence::FindContent(*connection, evidence::DigestOfHex(digest)));
  if (!content.has_value()) return status::Error(status::kEvidenceCorrupt, {{"digest", digest}});
  RETURN_IF_ERROR(journal::RecordReading(environment_.journal, call, request, response));
  if (!responses.Write(response)) return absl::OkStatus();
  for (const std::string& piece : content->pieces) {
    ASSIGN_OR_RETURN(connection, call.database().Acquire());
    ASSIGN_OR_RETURN(*response.mutable_chunk(), evidence::ReadPiece(*connection, piece));
    if (!responses.Write(response)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

serving::ClockTask EvidenceService::AbandonedTask() {
  return {"remove-abandoned-evidence", absl::Hours(1), [](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return evidence::RemoveAbandoned(*connection, kAbandonedAfter, kRemovedAtOnce).status();
          }};
}

}  // namespace qinglian::supervision
