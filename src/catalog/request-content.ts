import type { ChatMessage, ChatParameters } from '../types.js';
import { imageTokens } from './image-tokens.js';

/** What a request is made of, by size. Text is in the unit of the function that measured it. */
export interface RequestContent {
  readonly text: number;
  readonly messages: number;
  readonly tools: number;
  readonly images: number;
  /** What the images count by their size and detail. */
  readonly imageTokens: number;
  readonly audios: number;
  readonly files: number;
  /** Characters of base64 in audio and files. */
  readonly encodedLength: number;
}

type Counts = { -readonly [Key in keyof RequestContent]: number };
type Measure = (text: string) => number;
/** Measures what a request offers the model to call. */
type MeasureTools = (tools: readonly unknown[], measure: Measure) => number;
type Fields = Readonly<Record<string, unknown>>;

/** What a request offers the model; `functions` is OpenAI's older name for tools. */
interface Offers extends Pick<ChatParameters, 'tools' | 'response_format'> {
  readonly functions?: readonly unknown[];
}

/** Walks a request once and measures its text, whatever stands in it. */
export function measureRequest(
  messages: readonly ChatMessage[],
  parameters: ChatParameters,
  measure: Measure,
  measureTools: MeasureTools = (tools) => measure(asJson(tools)),
): RequestContent {
  const counts: Counts = {
    text: 0,
    messages: messages.length,
    tools: 0,
    images: 0,
    imageTokens: 0,
    audios: 0,
    files: 0,
    encodedLength: 0,
  };
  for (const message of messages) measureMessage(message as unknown as Fields, counts, measure);
  const { tools, functions, response_format: format }: Offers = parameters;
  const offered = [...(tools ?? []), ...(functions ?? [])];
  counts.tools = offered.length;
  if (offered.length > 0) counts.text += measureTools(offered, measure);
  if (format?.type === 'json_schema') counts.text += measure(asJson(format.json_schema));
  return counts;
}

function measureMessage(message: Fields, counts: Counts, measure: Measure): void {
  for (const key in message) {
    const value = message[key];
    if (key === 'role' || value === null || value === undefined) continue;
    if (typeof value === 'string') counts.text += measure(value);
    else if (key === 'content' && Array.isArray(value)) {
      for (const part of value) measurePart(part as Fields | null, counts, measure);
    } else counts.text += measure(asJson(value));
  }
}

function measurePart(part: Fields | null, counts: Counts, measure: Measure): void {
  switch (part?.['type']) {
    case 'text':
    case 'refusal':
      counts.text += measure(stringIn(part, part['type']));
      break;
    case 'image_url':
      counts.images += 1;
      counts.imageTokens += imageTokens(
        stringIn(part['image_url'], 'url'),
        stringIn(part['image_url'], 'detail'),
      );
      break;
    case 'input_audio':
      counts.audios += 1;
      counts.encodedLength += stringIn(part['input_audio'], 'data').length;
      break;
    case 'file':
      counts.files += 1;
      counts.encodedLength += stringIn(part['file'], 'file_data').length;
      break;
    default:
      counts.text += measure(asJson(part));
  }
}

function stringIn(fields: unknown, key: string): string {
  if (typeof fields !== 'object' || fields === null) return '';
  const value = (fields as Fields)[key];
  return typeof value === 'string' ? value : '';
}

function asJson(value: unknown): string {
  const json: unknown = JSON.stringify(value);
  return typeof json === 'string' ? json : '';
}
