import * as z from 'zod';
import type { Environment } from '../environment.js';
import { ConfigurationError } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { printableName } from '../one-line.js';
import { firstIssue, unwrap } from './first-issue.js';
import { type Settings, settingsSchema } from './settings-schema.js';

const PREFIX = 'ROUTELL_';
/** Variables of the library and the command line that are no settings. */
const OTHERS = ['ROUTELL_LOG', 'ROUTELL_CONFIG'];

interface Override {
  readonly section: string;
  readonly key: string;
  readonly type: unknown;
}

const OVERRIDES = overrides();

/**
 * The settings that the environment gives: `ROUTELL_API_TIMEOUT=60`. Blank variables count as not set.
 * @throws {ConfigurationError} naming the variable that makes no sense, or that nobody knows.
 */
export function readOverrides(environment: Environment): Settings {
  const given: Record<string, Record<string, unknown>> = {};
  for (const [name, written] of Object.entries<unknown>(environment)) {
    const value = typeof written === 'string' ? written.trim() : written;
    if (value === undefined || value === '') continue;
    const override = OVERRIDES.get(name);
    if (override === undefined) checkName(name);
    else (given[override.section] ??= {})[override.key] = valueOf(value, override.type);
  }
  const issue = firstIssue(settingsSchema, given);
  if (issue === null) return settingsSchema.parse(given);
  const [section, key] = issue.path.map(String);
  const name = variableOf(section ?? '', key ?? '');
  throw new ConfigurationError(name, `${name} is not valid: ${issue.message}.`);
}

/** `ROUTELL_API_TIMEOUT` for `api.timeout`. */
export function variableOf(section: string, key: string): string {
  return `${PREFIX}${section}_${key}`.toUpperCase();
}

function overrides(): ReadonlyMap<string, Override> {
  const found = new Map<string, Override>();
  for (const [section, type] of Object.entries(settingsSchema.shape)) {
    const settings = unwrap(type);
    if (!(settings instanceof z.ZodObject)) continue;
    for (const [key, setting] of Object.entries(settings.shape)) {
      found.set(variableOf(section, key), { section, key, type: setting });
    }
  }
  return found;
}

/** The value that a text stands for; where it stands for none, the text, which the schema then refuses. */
function valueOf(text: unknown, type: unknown): unknown {
  if (typeof text !== 'string') return text;
  const setting = unwrap(type);
  if (setting instanceof z.ZodArray) return text.split(',').map((item) => item.trim());
  if (setting instanceof z.ZodBoolean) {
    return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
  }
  if (!(setting instanceof z.ZodNumber)) return text;
  if (text === 'null') return null;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** @throws {ConfigurationError} for a name that only looks like a setting's. */
function checkName(name: string): void {
  if (OTHERS.includes(name)) return;
  const known = [...OVERRIDES.keys()];
  // The library's variables for the key and the address begin with ROUTELLM_: the slip is near.
  const withoutM = name.replace(/^ROUTELLM_/, PREFIX);
  if (!(name.startsWith(PREFIX) || OVERRIDES.has(withoutM))) return;
  const bare = (variable: string): string => variable.slice(PREFIX.length);
  const nearest = nearestName(bare(withoutM), [...known, ...OTHERS].map(bare));
  const advice = nearest === null ? '' : ` Did you mean ${PREFIX}${nearest}?`;
  throw new ConfigurationError(
    name,
    `${printableName(name)} is not known.${advice} A setting is ${PREFIX}<SECTION>_<KEY>, as ROUTELL_API_TIMEOUT.`,
  );
}
