// The one node of the cluster: node.mjs FOLDER ADDRESS QLCTL. Does what a kubelet does, with podman: takes every pod, mounts
// what it names, has `podman play kube` run it, asks whether it is ready, tells the API server what came of it, and lets it
// leave in the time that it has. It is the scheduler and the cluster's DNS too.
//
// Not done: what lives is not asked whether it does (liveness), no limit of processor time, no policy of the network.
// FOLDER/log has what pods said, FOLDER/ended a line NAME EXIT-CODE for each that left.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { serveNames } from '../image/names.mjs';
import { playable } from '../image/playable.mjs';
import { fill } from '../image/volumes.mjs';
import { apiOf, MERGE } from './api.mjs';
import { serveLogs } from './logs.mjs';

const [folder, address, qlctl] = process.argv.slice(2);
const api = apiOf(folder);
const run = promisify(execFile);
const podman = async (...args) => (await run(path.join(folder, 'podman'), args, { maxBuffer: 1 << 26 })).stdout;
const pathOf = ({ namespace, name }) => `/api/v1/namespaces/${namespace}/pods/${name}`;

let services = new Map();
let containers = new Map();
const known = new Map();
let addresses = 1;

const objectOf = async (kind, namespace, name) => (await api('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`)).data;
const decoded = (data) => Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
const objectsIn = (namespace) => ({
  secretOf: async (name) => decoded(await objectOf('secrets', namespace, name)),
  configMapOf: (name) => objectOf('configmaps', namespace, name),
});

const report = (pod, status) => api('PATCH', `${pathOf(pod.metadata)}/status`, { status }, MERGE);

async function bind({ metadata }) {
  await api('POST', `${pathOf(metadata)}/binding`, {
    apiVersion: 'v1', kind: 'Binding', metadata: { name: metadata.name }, target: { apiVersion: 'v1', kind: 'Node', name: 'node' },
  });
}

async function start(pod, own) {
  const { name, namespace, uid } = pod.metadata;
  const folderOf = (volume) => path.join(folder, 'volumes', uid, volume.name);
  for (const volume of pod.spec.volumes ?? []) await fill(folderOf(volume), volume, objectsIn(namespace));
  own.address = `10.203.0.${++addresses}`;
  const file = path.join(folder, 'volumes', uid, 'pod.yaml');
  fs.writeFileSync(file, JSON.stringify(playable(name, pod, { folderOf, demonstration: path.join(folder, 'demonstration'), nameserver: address })));
  await podman('play', 'kube', '--network', 'pods', '--ip', own.address, file);
  own.started = true;
}

// A pod that cannot be started says why, as `kubectl describe` shows it, and is tried again.
async function tryToStart(pod, own) {
  try {
    await start(pod, own);
  } catch (error) {
    await podman('pod', 'rm', '--force', pod.metadata.name).catch(() => {});
    const [{ name, image }] = pod.spec.containers;
    const waiting = { reason: 'CreateContainerConfigError', message: error.message.slice(0, 1000) };
    await report(pod, { phase: 'Pending', containerStatuses: [{ name, image, imageID: '', ready: false, restartCount: 0, state: { waiting } }] });
    await sleep(1000);
  }
}

const portOf = (container, port) => container.ports?.find(({ name }) => name === port)?.containerPort ?? port;

// The chart's probes by gRPC reach an API server of 1.20 as those of a connection: see older. What answers there is asked.
async function passes({ httpGet, tcpSocket, timeoutSeconds }, container, at) {
  const limit = (timeoutSeconds ?? 1) * 1000;
  try {
    if (!httpGet) return Boolean(await run(qlctl, [`--address=${at}:${portOf(container, tcpSocket.port)}`, 'health'], { timeout: limit }));
    const signal = AbortSignal.timeout(limit);
    return (await fetch(`http://${at}:${portOf(container, httpGet.port)}${httpGet.path}`, { signal })).ok;
  } catch {
    return false;
  }
}

// Until it is ready for the first time it is asked every second, and then as often as the chart says.
async function askWhetherReady([container], own) {
  const probe = container.readinessProbe;
  if (!probe || Date.now() < (own.nextProbe ?? 0)) return;
  own.nextProbe = Date.now() + 1000 * (own.wasReady ? probe.periodSeconds : 1);
  const passed = await passes(probe, container, own.address);
  own.failures = passed ? 0 : (own.failures ?? 0) + 1;
  if (passed) own.ready = own.wasReady = true;
  else if (own.failures >= probe.failureThreshold) own.ready = false;
}

const conditions = (ready) => ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
  type, status: type.endsWith('Ready') && !ready ? 'False' : 'True', lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
}));

function statusOf({ spec }, own, seen) {
  const [{ name, image }] = spec.containers;
  const ended = seen.State === 'exited';
  const at = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+/, '');
  const state = ended
    ? { terminated: { exitCode: seen.ExitCode, reason: seen.ExitCode === 0 ? 'Completed' : 'Error', startedAt: at(seen.StartedAt), finishedAt: at(seen.ExitedAt) } }
    : { running: { startedAt: at(seen.StartedAt) } };
  const final = ended && spec.restartPolicy === 'Never';
  return {
    phase: final ? (seen.ExitCode === 0 ? 'Succeeded' : 'Failed') : 'Running',
    hostIP: address, podIP: own.address, podIPs: [{ ip: own.address }], startTime: own.since,
    conditions: conditions(own.ready),
    containerStatuses: [{ name, image, imageID: '', ready: Boolean(own.ready), started: !ended, restartCount: own.restarts ?? 0, state }],
  };
}

async function observe(pod, own) {
  const [container] = pod.spec.containers;
  const seen = containers.get(`${pod.metadata.name}-${container.name}`);
  if (!seen || seen.State === 'created') return;
  if (own.pid && seen.Pid && own.pid !== seen.Pid) own.restarts = (own.restarts ?? 0) + 1;
  own.pid = seen.Pid || own.pid;
  own.since ??= new Date().toISOString();
  if (seen.State === 'exited') own.ready = false;
  else await askWhetherReady(pod.spec.containers, own);
  const told = [seen.State, own.ready, own.restarts].join();
  if (told === own.told) return;
  if (seen.State === 'exited') await keepLog(pod);
  await report(pod, statusOf(pod, own, seen));
  own.told = told;
}

async function logOf(pod, container) {
  const { stdout, stderr } = await run(path.join(folder, 'podman'), ['logs', `${pod}-${container}`], { maxBuffer: 1 << 26 });
  return stdout + stderr;
}

async function keepLog({ metadata, spec }) {
  fs.writeFileSync(path.join(folder, 'log', metadata.name), await logOf(metadata.name, spec.containers[0].name).catch(() => ''));
}

// A pod that never started has nothing to stop. The container is told, and its
// pod keeps its network until it has left.
async function end(pod, own) {
  const { name, uid } = pod.metadata;
  const container = `${name}-${pod.spec.containers[0].name}`;
  if (own.started) {
    await podman('stop', '--time', String(pod.spec.terminationGracePeriodSeconds ?? 30), container);
    const code = await podman('inspect', '--format', '{{.State.ExitCode}}', container);
    fs.appendFileSync(path.join(folder, 'ended'), `${name} ${code}`);
    await keepLog(pod);
    await podman('pod', 'rm', '--force', name);
  }
  fs.rmSync(path.join(folder, 'volumes', uid), { recursive: true, force: true });
  await api('DELETE', pathOf(pod.metadata), { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } });
  own.gone = true;
}

async function advance(pod, own) {
  if (pod.metadata.deletionTimestamp) return own.gone ? undefined : end(pod, own);
  if (!pod.spec.nodeName) return bind(pod);
  if (['Succeeded', 'Failed'].includes(pod.status.phase)) return undefined;
  return own.started ? observe(pod, own) : tryToStart(pod, own);
}

// One thing at a time with each pod, whatever the others do. What the API server refuses is tried again.
function attend(pod) {
  const own = known.get(pod.metadata.uid) ?? {};
  known.set(pod.metadata.uid, own);
  if (own.busy) return;
  own.busy = true;
  advance(pod, own)
    .catch((error) => [404, 409].includes(error.code) || console.error(pod.metadata.name, error.message))
    .finally(() => { own.busy = false; });
}

const readyIn = ({ subsets = [] }) => subsets.flatMap((each) => (each.addresses ?? []).map(({ ip }) => ip));

// The Service of the edge has an address that only a balancer leads on from; who asks here is led to its pods himself.
async function look() {
  const [endpoints, pods, listed] = await Promise.all([api('GET', '/api/v1/endpoints'), api('GET', '/api/v1/pods'), podman('ps', '--all', '--format', 'json')]);
  services = new Map(endpoints.items.map((one) => [`${one.metadata.name}.${one.metadata.namespace}.svc.cluster.local`, readyIn(one)]));
  containers = new Map(JSON.parse(listed).map((one) => [one.Names[0], one]));
  for (const pod of pods.items) attend(pod);
}

async function introduce() {
  const metadata = { name: 'node', labels: { 'kubernetes.io/hostname': 'node' } };
  await api('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
  await api('PATCH', '/api/v1/nodes/node/status', {
    status: {
      addresses: [{ type: 'InternalIP', address }], daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Here', message: '' }],
    },
  }, MERGE);
}

for (const name of ['log', 'volumes']) fs.mkdirSync(path.join(folder, name), { recursive: true });
await introduce();
await serveNames(address, (name) => services.get(name));
await serveLogs(folder, address, (name, container) => logOf(name, container).catch(() => fs.readFileSync(path.join(folder, 'log', name), 'utf8')));
for (;;) {
  await look().catch((error) => console.error(error.message));
  await sleep(400);
}
