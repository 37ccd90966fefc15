// Serves the built page: node web/serve.mjs [port] [folder]. Takes the next free port when the given one is taken, and prints the URL.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentSecurityPolicy } from './csp.mjs';

const MIME_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const SECURITY_HEADERS = {
  'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The file that a request names, or null when there is none inside `root`. */
async function findFile(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  if (path.includes('\0') || !file.startsWith(root + sep)) return null;
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { file, bytes: found.size } : null;
}

/** Starts serving `folder`; resolves with the server once it listens on `port` or on the next free one after it. */
export function serve(folder, port) {
  const root = resolve(folder);
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const found = await findFile(root, request.url);
    if (!found) {
      response.writeHead(404, { 'Content-Type': MIME_TYPES['.txt'] }).end('Not found\n');
      return;
    }
    // Names under assets/ carry a hash of their content; everything else may change with the next build.
    const cache = request.url.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    response.writeHead(200, {
      'Content-Type': MIME_TYPES[extname(found.file)] ?? 'application/octet-stream',
      'Content-Length': found.bytes,
      'Cache-Control': cache,
    });
    if (request.method === 'HEAD') response.end();
    else
      createReadStream(found.file)
        .on('error', () => response.destroy())
        .pipe(response);
  });
  return new Promise((ready, failed) => {
    server.on('error', (error) => {
      if (error.code === 'EADDRINUSE' && port < 65535) server.listen(++port, '127.0.0.1');
      else failed(error);
    });
    server.on('listening', () => ready(server));
    server.listen(port, '127.0.0.1');
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8080);
  const folder = process.argv[3] ?? fileURLToPath(new URL('./dist', import.meta.url));
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error(`serve: '${process.argv[2]}' is not a port; give a number from 0 to 65535`);
    process.exit(1);
  }
  if (!(await stat(join(folder, 'index.html')).catch(() => null))) {
    console.error(`serve: no page in ${folder}; build it first: npm run build`);
    process.exit(1);
  }
  const server = await serve(folder, port);
  console.log(`http://localhost:${server.address().port}/`);
}
