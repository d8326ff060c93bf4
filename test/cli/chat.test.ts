import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunkEvent, EVENT_STREAM, JSON_TYPE, serveLoopback } from '../loopback.js';
import { withSimulator } from '../testing/with-simulator.js';
import { aNumber, aText, matching } from './expected.js';
import { environmentOf, runCli, runJson } from './run-cli.js';

describe('routell chat', () => {
  it('prints the answer on stdout, and what it was and cost on stderr', async () => {
    const { simulator } = await withSimulator();
    const pieces: string[] = [];
    const { code, stdout, stderr } = await runCli(['chat', 'Tell me of rivers and lakes.'], {
      environment: environmentOf(simulator),
      onStdout: (piece) => pieces.push(piece),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[simulated .*\n$/s);
    expect(pieces.length).toBeGreaterThan(5);
    expect(stderr).toMatch(/^\S+ at \S+, \d+ tokens in, \d+ tokens? out, \$0\.\d+, [\d.]+ credits\n$/);
    expect(simulator.ledger.entries).toMatchObject([{ stream: true, outcome: 'completed' }]);
  });

  it('marks what is simulated', async () => {
    const { stdout, stderr } = await runCli(['chat', 'hi', '--simulate']);
    expect(stdout).toMatch(/^\[simulated /);
    expect(stderr).toMatch(/^Simulated: \S+ at simulator/);
  });

  it('is one document with --json', async () => {
    const { simulator } = await withSimulator();
    const { code, report, stderr } = await runJson(['chat', 'hi'], { environment: environmentOf(simulator) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report).toMatchObject({
      success: true,
      simulated: false,
      content: matching(/^\[simulated /),
      model: aText,
      finishReason: 'stop',
      usage: { inputTokens: aNumber },
      costUsd: aNumber,
      routing: { selectedModel: aText },
      attempts: [{ outcome: 'success' }],
    });
  });

  it.each([['-'], []])('reads the prompt from stdin: %j', async (...prompt) => {
    const { simulator } = await withSimulator({ captureContent: true });
    const stdin = 'Name three rivers – größer.\n';
    const { code } = await runCli(['chat', ...prompt], { environment: environmentOf(simulator), stdin });
    expect(code).toBe(0);
    expect(simulator.ledger.entries[0]?.content?.request).toMatchObject({
      messages: [{ role: 'user', content: stdin }],
    });
  });

  it('does not read stdin where the prompt is given', async () => {
    const { simulator } = await withSimulator({ captureContent: true });
    await runCli(['chat', 'mine'], { environment: environmentOf(simulator), stdin: 'not this' });
    expect(simulator.ledger.entries[0]?.content?.request).toMatchObject({ messages: [{ content: 'mine' }] });
  });

  it('sends its options: a named model is used as it is, its cap under the name that it takes', async () => {
    const { simulator } = await withSimulator({ captureContent: true });
    const environment = environmentOf(simulator);
    const argv = ['chat', 'hi', '--system', 'Be brief.', '--max-tokens', '300'];
    await runCli([...argv, '--model', 'gemini-3.8-flash', '--temperature', '0.1'], { environment });
    await runCli([...argv, '--model', 'gpt-6-luna'], { environment });
    const requests = simulator.ledger.entries.map(({ content }) => content?.request);
    expect(requests).toMatchObject([
      {
        model: 'gemini-3.8-flash',
        temperature: 0.1,
        max_tokens: 300,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'hi' },
        ],
      },
      { model: 'gpt-6-luna', max_completion_tokens: 300 },
    ]);
    expect(requests[1]).not.toHaveProperty('max_tokens');
  });

  it('routes by the weights and within the limits that are given', async () => {
    const { simulator } = await withSimulator();
    const environment = environmentOf(simulator);
    const argv = ['chat', 'Prove that there are infinitely many primes.'];
    await runCli([...argv, '--quality', '1'], { environment });
    await runCli([...argv, '--cost', '1', '--models', 'gpt-5.5,claude-haiku-4-5'], { environment });
    const models = simulator.ledger.entries.map(({ modelServed }) => modelServed);
    expect(models[0]).toMatch(/fable|astra|opus/);
    expect(models[1]).toBe('claude-haiku-4-5');
  });

  it('tells a failure by its code, with exit code 1', async () => {
    const { simulator } = await withSimulator({ creditsGranted: 10, creditsUsed: 10 });
    const environment = environmentOf(simulator);
    const { code, stdout, stderr } = await runCli(['chat', 'hi'], { environment });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^(credits-exhausted|all-models-failed): .*Top up the account/);
    const { report } = await runJson(['chat', 'hi', '--model', 'gpt-6-sol'], { environment });
    expect(report).toMatchObject({
      success: false,
      error: { code: 'credits-exhausted', status: 402 },
      callId: matching(/^call_/),
    });
  });

  it('tells that an answer broke off, after what came of it', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'cut-stream', tokens: 5 }] });
    const { code, stdout, stderr } = await runCli(['chat', 'hi'], { environment: environmentOf(simulator) });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\[simulated.*\n$/);
    expect(stderr).toMatch(/^incomplete-stream: /);
  });

  it('ends quietly, and has the rest not made, once nobody reads any more', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'slow', delayMs: 0, tokenDelayMs: 20 }] });
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('closed'), { code: 'EPIPE' })),
    });
    const run = await runCli(['chat', 'Write a long story of rivers.'], {
      environment: environmentOf(simulator),
      stdout,
    });
    await simulator.settled();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(simulator.ledger.entries).toMatchObject([{ outcome: 'aborted' }]);
  });

  it('keeps what has come when it is interrupted', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'stall', tokens: 5 }] });
    const interrupt = new AbortController();
    const { code, stdout, stderr } = await runCli(['chat', 'hi'], {
      environment: environmentOf(simulator),
      interrupt: interrupt.signal,
      onStdout: () => setImmediate(() => interrupt.abort()),
    });
    await simulator.settled();
    expect(code).toBe(130);
    expect(stdout).toMatch(/^\[.*\n$/);
    expect(stderr).toBe('Interrupted.\n');
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'stall' }]);
  });

  it('shows text only on a screen, and the answer as it is elsewhere', async () => {
    const server = await serveLoopback((response, { path }) => {
      if (path !== '/v1/chat/completions') return void response.writeHead(404, JSON_TYPE).end('{}');
      response.writeHead(200, EVENT_STREAM);
      response.end(`${chunkEvent('a\u001b[2J\nb')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const environment = environmentOf({ baseURL: server.baseURL, apiKey: 'k' });
    const argv = ['chat', 'hi', '--model', 'some-model'];
    expect((await runCli(argv, { environment, isTTY: true })).stdout).toBe('a\\u001b[2J\nb\n');
    expect((await runCli(argv, { environment })).stdout).toBe('a\u001b[2J\nb\n');
  });
});
