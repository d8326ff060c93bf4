import { describe, expect, it } from 'vitest';
import { plotCurves } from '../../../src/cli/eval/plot.js';
import type { RoutingReport, ScorerReport } from '../../../src/cli/eval/report.js';
import { niceTicks, svgText } from '../../../src/cli/eval/svg.js';

const estimate = { value: 0.6, low: 0.5, high: 0.7 };

function scorer(...qualities: readonly number[]): ScorerReport {
  const curve = qualities.map((quality, index) => ({ share: index / (qualities.length - 1), quality }));
  return { apgr: estimate, cpt50: estimate, cpt80: estimate, curve };
}

function report(file: string, router = scorer(0.2, 0.5, 0.6)): RoutingReport {
  const member = { isNamed: false, isStandIn: true, quality: 0.5, costUsd: null };
  return {
    file,
    n: 3,
    scale: 1,
    strong: { ...member, model: 'a<b' },
    weak: { ...member, model: 'c&d' },
    router,
    length: scorer(0.2, 0.4, 0.6),
    oracle: scorer(0.2, 0.7, 0.6),
    bestOfBoth: 0.7,
    random: { apgr: 0.5, cpt50: 0.5, cpt80: 0.8 },
    overLength: estimate,
    models: null,
  };
}

describe('plotCurves', () => {
  it('draws a panel for each file, a line for each scorer', () => {
    const svg = plotCurves([report('one.jsonl'), report('two.jsonl')]);
    expect(svg.match(/<g transform/g)).toHaveLength(2);
    expect(svg.match(/<polyline /g)).toHaveLength(8);
    for (const text of [
      'one.jsonl',
      'two.jsonl',
      'routell',
      'prompt length',
      'random',
      'oracle',
      '100 %',
      'quality',
    ]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('puts points where they belong: more quality is higher', () => {
    const [, points = ''] = /<polyline points="([^"]+)"/.exec(plotCurves([report('x')])) ?? [];
    const places = points.split(' ').map((place) => place.split(',').map(Number));
    const [xs, ys] = [places.map(([x]) => x ?? NaN), places.map(([, y]) => y ?? NaN)];
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(ys).toEqual([...ys].sort((a, b) => b - a));
  });

  it('escapes what others wrote, and shortens it', () => {
    const svg = plotCurves([report(`<script>&"${'x'.repeat(80)}\u0000\ud800`)]);
    expect(svg).toContain('&lt;script&gt;&amp;&quot;xxx');
    expect(svg).toContain('…</text>');
    expect(svg).toContain('a&lt;b against c&amp;d');
    expect(svg).not.toContain('<script');
  });

  it('is a picture of nothing where there is nothing, and holds no NaN', () => {
    expect(plotCurves([])).toContain('No file holds scores of two models.');
    expect(plotCurves([report('x', scorer(NaN, NaN, NaN))])).not.toContain('NaN');
  });
});

describe('svgText', () => {
  it('has no character that XML forbids', () => {
    expect(svgText('a\u0001\ud83d\u{1f600}\ufffe', { x: 1, y: 2 })).toBe(
      '<text x="1" y="2">a\ufffd\ufffd\u{1f600}\ufffd</text>',
    );
  });
});

describe('niceTicks', () => {
  it.each([
    [
      [0.585, 0.783],
      [0.55, 0.6, 0.65, 0.7, 0.75, 0.8],
    ],
    [
      [0, 1],
      [0, 0.2, 0.4, 0.6, 0.8, 1],
    ],
    [
      [0.5, 0.5],
      [0.5, 0.51],
    ],
    [[], [0, 1]],
  ])('%j', (values, ticks) => {
    expect(niceTicks(values)).toEqual(ticks);
  });
});
