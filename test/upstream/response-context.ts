import { redact } from '../../src/upstream/redact.js';
import type { ResponseContext } from '../../src/upstream/response.js';

/** The context of a success that a provider named `routellm` has sent. */
export function responseContext(extra: Partial<ResponseContext> = {}): ResponseContext {
  return {
    provider: 'routellm',
    baseURL: 'https://llm.example.com/v1',
    nowMs: Date.UTC(2026, 9, 15, 12),
    requestId: 'req_1',
    status: 200,
    headers: new Headers(),
    redact: (text) => redact(text, ['canary-key']),
    ...extra,
  };
}
