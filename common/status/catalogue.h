// The one catalogue of errors: each reason with its code and its text in English and Chinese.
//
// A reason is part of the contract: clients branch on it, so it is never renamed or given another
// code. Texts may change, because whatever varies in them is also in the metadata of the error:
// `{key}` in a text is replaced by the metadata of that key. To add an entry, define it below and
// list it in catalogue.cc; a unit test holds both lists, both languages and their placeholders
// together.
#ifndef QINGLIAN_COMMON_STATUS_CATALOGUE_H_
#define QINGLIAN_COMMON_STATUS_CATALOGUE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace qinglian::status {

// One reason. `reason` is UPPER_SNAKE and at most 63 characters, as google.rpc.ErrorInfo asks.
struct Entry {
  std::string_view reason;
  absl::StatusCode code;
  std::string_view en;
  std::string_view zh;
};

// Requests.
inline constexpr Entry kRequestInvalid{"REQUEST_INVALID", absl::StatusCode::kInvalidArgument,
                                       "The request cannot be read: {detail}.",
                                       "请求无法解析：{detail}。"};
inline constexpr Entry kFieldsInvalid{"FIELDS_INVALID", absl::StatusCode::kInvalidArgument,
                                      "Fields of the request are invalid: {fields}.",
                                      "请求中的字段不符合要求：{fields}。"};
inline constexpr Entry kRequestIdReused{
    "REQUEST_ID_REUSED", absl::StatusCode::kInvalidArgument,
    "The request id {request_id} was already used for a different request.",
    "请求编号 {request_id} 已用于另一个不同的请求。"};
inline constexpr Entry kRequestIdRequired{"REQUEST_ID_REQUIRED", absl::StatusCode::kInvalidArgument,
                                          "This method needs a request_id, a UUID of the caller's.",
                                          "此方法必须携带 request_id（由调用方生成的 UUID）。"};
inline constexpr Entry kRequestIdInvalid{"REQUEST_ID_INVALID", absl::StatusCode::kInvalidArgument,
                                         "The request_id is not a UUID in lower case.",
                                         "request_id 不是小写的 UUID。"};
inline constexpr Entry kEtagRequired{
    "ETAG_REQUIRED", absl::StatusCode::kInvalidArgument,
    "This method needs the etag of {resource} as the caller last read it.",
    "此方法必须携带调用方最近一次读到的 {resource} 的 etag。"};
inline constexpr Entry kEtagStale{"ETAG_STALE", absl::StatusCode::kAborted,
                                  "{resource} has changed since it was read; read it again.",
                                  "{resource} 在读取之后已被修改，请重新读取。"};
inline constexpr Entry kNameInvalid{"NAME_INVALID", absl::StatusCode::kInvalidArgument,
                                    "The name is not of the form {collection}/<id>.",
                                    "资源名称格式不正确，应为 {collection}/<id>。"};
inline constexpr Entry kUuidInvalid{"UUID_INVALID", absl::StatusCode::kInvalidArgument,
                                    "The id is not a UUID in lower case.", "编号不是小写的 UUID。"};
inline constexpr Entry kPageTokenInvalid{
    "PAGE_TOKEN_INVALID", absl::StatusCode::kInvalidArgument,
    "The page token is not valid for this request; start again without it.",
    "分页令牌对本次请求无效，请不带令牌重新开始。"};
inline constexpr Entry kPageSizeInvalid{"PAGE_SIZE_INVALID", absl::StatusCode::kInvalidArgument,
                                        "The page size must not be negative.",
                                        "每页条数不能为负数。"};
inline constexpr Entry kFilterInvalid{"FILTER_INVALID", absl::StatusCode::kInvalidArgument,
                                      "The filter is not valid: {detail}.",
                                      "筛选条件无效：{detail}。"};
inline constexpr Entry kOrderByInvalid{"ORDER_BY_INVALID", absl::StatusCode::kInvalidArgument,
                                       "The order_by is not valid: {detail}.",
                                       "排序条件无效：{detail}。"};
inline constexpr Entry kFieldMaskInvalid{"FIELD_MASK_INVALID", absl::StatusCode::kInvalidArgument,
                                         "The field mask is not valid: {detail}.",
                                         "字段掩码无效：{detail}。"};
inline constexpr Entry kTimeInvalid{"TIME_INVALID", absl::StatusCode::kInvalidArgument,
                                    "{field} is not a valid time or date.",
                                    "{field} 不是有效的时间或日期。"};
inline constexpr Entry kTimeInFuture{"TIME_IN_FUTURE", absl::StatusCode::kInvalidArgument,
                                     "{field} lies in the future.", "{field} 晚于当前时间。"};
inline constexpr Entry kBatchTooLarge{"BATCH_TOO_LARGE", absl::StatusCode::kInvalidArgument,
                                      "The batch holds {count} items; at most {limit} are allowed.",
                                      "批量请求包含 {count} 项，最多允许 {limit} 项。"};
inline constexpr Entry kBatchEmpty{"BATCH_EMPTY", absl::StatusCode::kInvalidArgument,
                                   "The batch is empty.", "批量请求为空。"};

// Resources and their states.
inline constexpr Entry kResourceNotFound{"RESOURCE_NOT_FOUND", absl::StatusCode::kNotFound,
                                         "{resource} was not found.", "未找到 {resource}。"};
inline constexpr Entry kResourceExists{"RESOURCE_EXISTS", absl::StatusCode::kAlreadyExists,
                                       "{resource} already exists.", "{resource} 已存在。"};
inline constexpr Entry kTransitionNotAllowed{
    "TRANSITION_NOT_ALLOWED", absl::StatusCode::kFailedPrecondition,
    "{resource} is {state}; {transition} needs it to be {wanted_state}.",
    "{resource} 当前状态为 {state}，执行 {transition} 要求状态为 {wanted_state}。"};
inline constexpr Entry kGuardNotMet{
    "GUARD_NOT_MET", absl::StatusCode::kFailedPrecondition,
    "{transition} of {resource} is refused: {description} ({guard})",
    "{resource} 不能执行 {transition}：{description}（{guard}）"};
inline constexpr Entry kWindowClosed{
    "WINDOW_CLOSED", absl::StatusCode::kFailedPrecondition,
    "{transition} of {resource} is possible from {start} to {end} only.",
    "{resource} 只能在 {start} 至 {end} 期间执行 {transition}。"};
inline constexpr Entry kReferenceNotFound{
    "REFERENCE_NOT_FOUND", absl::StatusCode::kFailedPrecondition,
    "{field} refers to {resource}, which was not found.", "{field} 引用的 {resource} 不存在。"};
inline constexpr Entry kResourceEnded{
    "RESOURCE_ENDED", absl::StatusCode::kFailedPrecondition,
    "{resource} has ended ({state}); it goes on as: {successors}.",
    "{resource} 已终止（{state}），承继单位：{successors}。"};
inline constexpr Entry kResourceInUse{"RESOURCE_IN_USE", absl::StatusCode::kFailedPrecondition,
                                      "{resource} is still referred to by others.",
                                      "{resource} 仍被其他资源引用。"};
inline constexpr Entry kConflict{"CONFLICT", absl::StatusCode::kAborted,
                                 "The change met another one at the same time; try again.",
                                 "与同时进行的其他修改冲突，请重试。"};
inline constexpr Entry kCalendarYearMissing{"CALENDAR_YEAR_MISSING", absl::StatusCode::kOutOfRange,
                                            "The working-day calendar holds no data for {year}.",
                                            "工作日历中没有 {year} 年的数据。"};
inline constexpr Entry kCalendarInvalid{"CALENDAR_INVALID", absl::StatusCode::kInvalidArgument,
                                        "The working-day calendar is not valid: {detail}.",
                                        "工作日历数据无效：{detail}。"};

// Evidence.
inline constexpr Entry kEvidenceDigestMismatch{
    "EVIDENCE_DIGEST_MISMATCH", absl::StatusCode::kInvalidArgument,
    "The content received does not have the digest that was announced.",
    "收到的内容与声明的摘要不一致。"};
inline constexpr Entry kEvidenceTooLarge{"EVIDENCE_TOO_LARGE", absl::StatusCode::kInvalidArgument,
                                         "The evidence is larger than {limit} bytes.",
                                         "证据材料超过 {limit} 字节。"};
inline constexpr Entry kEvidenceSizeMismatch{
    "EVIDENCE_SIZE_MISMATCH", absl::StatusCode::kInvalidArgument,
    "The content received does not have the {size} bytes that were announced.",
    "收到的内容不是声明的 {size} 字节。"};
inline constexpr Entry kEvidenceTypeNotTaken{
    "EVIDENCE_TYPE_NOT_TAKEN", absl::StatusCode::kInvalidArgument,
    "Evidence of the type {media_type} is not taken.", "不接受类型为 {media_type} 的证据材料。"};
inline constexpr Entry kEvidenceTypeMismatch{
    "EVIDENCE_TYPE_MISMATCH", absl::StatusCode::kInvalidArgument,
    "The content received is not of the type {media_type} that was announced.",
    "收到的内容与声明的类型 {media_type} 不符。"};
inline constexpr Entry kEvidenceCorrupt{
    "EVIDENCE_CORRUPT", absl::StatusCode::kDataLoss,
    "The evidence kept under {digest} is no longer what was uploaded.",
    "摘要为 {digest} 的证据材料与上传时不一致。"};

// Feeds.
inline constexpr Entry kResumeTokenInvalid{
    "RESUME_TOKEN_INVALID", absl::StatusCode::kInvalidArgument,
    "The resume token is not valid for this watch.", "续传令牌对本次订阅无效。"};
inline constexpr Entry kResumeTokenIncarnation{
    "RESUME_TOKEN_INCARNATION", absl::StatusCode::kFailedPrecondition,
    "The resume token belongs to another incarnation of the database; start from a snapshot.",
    "续传令牌属于数据库的另一个版本，请从快照重新开始。"};
inline constexpr Entry kSlowConsumer{
    "SLOW_CONSUMER", absl::StatusCode::kResourceExhausted,
    "The watcher reads more slowly than changes arrive; resume from the last token.",
    "订阅方读取过慢，请用最近的令牌续传。"};

// Identity and permission.
inline constexpr Entry kCallerMissing{"CALLER_MISSING", absl::StatusCode::kUnauthenticated,
                                      "The call carries no valid identity.",
                                      "请求未携带有效的身份。"};
inline constexpr Entry kTokenRefused{"TOKEN_REFUSED", absl::StatusCode::kUnauthenticated,
                                     "The bearer token is not accepted ({cause}).",
                                     "访问令牌无效（{cause}）。"};
inline constexpr Entry kCertificateRefused{
    "CERTIFICATE_REFUSED", absl::StatusCode::kUnauthenticated,
    "The client certificate names no client of this installation.",
    "客户端证书未载明本系统的客户端。"};
inline constexpr Entry kCallerUnknown{"CALLER_UNKNOWN", absl::StatusCode::kUnauthenticated,
                                      "Nobody who may call is known by what the call proves.",
                                      "请求所证明的身份未登记或已停用。"};
inline constexpr Entry kDelegationMissing{
    "DELEGATION_MISSING", absl::StatusCode::kPermissionDenied,
    "No delegation lets the caller act for that person today.", "当前没有允许代行的授权。"};
inline constexpr Entry kCallersUnknown{
    "CALLERS_UNKNOWN", absl::StatusCode::kUnavailable,
    "It cannot be told at the moment who may do what; try again.",
    "暂时无法核实身份与权限，请稍后重试。"};
inline constexpr Entry kIdentityChanged{
    "IDENTITY_CHANGED", absl::StatusCode::kUnavailable,
    "What the caller was granted may have changed; begin the stream anew.",
    "调用方的权限可能已变更，请重新建立流。"};
inline constexpr Entry kQuotaExceeded{"QUOTA_EXCEEDED", absl::StatusCode::kResourceExhausted,
                                      "The caller has used up its quota; wait as told.",
                                      "调用方已超出配额，请按提示等待。"};
inline constexpr Entry kKeySetInvalid{
    "KEY_SET_INVALID", absl::StatusCode::kInvalidArgument,
    "The key set of the identity provider is not valid: {detail}.",
    "身份提供方的密钥集无效：{detail}。"};
inline constexpr Entry kKeySetUnavailable{
    "KEY_SET_UNAVAILABLE", absl::StatusCode::kUnavailable,
    "The key set of the identity provider cannot be fetched: {detail}.",
    "无法获取身份提供方的密钥集：{detail}。"};
inline constexpr Entry kPermissionDenied{"PERMISSION_DENIED", absl::StatusCode::kPermissionDenied,
                                         "The caller does not hold the permission {permission}.",
                                         "调用方没有 {permission} 权限。"};

// Running.
inline constexpr Entry kDatabaseUnavailable{
    "DATABASE_UNAVAILABLE", absl::StatusCode::kUnavailable,
    "The database cannot be reached at the moment; try again.", "数据库暂时无法访问，请稍后重试。"};
inline constexpr Entry kDatabaseTimeout{"DATABASE_TIMEOUT", absl::StatusCode::kDeadlineExceeded,
                                        "The database did not answer in time.",
                                        "数据库未能及时响应。"};
inline constexpr Entry kOutcomeUnknown{
    "OUTCOME_UNKNOWN", absl::StatusCode::kUnavailable,
    "It is not known whether the change was kept; repeat it with the same request_id.",
    "无法确定修改是否已保存，请使用相同的 request_id 重试。"};
inline constexpr Entry kReadingNotRecorded{
    "READING_NOT_RECORDED", absl::StatusCode::kUnavailable,
    "What is protected is shown only on the record, and the record cannot be written at the "
    "moment; try again.",
    "受保护数据的查阅必须留痕，当前无法写入记录，请稍后重试。"};
inline constexpr Entry kSealingKeyMissing{
    "SEALING_KEY_MISSING", absl::StatusCode::kFailedPrecondition,
    "The service does not have the sealing key: {detail}.", "服务缺少封存密钥：{detail}。"};
inline constexpr Entry kSchemaMismatch{"SCHEMA_MISMATCH", absl::StatusCode::kFailedPrecondition,
                                       "The database schema does not fit this program: {detail}.",
                                       "数据库结构与程序不符：{detail}。"};
inline constexpr Entry kLeasesUnconfirmed{
    "LEASES_UNCONFIRMED", absl::StatusCode::kUnavailable,
    "The change is made, but a gateway has not yet confirmed it; repeat the request to wait.",
    "变更已生效，但仍有网关尚未确认，请重复请求以等待确认。"};
inline constexpr Entry kOverloaded{"OVERLOADED", absl::StatusCode::kResourceExhausted,
                                   "The server has more work than it can do; try again later.",
                                   "服务繁忙，请稍后重试。"};
inline constexpr Entry kMessageTooLarge{
    "MESSAGE_TOO_LARGE", absl::StatusCode::kResourceExhausted,
    "The message has {size} bytes; at most {limit} are allowed.",
    "消息大小为 {size} 字节，最多允许 {limit} 字节。"};
inline constexpr Entry kMetadataTooLarge{"METADATA_TOO_LARGE", absl::StatusCode::kResourceExhausted,
                                         "The metadata of the call is larger than {limit} bytes.",
                                         "请求的元数据超过 {limit} 字节。"};
inline constexpr Entry kDraining{"DRAINING", absl::StatusCode::kUnavailable,
                                 "The server is shutting down; try again.",
                                 "服务正在停止，请重试。"};
inline constexpr Entry kDeadlineExceeded{"DEADLINE_EXCEEDED", absl::StatusCode::kDeadlineExceeded,
                                         "The deadline of the call has passed.",
                                         "请求已超过截止时间。"};
inline constexpr Entry kCancelled{"CANCELLED", absl::StatusCode::kCancelled,
                                  "The caller cancelled the call.", "调用方已取消请求。"};
inline constexpr Entry kMethodUnknown{"METHOD_UNKNOWN", absl::StatusCode::kUnimplemented,
                                      "The server has no method {method}.",
                                      "服务没有方法 {method}。"};
inline constexpr Entry kUpstreamUnavailable{
    "UPSTREAM_UNAVAILABLE", absl::StatusCode::kUnavailable,
    "The service {service} cannot be reached at the moment; try again.",
    "服务 {service} 暂时无法访问，请稍后重试。"};
inline constexpr Entry kConfigInvalid{"CONFIG_INVALID", absl::StatusCode::kInvalidArgument,
                                      "The configuration is not valid: {detail}.",
                                      "配置无效：{detail}。"};
inline constexpr Entry kIoFailed{"IO_FAILED", absl::StatusCode::kInternal,
                                 "A file or network operation of the program failed: {detail}.",
                                 "程序的文件或网络操作失败：{detail}。"};
inline constexpr Entry kInternal{"INTERNAL", absl::StatusCode::kInternal,
                                 "An internal error happened; its id in the log is {id}.",
                                 "发生内部错误，日志编号 {id}。"};

// All entries, in the order above. The span is valid for the life of the program.
absl::Span<const Entry* const> All();

// The entry of a reason, or nullptr.
const Entry* Find(std::string_view reason);

}  // namespace qinglian::status

#endif  // QINGLIAN_COMMON_STATUS_CATALOGUE_H_
