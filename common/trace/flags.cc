#include "common/trace/flags.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/config/loopback.h"
#include "common/status/macros.h"
#include "common/status/status.h"

ABSL_FLAG(std::string, trace_endpoint, "",
          "The collector of OpenTelemetry that spans are sent to by OTLP over gRPC, host:port. "
          "Empty: nothing is traced.");
ABSL_FLAG(double, trace_sample_ratio, 0.1,
          "The share of traces that are recorded, 0 to 1; the same in all processes. The gateway "
          "decides for whoever calls from outside, whatever he says; services follow the gateway.");
ABSL_FLAG(std::string, trace_ca_file, "",
          "Certificates of who signed the collector's, PEM: it is spoken to over TLS.");
ABSL_FLAG(bool, trace_plain, false,
          "Whether a collector on another machine may be spoken to without TLS: where the network "
          "sees to it.");

namespace qinglian::trace {
namespace {

absl::Status Invalid(std::string detail) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(detail)}});
}

// Whether it is host:port, the host a name or an address, that of version 6 in brackets.
bool IsHostAndPort(const std::string& endpoint) {
  const size_t colon = endpoint.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(endpoint.substr(colon + 1), &port) || port < 1 || port > 65'535 ||
      !absl::ascii_isdigit(static_cast<unsigned char>(endpoint[colon + 1]))) {
    return false;
  }
  const std::string host = endpoint.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const char* allowed = bracketed
                            ? "[]:.0123456789abcdefABCDEF"
                            : "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return host.find_first_not_of(allowed) == std::string::npos;
}

absl::StatusOr<std::string> ReadAuthorities(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Invalid(absl::StrCat("trace_ca_file: ", path, " cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  if (!absl::StrContains(text.str(), "-----BEGIN CERTIFICATE-----")) {
    return Invalid(absl::StrCat("trace_ca_file: ", path, " holds no certificate"));
  }
  return text.str();
}

}  // namespace

absl::StatusOr<ExporterOptions> CheckSettings(const TraceSettings& settings) {
  ExporterOptions options;
  // Written so that what is no number fails.
  if (!(settings.sample_ratio >= 0 && settings.sample_ratio <= 1)) {
    return Invalid("trace_sample_ratio: must be 0 to 1");
  }
  options.ratio = settings.sample_ratio;
  options.endpoint = settings.endpoint;
  if (settings.endpoint.empty()) {
    if (settings.ca_file.empty() && !settings.plain) return options;
    return Invalid("trace_ca_file and trace_plain want trace_endpoint");
  }
  if (!CanExport()) return Invalid("trace_endpoint: this program was built without OpenTelemetry");
  if (!IsHostAndPort(settings.endpoint)) {
    return Invalid(absl::StrCat("trace_endpoint: \"", settings.endpoint, "\" is not host:port"));
  }
  if (!settings.ca_file.empty()) {
    if (settings.plain) return Invalid("trace_plain: trace_ca_file says otherwise");
    ASSIGN_OR_RETURN(options.ca_certificates, ReadAuthorities(settings.ca_file));
    return options;
  }
  if (!settings.plain && !config::CheckLoopback("trace_endpoint", settings.endpoint).ok()) {
    return Invalid(absl::StrCat("trace_endpoint: \"", settings.endpoint,
                                "\" is on another machine, which wants --trace_ca_file, or "
                                "--trace_plain where the network sees to it"));
  }
  return options;
}

absl::StatusOr<ExporterOptions> ExporterOptionsFromFlags(std::string service, std::string version) {
  ASSIGN_OR_RETURN(ExporterOptions options,
                   CheckSettings({.endpoint = absl::GetFlag(FLAGS_trace_endpoint),
                                  .sample_ratio = absl::GetFlag(FLAGS_trace_sample_ratio),
                                  .ca_file = absl::GetFlag(FLAGS_trace_ca_file),
                                  .plain = absl::GetFlag(FLAGS_trace_plain)}));
  options.service = std::move(service);
  options.version = std::move(version);
  return options;
}

}  // namespace qinglian::trace
