#include "common/rpc/hop_flags.h"

#include "absl/flags/flag.h"

ABSL_FLAG(
    std::string, hop_certificate_file, "",
    "The certificate of this process, PEM, that it shows to other processes of the house; "
    "empty where all are on one machine. Read anew when it changes, and so are the next two.");
ABSL_FLAG(std::string, hop_key_file, "", "Its key, PEM.");
ABSL_FLAG(std::string, hop_ca_file, "", "Certificates of the authorities of the house, PEM.");

namespace qinglian::rpc {

absl::StatusOr<std::shared_ptr<const Hop>> HopFromFlags(const std::string& process) {
  return Hop::Load(process, {.certificate = absl::GetFlag(FLAGS_hop_certificate_file),
                             .key = absl::GetFlag(FLAGS_hop_key_file),
                             .ca = absl::GetFlag(FLAGS_hop_ca_file)});
}

}  // namespace qinglian::rpc
