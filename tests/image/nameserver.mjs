// The cluster's DNS of a house whose addresses do not change: nameserver.mjs ADDRESS FILE, which has a line NAME ADDRESS each.
import fs from 'node:fs';

import { serveNames } from './names.mjs';

const [address, file] = process.argv.slice(2);
const known = new Map(fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(' ')));
await serveNames(address, (name) => known.has(name) ? [known.get(name)] : undefined);
