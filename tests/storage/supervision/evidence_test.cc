#include "common/crypto/crypto.h"
#include "common/rpc/channel.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

constexpr char kUpload[] = "/qinglian.supervision.v1.EvidenceService/UploadEvidence";
constexpr char kDownload[] = "/qinglian.supervision.v1.EvidenceService/DownloadEvidence";

// A document of so many bytes that no two pieces have in common.
std::string Pdf(size_t size) {
  std::string content = "%PDF-1.7\n";
  content.reserve(size + 16);
  for (uint32_t i = 0; content.size() < size; ++i) content += std::to_string(i * 2654435761u);
  content.resize(size);
  return content;
}

class EvidenceTest : public SupervisionTest {
 protected:
  v1::UploadEvidenceRequest About(std::string_view content) {
    v1::UploadEvidenceRequest request;
    request.mutable_start()->set_request_id(test::RequestId());
    EvidenceFile& file = *request.mutable_start()->mutable_evidence_file();
    file.set_organization(kBureau);
    file.set_file_name("整改报告.pdf");
    file.set_media_type("application/pdf");
    file.set_digest(evidence::HexDigest(crypto::Sha256(content)));
    file.set_size_bytes(static_cast<int64_t>(content.size()));
    return request;
  }

  static rpc::CallOptions As(const char* caller) {
    rpc::CallOptions options = test::CallAs(caller);
    options.timeout = absl::Minutes(4);
    return options;
  }

  absl::StatusOr<EvidenceFile> Upload(const v1::UploadEvidenceRequest& start,
                                      std::string_view content, size_t chunk = 512 * 1024) {
    rpc::ClientStreamClient<v1::UploadEvidenceRequest, EvidenceFile> stream(served_.channel(),
                                                                            kUpload, As(kDoer));
    stream.Write(start);
    v1::UploadEvidenceRequest part;
    for (; !content.empty(); content.remove_prefix(std::min(chunk, content.size()))) {
      part.set_chunk(std::string(content.substr(0, chunk)));
      if (!stream.Write(part)) break;
    }
    return stream.Finish();
  }

  absl::StatusOr<std::string> Download(const EvidenceFile& file) {
    v1::DownloadEvidenceRequest request;
    request.set_name(file.name());
    rpc::ServerStreamClient<v1::DownloadEvidenceRequest, v1::DownloadEvidenceResponse> stream(
        served_.channel(), kDownload, request, As(kVerifier));
    v1::DownloadEvidenceResponse response;
    std::string content;
    bool first = true;
    while (stream.Read(&response)) {
      EXPECT_EQ(response.has_evidence_file(), first) << "the description comes first and once";
      content += response.chunk();
      first = false;
    }
    RETURN_IF_ERROR(stream.Finish());
    return content;
  }
};

TEST_F(EvidenceTest, FiftyMegabytesGoUpAndComeDownAsTheyWere) {
  const std::string content = Pdf(evidence::kMaxBytes);
  const auto uploaded = Upload(About(content), content, 1024 * 1024);
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_EQ(uploaded->uploader(), kDoer);
  const auto back = Download(*uploaded);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(*back == content);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_pieces"), "50");
}

TEST_F(EvidenceTest, WhatIsNotAsAnnouncedIsRefusedAndNothingIsKept) {
  const std::string content = Pdf(3000);
  const auto refused = [&](const status::Entry& reason, void (*change)(v1::UploadEvidenceStart&)) {
    v1::UploadEvidenceRequest start = About(content);
    change(*start.mutable_start());
    const auto result = Upload(start, content);
    EXPECT_TRUE(status::Is(result.status(), reason)) << reason.reason << ": " << result.status();
  };
  using Start = v1::UploadEvidenceStart;
  refused(status::kEvidenceDigestMismatch, [](Start& s) {
    s.mutable_evidence_file()->set_digest(evidence::HexDigest(crypto::Sha256("other")));
  });
  refused(status::kEvidenceSizeMismatch,
          [](Start& s) { s.mutable_evidence_file()->set_size_bytes(2999); });
  refused(status::kEvidenceSizeMismatch,
          [](Start& s) { s.mutable_evidence_file()->set_size_bytes(3001); });
  refused(status::kEvidenceTooLarge,
          [](Start& s) { s.mutable_evidence_file()->set_size_bytes(evidence::kMaxBytes + 1); });
  refused(status::kEvidenceTypeMismatch,
          [](Start& s) { s.mutable_evidence_file()->set_media_type("image/png"); });
  refused(status::kEvidenceTypeNotTaken,
          [](Start& s) { s.mutable_evidence_file()->set_media_type("text/html"); });
  refused(status::kReferenceNotFound,
          [](Start& s) { s.mutable_evidence_file()->set_organization(kNowhere); });
  refused(status::kRequestIdRequired, [](Start& s) { s.clear_request_id(); });
  refused(status::kFieldsInvalid, [](Start& s) { s.mutable_evidence_file()->clear_file_name(); });
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_files"), "0");
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_contents"), "0");
}

TEST_F(EvidenceTest, TheDescriptionComesFirstAndOnce) {
  const std::string content = Pdf(100);
  v1::UploadEvidenceRequest chunk;
  chunk.set_chunk(content);
  EXPECT_TRUE(status::Is(Upload(chunk, content).status(), status::kRequestInvalid));
  rpc::ClientStreamClient<v1::UploadEvidenceRequest, EvidenceFile> stream(served_.channel(),
                                                                          kUpload, As(kDoer));
  const v1::UploadEvidenceRequest start = About(content);
  stream.Write(start);
  stream.Write(start);
  EXPECT_TRUE(status::Is(stream.Finish().status(), status::kRequestInvalid));
  EXPECT_TRUE(status::Is(Upload(About(Pdf(2 << 20)), Pdf(2 << 20), (1 << 20) + 1).status(),
                         status::kRequestInvalid))
      << "a chunk is a megabyte at most";
}

TEST_F(EvidenceTest, ARepeatedUploadHasOneEffect) {
  const std::string content = Pdf(1000);
  const v1::UploadEvidenceRequest start = About(content);
  const auto once = Upload(start, content);
  const auto again = Upload(start, content);
  ASSERT_TRUE(once.ok() && again.ok()) << once.status() << again.status();
  EXPECT_EQ(once->name(), again->name());
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_files"), "1");
  ASSERT_TRUE(Upload(About(content), content).ok());
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_files"), "2");
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_pieces"), "1")
      << "the same content is kept once";
}

TEST_F(EvidenceTest, AnUploadThatIsCutOffLeavesNothingToBeSeen) {
  const std::string content = Pdf(3 << 20);
  {
    rpc::ClientStreamClient<v1::UploadEvidenceRequest, EvidenceFile> stream(served_.channel(),
                                                                            kUpload, As(kDoer));
    stream.Write(About(content));
    v1::UploadEvidenceRequest part;
    part.set_chunk(content.substr(0, 1 << 20));
    stream.Write(part);
    stream.Cancel();
    EXPECT_FALSE(stream.Finish().ok());
  }
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_files"), "0");
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM evidence_contents"), "0");
}

TEST_F(EvidenceTest, EachReadingIsOnRecordBeforeTheDataLeaves) {
  const auto file = Uploaded("整改报告", kBureau);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(Downloaded(*file, As(kVerifier)).ok());
  v1::GetEvidenceFileRequest get;
  get.set_name(file->name());
  ASSERT_TRUE(Call<EvidenceFile>("EvidenceService/GetEvidenceFile", get, kHead).ok());
  ASSERT_TRUE(Call<v1::ListEvidenceFilesResponse>("EvidenceService/ListEvidenceFiles",
                                                  v1::ListEvidenceFilesRequest(), kChief)
                  .ok());
  EXPECT_EQ(
      served_.database().Value(
          "SELECT GROUP_CONCAT(actor, ' ', SUBSTRING_INDEX(method, '/', -1) ORDER BY id) FROM "
          "journal WHERE operation = 'OPERATION_READ' AND resource = '" +
          file->name() + "'"),
      absl::StrCat(kVerifier, " DownloadEvidence,", kHead, " GetEvidenceFile,", kChief,
                   " ListEvidenceFiles"));
  served_.database().Run(
      "CREATE TRIGGER unwritable BEFORE INSERT ON journal FOR EACH ROW SIGNAL SQLSTATE '45000'");
  v1::DownloadEvidenceRequest request;
  request.set_name(file->name());
  rpc::ServerStreamClient<v1::DownloadEvidenceRequest, v1::DownloadEvidenceResponse> stream(
      served_.channel(), kDownload, request, As(kVerifier));
  v1::DownloadEvidenceResponse response;
  EXPECT_FALSE(stream.Read(&response)) << response.DebugString();
  const absl::Status refused = stream.Finish();
  served_.database().Run("DROP TRIGGER unwritable");
  EXPECT_TRUE(status::Is(refused, status::kReadingNotRecorded)) << refused;
  EXPECT_TRUE(Downloaded(*file, As(kVerifier)).ok());
}

TEST_F(EvidenceTest, WhatWasAlteredInTheDatabaseIsNotGivenOut) {
  const std::string content = Pdf(2 << 20);
  const auto uploaded = Upload(About(content), content);
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  served_.database().Run("UPDATE evidence_pieces SET content = CONCAT(SUBSTRING(content, 2), '!')");
  const absl::Status result = Download(*uploaded).status();
  EXPECT_EQ(result.code(), absl::StatusCode::kInternal) << result << ": the log says more";
}

}  // namespace
}  // namespace qinglian::supervision
