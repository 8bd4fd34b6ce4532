// What holds of the chart, whatever its values.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { all, build, chart, helm, helms, parsed, rendered, root, schemaFault, scratch, selects, template, valueFile, valueFiles } from './render.mjs';

const processes = ['edge', 'gateway', 'organization', 'risk', 'supervision', 'review'];
const services = processes.slice(2);
const workloads = all.flatMap((one) => one.workloads);
const deployments = workloads.filter(({ object }) => object.kind === 'Deployment');

function everyContainer(check) {
  for (const { name, containers, pod } of workloads) for (const one of containers) check(one, `${name}, ${one.name}`, pod);
}

const argument = (container, name) =>
  container.args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);

test('both Helms find nothing to complain of', () => {
  for (const binary of helms) {
    for (const name of valueFiles) {
      const ran = helm(binary, 'lint', '--strict', chart, '--values', valueFile(name));
      assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    }
  }
});

test('both Helms render the same', () => {
  for (const name of valueFiles) assert.equal(template(helms[1], name), template(helms[0], name), name);
});

test("Kubernetes' schemas accept every object", () => {
  for (const { objects } of all) {
    for (const object of objects.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com'))) {
      assert.equal(schemaFault(object), '');
    }
  }
});

test('every process has a Deployment, and each is made alike', () => {
  for (const one of rendered) {
    assert.deepEqual(one.of('Deployment').map(({ metadata }) => metadata.name), processes.map((name) => `release-qinglian-${name}`));
  }
});

test('a value that the schema does not know is refused by both Helms', () => {
  const unknown = ['nonsense=1', 'image.nonsense=1', 'processes.risk.nonsense=1', 'defaults.replicas=none', 'processes.other.replicas=1'];
  for (const binary of helms) {
    for (const set of unknown) {
      const ran = helm(binary, 'template', 'release', chart, '--values', valueFile('minimal'), '--set', set);
      assert.notEqual(ran.status, 0, set);
      assert.match(ran.stderr, /values don't meet the specifications of the schema/, set);
    }
  }
});

test('an installation that says nothing of MySQL is told so', () => {
  const ran = helm(helms[0], 'template', 'release', chart);
  assert.notEqual(ran.status, 0);
  assert.match(ran.stderr, /mysql\.host says where MySQL is/);
});

test('pods run as nobody in particular, under the default seccomp profile', () => {
  for (const { name, pod } of workloads) {
    assert.equal(pod.securityContext.runAsNonRoot, true, name);
    assert.ok(pod.securityContext.runAsUser > 0, name);
    assert.ok(pod.securityContext.runAsGroup > 0, name);
    assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault', name);
  }
});

test('no container can gain rights, keeps a capability or is privileged', () => {
  everyContainer(({ securityContext }, name) => {
    assert.equal(securityContext.allowPrivilegeEscalation, false, name);
    assert.equal(securityContext.privileged, false, name);
    assert.equal(securityContext.runAsNonRoot, true, name);
    assert.equal(securityContext.runAsUser, undefined, name);
    assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] }, name);
    assert.equal(securityContext.seccompProfile.type, 'RuntimeDefault', name);
  });
});

test('no container writes its root', () => {
  everyContainer(({ securityContext }, name) => assert.equal(securityContext.readOnlyRootFilesystem, true, name));
});

test('no pod shares anything of its node', () => {
  for (const { name, pod, containers } of workloads) {
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace']) assert.ok(!pod[field], `${name}: ${field}`);
    const kinds = pod.volumes.map(({ name: _, ...kind }) => Object.keys(kind)[0]);
    for (const kind of kinds) assert.ok(['secret', 'configMap', 'emptyDir', 'persistentVolumeClaim'].includes(kind), `${name}: ${kind}`);
    for (const { ports = [] } of containers) for (const port of ports) assert.equal(port.hostPort, undefined, name);
  }
});

test('no pod has a token of the API', () => {
  for (const one of all) {
    for (const account of one.of('ServiceAccount')) assert.equal(account.automountServiceAccountToken, false, account.metadata.name);
    assert.equal(one.of('Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding').length, 0);
    for (const { name, pod } of one.workloads) {
      assert.equal(pod.automountServiceAccountToken, false, name);
      assert.ok(one.of('ServiceAccount').some(({ metadata }) => metadata.name === pod.serviceAccountName), name);
    }
  }
});

test('every pod is under the policy that refuses all, and under one of its own for both directions', () => {
  for (const one of all) {
    for (const { name, labels, component } of one.workloads) {
      const policies = one.policies(labels);
      assert.ok(policies.some(({ metadata, spec }) => metadata.name.endsWith('nothing-else') && !spec.ingress && !spec.egress), name);
      const own = policies.filter(({ spec }) => spec.podSelector.matchLabels['app.kubernetes.io/component'] === component);
      assert.equal(own.length, 1, name);
      assert.deepEqual(own[0].spec.policyTypes, ['Ingress', 'Egress'], name);
    }
  }
});

const componentsOf = (peers) => peers.map((peer) => peer.podSelector?.matchLabels['app.kubernetes.io/component']);
const rulesTo = (policy, direction, port) => (policy.spec[direction] ?? []).filter(({ ports }) => ports.some((one) => one.port === port));
const ownPolicy = (one, component) =>
  one.of('NetworkPolicy').find(({ spec }) => spec.podSelector.matchLabels['app.kubernetes.io/component'] === component);

test('only the edge is reached from outside', () => {
  for (const one of all) {
    for (const policy of one.of('NetworkPolicy')) {
      const component = policy.spec.podSelector.matchLabels['app.kubernetes.io/component'];
      for (const rule of policy.spec.ingress ?? []) {
        assert.ok(rule.from?.length > 0, `${policy.metadata.name} lets everybody in`);
        assert.ok(rule.ports?.length > 0, `${policy.metadata.name} opens every port`);
        if (component === 'edge' || rule.ports.every(({ port }) => port === 9100)) continue;
        for (const name of componentsOf(rule.from)) assert.ok(name, `${policy.metadata.name} lets somebody in who is not of the house`);
      }
    }
    const open = one.of('Service').filter(({ spec }) => spec.clusterIP !== 'None').map(({ metadata }) => metadata.name);
    assert.deepEqual(open, ['release-qinglian-edge']);
  }
});

test('the port for health is opened to nobody', () => {
  for (const one of all) for (const policy of one.of('NetworkPolicy')) assert.equal(rulesTo(policy, 'ingress', 8081).length, 0);
});

test('services are called by those alone who have business there, and certificates say the same as the network', () => {
  for (const one of all) {
    const from = (component) => componentsOf(rulesTo(ownPolicy(one, component), 'ingress', 7200).flatMap((rule) => rule.from));
    assert.deepEqual(from('gateway'), ['edge']);
    for (const service of services) {
      const container = one.workloads.find(({ component }) => component === service).containers[0];
      assert.deepEqual(argument(container, 'hop_peers').split(','), from(service), service);
    }
    for (const callee of processes.slice(1)) {
      for (const caller of processes) {
        const lets = from(callee).includes(caller);
        const goes = componentsOf(rulesTo(ownPolicy(one, caller), 'egress', 7200).flatMap((rule) => rule.to)).includes(callee);
        assert.equal(lets, goes, `${caller} → ${callee}`);
      }
    }
  }
});

test('MySQL is reached by a service and its migration, each where its schema is', () => {
  for (const one of all) {
    for (const { component, name, containers } of one.workloads) {
      const url = containers[0].args?.map((arg) => arg.match(/^--mysql=mysql:\/\/([^@]+)@([^:/]+):(\d+)\/(\w+)/)).find(Boolean);
      const policy = ownPolicy(one, component);
      const database = rulesTo(policy, 'egress', Number(url?.[3] ?? 3306));
      assert.equal(database.length, url ? 1 : 0, name);
      if (url) assert.ok(services.some((service) => component === service || component === `${service}-migrate`), name);
    }
  }
  const everything = rendered[1];
  const to = (component, port) => rulesTo(ownPolicy(everything, component), 'egress', port)[0].to[0].ipBlock.cidr;
  assert.equal(to('risk', 3307), '192.0.2.11/32');
  assert.equal(to('review', 3306), '192.0.2.10/32');
});

test('traces go from everybody but the edge to the collector, over TLS unless that is said to be plain, or nowhere', () => {
  for (const one of all) {
    for (const { component, name, containers, pod } of one.workloads.filter(({ object }) => object.kind === 'Deployment')) {
      const traced = one.name === 'everything' && component !== 'edge';
      assert.equal(rulesTo(ownPolicy(one, component), 'egress', 4317).length, traced ? 1 : 0, name);
      assert.equal(containers[0].args.some((arg) => arg.startsWith('--trace_')), traced, name);
      if (!traced) continue;
      assert.equal(argument(containers[0], 'trace_endpoint'), 'collector.example.cn:4317', name);
      assert.equal(argument(containers[0], 'trace_sample_ratio'), '0.25', name);
      const mount = containers[0].volumeMounts.find(({ mountPath }) => argument(containers[0], 'trace_ca_file').startsWith(`${mountPath}/`));
      assert.equal(pod.volumes.find((volume) => volume.name === mount.name).secret.secretName, 'collector-ca', name);
      assert.equal(rulesTo(ownPolicy(one, component), 'egress', 4317)[0].to[0].ipBlock.cidr, '192.0.2.30/32', name);
    }
  }
  const plain = parsed(template(helms[0], 'everything', '--set', 'traces.plain=true')).filter(({ kind }) => kind === 'Deployment');
  for (const { metadata, spec } of plain.filter((one) => !one.metadata.name.endsWith('-edge'))) {
    assert.ok(spec.template.spec.containers[0].args.includes('--trace_plain'), metadata.name);
    assert.ok(!spec.template.spec.volumes.some(({ name }) => name === 'collector'), metadata.name);
  }
  const ran = helm(helms[0], 'template', 'release', chart, '--values', valueFile('minimal'), '--set', 'traces.endpoint=collector:4317');
  assert.notEqual(ran.status, 0);
  assert.match(ran.stderr, /traces\.peers says which addresses the collector has/);
});

test('requests and limits are set', () => {
  everyContainer(({ resources }, name) => {
    assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory, name);
  });
});

test('what serves is probed three ways, and never on a port that wants a certificate', () => {
  for (const { name, containers, object } of workloads.filter((one) => one.object.kind !== 'Job')) {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      assert.ok(containers[0][probe], `${name}: ${probe}`);
      if (containers[0][probe].grpc) assert.equal(containers[0][probe].grpc.port, 8081, name);
    }
    if (object.kind === 'Deployment' && containers[0].name !== 'edge') {
      assert.equal(containers[0].livenessProbe.grpc.service, 'live', name);
      assert.equal(containers[0].readinessProbe.grpc.service, '', name);
      assert.equal(argument(containers[0], 'health_address'), '0.0.0.0:8081', name);
    }
  }
});

test('pods are replaced without one missing, spread, and not all evicted at once', () => {
  for (const one of all) {
    for (const { name, object, labels, pod } of one.workloads.filter((each) => each.object.kind === 'Deployment')) {
      assert.deepEqual(object.spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }, name);
      assert.equal(one.of('PodDisruptionBudget').filter(({ spec }) => selects(spec.selector, labels)).length, 1, name);
      assert.deepEqual(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
        ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'], name);
      for (const spread of pod.topologySpreadConstraints) assert.ok(selects(spread.labelSelector, labels), name);
    }
  }
});

test('where pods come and go by themselves nobody else counts them', () => {
  for (const one of all) {
    for (const { object, name } of one.workloads.filter((each) => each.object.kind === 'Deployment')) {
      const scaled = one.of('HorizontalPodAutoscaler').some(({ spec }) => spec.scaleTargetRef.name === object.metadata.name);
      assert.equal(scaled, object.spec.replicas === undefined, name);
      assert.equal(scaled, one.name === 'everything', name);
    }
  }
});

test('services are headless, and are called by all their addresses', () => {
  for (const one of all) {
    for (const service of one.of('Service').filter(({ metadata }) => !metadata.name.endsWith('-edge'))) {
      assert.equal(service.spec.clusterIP, 'None', service.metadata.name);
    }
    for (const { containers, component } of one.workloads.filter(({ object }) => object.kind === 'Deployment')) {
      const targets = (containers[0].args ?? []).filter((arg) => /^--(upstream|\w+_address)=.*:7200/.test(arg));
      for (const target of targets) {
        const called = target.slice(target.indexOf('=') + 1).split(',').map((each) => each.replace(/^[a-z]+=/, ''));
        for (const each of called) assert.match(each, /^dns:\/\/\/release-qinglian-[a-z]+\.office\.svc\.cluster\.local:7200$/, component);
      }
    }
  }
});

test('no Secret is rendered, no value of one, and none is mounted for everybody', () => {
  for (const one of all) assert.equal(one.of('Secret').length, 0);
  for (const { name, pod } of workloads) {
    for (const volume of pod.volumes.filter(({ secret }) => secret)) {
      assert.equal(volume.secret.defaultMode, 0o440, `${name}: ${volume.name}`);
      assert.ok(volume.secret.items.length > 0, `${name}: ${volume.name}`);
    }
  }
  everyContainer((container, name) => {
    for (const variable of container.env ?? []) assert.doesNotMatch(variable.name, /PASSWORD$|SECRET$|KEY$/, name);
    assert.equal(container.envFrom, undefined, name);
  });
});

test('who serves cannot read the password of who migrates, nor another service\'s', () => {
  for (const { component, name, pod } of deployments) {
    const mounted = pod.volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : []));
    for (const service of services) {
      assert.equal(mounted.includes(`qinglian-${service}`), service === component, name);
      assert.ok(!mounted.includes(`qinglian-${service}-migrate`), name);
    }
    assert.equal(mounted.includes('qinglian-sealing'), component === 'organization', name);
    assert.equal(mounted.filter((secret) => secret.startsWith('qinglian-hop-')).join(), `qinglian-hop-${component}`, name);
  }
});

test('a schema is migrated before new pods start, by what is there before it', () => {
  const hooked = (one) => one.of('Job').filter(({ metadata }) => metadata.name.endsWith('-migrate') && metadata.annotations?.['helm.sh/hook']);
  const when = { minimal: 'pre-install,pre-upgrade', everything: 'pre-install,pre-upgrade', 'try-out upgraded': 'pre-upgrade' };
  for (const one of all.filter(({ name }) => name in when)) {
    assert.equal(hooked(one).length, services.length, one.name);
    for (const job of hooked(one)) {
      const before = (kind) => one.of(kind).find(({ metadata }) => metadata.name === job.metadata.name).metadata.annotations;
      assert.equal(job.metadata.annotations['helm.sh/hook'], when[one.name]);
      for (const kind of ['ServiceAccount', 'NetworkPolicy']) {
        assert.equal(before(kind)['helm.sh/hook'], when[one.name]);
        assert.ok(Number(before(kind)['helm.sh/hook-weight']) < Number(job.metadata.annotations['helm.sh/hook-weight']));
      }
    }
  }
  const tryOut = rendered[2];
  assert.equal(hooked(tryOut).length, 0);
  assert.equal(tryOut.of('Job').length, services.length);
});

test('programs know every setting that they are given', () => {
  for (const { name, containers } of workloads) {
    const [container] = containers;
    const program = container.image.match(/qinglian-([a-z]+)/)?.[1];
    if (!program || program === 'edge') continue;
    const folder = program === 'qlctl' ? 'ctl' : program;
    const ran = spawnSync(path.join(build, 'services', folder, program), [...container.args, '--help'], { encoding: 'utf8' });
    assert.equal(ran.status, 0, `${name}: ${ran.error ?? ran.stderr}`);
  }
});

test('a setting that no program has is found by the test before', () => {
  const ran = spawnSync(path.join(build, 'services/risk/risk'), ['serve', '--nonsense=1', '--help'], { encoding: 'utf8' });
  assert.equal(ran.status, 2);
});

// The edge's configuration with files that are there, in the place of those that a pod has.
function edgeConfiguration(one) {
  const qlctl = (...args) => execFileSync(path.join(build, 'services/ctl/qlctl'), ['certificate', ...args], { encoding: 'utf8' });
  const files = fs.mkdtempSync(path.join(scratch, 'edge-'));
  qlctl('authority', `--ca=${files}/ca`);
  qlctl('process', 'edge', `--ca=${files}/ca`, `--out=${files}/hop`);
  qlctl('issue', 'server', `--ca=${files}/ca`, `--out=${files}/server`);
  for (const [folder, name] of [['hop', 'edge'], ['server', 'server']]) {
    fs.renameSync(`${files}/${folder}/${name}.pem`, `${files}/${folder}/tls.crt`);
    fs.renameSync(`${files}/${folder}/${name}.key`, `${files}/${folder}/tls.key`);
    fs.copyFileSync(`${files}/ca/ca.pem`, `${files}/${folder}/ca.crt`);
  }
  fs.renameSync(`${files}/ca/ca.pem`, `${files}/ca/clients.pem`);
  const text = one.of('ConfigMap').find(({ metadata }) => metadata.name.endsWith('-edge')).data['haproxy.cfg'];
  assert.doesNotMatch(text, /@[A-Z_]+@/);
  fs.writeFileSync(`${files}/haproxy.cfg`, text.replaceAll('/etc/qinglian/clients', `${files}/ca`)
    .replaceAll('/etc/qinglian', files).replaceAll('/run/qinglian', files));
  return `${files}/haproxy.cfg`;
}

test('HAProxy accepts the configuration of the edge, with the limits in its environment', () => {
  for (const one of rendered) {
    const { env } = one.workloads.find(({ component }) => component === 'edge').containers[0];
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const ran = spawnSync('haproxy', ['-c', '-f', edgeConfiguration(one)], { encoding: 'utf8',
      env: { ...variables, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    assert.equal(ran.status, 0, ran.error ?? ran.stdout + ran.stderr);
    assert.equal(variables.QINGLIAN_EDGE_CONNECTIONS_PER_SOURCE, one.name === 'everything' ? '256' : '64');
  }
});

test('the edge has places for as many gateways as there can be, and one more', () => {
  const places = (one) => one.of('ConfigMap').find(({ metadata }) => metadata.name.endsWith('-edge')).data['haproxy.cfg'].match(/server-template gateway 1-(\d+) /)[1];
  assert.deepEqual(rendered.map(places), ['3', '10', '2', '4']);
});

test('monitors, probes and rules are there where they are switched on, and Prometheus takes the rules', () => {
  for (const one of rendered) {
    const kinds = one.objects.filter(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com')).map(({ kind }) => kind);
    assert.deepEqual(kinds, one.name === 'everything' ? ['PodMonitor', 'Probe', 'Probe', 'PrometheusRule', 'ServiceMonitor'] : []);
  }
  const file = path.join(scratch, 'rules.yaml');
  fs.writeFileSync(file, JSON.stringify(rendered[1].of('PrometheusRule')[0].spec));
  const ran = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.error ?? ran.stdout + ran.stderr);
});

test('the rules are those of deploy/prometheus, and lead to the runbook where the values say it is read', () => {
  const folder = path.join(root, 'deploy/prometheus/rules');
  const written = fs.readdirSync(folder).sort().flatMap((name) => parsed(fs.readFileSync(path.join(folder, name), 'utf8'))[0].groups);
  const alarms = written.flatMap(({ rules }) => rules).filter(({ alert }) => alert);
  assert.ok(alarms.length >= 24);
  for (const { annotations } of alarms) annotations.runbook_url = `https://git.example.cn/qinglian/blob/main/${annotations.runbook_url}`;
  assert.deepEqual(rendered[1].of('PrometheusRule')[0].spec.groups, written);
});

test('both Helms pack the rules and the edge\'s configuration, which are links, and render the same of it', () => {
  for (const [index, binary] of helms.entries()) {
    const folder = fs.mkdtempSync(path.join(scratch, 'packed-'));
    const packed = helm(binary, 'package', chart, '--destination', folder);
    assert.equal(packed.status, 0, packed.stderr);
    const archive = path.join(folder, fs.readdirSync(folder)[0]);
    const ran = helm(binary, 'template', 'release', archive, '--namespace', 'office', '--values', valueFile('everything'));
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, template(helms[index], 'everything'));
  }
});

test('rules find the labels that they select by on what monitors and probes read', () => {
  const [one] = rendered.slice(1);
  const jobs = new Map();
  const relabelled = ({ relabelings }, label) => relabelings.find(({ targetLabel }) => targetLabel === label);
  for (const { spec } of one.of('PodMonitor', 'ServiceMonitor')) {
    for (const endpoint of spec.endpoints ?? spec.podMetricsEndpoints) {
      jobs.set(relabelled(endpoint, 'job').replacement, relabelled(endpoint, 'process'));
    }
  }
  for (const { spec } of one.of('Probe')) jobs.set(spec.jobName, spec.targets.staticConfig.labels.process);
  assert.equal(jobs.get('qinglian').sourceLabels[0], '__meta_kubernetes_service_label_app_kubernetes_io_component');
  for (const service of one.of('Service').filter(({ spec }) => spec.clusterIP === 'None')) {
    assert.ok(service.metadata.labels['app.kubernetes.io/component'], service.metadata.name);
  }
  const wanted = one.of('PrometheusRule')[0].spec.groups.flatMap(({ rules }) => rules)
    .flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)].map(([, job]) => job));
  // MySQL and its machines are somebody else's: who watches them gives their exporters these jobs.
  for (const job of new Set(wanted)) assert.ok(['mysql', 'machine'].includes(job) || jobs.has(job), job);
  assert.deepEqual([...jobs.keys()].sort(), ['edge', 'edge-certificate', 'edge-probe', 'qinglian']);
});

test('the table of values in the README is what the schema says', () => {
  const ran = spawnSync(path.join(root, 'deploy/chart/table'), ['--check'], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
});
