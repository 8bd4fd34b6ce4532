// The pods that the chart renders, for `podman play kube`: pods.mjs FOLDER NAMESERVER OPTION…, options as of `helm template`. Writes a file
// FOLDER/pods/NAME for each Deployment and Job, and fills its volumes. Secrets are FOLDER/secrets/NAME/KEY, which whoever calls
// puts there. What is another than in a cluster: playable.mjs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { chart, helm, helms, parsed } from '../contract/chart/render.mjs';
import { playable } from './playable.mjs';
import { fill } from './volumes.mjs';

const [folder, nameserver, ...options] = process.argv.slice(2);
const rendered = helm(helms[0], 'template', 'house', chart, '--namespace', 'office', ...options);
assert.equal(rendered.status, 0, rendered.stderr);
const objects = parsed(rendered.stdout);

async function secretOf(name) {
  const place = path.join(folder, 'secrets', name);
  return Object.fromEntries(fs.readdirSync(place).map((key) => [key, fs.readFileSync(path.join(place, key))]));
}

async function configMapOf(name) {
  return objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name).data;
}

for (const place of ['pods', 'volumes']) fs.mkdirSync(path.join(folder, place));
for (const { spec } of objects.filter(({ kind }) => ['Deployment', 'Job'].includes(kind))) {
  const component = spec.template.metadata.labels['app.kubernetes.io/component'];
  const folderOf = ({ name }) => path.join(folder, 'volumes', component, name);
  for (const volume of spec.template.spec.volumes) await fill(folderOf(volume), volume, { secretOf, configMapOf });
  const pod = playable(component, spec.template, { folderOf, demonstration: path.join(folder, 'demonstration'), nameserver });
  fs.writeFileSync(path.join(folder, 'pods', component), JSON.stringify(pod));
}
