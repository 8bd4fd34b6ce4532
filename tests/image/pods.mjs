// How podman runs the pods that the chart renders: pods.mjs FOLDER OPTION…, options as of `helm template`. Writes a file
// FOLDER/pods/NAME for each Deployment and Job: podman's command line, an argument a line; and the chart's ConfigMaps, as a
// kubelet would mount them. Secrets are FOLDER/secrets/NAME/KEY, which whoever calls puts there.
//
// What is another than in a cluster, all of it here: a loopback address (FOLDER/addresses, a line NAME ADDRESS each) stands
// where a pod has one of its own, /etc/hosts stands for the cluster's DNS, and the edge, which asks DNS alone, is told its
// gateway by address. A mount shows every key of its Secret. Limits and probes are the cluster's business.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { chart, helm, helms, parsed } from '../contract/chart/render.mjs';

const [folder, ...options] = process.argv.slice(2);
const rendered = helm(helms[0], 'template', 'house', chart, '--namespace', 'office', ...options);
assert.equal(rendered.status, 0, rendered.stderr);
const objects = parsed(rendered.stdout);
const addresses = Object.fromEntries(
  fs.readFileSync(path.join(folder, 'addresses'), 'utf8').trim().split('\n').map((line) => line.split(' ')));
const host = (name) => `house-qinglian-${name}.office.svc.cluster.local`;

// Where a pod listens on all of its addresses, it listens on the one that it has here.
const here = (text, address) => text.replaceAll('0.0.0.0', address);

function configured(text) {
  const gateway = text.replace(/server-template gateway 1-\d+ (\S+):7200 resolvers cluster init-addr none/, `server gateway1 ${addresses.gateway}:7200`);
  assert.notEqual(gateway, text);
  const own = gateway.replace('bind :8443', `bind ${addresses.edge}:8443`);
  assert.notEqual(own, gateway);
  return own;
}

function writeConfigMaps() {
  for (const { metadata, data } of objects.filter(({ kind }) => kind === 'ConfigMap')) {
    const place = path.join(folder, 'configuration', metadata.name);
    fs.mkdirSync(place, { recursive: true });
    for (const [name, text] of Object.entries(data)) fs.writeFileSync(path.join(place, name), configured(text));
  }
}

// Whatever the chart says of security becomes a flag; what it does not say, podman does not do.
function security({ securityContext: pod }, { securityContext: container }) {
  assert.equal(pod.seccompProfile.type, 'RuntimeDefault');
  return [
    `--user=${pod.runAsUser}:${pod.runAsGroup}`,
    ...(container.readOnlyRootFilesystem ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...container.capabilities.drop.map((name) => `--cap-drop=${name.toLowerCase()}`),
    ...(container.allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
  ];
}

function mount(component, { volumes }, { name, mountPath, readOnly }) {
  const { secret, configMap, emptyDir } = volumes.find((volume) => volume.name === name);
  assert.ok(secret || configMap || emptyDir, `${component}: ${name}`);
  if (secret) return `--volume=${folder}/secrets/${secret.secretName}:${mountPath}:ro`;
  if (configMap) return `--volume=${folder}/configuration/${configMap.name}:${mountPath}:ro`;
  assert.ok(!readOnly, `${component}: ${name}`);
  return `--volume=${folder}/empty/${component}-${name}:${mountPath}`;
}

function commandLine(component, pod) {
  const [container] = pod.containers;
  const address = addresses[component] ?? '127.0.0.1';
  return [
    ...security(pod, container),
    ...Object.entries(addresses).map(([name, at]) => `--add-host=${host(name)}:${at}`),
    ...(container.env ?? []).map(({ name, value }) => `--env=${name}=${here(value, address)}`),
    ...container.volumeMounts.map((one) => mount(component, pod, one)),
    // The clock and the key of tokens of a demonstration, which no cluster has.
    `--volume=${folder}/demonstration:/run/demonstration:ro`,
    container.image,
    ...container.args.map((one) => here(one, address)),
  ];
}

writeConfigMaps();
fs.mkdirSync(path.join(folder, 'pods'));
for (const { spec } of objects.filter(({ kind }) => ['Deployment', 'Job'].includes(kind))) {
  const component = spec.template.metadata.labels['app.kubernetes.io/component'];
  fs.writeFileSync(path.join(folder, 'pods', component), `${commandLine(component, spec.template.spec).join('\n')}\n`);
}
