import type { Preferences } from '../types.js';
import type { CallRequest } from './request.js';

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** Names requests by an HMAC-SHA256 under a random key of its own: no name can be foreseen, or read back. */
export class CacheKeys {
  #secret: Promise<CryptoKey> | null = null;

  /**
   * The name of a request among those of a scope. The same for two requests exactly if the upstream would get
   * the same JSON but for the order of keys in objects, with the same models to choose from.
   * @param preferences By which a model is chosen; `null` where the caller named it.
   * @throws {TypeError} or {RangeError} for what JSON cannot carry.
   */
  async keyOf(scope: string, request: CallRequest, preferences: Preferences | null): Promise<string> {
    const fields = fieldsOf(scope, request, preferences).map(canonicalJson);
    // Each field says where it ends: no two lists of fields read the same.
    const text = fields.map((field) => `${field.length}:${field}`).join('');
    const secret = await (this.#secret ??= newSecret());
    const mac = await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(text));
    return String.fromCharCode(...new Uint8Array(mac));
  }
}

function newSecret(): Promise<CryptoKey> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign']);
}

/** Everything that changes the answer; not who waits for it, how long, and for which session. */
function fieldsOf(
  scope: string,
  request: CallRequest,
  preferences: Preferences | null,
): readonly (string | object)[] {
  const { messages, parameters, options } = request;
  const { model, fallbacks = null, constraints = {}, optimize = null } = options;
  const choice = preferences === null ? { model } : { preferences, constraints, optimize };
  // An answer is the same whether or not it is streamed.
  const { stream_options: _howStreamed, ...answered } = parameters;
  return [scope, { ...choice, fallbacks }, messages, answered, options.extraBody ?? {}];
}

/** The value as the wire has it, with the keys of plain objects in one order. */
function canonicalJson(value: string | object): string {
  return JSON.stringify(value, (_key, item: unknown) => (isPlainObject(item) ? withSortedKeys(item) : item));
}

/** Any other object is left to JSON itself, which may take it for a text or a number. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function withSortedKeys(object: Record<string, unknown>): object {
  // Defines each key, `__proto__` too, where an assignment would not.
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, object[key]]),
  );
}
