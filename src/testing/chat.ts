import { ApiError, badParameter, usualError } from './api-error.js';
import { answerTo, type Answer } from './answer.js';
import { brokenAnswerIn } from './continuation.js';
import type { Exchange } from './exchange.js';
import { completionFrame, streamFrames, type AnswerHead, type Frame } from './frames.js';
import { probabilityOfGood, type Judgement } from './judge.js';
import type { JsonObject } from './json.js';
import type { OpenEntry, SpentTokens } from './ledger.js';
import { costOf, type LineUpModel } from './line-up.js';
import { messageTokens } from './messages.js';
import { hashOf, seededRandom } from './random.js';
import type { ChatRequest } from './request.js';
import { countTokens } from './tokens.js';
import type { World } from './world.js';

/** An answer that is ready to be sent, at the pace of its model. */
export interface PreparedChat {
  readonly answer: Answer;
  /** What the answer says of its tokens. */
  readonly usage: JsonObject;
  readonly frames: (exchange: Exchange) => AsyncIterable<Frame>;
  /** The tokens spent by what was sent. */
  readonly tokensSpent: (exchange: Exchange) => SpentTokens;
  readonly costUsd: (tokens: SpentTokens) => number;
}

/**
 * Lets the asked model answer, and notes in the ledger which one did and whether it did well.
 * @throws ApiError where the model refuses the request
 */
export function prepareChat(request: ChatRequest, entry: OpenEntry, world: World): PreparedChat {
  const input = request.messages.reduce(
    (sum, message) => sum + messageTokens(message),
    3 + countTokens(request.preamble),
  );
  const broken = brokenAnswerIn(request.messages);
  const asked = broken?.asked ?? request.messages;
  const judgement = world.judge(asked);
  const named = world.models.get(request.model);
  if (named === undefined) throw unknownModel(request.model);
  checkParameters(named, request);
  const model = servedBy(named, request, { input, judgement }, world);
  checkAbilities(model, request, input);
  if (world.account.exhausted && !model.free) throw usualError(402);

  const prompt = promptOf(request);
  const seed = hashOf(promptOf({ ...request, messages: asked }), world.seed);
  const known = input < 1024 ? null : world.cache.read(model.name, prompt, world.clock.now());
  const cached = known?.cached ?? 0;
  const answer = answerTo({ ...request, messages: asked }, { model, judgement, seed, broken });
  const skill = model.skillByTask[judgement.task] ?? model.skill;
  const luck = seededRandom(hashOf(`good:${model.name}`, seed))();
  Object.assign(entry, {
    modelServed: model.name,
    good: luck < probabilityOfGood(skill, judgement.difficulty),
    ...judgement,
  });

  const whole = { input, cached, output: answer.outputTokens, reasoning: answer.reasoningTokens };
  const usage = usageOf(whole, world.account.pointsFor(costOf(model, whole)));
  const head: AnswerHead = {
    id: `chatcmpl-simulated-${entry.requestId}`,
    created: Math.floor(entry.at / 1000),
    model: model.name,
    system_fingerprint: 'simulated',
  };
  const frames = request.stream
    ? streamFrames(head, answer, request.includeUsage ? usage : null)
    : [completionFrame(head, answer, usage)];
  return {
    answer,
    usage,
    frames: (exchange) =>
      paced(frames, model, {
        exchange,
        scale: world.latency,
        onRead: () => known?.learn(world.clock.now()),
      }),
    tokensSpent: ({ modelRan, spent }) => ({
      input: modelRan ? input : 0,
      cached: modelRan ? cached : 0,
      output: spent.visible + spent.reasoning,
      reasoning: spent.reasoning,
    }),
    costUsd: (tokens) => costOf(model, tokens),
  };
}

function promptOf({ preamble, messages }: ChatRequest): string {
  return preamble + messages.map(({ role, counted }) => `\n${role}: ${counted}`).join('');
}

function unknownModel(name: string): ApiError {
  return new ApiError(404, `The model '${name}' does not exist or you do not have access to it.`, {
    param: 'model',
    code: 'model_not_found',
  });
}

function checkParameters(model: LineUpModel, request: ChatRequest): void {
  const { maxTokens, temperature } = request.given;
  if (model.reasoning && maxTokens) {
    throw badParameter(
      'max_tokens',
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'unsupported_parameter',
    );
  }
  if (model.reasoning && temperature !== null && temperature !== 1) {
    throw badParameter(
      'temperature',
      `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
      'unsupported_value',
    );
  }
}

/** The model itself, or the one it passes the request on to. */
function servedBy(
  asked: LineUpModel,
  request: ChatRequest,
  prompt: { readonly input: number; readonly judgement: Judgement },
  world: World,
): LineUpModel {
  const { routes } = asked;
  if (routes === undefined) return asked;
  const { difficulty } = prompt.judgement;
  const byDifficulty = difficulty < 0.3 ? routes.easy : difficulty < 0.55 ? routes.medium : routes.hard;
  const order = [prompt.input > 5000 ? routes.long : byDifficulty, routes.medium, routes.hard, routes.long];
  const targets = order.flatMap((name) => world.models.get(name) ?? []);
  const sees = request.messages.some((message) => message.images > 0);
  return targets.find((model) => model.vision || !sees) ?? targets[0] ?? asked;
}

function checkAbilities(model: LineUpModel, request: ChatRequest, input: number): void {
  const seeing = request.messages.findIndex((message) => message.images > 0);
  if (seeing >= 0 && !model.vision) {
    throw badParameter(`messages[${seeing}].content`, `The model '${model.name}' does not take images.`);
  }
  if (request.tools.length > 0 && !model.tools) {
    throw badParameter('tools', `The model '${model.name}' does not take tools.`, 'unsupported_parameter');
  }
  if (request.cap !== null && request.cap > model.maxOutput) {
    throw badParameter(
      request.given.maxTokens ? 'max_tokens' : 'max_completion_tokens',
      `The output cap is too large: ${request.cap}. This model supports at most ${model.maxOutput} completion tokens.`,
      'invalid_value',
    );
  }
  const needed = input + (request.cap ?? 1);
  if (needed > model.contextWindow) {
    throw badParameter(
      'messages',
      `This model's maximum context length is ${model.contextWindow} tokens. However, your messages and the completion need ${needed} tokens.`,
      'context_length_exceeded',
    );
  }
}

function usageOf(tokens: SpentTokens, points: number): JsonObject {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    compute_points_used: points,
  };
}

/** Gives out the frames as fast as the model makes their tokens. */
async function* paced(
  frames: Iterable<Frame>,
  model: LineUpModel,
  {
    exchange,
    scale,
    onRead,
  }: { readonly exchange: Exchange; readonly scale: number; readonly onRead: () => void },
): AsyncGenerator<Frame, void> {
  const { clock } = exchange;
  const tokenMs = (1000 / model.tokensPerSecond) * scale;
  const readMs = model.firstTokenMs * scale;
  let dueMs = clock.monotonic() + readMs;
  exchange.modelRan = true;
  // The prompt is read, and known from then on, before the first token is made.
  if (readMs >= 1) await exchange.wait(readMs);
  onRead();
  for (const frame of frames) {
    const beganMs = dueMs;
    dueMs += (frame.tokens + frame.reasoningTokens) * tokenMs;
    const waitMs = dueMs - clock.monotonic();
    try {
      // Timers count whole milliseconds: what is due sooner goes out with what came before it.
      if (waitMs >= 1) await exchange.wait(waitMs);
    } catch (reason) {
      spendPart(frame, (clock.monotonic() - beganMs) / tokenMs, exchange);
      throw reason;
    }
    yield frame;
  }
}

/** The client left while these tokens were made: what was made is spent. */
function spendPart(frame: Frame, tokensMade: number, exchange: Exchange): void {
  const made = Math.max(0, Math.min(Math.floor(tokensMade), frame.tokens + frame.reasoningTokens));
  const reasoning = Math.min(made, frame.reasoningTokens);
  exchange.spent.reasoning += reasoning;
  exchange.spent.visible += made - reasoning;
}
