// Where the API server asks a node for what a container said, for `kubectl logs`.
import fs from 'node:fs';
import https from 'node:https';

// logOf(pod, container): a promise of text.
export function serveLogs(folder, host, logOf) {
  const server = https.createServer({ key: fs.readFileSync(`${folder}/node.key`), cert: fs.readFileSync(`${folder}/node.crt`) }, async (request, response) => {
    const [, , , pod, container] = new URL(request.url, 'https://node').pathname.split('/');
    try {
      response.end(await logOf(pod, container));
    } catch (error) {
      response.writeHead(404).end(error.message);
    }
  });
  return new Promise((resolve) => server.listen(10250, host, resolve));
}
