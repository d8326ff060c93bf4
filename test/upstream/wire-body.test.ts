import { describe, expect, it } from 'vitest';
import type { ChatRequestBody } from '../../src/types.js';
import { wireBody } from '../../src/upstream/wire-body.js';

const body: ChatRequestBody = {
  model: 'm',
  messages: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Hello?' },
  ],
  stream_options: { include_usage: true },
};

describe('wireBody', () => {
  it('sends the role developer as system, unless the service takes it', () => {
    expect(wireBody(body, {}).messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(wireBody(body, { developerRole: true })).toBe(body);
  });

  it('leaves stream_options out where the service refuses them', () => {
    expect(wireBody(body, { streamOptions: false })).not.toHaveProperty('stream_options');
    expect(wireBody(body, {}).stream_options).toEqual({ include_usage: true });
  });

  it('changes no body that it is given', () => {
    const before = structuredClone(body);
    wireBody(body, { streamOptions: false });
    expect(body).toEqual(before);
  });
});
