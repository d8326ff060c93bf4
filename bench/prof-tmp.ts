import { RouteLLClient } from 'routell';
import { startLoopbackServer } from '/work/main/bench/loopback-server.js';
const server = await startLoopbackServer();
const client = new RouteLLClient({ apiKey: 'bench', baseURL: server.baseURL, rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null }, monitoring: { logLevel: 'warn' } });
const messages = [{ role: 'user' as const, content: 'Write a function that reverses a linked list, and explain it.' }];
const auto = process.argv[2] === 'auto';
for (let i = 0; i < 6000; i++) await client.chatCompletion(messages, auto ? {} : { model: server.model });
await client.close(); server.close();
