import { afterEach } from 'vitest';
import { startSimulator, type Simulator } from '../../src/testing/index.js';
import { openaiProvider } from '../../src/upstream/openai-provider.js';
import { providerContract } from '../contracts/provider-contract.js';
import { chunkEvent, completionBody, EVENT_STREAM, JSON_TYPE, serveLoopback } from '../loopback.js';

const simulators: Simulator[] = [];

afterEach(async () => {
  await Promise.all(simulators.splice(0).map((simulator) => simulator.close()));
});

providerContract('openaiProvider on the simulator', async () => {
  const simulator = await startSimulator({ latency: 0 });
  simulators.push(simulator);
  const { baseURL, apiKey } = simulator;
  return {
    provider: openaiProvider({ baseURL, apiKey }),
    withBadKey: openaiProvider({ baseURL, apiKey: 'wrong-key' }),
    model: 'gpt-6-luna',
    longBody: { messages: [{ role: 'user', content: 'Write a long story about the sea, in 800 words.' }] },
  };
});

providerContract('openaiProvider on a bare server', async () => {
  const { baseURL } = await serveLoopback(async (response, { path, headers, body }) => {
    if (headers.authorization !== 'Bearer good-key') {
      response.writeHead(401, JSON_TYPE).end('{"error":{"message":"Wrong key","code":"invalid_api_key"}}');
    } else if (path === '/v1/models') {
      response.writeHead(200, JSON_TYPE).end('{"object":"list","data":[{"id":"some-model"}]}');
    } else if (path !== '/v1/chat/completions') {
      response.writeHead(404).end('Not Found');
    } else if (body.includes('"stream":true')) {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('Hel'));
      // The rest comes later, so that there is something to interrupt.
      await new Promise((resolve) => setTimeout(resolve, body.includes('"user":"slow"') ? 1000 : 1));
      response.write(chunkEvent('lo', 'stop'));
      response.write(
        'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n',
      );
      response.end('data: [DONE]\n\n');
    } else {
      response.writeHead(200, JSON_TYPE).end(completionBody());
    }
  });
  return {
    provider: openaiProvider({ baseURL, apiKey: 'good-key' }),
    withBadKey: openaiProvider({ baseURL, apiKey: 'wrong-key' }),
    model: 'some-model',
    longBody: { user: 'slow' },
  };
});
