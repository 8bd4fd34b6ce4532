// A real OpenID Connect provider on loopback, for the contract test beside this file.
//
//   node provider.mjs NPM_DIR
//
// Prints its issuer and the address that commands are posted to (/rotate, /forget, /down, /up), and runs until its
// standard input ends. Clients "rs256" and "es256" get access tokens in JWT form, signed with the algorithm of their
// name, for the audience "qinglian".
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [npmDir] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(join(npmDir, 'oidc-provider/lib/index.js')).href);

let generation = 0;
// The newest pair of keys first: the provider signs with the first that fits.
let keys = [];

function makeKeys() {
  generation += 1;
  const jwk = ({ privateKey }, alg) => ({
    ...privateKey.export({ format: 'jwk' }), kid: `${alg}-${generation}`, alg, use: 'sig',
  });
  return [
    jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
    jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
  ];
}

const client = (id) => ({
  client_id: id,
  client_secret: `secret-of-${id}`,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
});

const configuration = () => ({
  jwks: { keys },
  cookies: { keys: ['of no use: nobody signs in here'] },
  clients: [client('rs256'), client('es256')],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:qinglian',
      getResourceServerInfo: (context, resource, { clientId }) => ({
        scope: '',
        audience: 'qinglian',
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: clientId.toUpperCase() } },
      }),
    },
  },
});

// The configuration of a provider does not change while it runs: keys are rotated by another provider in its place.
let answer;
const server = createServer((request, response) => answer(request, response));
const listen = (to, port) => new Promise((resolve) => { to.listen(port, '127.0.0.1', resolve); });
await listen(server, 0);
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;
const serve = () => { answer = new Provider(issuer, configuration()).callback(); };
keys = makeKeys();
serve();

const commands = {
  '/rotate': () => { keys = [...makeKeys(), ...keys]; serve(); },
  '/forget': () => { keys = keys.slice(0, 2); serve(); },
  '/down': () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  '/up': () => listen(server, port),
};
const control = createServer(async (request, response) => {
  await commands[request.url]();
  response.end();
});
await listen(control, 0);
console.log(`${issuer} http://127.0.0.1:${control.address().port}`);
process.stdin.resume().on('end', () => process.exit(0));
