// What a platform does with Qinglian, in Java: create safely, walk pages, read errors, follow the feed.
//
// Wants ADDRESS, CA, CERTIFICATE and KEY in the environment, and on the class path the stubs that generate.sh makes.

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.File;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import qinglian.journal.v1.Journal.WatchChangesRequest;
import qinglian.journal.v1.Journal.WatchChangesResponse;
import qinglian.organization.v1.DivisionOuterClass.Division;
import qinglian.organization.v1.JournalServiceGrpc;
import qinglian.organization.v1.JournalServiceGrpc.JournalServiceBlockingStub;
import qinglian.organization.v1.OrganizationOuterClass.Organization;
import qinglian.organization.v1.OrganizationServiceGrpc;
import qinglian.organization.v1.OrganizationServiceGrpc.OrganizationServiceBlockingStub;
import qinglian.organization.v1.OrganizationServiceOuterClass.CreateOrganizationRequest;
import qinglian.organization.v1.OrganizationServiceOuterClass.ListOrganizationsRequest;
import qinglian.organization.v1.OrganizationServiceOuterClass.ListOrganizationsResponse;

public final class Example {
  // Every call says how long it waits.
  private static final long SECONDS = 15;

  // What is safe to repeat is repeated by gRPC itself, where the service could not be reached.
  private static final Map<String, ?> RETRIES =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name", List.of(Map.of()),
                  "retryPolicy",
                      Map.of(
                          "maxAttempts", 4.0,
                          "initialBackoff", "0.2s",
                          "maxBackoff", "3s",
                          "backoffMultiplier", 2.0,
                          "retryableStatusCodes", List.of("UNAVAILABLE")))));

  private final OrganizationServiceBlockingStub organizations;
  private final JournalServiceBlockingStub journal;

  private Example(ManagedChannel channel) {
    organizations = OrganizationServiceGrpc.newBlockingStub(channel);
    journal = JournalServiceGrpc.newBlockingStub(channel);
  }

  private static File file(String name) {
    return new File(System.getenv(name));
  }

  private static ManagedChannel connect() throws Exception {
    return NettyChannelBuilder.forTarget(System.getenv("ADDRESS"))
        .sslContext(
            GrpcSslContexts.forClient()
                .trustManager(file("CA"))
                .keyManager(file("CERTIFICATE"), file("KEY"))
                .build())
        .defaultServiceConfig(RETRIES)
        .enableRetry()
        .build();
  }

  private OrganizationServiceBlockingStub organizations() {
    return organizations.withDeadlineAfter(SECONDS, TimeUnit.SECONDS);
  }

  private JournalServiceBlockingStub journal() {
    return journal.withDeadlineAfter(SECONDS, TimeUnit.SECONDS);
  }

  // An organization to create. The request id makes the call safe to repeat.
  private static CreateOrganizationRequest wanted(String name) {
    return CreateOrganizationRequest.newBuilder()
        .setOrganization(
            Organization.newBuilder()
                .setDisplayName(name)
                .setKind(Organization.Kind.KIND_GOVERNMENT_DEPARTMENT)
                .setLevel(Division.Level.LEVEL_PROVINCE)
                .setDivision("divisions/33"))
        .setRequestId(UUID.randomUUID().toString())
        .build();
  }

  private void createSafely() {
    CreateOrganizationRequest request = wanted("示例单位");
    Organization created = organizations().createOrganization(request);
    // The answer was lost on the way? The same request again gets the same answer, and nothing is made twice.
    Organization repeated = organizations().createOrganization(request);
    System.out.println("created " + created.getName());
    System.out.println("repeated " + repeated.getName());
  }

  private void walkPages() {
    int walked = 0;
    Set<String> different = new HashSet<>();
    String token = "";
    do {
      ListOrganizationsResponse page =
          organizations()
              .listOrganizations(
                  ListOrganizationsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      for (Organization organization : page.getOrganizationsList()) {
        walked++;
        different.add(organization.getName());
      }
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    System.out.println("walked " + walked + " of which different " + different.size());
  }

  private void readError() throws Exception {
    try {
      organizations().createOrganization(wanted(""));
    } catch (StatusRuntimeException error) {
      for (Any detail : StatusProto.fromThrowable(error).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          System.out.println(
              "refused " + error.getStatus().getCode() + " " + detail.unpack(ErrorInfo.class).getReason());
        }
        if (detail.is(BadRequest.class)) {
          System.out.println("field " + detail.unpack(BadRequest.class).getFieldViolations(0).getField());
        }
      }
    }
  }

  // The first batch of a stream, which is ended then.
  private WatchChangesResponse first(WatchChangesRequest request) throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    try {
      return context.call(() -> journal().watchChanges(request).next());
    } finally {
      context.cancel(null);
    }
  }

  private void follow() throws Exception {
    // The first batch comes at once and says where "now" is.
    WatchChangesResponse now = first(WatchChangesRequest.newBuilder().setNow(true).build());
    // Whatever happens while nobody listens is told to who comes back with his token.
    String missed = organizations().createOrganization(wanted("错过的单位")).getName();
    Iterator<WatchChangesResponse> batches =
        journal()
            .watchChanges(
                WatchChangesRequest.newBuilder().setResumeToken(now.getResumeToken()).build());
    long reached = now.getThrough();
    while (batches.hasNext()) {
      WatchChangesResponse batch = batches.next();
      // Each batch begins where the one before ended: nothing is missed and nothing comes twice.
      if (batch.getAfter() != reached) {
        throw new IllegalStateException("a gap between " + reached + " and " + batch.getAfter());
      }
      reached = batch.getThrough();
      if (batch.getChangesList().stream().anyMatch(c -> c.getResource().equals(missed))) {
        System.out.println("resumed " + missed);
        return;
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    ManagedChannel channel = connect();
    try {
      Example example = new Example(channel);
      example.createSafely();
      example.walkPages();
      example.readError();
      example.follow();
    } finally {
      channel.shutdownNow();
    }
  }
}
