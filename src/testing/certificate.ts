import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What is wrong with a certificate; `trusted` is right for whoever trusts the authority that signed it. */
export type CertificateKind = 'trusted' | 'self-signed' | 'wrong-host' | 'expired';

/** A certificate made on the spot, and whom to trust for it. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate of the authority, as `ca` options take it. It signs all kinds but `self-signed`. */
  readonly authority: string;
}

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const DAY_MS = 86_400_000;

/** A certificate for 127.0.0.1 and localhost, or one that is not quite. */
export function certificateOf(kind: CertificateKind, nowMs: number): Certificate {
  const authority = partyOf('Simulated authority');
  const server = partyOf('simulator');
  const untilMs = nowMs + (kind === 'expired' ? -DAY_MS : 365 * DAY_MS);
  const period = [nowMs - 30 * DAY_MS, untilMs] as const;
  const names = kind === 'wrong-host' ? [dnsName('elsewhere.invalid')] : [dnsName('localhost'), LOOPBACK];
  const alternativeNames = extension(SUBJECT_ALT_NAME, sequence(...names));
  const isAuthority = extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, Buffer.from([0xff]))));
  const issuer = kind === 'self-signed' ? server : authority;
  return {
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: signed(server, issuer, { period, extensions: [alternativeNames] }),
    authority: signed(authority, authority, {
      period: [period[0], nowMs + 365 * DAY_MS],
      extensions: [isAuthority],
    }),
  };
}

function partyOf(name: string): Party {
  return { name, ...generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) };
}

/** X.509 v3 by RFC 5280, in DER: no more of it than TLS asks for. */
function signed(
  subject: Party,
  issuer: Party,
  {
    period: [fromMs, untilMs],
    extensions,
  }: { readonly period: readonly [number, number]; readonly extensions: readonly Buffer[] },
): string {
  const algorithm = sequence(ECDSA_WITH_SHA256);
  // The first bit of a number is its sign.
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const content = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithm,
    nameOf(issuer),
    sequence(timeOf(fromMs), timeOf(untilMs)),
    nameOf(subject),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', content, issuer.privateKey));
  const base64 = sequence(content, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** Tag, length, value. */
function tlv(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  const { length } = value;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), value]);
}

function sequence(...values: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...values);
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

const ECDSA_WITH_SHA256 = objectId('2a8648ce3d040302');
const COMMON_NAME = objectId('550403');
const SUBJECT_ALT_NAME = objectId('551d11');
const BASIC_CONSTRAINTS = objectId('551d13');
const LOOPBACK = tlv(0x87, Buffer.from([127, 0, 0, 1]));

function dnsName(name: string): Buffer {
  return tlv(0x82, Buffer.from(name));
}

function nameOf({ name }: Party): Buffer {
  return sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(name)))));
}

/** As `20261127120000Z`. */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tlv(0x18, Buffer.from(digits));
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));
}
