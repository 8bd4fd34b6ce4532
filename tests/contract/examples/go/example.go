// What a platform does with Qinglian, in Go: create safely, walk pages, read errors, follow the feed.
//
// Wants ADDRESS, CA, CERTIFICATE and KEY in the environment, and the stubs that generate.sh makes in the GOPATH.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	journal "qinglian/journal/v1"
	organization "qinglian/organization/v1"
)

// Every call says how long it waits.
const patience = 15 * time.Second

// What is safe to repeat is repeated by gRPC itself, where the service could not be reached (GRPC_GO_RETRY=on).
const retries = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.2s",
  "maxBackoff": "3s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func connect() *grpc.ClientConn {
	certificate, err := tls.LoadX509KeyPair(os.Getenv("CERTIFICATE"), os.Getenv("KEY"))
	must(err)
	authority, err := os.ReadFile(os.Getenv("CA"))
	must(err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	connection, err := grpc.Dial(os.Getenv("ADDRESS"), grpc.WithDefaultServiceConfig(retries),
		grpc.WithTransportCredentials(credentials.NewTLS(
			&tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: trusted})))
	must(err)
	return connection
}

func newRequestID() string {
	var id [16]byte
	_, err := rand.Read(id[:])
	must(err)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// An organization to create. The request id makes the call safe to repeat.
func wanted(name string) *organization.CreateOrganizationRequest {
	return &organization.CreateOrganizationRequest{
		Organization: &organization.Organization{
			DisplayName: name,
			Kind:        organization.Organization_KIND_GOVERNMENT_DEPARTMENT,
			Level:       organization.Division_LEVEL_PROVINCE,
			Division:    "divisions/33",
		},
		RequestId: newRequestID(),
	}
}

func create(organizations organization.OrganizationServiceClient,
	request *organization.CreateOrganizationRequest) (*organization.Organization, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return organizations.CreateOrganization(ctx, request)
}

func createSafely(organizations organization.OrganizationServiceClient) {
	request := wanted("示例单位")
	created, err := create(organizations, request)
	must(err)
	// The answer was lost on the way? The same request again gets the same answer, and nothing is made twice.
	repeated, err := create(organizations, request)
	must(err)
	fmt.Println("created", created.Name)
	fmt.Println("repeated", repeated.Name)
}

func list(organizations organization.OrganizationServiceClient,
	request *organization.ListOrganizationsRequest) *organization.ListOrganizationsResponse {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	page, err := organizations.ListOrganizations(ctx, request)
	must(err)
	return page
}

func walkPages(organizations organization.OrganizationServiceClient) {
	request := &organization.ListOrganizationsRequest{PageSize: 2}
	walked, different := 0, map[string]bool{}
	for {
		page := list(organizations, request)
		for _, one := range page.Organizations {
			walked++
			different[one.Name] = true
		}
		if page.NextPageToken == "" {
			break
		}
		request.PageToken = page.NextPageToken
	}
	fmt.Println("walked", walked, "of which different", len(different))
}

func readError(organizations organization.OrganizationServiceClient) {
	_, err := create(organizations, wanted(""))
	refused := status.Convert(err)
	for _, detail := range refused.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			fmt.Println("refused", codeNames[refused.Code().String()], detail.Reason)
		case *errdetails.BadRequest:
			fmt.Println("field", detail.FieldViolations[0].Field)
		}
	}
}

// Go spells codes in its own way.
var codeNames = map[string]string{"InvalidArgument": "INVALID_ARGUMENT"}

func follow(feed organization.JournalServiceClient, organizations organization.OrganizationServiceClient) {
	// The first batch comes at once and says where "now" is.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	stream, err := feed.WatchChanges(ctx, &journal.WatchChangesRequest{Start: &journal.WatchChangesRequest_Now{Now: true}})
	must(err)
	first, err := stream.Recv()
	must(err)
	cancel()
	// Whatever happens while nobody listens is told to who comes back with his token.
	missed, err := create(organizations, wanted("错过的单位"))
	must(err)
	ctx, cancel = context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err = feed.WatchChanges(ctx, &journal.WatchChangesRequest{
		Start: &journal.WatchChangesRequest_ResumeToken{ResumeToken: first.ResumeToken}})
	must(err)
	for reached := first.Through; ; {
		batch, err := stream.Recv()
		must(err)
		// Each batch begins where the one before ended: nothing is missed and nothing comes twice.
		if batch.After != reached {
			log.Fatal("a gap between ", reached, " and ", batch.After)
		}
		reached = batch.Through
		for _, change := range batch.Changes {
			if change.Resource == missed.Name {
				fmt.Println("resumed", missed.Name)
				return
			}
		}
	}
}

func main() {
	connection := connect()
	defer connection.Close()
	organizations := organization.NewOrganizationServiceClient(connection)
	createSafely(organizations)
	walkPages(organizations)
	readError(organizations)
	follow(organization.NewJournalServiceClient(connection), organizations)
}
