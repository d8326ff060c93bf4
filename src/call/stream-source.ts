import { asRouteLLError, IncompleteStreamError, RouteLLError, TimeoutError } from '../errors.js';
import type { CompletionChunk } from '../types.js';
import type { CompletionAccumulator } from './accumulator.js';
import type { Attempt } from './attempt.js';
import type { Consumption } from './attempt-cost.js';
import { AttemptLoop } from './attempts.js';
import type { Answer, Call } from './call.js';
import type { Served } from './cache.js';
import { contentOf } from './content-of.js';
import { asksForText, Continuation, continuedRequest } from './continuation.js';
import { atLeast, estimatedUsage } from './estimated-usage.js';
import { type OpenStream, openStream } from './open-stream.js';
import type { Plan } from './plan.js';
import { servedModel } from './plan-step.js';
import type { AnswerPart } from './result.js';
import { sumUsage } from './totals.js';

/**
 * Where the chunks of a call come from: the stream of one attempt and, where the call allows it, those of others
 * that go on with it after it broke off, in turns of the one loop of attempts.
 */
export class StreamSource {
  readonly #call: Call;
  /** What the reader has been given. */
  readonly #collected: CompletionAccumulator;
  readonly #loop: AttemptLoop<OpenStream>;
  #open: OpenStream | null = null;
  #reopening: Promise<OpenStream> | null = null;
  #continuation: Continuation | null = null;
  /** Of an answer in parts, those that said something, but for the last. */
  readonly #parts: Omit<AnswerPart, 'costUsd'>[] = [];
  /** Where the current part begins. */
  #start = 0;

  constructor(call: Call, collected: CompletionAccumulator, plan: Pick<Plan, 'steps' | 'spare'>) {
    this.#call = call;
    this.#collected = collected;
    this.#loop = new AttemptLoop(call, plan, (attempt) => openStream(call, attempt));
  }

  async open(): Promise<OpenStream> {
    return (this.#open = await this.#loop.begin());
  }

  /** How many choices were asked for. */
  get choices(): number {
    return this.#open?.attempt.body.n ?? 1;
  }

  /** What of a chunk is new to the reader; `null` where that is nothing. */
  next(chunk: CompletionChunk): CompletionChunk | null {
    return this.#continuation === null ? chunk : this.#continuation.next(chunk);
  }

  /** Whether the stream, if it breaks off now, may be gone on with: it has said nothing but text, and not all of it. */
  get isResumable(): boolean {
    const { request, signal } = this.#call;
    if (request.options.resume !== true || signal.aborted || this.#collected.isComplete) return false;
    return this.#collected.isTextOnly && asksForText(request);
  }

  /**
   * Opens the stream that goes on with the one that broke off.
   * @throws {IncompleteStreamError} where none does.
   */
  resume(error: RouteLLError): Promise<OpenStream> {
    this.#reopening = this.#reopen(error);
    return this.#reopening;
  }

  async #reopen(error: RouteLLError): Promise<OpenStream> {
    const call = this.#call;
    const { attempt } = this.#opened();
    const { text: delivered } = this.#collected;
    const { id, created } = this.#collected.completion();
    // Nothing else bounds what the stores take for the attempt that broke off.
    call.restartDeadline();
    const stop = call.stores.within(call.parts.options.timeouts.idleMs);
    await this.#failAttempt(error).finally(stop);
    if (delivered.length > this.#start) this.#parts.push(this.#partOf(attempt));
    this.#start = delivered.length;
    const why = RouteLLError.isInstance(error.cause) ? error.cause : error;
    try {
      this.#open = await this.#loop.goOn(why, continuedRequest(call.request, delivered));
    } catch (thrown) {
      if (call.signal.aborted) throw thrown;
      const { message } = asRouteLLError(thrown);
      const text = `The stream broke off, and none could go on from what stands in error.partial: ${message}`;
      throw new IncompleteStreamError(text, delivered, { cause: thrown });
    }
    this.#continuation = new Continuation({ id, created }, delivered);
    this.#tellResumed(this.#open.attempt, why.message);
    return this.#open;
  }

  #tellResumed({ attemptId, step }: Attempt, reason: string): void {
    const { callId, parts } = this.#call;
    parts.events.emit('stream-resume', {
      callId,
      attemptId,
      at: parts.clock.now(),
      model: step.model.name,
      provider: step.provider.id,
      characters: this.#start,
      reason,
    });
  }

  /** After the first token a broken connection is a cut answer; so is one with which none goes on in time. */
  typed(thrown: unknown): RouteLLError {
    const error = asRouteLLError(thrown);
    if (this.#open === null) return error;
    const isCut = error.code === 'upstream' || error.code === 'malformed-response';
    // The total time bounds no stream once it has begun, but the wait for one that goes on.
    const isLate = this.#reopening !== null && error instanceof TimeoutError && error.phase === 'total';
    if (!isCut && !isLate) return error;
    return new IncompleteStreamError(
      `The stream broke off: ${error.message} What arrived stands in error.partial.`,
      this.#collected.text,
      { cause: error },
    );
  }

  /** The call has failed: ends what is open, or still being opened. */
  async fail(error: RouteLLError): Promise<void> {
    const reopened = await this.#reopening?.catch(() => null);
    if (this.#open === null) return;
    // Who leaves an open stream says nothing against it; what breaks by itself is worth no retry.
    if (error.code === 'aborted' && reopened !== null) this.#loop.succeeded();
    await this.#failAttempt(error);
  }

  async #failAttempt(error: RouteLLError): Promise<void> {
    const { attempt, close } = this.#opened();
    await attempt.fail(error, this.#consumption());
    close();
  }

  /** Ends the attempt, with all that the upstream has said. */
  async succeed(): Promise<Served> {
    const { attempt, requestId, close } = this.#opened();
    const completion = this.#collected.completion();
    const consumption = this.#consumption();
    const { model } = this.#partOf(attempt);
    const content = contentOf(completion);
    await attempt.succeed(consumption);
    close();
    this.#loop.succeeded();
    const answer: Answer = {
      ...content,
      ...this.#partsWith(attempt, consumption),
      changes: attempt.changes,
      model,
      provider: attempt.step.provider.id,
      cached: false,
    };
    return { completion, requestId, answer };
  }

  /** Whether one stream has said all. */
  get isOfOnePiece(): boolean {
    return this.#reopening === null;
  }

  #partsWith(last: Attempt, { usage }: Consumption): Pick<Answer, 'parts' | 'usage'> {
    if (this.#parts.length === 0) return { parts: [], usage };
    const rows = new Map(this.#call.rows.map((row) => [row.attemptId, row]));
    const parts = [...this.#parts, this.#partOf(last)];
    return {
      parts: parts.map((part) => ({ ...part, costUsd: rows.get(part.attemptId)?.costUsd ?? null })),
      usage: sumUsage(parts.flatMap(({ attemptId }) => rows.get(attemptId) ?? [])) ?? usage,
    };
  }

  #partOf({ attemptId, step }: Attempt): Omit<AnswerPart, 'costUsd'> {
    const model = servedModel(this.#call.parts, step, this.#heard.completion().model);
    return { attemptId, model, provider: step.provider.id, start: this.#start };
  }

  /** All that the current attempt has said. */
  get #heard(): CompletionAccumulator {
    return this.#continuation?.heard ?? this.#collected;
  }

  /** Of the current attempt. */
  #consumption(): Consumption {
    const { usage, serviceTier, generated, isComplete } = this.#heard;
    const { reported } = usage;
    const served = { servedModel: this.#heard.completion().model, serviceTier };
    if (reported !== null && isComplete) return { ...reported, ...served };
    const estimated = estimatedUsage(this.#opened().attempt.request, generated);
    // What was told on the way is not the end of it, neither the usage nor the charge.
    const charged = isComplete ? usage.charged : null;
    if (reported === null) return { usage: estimated, charged, ...served };
    return { ...reported, usage: atLeast(reported.usage, estimated), charged, ...served };
  }

  #opened(): OpenStream {
    if (this.#open === null) throw new RangeError('a stream was opened');
    return this.#open;
  }
}
