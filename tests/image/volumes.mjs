// What a kubelet does of a pod's volumes: files for the pod's group, in a folder of this machine.
import fs from 'node:fs';
import path from 'node:path';

const GROUP = 65532;

function writeFiles(place, data, items, mode) {
  fs.mkdirSync(place, { recursive: true });
  for (const { key, path: name } of items ?? Object.keys(data).map((each) => ({ key: each, path: each }))) {
    const file = path.join(place, name);
    if (data[key] === undefined) throw new Error(`there is no ${key}`);
    fs.writeFileSync(file, data[key]);
    fs.chownSync(file, 0, GROUP);
    fs.chmodSync(file, mode ?? 0o644);
  }
}

// What the objects hold: secretOf(name) and configMapOf(name), promises of what is below each key.
export async function fill(place, { secret, configMap, emptyDir }, { secretOf, configMapOf }) {
  if (secret) return writeFiles(place, await secretOf(secret.secretName), secret.items, secret.defaultMode);
  if (configMap) return writeFiles(place, await configMapOf(configMap.name), configMap.items, configMap.defaultMode);
  if (!emptyDir) throw new Error('no such kind of volume here');
  fs.mkdirSync(place, { recursive: true });
  fs.chownSync(place, 0, GROUP);
  return fs.chmodSync(place, 0o770);
}
