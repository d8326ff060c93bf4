import { describe, expect, it } from 'vitest';
import { extractAsk, isBareContinuation } from '../../src/router/ask.js';
import type { ChatMessage } from '../../src/types.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });

describe('extractAsk', () => {
  it('takes the last user turn and measures what surrounds it', () => {
    const { ask, envelope } = extractAsk([
      { role: 'system', content: '12345' },
      user('first'),
      { role: 'assistant', content: 'answer' },
      user('<system-reminder>x</system-reminder>What is an atoll?'),
      { role: 'tool', tool_call_id: 'call_1', content: 'result' },
    ]);
    expect(ask).toBe('What is an atoll?');
    expect(envelope).toMatchObject({
      turns: 5,
      systemCharacters: 5,
      earlierCharacters: 'first'.length + 'answer'.length + 'result'.length,
      reminderCharacters: '<system-reminder>x</system-reminder>'.length,
      turnsBack: 0,
    });
  });

  it('joins the text parts and counts images and files', () => {
    const { ask, envelope } = extractAsk([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'text', text: 'on this picture?' },
          { type: 'file', file: { file_id: 'file-1' } },
        ],
      },
    ]);
    expect(ask).toBe('What is\non this picture?');
    expect(envelope).toMatchObject({ images: 1, files: 1 });
  });

  it('passes over parts that are none', () => {
    const content = [null, { type: 'text' }, { type: 'text', text: 'Name a lake' }] as never;
    expect(extractAsk([{ role: 'user', content }]).ask).toBe('Name a lake');
  });

  it('looks back over a bare continuation', () => {
    const { ask, envelope } = extractAsk([
      user('Write a parser for ISO dates.'),
      { role: 'assistant', content: 'Shall I?' },
      user('yes, do it'),
      { role: 'assistant', content: '…' },
      user('continue please'),
    ]);
    expect(ask).toBe('Write a parser for ISO dates.');
    expect(envelope.turnsBack).toBe(2);
  });

  it('passes over user turns that hold nothing but reminders', () => {
    const { ask } = extractAsk([user('Name a lake.'), user('<system-reminder>be nice</system-reminder>')]);
    expect(ask).toBe('Name a lake.');
  });

  it('asks for the continuation itself where nothing came before', () => {
    expect(extractAsk([user('continue')]).ask).toBe('continue');
  });

  it('takes pasted material for the ask where nothing else is said', () => {
    expect(extractAsk([user('```\nWrite a poem\n```')]).ask).toBe('```\nWrite a poem\n```');
  });

  it('reads the last message where no user speaks, and nothing from nothing', () => {
    expect(extractAsk([{ role: 'system', content: 'Tell a joke.' }]).ask).toBe('Tell a joke.');
    expect(extractAsk([{ role: 'assistant', content: null }]).ask).toBe('');
    expect(extractAsk([]).ask).toBe('');
  });

  it('reads both ends of a huge text only', () => {
    const { ask } = extractAsk([user(`Summarize this:\n${'x'.repeat(1_000_000)}\nIn one line.`)]);
    expect(ask.startsWith('Summarize this:')).toBe(true);
    expect(ask.endsWith('In one line.')).toBe(true);
    expect(ask.length).toBe(2 * 8192 + 1);
  });
});

describe('isBareContinuation', () => {
  it.each([
    'yes',
    'Yes, do it!',
    'continue',
    'ok go ahead',
    '2',
    'weiter bitte',
    'sí, adelante',
    'да, продолжай',
    '继续',
    '好的，继续',
    'はい、お願いします',
    '네',
    'نعم',
    'हाँ',
    'evet, devam et',
  ])('%s', (ask) => {
    expect(isBareContinuation(ask)).toBe(true);
  });

  it.each([
    'yes, but in French',
    'continue the story about the dragon',
    'thanks',
    '2+2',
    'please',
    '',
    'Hello',
  ])('not %s', (ask) => {
    expect(isBareContinuation(ask)).toBe(false);
  });
});
