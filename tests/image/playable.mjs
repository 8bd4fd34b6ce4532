// A pod that the chart renders, as `podman play kube` of Debian 12 (4.3) is given it. Everything that is another than in a
// cluster stands here:
//
// - Volumes are folders of this machine, which whoever calls has filled as a kubelet does: play kube ends in a panic where a
//   pod names a Secret with `items`, and knows no fsGroup.
// - Ports and probes are left out: play kube would publish every port on the machine, and probe with a curl that no image has.
//   Whoever calls asks the pods itself.
// - Names are asked of an address of this machine.
// - /run/demonstration is there too: the clock and the key of tokens of a demonstration, which no cluster has.
// - Images are there already, and are never pulled.
// - A request for processor time means nothing to play kube, and there is no network policy.
//
// All else is the chart's: command line, environment, user, capabilities, what may be written, limits of memory, restarts,
// the time that a pod has to leave.
import assert from 'node:assert/strict';

function container({ name, image, args, env, resources, securityContext, volumeMounts }) {
  const { limits } = resources;
  return {
    name, image, args, env, resources: { limits }, securityContext, imagePullPolicy: 'Never',
    volumeMounts: [...volumeMounts, { name: 'demonstration', mountPath: '/run/demonstration', readOnly: true }],
  };
}

// folderOf(volume) is where its files lie.
export function playable(name, { metadata, spec }, { folderOf, demonstration, nameserver }) {
  const volumes = (spec.volumes ?? []).map((volume) => ({ name: volume.name, hostPath: { path: folderOf(volume) } }));
  assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault');
  assert.equal(spec.initContainers, undefined, name);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: metadata.labels },
    spec: {
      hostname: name,
      restartPolicy: spec.restartPolicy ?? 'Always',
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
      securityContext: spec.securityContext,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: [nameserver] },
      containers: spec.containers.map(container),
      volumes: [...volumes, { name: 'demonstration', hostPath: { path: demonstration } }],
    },
  };
}
