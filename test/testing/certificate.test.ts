import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificateOf } from '../../src/testing/certificate.js';
import { startSimulator, type Simulator } from '../../src/testing/index.js';
import { withSimulator } from './with-simulator.js';

/** Looks at the account over TLS, trusting the simulator's authority. */
const lookUp = async (simulator: Simulator, host = '127.0.0.1') => {
  const request = get(`${simulator.baseURL.replace('127.0.0.1', host)}/models`, {
    ca: simulator.certificateAuthority ?? '',
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  return text;
};

describe('tls (F06)', () => {
  it('serves whoever trusts the authority, by address and by name', async () => {
    const { simulator } = await withSimulator({ tls: 'trusted' });
    expect(simulator.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await lookUp(simulator)).toContain('"object":"list"');
    expect(await lookUp(simulator, 'localhost')).toContain('"object":"list"');
    expect(simulator.ledger.lookups.models).toBe(2);
  });

  it.each([
    ['self-signed' as const, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['wrong-host' as const, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired' as const, 'CERT_HAS_EXPIRED'],
  ])('%s is %s, and no request arrives', async (tls, code) => {
    const { simulator } = await withSimulator({ tls });
    await expect(lookUp(simulator)).rejects.toMatchObject({ code });
    await simulator.settled();
    expect(simulator.ledger.lookups.models).toBe(0);
  });

  it('is not there by default', async () => {
    const { simulator } = await withSimulator();
    expect(simulator.certificateAuthority).toBeNull();
  });

  it('knows the faults of plain HTTP; a reset just ends the connection', async () => {
    const { simulator } = await withSimulator({ tls: 'trusted', faults: [{ fault: 'reset', on: 'models' }] });
    await expect(lookUp(simulator)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('closes a connection in the midst of its handshake', async () => {
    const simulator = await startSimulator({ tls: 'trusted' });
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise(setImmediate);
    const closed = once(socket, 'close');
    await simulator.close();
    await closed;
  });
});

describe('certificateOf', () => {
  it('is X.509 that others can read', () => {
    const nowMs = Date.UTC(2026, 10, 27);
    const { cert, authority } = certificateOf('trusted', nowMs);
    const [leaf, root] = [new X509Certificate(cert), new X509Certificate(authority)];
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(root.ca).toBe(true);
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(new Date(leaf.validFrom).getTime()).toBe(Date.UTC(2026, 9, 28));
    expect(new Date(leaf.validTo).getTime()).toBe(Date.UTC(2027, 10, 27));
  });
});
