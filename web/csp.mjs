// The Content-Security-Policy of the page: the built page carries it as <meta>, and serve.mjs sends it as a header (workers obey only
// the header). Nothing may be fetched from another origin, and no inline script or style runs.
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
