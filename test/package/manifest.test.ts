import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { incompleteOptionalDependencies, type Lock } from '../../scripts/lock.mjs';
import { readJson, root } from '../../scripts/workspace.mjs';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = readJson<Manifest>('package.json');
const decisions = join(root, 'docs/decisions');

describe('package.json', () => {
  it('depends on what docs/decisions/0002 records, and on nothing else', () => {
    const record = readFileSync(join(decisions, '0002-runtime-dependencies.md'), 'utf8');
    const recorded = [...record.matchAll(/^- `([^`]+)`/gm)].map((match) => match[1]);
    const declared = {
      ...manifest.peerDependencies,
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
    };
    expect(Object.keys(declared).sort()).toEqual(recorded.sort());
  });

  it('has no script that runs when somebody installs or packs it', () => {
    const lifecycle =
      /^(pre|post)?(install|prepare|pack|publish|shrinkwrap|dependencies)$|^(pre|post)?prepare$/;
    expect(Object.keys(manifest.scripts).filter((name) => lifecycle.test(name))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('holds every optional dependency that it names', () => {
    expect(incompleteOptionalDependencies(readJson<Lock>('package-lock.json'))).toEqual([]);
  });

  it('names no host', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });

  it('is found out when it lacks one', () => {
    const optionalDependencies = { near: '1', above: '1', nowhere: '1' };
    const packages = {
      '': {},
      'node_modules/a': {},
      'node_modules/a/node_modules/b': { optionalDependencies },
      'node_modules/a/node_modules/near': {},
      'node_modules/above': {},
      'node_modules/elsewhere/node_modules/nowhere': {},
    };
    expect(incompleteOptionalDependencies({ packages })).toEqual(['node_modules/a/node_modules/b: nowhere']);
  });
});

describe('docs/decisions', () => {
  it.each(readdirSync(decisions))('%s has a number, a title and about ten lines', (file) => {
    const lines = readFileSync(join(decisions, file), 'utf8').split('\n');
    expect(file).toMatch(/^\d{4}-[a-z0-9-]+\.md$/);
    expect(lines[0]).toMatch(/^# \S/);
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12);
  });
});
