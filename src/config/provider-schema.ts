import * as z from 'zod';
import { DEFAULT_BASE_URL } from '../access.js';
import { CREDIT_SOURCE_NAMES } from '../upstream/credit-sources.js';
import { address, amount, flag, modelNames, section, setting, text } from './setting-types.js';

/** The provider that `api.base_url` and ROUTELLM_BASE_URL speak of. */
export const ROUTELLM = {
  id: 'routellm',
  name: 'RouteLL API',
  baseURL: DEFAULT_BASE_URL,
  docsUrl: 'https://routellm.abacus.ai/docs',
  keyEnvVar: 'ROUTELLM_API_KEY',
} as const;

/** The kind of the records that are read. */
export const LLM_API = 'llm_api';

/** Ids stand in records, events and keys of stores. A letter first: JavaScript puts names that are numbers before all others. */
export const PROVIDER_ID = /^[A-Za-z][\w.-]{0,99}$/;
export const anId =
  'expected an id that begins with a letter, of letters, digits, dots, dashes and underscores';

const aVariable =
  'expected the name of a variable of the environment, as ROUTELLM_API_KEY; the key itself stands there, never here';
const instant = z.union([z.string(), z.number(), z.null()], 'expected an instant or null');

/** A record of `integrations.providers.json`, by the guide's names. */
export const providerSchema = z.strictObject(
  {
    id: setting(z.string(anId).regex(PROVIDER_ID, anId), 'The same as the name of the record.'),
    kind: setting(
      z.literal(LLM_API, "expected 'llm_api'"),
      'An OpenAI-compatible API. Records of other kinds are passed over.',
      LLM_API,
    ),
    name: setting(text, 'Its name for people.'),
    enabled: setting(flag, 'Whether it is used.', true),
    key_env_var: setting(
      z.string(aVariable).regex(/^[A-Za-z_]\w{0,99}$/, aVariable),
      'The variable of the environment that holds its key, or several separated by commas.',
    ),
    base_url: setting(address, 'Its address. Its key is sent to this origin only.'),
    docs_url: setting(
      z.url({ protocol: /^https?$/, error: 'expected an http or https address' }),
      'Where its documentation is.',
    ),
    credit_source: setting(
      z.enum(CREDIT_SOURCE_NAMES, `expected one of ${CREDIT_SOURCE_NAMES.join(', ')}`),
      'Whose page says what the account has left; by its address where this is not set.',
    ),
    features: section({
      unlimited_models: setting(modelNames, 'Models that it does not bill.', []),
      premium_models: setting(
        modelNames,
        'Its models that count as premium, the ablest and dearest there are.',
        [],
      ),
    }),
    health: section({
      status: setting(z.string('expected a text'), 'Not read.'),
      last_check: setting(instant, 'Not read.'),
      last_error: setting(z.string('expected a text or null').nullable(), 'Not read.'),
      last_ok: setting(instant, 'Not read.'),
    }).meta({ description: 'Not read, and never written: it lives in client.listProviders().' }),
    usage: section({
      requests_today: setting(amount(), 'Not read.'),
      credits_used_today: setting(amount(), 'Not read.'),
      total_requests: setting(amount(), 'Not read.'),
      total_credits_used: setting(amount(), 'Not read.'),
    }).meta({ description: 'Not read, and never written: it lives in client.listProviders().' }),
  },
  'expected an object',
);

export type ProviderSettings = z.infer<typeof providerSchema>;
