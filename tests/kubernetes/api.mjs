// The API server, as whoever has a token of an administrator asks it.
import fs from 'node:fs';
import https from 'node:https';

// A process alone has the file of the token, and whatever else is in FOLDER.
export function apiOf(folder) {
  const token = fs.readFileSync(`${folder}/token`, 'utf8').trim();
  const agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(`${folder}/apiserver/apiserver.crt`) });

  function sent(method, path, text, type, resolve, reject) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': Buffer.byteLength(text) };
    const request = https.request({ host: '127.0.0.1', port: 6443, servername: 'localhost', method, path, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => {
        const body = Buffer.concat(parts).toString();
        if (response.statusCode < 300) return resolve(JSON.parse(body));
        return reject(Object.assign(new Error(`${method} ${path}: ${response.statusCode} ${body.slice(0, 300)}`), { code: response.statusCode }));
      });
    });
    request.on('error', reject);
    request.end(text);
  }

  return (method, path, body, type = 'application/json') =>
    new Promise((resolve, reject) => sent(method, path, body ? JSON.stringify(body) : '', type, resolve, reject));
}

export const MERGE = 'application/merge-patch+json';
