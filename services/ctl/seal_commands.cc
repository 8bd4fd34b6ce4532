#include "services/ctl/seal_commands.h"

#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/config/secret_file.h"
#include "common/seal/sealing_keys.h"
#include "common/status/macros.h"
#include "qinglian/organization/v1/sealing_service.pb.h"
#include "services/ctl/print.h"
#include "services/ctl/written_file.h"

namespace qinglian::ctl {
namespace {

constexpr char kService[] = "/qinglian.organization.v1.SealingService/";

absl::Status MakeKey(const std::string& file) {
  ASSIGN_OR_RETURN(const int64_t version, MakeSealingKey(file));
  std::cout << "version " << version << " is in " << file << "\n";
  return absl::OkStatus();
}

absl::Status Status(const Context& context) {
  ASSIGN_OR_RETURN(const auto status, context.Call<organization::v1::SealingStatus>(
                                          absl::StrCat(kService, "GetSealingStatus"),
                                          organization::v1::GetSealingStatusRequest()));
  if (context.json) {
    std::cout << ToJson(status) << "\n";
    return absl::OkStatus();
  }
  Table table({"version", "values"});
  for (const auto& version : status.versions())
    table.Add({absl::StrCat(version.version()), absl::StrCat(version.values())});
  std::cout << "new values are sealed under version " << status.newest_version() << "\n"
            << (table.empty() ? "nothing is sealed yet\n" : table.ToString());
  return absl::OkStatus();
}

absl::Status Rotate(const Context& context) {
  int64_t rotated = 0;
  organization::v1::RotateSealingKeysResponse response;
  do {
    organization::v1::RotateSealingKeysRequest request;
    request.set_request_id(NewRequestId());
    ASSIGN_OR_RETURN(response, context.Call<organization::v1::RotateSealingKeysResponse>(
                                   absl::StrCat(kService, "RotateSealingKeys"), request));
    rotated += response.rotated();
  } while (response.remaining() > 0);
  std::cout << rotated << " values brought under version " << response.version()
            << "; none is under an older one\n";
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> MakeSealingKey(const std::string& file) {
  std::string text;
  if (std::filesystem::exists(file)) {
    ASSIGN_OR_RETURN(text, config::ReadSecretFile(file));
  }
  ASSIGN_OR_RETURN(text, seal::WithNewVersion(text));
  RETURN_IF_ERROR(Replace(file, text, 0600));
  return seal::ParseKeys(text)->newest();
}

absl::Status Seal(const Context& context, const Arguments& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "make-key" && arguments.size() == 2) return MakeKey(arguments[1]);
  if (what == "status" && arguments.size() == 1) return Status(context);
  if (what == "rotate" && arguments.size() == 1) return Rotate(context);
  return Usage("seal make-key FILE | status | rotate");
}

}  // namespace qinglian::ctl
