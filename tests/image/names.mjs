// The DNS of a cluster, as far as pods ask it: addresses of services, by UDP.
import dgram from 'node:dgram';

const A = 1;
const NXDOMAIN = 3;

// The one question of a query: its name, its type and where it ends.
function questionOf(query) {
  const labels = [];
  let at = 12;
  while (query[at] > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

// Held for a second, so that who has gone is soon forgotten.
function record(address) {
  const head = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 1, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}

function answer(query, addressesOf) {
  const { name, type, end } = questionOf(query);
  const known = addressesOf(name);
  const records = type === A ? (known ?? []).map(record) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8580 | (known ? 0 : NXDOMAIN), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

// addressesOf(name): an array, or undefined where there is no such name.
export function serveNames(host, addressesOf) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    if (query.length > 16) socket.send(answer(query, addressesOf), port, address);
  });
  return new Promise((resolve) => socket.bind(53, host, resolve));
}
