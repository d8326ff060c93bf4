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
/** Variables of the library that begin otherwise: the slip is near. */
const OF_THE_SERVICE = ['ROUTELLM_API_KEY', 'ROUTELLM_BASE_URL'];

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
  const own = [...OVERRIDES.keys(), ...OTHERS];
  const withoutM = name.replace(/^ROUTELLM_/, PREFIX);
  if (!(name.startsWith(PREFIX) || own.includes(withoutM))) return;
  const byBareName = new Map([...own, ...OF_THE_SERVICE].map((known) => [bare(known), known]));
  const nearest = nearestName(bare(name), byBareName.keys());
  const advice = nearest === null ? '' : ` Did you mean ${byBareName.get(nearest)}?`;
  throw new ConfigurationError(
    name,
    `${printableName(name)} is not known.${advice} A setting is ${PREFIX}<SECTION>_<KEY>, as ROUTELL_API_TIMEOUT.`,
  );
}

function bare(name: string): string {
  return name.replace(/^ROUTELLM?_/, '');
}
