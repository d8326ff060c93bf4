import type { Fetch } from './openai-client.js';

/** A request as this library makes them: over HTTP, its body a text or none. */
export interface PlainRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal | null;
}

/** What says where a request ends is for the transport to say. */
const FRAMING = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * `null` for whatever else fetch takes.
 * @throws {TypeError} as fetch does, for what is no address or no header.
 */
export function plainRequest(...[input, init = {}]: Parameters<Fetch>): PlainRequest | null {
  const { method = 'GET', body = null, signal = null } = init;
  if (input instanceof Request || (body !== null && typeof body !== 'string')) return null;
  const url = new URL(input);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  return { url, method, headers: plainHeaders(init.headers, body), body, signal };
}

/** The headers of a request, with those that fetch sends by itself. */
function plainHeaders(given: HeadersInit | undefined, body: string | null): Record<string, string> {
  const headers = new Headers(given);
  for (const name of FRAMING) headers.delete(name);
  return {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'node',
    ...(body === null ? {} : { 'content-type': 'text/plain;charset=UTF-8' }),
    ...Object.fromEntries(headers),
  };
}
