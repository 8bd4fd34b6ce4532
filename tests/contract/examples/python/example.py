#!/usr/bin/python3
"""What a platform does with Qinglian, in Python: create safely, walk pages, read errors, follow the feed.

Wants ADDRESS, CA, CERTIFICATE and KEY in the environment, and the stubs that generate.sh makes on PYTHONPATH.
"""

import os
import uuid

import grpc
from google.rpc import error_details_pb2, status_pb2
from qinglian.journal.v1 import journal_pb2
from qinglian.organization.v1 import journal_service_pb2_grpc, organization_pb2
from qinglian.organization.v1 import organization_service_pb2, organization_service_pb2_grpc

SECONDS = 15  # every call says how long it waits

# What is safe to repeat is repeated by gRPC itself, where the service could not be reached.
RETRIES = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.2s",
  "maxBackoff": "3s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}"""


def read(name):
    with open(os.environ[name], "rb") as file:
        return file.read()


def connect():
    credentials = grpc.ssl_channel_credentials(read("CA"), private_key=read("KEY"), certificate_chain=read("CERTIFICATE"))
    return grpc.secure_channel(os.environ["ADDRESS"], credentials, options=[("grpc.service_config", RETRIES)])


def wanted(name):
    """An organization to create. The request id makes the call safe to repeat."""
    return organization_service_pb2.CreateOrganizationRequest(
        organization=organization_pb2.Organization(
            display_name=name,
            kind=organization_pb2.Organization.KIND_GOVERNMENT_DEPARTMENT,
            level=1,  # LEVEL_PROVINCE
            division="divisions/33",
        ),
        request_id=str(uuid.uuid4()),
    )


def create_safely(organizations):
    request = wanted("示例单位")
    created = organizations.CreateOrganization(request, timeout=SECONDS)
    # The answer was lost on the way? The same request again gets the same answer, and nothing is made twice.
    repeated = organizations.CreateOrganization(request, timeout=SECONDS)
    print("created", created.name)
    print("repeated", repeated.name)


def walk_pages(organizations):
    request = organization_service_pb2.ListOrganizationsRequest(page_size=2)
    names = []
    while True:
        page = organizations.ListOrganizations(request, timeout=SECONDS)
        names += [organization.name for organization in page.organizations]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    print("walked", len(names), "of which different", len(set(names)))


def read_error(organizations):
    try:
        organizations.CreateOrganization(wanted(""), timeout=SECONDS)
    except grpc.RpcError as error:
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        for detail in status.details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo()
                detail.Unpack(info)
                print("refused", error.code().name, info.reason)
            if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest()
                detail.Unpack(bad)
                print("field", bad.field_violations[0].field)


def follow(journal, organizations):
    request = journal_pb2.WatchChangesRequest(now=True)
    stream = journal.WatchChanges(request, timeout=SECONDS)
    now = next(stream)  # the first batch comes at once and says where "now" is
    stream.cancel()
    # Whatever happens while nobody listens is told to who comes back with his token.
    missed = organizations.CreateOrganization(wanted("错过的单位"), timeout=SECONDS).name
    reached = now.through
    for batch in journal.WatchChanges(journal_pb2.WatchChangesRequest(resume_token=now.resume_token), timeout=SECONDS):
        # Each batch begins where the one before ended: nothing is missed and nothing comes twice.
        if batch.after != reached:
            raise RuntimeError(f"a gap between {reached} and {batch.after}")
        reached = batch.through
        if any(change.resource == missed for change in batch.changes):
            print("resumed", missed)
            return


def main():
    with connect() as channel:
        organizations = organization_service_pb2_grpc.OrganizationServiceStub(channel)
        create_safely(organizations)
        walk_pages(organizations)
        read_error(organizations)
        follow(journal_service_pb2_grpc.JournalServiceStub(channel), organizations)


main()
