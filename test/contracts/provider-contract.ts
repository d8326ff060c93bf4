import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RouteLLError } from '../../src/errors.js';
import type { ChatRequestBody, CompletionChunk } from '../../src/types.js';
import type { Provider, ProviderCallOptions } from '../../src/upstream/provider.js';

/** A provider in front of a service that answers, and the same with a key that the service refuses. */
export interface ProviderUnderTest {
  readonly provider: Provider;
  readonly withBadKey: Provider;
  /** A model of the service. */
  readonly model: string;
  /** What else the service must be told, so that an answer takes long enough to be interrupted. */
  readonly longBody?: Partial<ChatRequestBody>;
}

/** What every `Provider` must do. `make` is called for each test. */
export function providerContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`provider contract: ${name}`, () => {
    const body = (model: string): ChatRequestBody => ({
      model,
      messages: [{ role: 'user', content: 'Say hello.' }],
    });
    const callOptions = (signal = new AbortController().signal): ProviderCallOptions => ({
      signal,
      headersTimeoutMs: 10_000,
    });
    const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

    /** Every way to ask a provider something, to its end. */
    const asks: Readonly<
      Record<string, (under: ProviderUnderTest, options: ProviderCallOptions) => Promise<unknown>>
    > = {
      chat: ({ provider, model }, options) => provider.chat(body(model), options),
      stream: async ({ provider, model }, options) => {
        const { chunks } = await provider.stream(body(model), options);
        return collect(chunks);
      },
      models: ({ provider }, options) => provider.models(options),
      account: ({ provider }, options) => provider.account(options),
    };

    it('has an id, an address and a group', async () => {
      const { provider } = await make();
      expect(provider.id).not.toBe('');
      expect(URL.canParse(provider.baseURL)).toBe(true);
      expect(provider.group).not.toBe('');
    });

    it('answers whole, with a finish reason and the usage', async () => {
      const { provider, model } = await make();
      const { completion, requestId } = await provider.chat(body(model), callOptions());
      expect(completion.choices[0]?.message.content).toEqual(expect.any(String));
      expect(completion.choices[0]?.finish_reason).toBe('stop');
      expect(completion.usage?.prompt_tokens).toBeGreaterThan(0);
      expect(requestId === null || requestId.length > 0).toBe(true);
    });

    it('streams chunks to a finish reason, with the usage where asked for', async () => {
      const { provider, model } = await make();
      const streamed = { ...body(model), stream_options: { include_usage: true } };
      const { chunks } = await provider.stream(streamed, callOptions());
      const all = await collect(chunks);
      expect(all.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).not.toBe('');
      expect(all.some((chunk) => chunk.choices[0]?.finish_reason === 'stop')).toBe(true);
      expect(all.some((chunk) => (chunk.usage?.completion_tokens ?? 0) > 0)).toBe(true);
    });

    it('changes no body it is given', async () => {
      const { provider, model } = await make();
      const given = body(model);
      const before = structuredClone(given);
      await provider.chat(given, callOptions());
      expect(given).toEqual(before);
    });

    it('lists models by their ids', async () => {
      const { provider, model } = await make();
      const models = await provider.models(callOptions());
      expect(models.map(({ id }) => id)).toContain(model);
    });

    it('tells of the account the figures, their unit and the plan at most', async () => {
      const { provider } = await make();
      const account = await provider.account(callOptions());
      if (account === null) return;
      const {
        usedCredits,
        grantedCredits,
        remainingCredits = null,
        unit,
        lagSeconds,
        plan,
        ...more
      } = account;
      expect(more).toEqual({});
      expect(unit ?? 'credits').toMatch(/^[a-z]+$/);
      expect(lagSeconds ?? 0).toBeGreaterThanOrEqual(0);
      expect(plan ?? '').toBeTypeOf('string');
      for (const amount of [usedCredits, grantedCredits, remainingCredits]) {
        expect(amount === null || amount >= 0).toBe(true);
      }
    });

    it('refuses with a typed error that is not retryable where the key is refused', async () => {
      const { withBadKey, model } = await make();
      for (const ask of [
        () => withBadKey.chat(body(model), callOptions()),
        () => withBadKey.stream(body(model), callOptions()),
      ]) {
        const error = await failureOf(ask());
        expect(error).toMatchObject({ code: 'authentication', retryable: false });
      }
    });

    it.each(Object.keys(asks))('%s leaves nothing on a signal that outlives it', async (ask) => {
      const under = await make();
      const { signal } = new AbortController();
      for (let count = 0; count < 3; count++) await asks[ask]?.(under, callOptions(signal));
      expect(listeners(signal)).toBe(0);
    });

    it.each(Object.keys(asks))('%s does nothing on a signal that is aborted already', async (ask) => {
      const under = await make();
      const reason = new RouteLLError('aborted', 'Told so before.');
      const signal = AbortSignal.abort(reason);
      expect(await failureOf(asks[ask]?.(under, callOptions(signal)))).toBe(reason);
      expect(listeners(signal)).toBe(0);
    });

    it.each(Object.keys(asks))('%s ends with the signal while it waits, whatever the reason', async (ask) => {
      const under = await make();
      const controller = new AbortController();
      const asked = failureOf(asks[ask]?.(under, callOptions(controller.signal)));
      controller.abort('just so');
      expect(await asked).toMatchObject({ code: 'aborted', cause: 'just so', retryable: false });
      expect(listeners(controller.signal)).toBe(0);
    });

    it('ends a stream with the signal, with its reason', async () => {
      const { provider, model, longBody } = await make();
      const controller = new AbortController();
      const { chunks } = await provider.stream(
        { ...body(model), ...longBody },
        callOptions(controller.signal),
      );
      const iterator = chunks[Symbol.asyncIterator]();
      await iterator.next();
      const reason = new RouteLLError('aborted', 'Enough.');
      controller.abort(reason);
      expect(await failureOf(drain(iterator))).toBe(reason);
      expect(await iterator.next()).toMatchObject({ done: true });
      expect(listeners(controller.signal)).toBe(0);
    });

    it('lets a stream be left early', async () => {
      const { provider, model, longBody } = await make();
      const { signal } = new AbortController();
      const { chunks } = await provider.stream({ ...body(model), ...longBody }, callOptions(signal));
      for await (const chunk of chunks) {
        expect(chunk.choices).toBeDefined();
        break;
      }
      expect(listeners(signal)).toBe(0);
    });

    it('answers many at once on one signal', async () => {
      const under = await make();
      const { signal } = new AbortController();
      const both = ['chat', 'stream', 'chat', 'stream', 'chat', 'stream', 'chat', 'stream'];
      const answers = await Promise.all(
        both.map((ask) => asks[ask]?.(under, callOptions(signal)) ?? Promise.reject(new Error(ask))),
      );
      expect(answers).toHaveLength(8);
      expect(listeners(signal)).toBe(0);
    });
  });
}

async function collect(chunks: AsyncIterable<CompletionChunk>): Promise<CompletionChunk[]> {
  const all: CompletionChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

async function drain(iterator: AsyncIterator<CompletionChunk>): Promise<void> {
  for (;;) {
    const { done } = await iterator.next();
    if (done === true) return;
  }
}

async function failureOf(asked: Promise<unknown> | undefined): Promise<RouteLLError> {
  try {
    await asked;
  } catch (error) {
    if (RouteLLError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
