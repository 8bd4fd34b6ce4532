// The methods of qinglian.supervision.v1.EvidenceService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_EVIDENCE_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_EVIDENCE_SERVICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/intake.h"
#include "common/resource/methods.h"
#include "common/resource/store.h"
#include "common/rpc/stream.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/evidence_service.pb.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class EvidenceService {
 public:
  explicit EvidenceService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::EvidenceFile>& store() const { return store_; }

  // Removes the pieces that uploads left behind when they were cut off.
  serving::ClockTask AbandonedTask();

 private:
  using Requests = rpc::Reader<v1::UploadEvidenceRequest>;
  using Responses = rpc::Writer<v1::DownloadEvidenceResponse>;

  absl::StatusOr<v1::EvidenceFile> Get(rpc::Call& call, mysql::Connection& connection,
                                       const v1::GetEvidenceFileRequest& request);
  absl::StatusOr<v1::ListEvidenceFilesResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                     const v1::ListEvidenceFilesRequest& request);
  absl::StatusOr<v1::EvidenceFile> Upload(rpc::Call& call, Requests& requests);
  absl::Status Download(rpc::Call& call, const v1::DownloadEvidenceRequest& request,
                        Responses& responses);

  // Reads the content to its end and keeps its pieces.
  absl::StatusOr<evidence::Content> Receive(rpc::Call& call, Requests& requests,
                                            const v1::EvidenceFile& file);
  // Keeps the description and ties the pieces together.
  absl::StatusOr<v1::EvidenceFile> Keep(journal::Transaction& tx, v1::EvidenceFile file,
                                        const evidence::Content& content);

  const serving::Environment& environment_;
  resource::Store<v1::EvidenceFile> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_EVIDENCE_SERVICE_H_
