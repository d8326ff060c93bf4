import type { IncomingMessage } from 'node:http';
import { ApiError, usualError } from './api-error.js';
import type { Answer } from './answer.js';
import { prepareChat, type PreparedChat } from './chat.js';
import type { Exchange } from './exchange.js';
import { implementationOf, type FaultRule } from './faults/table.js';
import { pageFrame, type Frame } from './frames.js';
import { isObject, isString, type JsonObject } from './json.js';
import type { OpenEntry, RequestOutcome } from './ledger.js';
import type { LineUpModel } from './line-up.js';
import { readChatRequest } from './request.js';
import type { World } from './world.js';

const MOST_BODY_BYTES = 64 * 2 ** 20;
const JSON_HEADERS = { 'content-type': 'application/json' };
const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

const PAGES: Readonly<Record<string, 'models' | 'account'>> = {
  '/v1/models': 'models',
  '/v1/account': 'account',
};

/** Answers one request. Whatever goes wrong is an answer too. */
export async function serve(request: IncomingMessage, exchange: Exchange, world: World): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === '/v1/chat/completions' && request.method === 'POST') {
    await serveChat(request, exchange, world);
    return;
  }
  await answering(exchange, () => servePage(request, path, exchange, world));
}

async function servePage(
  request: IncomingMessage,
  path: string,
  exchange: Exchange,
  world: World,
): Promise<void> {
  const endpoint = request.method === 'GET' ? PAGES[path] : undefined;
  world.ledger.lookups[endpoint ?? 'other']++;
  if (endpoint === undefined) {
    throw new ApiError(404, `Unknown request URL: ${request.method ?? ''} ${path}.`, { code: 'unknown_url' });
  }
  const rule = world.faults.choose({ endpoint, model: null, body: '', reused: exchange.reused });
  if (rule !== null && (await struckInstead(rule, exchange))) return;
  if (endpoint === 'account') checkKey(request, world);
  const page =
    endpoint === 'account'
      ? world.account.page(world.clock.now())
      : { object: 'list', data: [...world.models.values()].map(listed) };
  exchange.head = { status: 200, headers: { ...JSON_HEADERS } };
  await exchange.send(struckFrames(rule, exchange, onlyFrame(pageFrame(page))));
}

async function serveChat(request: IncomingMessage, exchange: Exchange, world: World): Promise<void> {
  const entry = world.ledger.open(exchange.requestId, world.clock.now());
  const startedMs = world.clock.monotonic();
  const state: { chat: PreparedChat | null; complete: boolean } = { chat: null, complete: false };
  await answering(exchange, async () => {
    const text = await readBody(request);
    checkKey(request, world);
    const body = parseBody(text);
    entry.modelRequested = isString(body['model']) ? body['model'] : null;
    entry.stream = body['stream'] === true;
    if (world.captureContent) entry.content = { request: body, answer: '' };
    const model = entry.modelRequested ?? 'route-llm';
    const rule = world.faults.choose({ endpoint: 'chat', model, body: text, reused: exchange.reused });
    entry.fault = rule?.fault ?? null;
    if (rule !== null && (await struckInstead(rule, exchange))) return;
    const chat = prepareChat(readChatRequest(body), entry, world);
    state.chat = chat;
    exchange.usage = chat.usage;
    if (world.captureContent) entry.content = { request: body, answer: textOf(chat.answer) };
    exchange.head = { status: 200, headers: { ...(entry.stream ? STREAM_HEADERS : JSON_HEADERS) } };
    state.complete = await exchange.send(struckFrames(rule, exchange, chat.frames(exchange)));
  });
  if (state.chat !== null) charge(state.chat, entry, exchange, world);
  entry.status = exchange.status;
  entry.bodyBytes = exchange.bodyBytes;
  entry.latencyMs = world.clock.monotonic() - startedMs;
  entry.outcome = outcomeOf(exchange, state.complete);
}

/** Turns what is thrown into an error response; a client that has gone gets none. */
async function answering(exchange: Exchange, answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (reason) {
    if (exchange.lost) return;
    const error =
      reason instanceof ApiError ? reason : new ApiError(500, `The simulator failed: ${String(reason)}`);
    if (exchange.status === null) exchange.refuse(error);
    else await exchange.breakOff();
  }
}

async function struckInstead(rule: FaultRule, exchange: Exchange): Promise<boolean> {
  const { instead } = implementationOf(rule);
  await instead?.(exchange, rule);
  return instead !== undefined;
}

function struckFrames(
  rule: FaultRule | null,
  exchange: Exchange,
  frames: AsyncIterable<Frame>,
): AsyncIterable<Frame> {
  if (rule === null) return frames;
  return implementationOf(rule).frames?.(frames, exchange, rule) ?? frames;
}

function charge(chat: PreparedChat, entry: OpenEntry, exchange: Exchange, world: World): void {
  entry.tokens = chat.tokensSpent(exchange);
  entry.costUsd = chat.costUsd(entry.tokens);
  entry.points = world.account.pointsFor(entry.costUsd);
  world.account.charge(entry.points, world.clock.now());
}

function outcomeOf(exchange: Exchange, complete: boolean): RequestOutcome {
  if (complete && !exchange.broken) return 'completed';
  if ((exchange.status ?? 0) >= 400) return 'refused';
  return exchange.lost && !exchange.broken ? 'aborted' : 'broken';
}

function checkKey(request: IncomingMessage, world: World): void {
  if (world.apiKey !== null && request.headers.authorization !== `Bearer ${world.apiKey}`)
    throw usualError(403);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) throw usualError(413);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseBody(text: string): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (isObject(body)) return body;
  throw new ApiError(400, 'We could not parse the JSON body of your request.');
}

async function* onlyFrame(frame: Frame): AsyncGenerator<Frame, void> {
  yield await Promise.resolve(frame);
}

function textOf(answer: Answer): string {
  return answer.choices.map((choice) => choice.pieces.join('')).join('\n');
}

/** A model as `GET /v1/models` lists it; rates are USD per token. */
function listed(model: LineUpModel): object {
  const { prices } = model;
  return {
    id: model.name,
    object: 'model',
    owned_by: model.ownedBy,
    display_name: model.displayName,
    input_modalities: model.vision ? ['text', 'image'] : ['text'],
    output_modalities: ['text'],
    context_length: model.contextWindow,
    max_completion_tokens: model.maxOutput,
    input_token_rate: prices.input / 1e6,
    output_token_rate: prices.output / 1e6,
    cached_input_token_rate: prices.cached === undefined ? null : prices.cached / 1e6,
    free: model.free,
  };
}
