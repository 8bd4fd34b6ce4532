// The one place that knows OpenTelemetry.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/log/log.h"
#include "common/trace/exporter.h"
#include "common/trace/span.h"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_factory.h"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_options.h"
#include "opentelemetry/sdk/common/global_log_handler.h"
#include "opentelemetry/sdk/resource/resource.h"
#include "opentelemetry/sdk/trace/batch_span_processor_factory.h"
#include "opentelemetry/sdk/trace/batch_span_processor_options.h"
#include "opentelemetry/sdk/trace/exporter.h"
#include "opentelemetry/sdk/trace/id_generator.h"
#include "opentelemetry/sdk/trace/processor.h"
#include "opentelemetry/sdk/trace/recordable.h"
#include "opentelemetry/sdk/trace/samplers/always_on_factory.h"
#include "opentelemetry/sdk/trace/tracer_provider.h"
#include "opentelemetry/sdk/trace/tracer_provider_factory.h"
#include "opentelemetry/trace/span.h"
#include "opentelemetry/trace/tracer.h"

namespace qinglian::trace {
namespace {

namespace api = opentelemetry::trace;
namespace nostd = opentelemetry::nostd;
namespace sdk = opentelemetry::sdk;
using sdk::common::ExportResult;

// The ids of the span that this thread begins: ours, for they also stand in what is sent to others.
thread_local Context next;
// This thread ends a span that never was.
thread_local bool discarding = false;

void WriteId(uint64_t id, uint8_t* to) {
  for (int i = 7; i >= 0; --i, id >>= 8) to[i] = static_cast<uint8_t>(id);
}

api::SpanId ToSpanId(uint64_t id) {
  uint8_t bytes[8];
  WriteId(id, bytes);
  return api::SpanId(bytes);
}

api::TraceId ToTraceId(const Context& context) {
  uint8_t bytes[16];
  WriteId(context.high, bytes);
  WriteId(context.low, bytes + 8);
  return api::TraceId(bytes);
}

api::SpanContext ToSpanContext(const Context& context, bool remote) {
  return api::SpanContext(ToTraceId(context), ToSpanId(context.span),
                          api::TraceFlags(api::TraceFlags::kIsSampled), remote);
}

class OurIds final : public sdk::trace::IdGenerator {
 public:
  OurIds() : IdGenerator(true) {}
  api::SpanId GenerateSpanId() noexcept override { return ToSpanId(next.span); }
  api::TraceId GenerateTraceId() noexcept override { return ToTraceId(next); }
};

// What the thread that sends and those that are traced share.
struct State {
  explicit State(const ExporterMetrics& metrics)
      : exported(metrics.exported),
        full(metrics.dropped.With({"full"})),
        failed(metrics.dropped.With({"failed"})),
        ended(metrics.dropped.With({"ended"})) {}
  metrics::Counter& exported;
  metrics::Counter& full;
  metrics::Counter& failed;
  metrics::Counter& ended;
  // Spans that have ended and are not sent.
  std::atomic<size_t> waiting{0};
  // Nanoseconds of the monotonic clock after which nothing more is sent.
  std::atomic<int64_t> end_ns{INT64_MAX};
};

int64_t NowNanos() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// Counts what the collector takes, and gives up when the process has ended for long enough.
class CountingExporter final : public sdk::trace::SpanExporter {
 public:
  CountingExporter(std::unique_ptr<SpanExporter> exporter, State& state)
      : exporter_(std::move(exporter)), state_(state) {}

  std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override {
    return exporter_->MakeRecordable();
  }

  ExportResult Export(
      const nostd::span<std::unique_ptr<sdk::trace::Recordable>>& spans) noexcept override {
    const size_t count = spans.size();
    // Before it is sent: meanwhile as many others may wait as ever.
    state_.waiting.fetch_sub(count, std::memory_order_relaxed);
    if (NowNanos() >= state_.end_ns.load(std::memory_order_relaxed)) {
      state_.ended.Increment(static_cast<double>(count));
      return ExportResult::kFailure;
    }
    const ExportResult result = exporter_->Export(spans);
    const bool taken = result == ExportResult::kSuccess;
    (taken ? state_.exported : state_.failed).Increment(static_cast<double>(count));
    Tell(taken);
    return result;
  }

  bool ForceFlush(std::chrono::microseconds timeout) noexcept override {
    return exporter_->ForceFlush(timeout);
  }
  bool Shutdown(std::chrono::microseconds timeout) noexcept override {
    return exporter_->Shutdown(timeout);
  }

 private:
  // A line when it begins to fail and when that is over.
  void Tell(bool taken) {
    if (std::exchange(failing_, !taken) == !taken) return;
    if (taken) {
      log::Info("traces are taken again");
    } else {
      log::Warning("traces are not taken by the collector");
    }
  }

  const std::unique_ptr<SpanExporter> exporter_;
  State& state_;
  bool failing_ = false;
};

// Counts what finds the queue full: the processor behind it drops silently.
class BoundedProcessor final : public sdk::trace::SpanProcessor {
 public:
  BoundedProcessor(std::unique_ptr<SpanProcessor> processor, size_t most, State& state)
      : processor_(std::move(processor)), most_(most), state_(state) {}

  std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override {
    return processor_->MakeRecordable();
  }
  void OnStart(sdk::trace::Recordable& span, const api::SpanContext& parent) noexcept override {
    processor_->OnStart(span, parent);
  }
  void OnEnd(std::unique_ptr<sdk::trace::Recordable>&& span) noexcept override {
    if (discarding) return;
    if (state_.waiting.fetch_add(1, std::memory_order_relaxed) >= most_) {
      state_.waiting.fetch_sub(1, std::memory_order_relaxed);
      return state_.full.Increment();
    }
    processor_->OnEnd(std::move(span));
  }
  bool ForceFlush(std::chrono::microseconds timeout) noexcept override {
    return processor_->ForceFlush(timeout);
  }
  bool Shutdown(std::chrono::microseconds timeout) noexcept override {
    return processor_->Shutdown(timeout);
  }

 private:
  const std::unique_ptr<SpanProcessor> processor_;
  const size_t most_;
  State& state_;
};

// By the names of OpenTelemetry's conventions where these have one.
const char* NameOf(Attribute attribute) {
  switch (attribute) {
    case Attribute::kRpcMethod:
      return "rpc.method";
    case Attribute::kRpcCode:
      return "rpc.grpc.status_code";
    case Attribute::kUpstream:
      return "qinglian.upstream";
    case Attribute::kQueueWait:
      return "qinglian.queue_wait_us";
    case Attribute::kDatabaseSystem:
      return "db.system.name";
    case Attribute::kStatement:
      return "db.operation.name";
    case Attribute::kRetries:
      return "qinglian.retries";
    case Attribute::kFeed:
      return "qinglian.feed";
    case Attribute::kChanges:
      return "qinglian.changes";
    case Attribute::kEffects:
      return "qinglian.effects";
  }
  return "";
}

nostd::string_view View(std::string_view text) { return {text.data(), text.size()}; }

class OtlpRecording final : public Recording {
 public:
  explicit OtlpRecording(nostd::shared_ptr<api::Span> span) : span_(std::move(span)) {}
  ~OtlpRecording() override { span_->End(); }
  void Set(Attribute attribute, int64_t value) override {
    span_->SetAttribute(NameOf(attribute), value);
  }
  void Set(Attribute attribute, std::string_view value) override {
    span_->SetAttribute(NameOf(attribute), View(value));
  }
  void Fail(absl::StatusCode code) override {
    span_->SetStatus(api::StatusCode::kError, absl::StatusCodeToString(code));
  }
  void Drop() override {
    discarding = true;
    span_->End();
    discarding = false;
  }

 private:
  const nostd::shared_ptr<api::Span> span_;
};

api::SpanKind ToSpanKind(Kind kind) {
  switch (kind) {
    case Kind::kServer:
      return api::SpanKind::kServer;
    case Kind::kClient:
      return api::SpanKind::kClient;
    case Kind::kInternal:
      return api::SpanKind::kInternal;
    case Kind::kProducer:
      return api::SpanKind::kProducer;
    case Kind::kConsumer:
      return api::SpanKind::kConsumer;
  }
  return api::SpanKind::kInternal;
}

std::unique_ptr<sdk::trace::SpanExporter> MakeOtlp(const ExporterOptions& options) {
  // Whatever the environment says, for it is not where settings of this program stand.
  opentelemetry::exporter::otlp::OtlpGrpcExporterOptions otlp;
  otlp.endpoint = options.endpoint;
  otlp.use_ssl_credentials = !options.ca_certificates.empty();
  otlp.ssl_credentials_cacert_path.clear();
  otlp.ssl_credentials_cacert_as_string = options.ca_certificates;
  otlp.timeout = absl::ToChronoMicroseconds(options.timeout);
  otlp.metadata.clear();
  otlp.compression.clear();
  otlp.user_agent = "qinglian";
  otlp.retry_policy_max_attempts = 0;
  // A proxy named there would see what is meant for this machine or this network alone. The channel
  // is OpenTelemetry's, and can be told in no other way; all others of ours go by no proxy anyhow.
  setenv("grpc_proxy", "", 1);
  return opentelemetry::exporter::otlp::OtlpGrpcExporterFactory::Create(otlp);
}

std::unique_ptr<sdk::trace::TracerProvider> MakeProvider(const ExporterOptions& options,
                                                         State& state) {
  sdk::trace::BatchSpanProcessorOptions batch;
  // A little more than may wait by our own count, so that nothing is dropped behind it.
  batch.max_queue_size = options.queue_size + options.batch_size;
  batch.max_export_batch_size = options.batch_size;
  batch.schedule_delay_millis = absl::ToChronoMilliseconds(options.interval);
  auto processor = sdk::trace::BatchSpanProcessorFactory::Create(
      std::make_unique<CountingExporter>(MakeOtlp(options), state), batch);
  const auto resource = sdk::resource::Resource::Create({{"service.namespace", "qinglian"},
                                                         {"service.name", options.service},
                                                         {"service.version", options.version}});
  return sdk::trace::TracerProviderFactory::Create(
      std::make_unique<BoundedProcessor>(std::move(processor), options.queue_size, state), resource,
      sdk::trace::AlwaysOnSamplerFactory::Create(), std::make_unique<OurIds>());
}

// OpenTelemetry's own words would go to stdout; what matters of them Tell says.
void Silence() {
  using sdk::common::internal_log::GlobalLogHandler;
  GlobalLogHandler::SetLogLevel(sdk::common::internal_log::LogLevel::None);
}

}  // namespace

class Exporter::Pipeline final : public Recorder {
 public:
  Pipeline(const ExporterOptions& options, const ExporterMetrics& metrics)
      : ratio_(options.ratio), flush_(options.flush), state_(metrics) {
    Silence();
    provider_ = MakeProvider(options, state_);
    tracer_ = provider_->GetTracer("qinglian", options.version);
    SetRecorder(this);
  }

  ~Pipeline() override {
    SetRecorder(nullptr);
    state_.end_ns = NowNanos() + absl::ToInt64Nanoseconds(flush_);
    provider_->Shutdown();
  }

  std::unique_ptr<Recording> Begin(const Beginning& beginning) override {
    next = beginning.context;
    api::StartSpanOptions options;
    options.kind = ToSpanKind(beginning.kind);
    options.start_steady_time = opentelemetry::common::SteadyTimestamp(beginning.start);
    options.start_system_time = opentelemetry::common::SystemTimestamp(
        std::chrono::system_clock::now() -
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::steady_clock::now() - beginning.start));
    if (beginning.parent != 0) {
      Context parent = beginning.context;
      parent.span = beginning.parent;
      options.parent = ToSpanContext(parent, beginning.remote);
    }
    using Nothing = std::vector<std::pair<std::string, int>>;
    std::vector<std::pair<api::SpanContext, Nothing>> links;
    for (const Context& link : beginning.links)
      links.emplace_back(ToSpanContext(link, true), Nothing());
    return std::make_unique<OtlpRecording>(
        tracer_->StartSpan(View(beginning.name), Nothing(), links, options));
  }

  double ratio() const override { return ratio_; }

 private:
  const double ratio_;
  const absl::Duration flush_;
  State state_;
  std::unique_ptr<sdk::trace::TracerProvider> provider_;
  nostd::shared_ptr<api::Tracer> tracer_;
};

bool CanExport() { return true; }

Exporter::Exporter(const ExporterOptions& options, metrics::Registry& registry)
    : metrics_(registry),
      pipeline_(options.endpoint.empty() ? nullptr : new Pipeline(options, metrics_)) {}
Exporter::~Exporter() = default;

}  // namespace qinglian::trace
