#include "common/status/catalogue.h"

#include <algorithm>

namespace qinglian::status {
namespace {

// In the order of the header.
constexpr const Entry* kAll[] = {
    &kRequestInvalid,
    &kFieldsInvalid,
    &kRequestIdReused,
    &kRequestIdRequired,
    &kRequestIdInvalid,
    &kEtagRequired,
    &kEtagStale,
    &kNameInvalid,
    &kUuidInvalid,
    &kPageTokenInvalid,
    &kPageSizeInvalid,
    &kFilterInvalid,
    &kOrderByInvalid,
    &kFieldMaskInvalid,
    &kTimeInvalid,
    &kTimeInFuture,
    &kBatchTooLarge,
    &kBatchEmpty,
    &kResourceNotFound,
    &kResourceExists,
    &kTransitionNotAllowed,
    &kGuardNotMet,
    &kWindowClosed,
    &kReferenceNotFound,
    &kResourceEnded,
    &kResourceInUse,
    &kConflict,
    &kCalendarYearMissing,
    &kCalendarInvalid,
    &kEvidenceDigestMismatch,
    &kEvidenceTooLarge,
    &kEvidenceSizeMismatch,
    &kEvidenceTypeNotTaken,
    &kEvidenceTypeMismatch,
    &kEvidenceCorrupt,
    &kResumeTokenInvalid,
    &kResumeTokenIncarnation,
    &kSlowConsumer,
    &kCallerMissing,
    &kTokenRefused,
    &kCertificateRefused,
    &kCallerUnknown,
    &kDelegationMissing,
    &kCallersUnknown,
    &kIdentityChanged,
    &kQuotaExceeded,
    &kKeySetInvalid,
    &kKeySetUnavailable,
    &kPermissionDenied,
    &kDatabaseUnavailable,
    &kDatabaseTimeout,
    &kOutcomeUnknown,
    &kReadingNotRecorded,
    &kSealingKeyMissing,
    &kSchemaMismatch,
    &kLeasesUnconfirmed,
    &kOverloaded,
    &kMessageTooLarge,
    &kMetadataTooLarge,
    &kDraining,
    &kDeadlineExceeded,
    &kCancelled,
    &kMethodUnknown,
    &kUpstreamUnavailable,
    &kConfigInvalid,
    &kIoFailed,
    &kInternal,
};

}  // namespace

absl::Span<const Entry* const> All() { return absl::MakeConstSpan(kAll); }

const Entry* Find(std::string_view reason) {
  const auto* found = std::find_if(std::begin(kAll), std::end(kAll), [reason](const Entry* entry) {
    return entry->reason == reason;
  });
  return found == std::end(kAll) ? nullptr : *found;
}

}  // namespace qinglian::status
