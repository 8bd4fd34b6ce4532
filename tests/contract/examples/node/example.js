// What a platform does with Qinglian, in Node: create safely, walk pages, read errors, follow the feed.
//
// Wants ADDRESS, CA, CERTIFICATE and KEY in the environment, PROTO (the folder proto/ of Qinglian) and GOOGLE (npm
// google-proto-files); @grpc/grpc-js and @grpc/proto-loader from npm.
'use strict'
const { randomUUID } = require('crypto')
const { readFileSync } = require('fs')
const { promisify } = require('util')
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const { ADDRESS, CA, CERTIFICATE, KEY, PROTO, GOOGLE } = process.env

const definition = loader.loadSync(
  [
    'qinglian/organization/v1/organization_service.proto',
    'qinglian/organization/v1/journal_service.proto',
    'google/rpc/status.proto',
    'google/rpc/error_details.proto',
  ],
  { includeDirs: [PROTO, GOOGLE], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true },
)
const { OrganizationService, JournalService } = grpc.loadPackageDefinition(definition).qinglian.organization.v1

// What is safe to repeat is repeated by gRPC itself, where the service could not be reached.
const retries = {
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.2s',
        maxBackoff: '3s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
}
const credentials = grpc.credentials.createSsl(readFileSync(CA), readFileSync(KEY), readFileSync(CERTIFICATE))
const options = { 'grpc.service_config': JSON.stringify(retries) }
const organizations = new OrganizationService(ADDRESS, credentials, options)
const journal = new JournalService(ADDRESS, credentials, options)

// Every call says how long it waits.
const patience = () => ({ deadline: Date.now() + 15_000 })
const call = (method, request) =>
  promisify((done) => organizations[method](request, new grpc.Metadata(), patience(), done))()

// An organization to create. The request id makes the call safe to repeat.
const wanted = (name) => ({
  organization: {
    display_name: name,
    kind: 'KIND_GOVERNMENT_DEPARTMENT',
    level: 'LEVEL_PROVINCE',
    division: 'divisions/33',
  },
  request_id: randomUUID(),
})

async function createSafely() {
  const request = wanted('示例单位')
  const created = await call('CreateOrganization', request)
  // The answer was lost on the way? The same request again gets the same answer, and nothing is made twice.
  const repeated = await call('CreateOrganization', request)
  console.log('created', created.name)
  console.log('repeated', repeated.name)
}

async function walkPages() {
  const names = []
  let page_token = ''
  do {
    const page = await call('ListOrganizations', { page_size: 2, page_token })
    names.push(...page.organizations.map((organization) => organization.name))
    page_token = page.next_page_token
  } while (page_token !== '')
  console.log('walked', names.length, 'of which different', new Set(names).size)
}

// The details of an error, by their types.
function detailsOf(error) {
  const status = definition['google.rpc.Status'].deserialize(error.metadata.get('grpc-status-details-bin')[0])
  const details = {}
  for (const { type_url, value } of status.details) {
    const type = type_url.slice(type_url.lastIndexOf('/') + 1)
    const known = definition[type]
    if (known) details[type] = known.deserialize(value)
  }
  return details
}

async function readError() {
  try {
    await call('CreateOrganization', wanted(''))
  } catch (error) {
    const details = detailsOf(error)
    console.log('refused', grpc.status[error.code], details['google.rpc.ErrorInfo'].reason)
    console.log('field', details['google.rpc.BadRequest'].field_violations[0].field)
  }
}

// Reads batches until `wants` is content with one; answers it and ends the stream.
function watch(request, wants) {
  return new Promise((resolve, reject) => {
    const stream = journal.WatchChanges(request, new grpc.Metadata(), patience())
    stream.on('data', (batch) => {
      if (!wants(batch)) return
      resolve(batch)
      stream.cancel()
    })
    stream.on('error', reject) // also of a stream that was cancelled, when nobody asks any more
  })
}

async function follow() {
  // The first batch comes at once and says where "now" is.
  const { resume_token, through } = await watch({ now: true }, () => true)
  // Whatever happens while nobody listens is told to who comes back with his token.
  const missed = (await call('CreateOrganization', wanted('错过的单位'))).name
  let reached = through
  await watch({ resume_token }, (batch) => {
    // Each batch begins where the one before ended: nothing is missed and nothing comes twice.
    if (batch.after !== reached) throw new Error(`a gap between ${reached} and ${batch.after}`)
    reached = batch.through
    return batch.changes.some((change) => change.resource === missed)
  })
  console.log('resumed', missed)
}

async function main() {
  await createSafely()
  await walkPages()
  await readError()
  await follow()
  organizations.close()
  journal.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
