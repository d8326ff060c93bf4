import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';

/** The package as it is, by its own name: Node resolves it through `exports`, to `dist`. */
const requireHere = createRequire(join(root, 'package.json'));
const windows = process.platform === 'win32';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

function packedFiles(): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', shell: windows });
  const [packed] = JSON.parse(output) as Packed[];
  return packed?.files.map((file) => file.path) ?? [];
}

/** The files that `dist/index.js` loads, itself included. */
function reachedFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(join(root, 'dist', file), 'utf8');
  for (const match of code.matchAll(/(?:from|import)\s*\(?["']\.\/([^"']+)["']/g))
    reachedFrom(match[1]!, seen);
  return seen;
}

describe('the package', () => {
  it('holds the build, the configuration and the notices, and nothing else', () => {
    const allowed = [
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD_PARTY_NOTICES\.md)$/,
      /^config\/[\w.-]+\.json$/,
      /^docs\/[\w-]+\.md$/,
      /^dist\/(testing\/)?[\w-]+\.(js|d\.ts)$/,
      /^dist\/cli\/index\.js$/,
    ];
    const files = packedFiles();
    expect(files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/testing/index.js',
        'dist/testing/index.d.ts',
        'dist/cli/index.js',
      ]),
    );
  }, 60_000);

  it.each(['routell', 'routell/testing'])('%s can be required: it awaits nothing while it loads', (name) => {
    expect(Object.keys(requireHere(name) as object)).not.toEqual([]);
  });

  it('has a command that the shell can start', () => {
    const path = join(root, 'dist/cli/index.js');
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    if (!windows) expect(statSync(path).mode & 0o111).not.toBe(0);
  });

  it('loads nothing of the command line with `routell`', () => {
    const loaded = [...reachedFrom('index.js')].map((file) => readFileSync(join(root, 'dist', file), 'utf8'));
    expect(loaded.join('\n')).not.toMatch(/commander|routell doctor/);
  });

  it('needs nothing of Node in what `routell` loads', () => {
    const loaded = [...reachedFrom('index.js')].map((file) => readFileSync(join(root, 'dist', file), 'utf8'));
    expect(loaded.join('\n')).not.toMatch(/(?:from|import)\s*\(?["']node:/);
  });

  it('has one copy of every class that it exports: `instanceof` holds across entries', () => {
    const code = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(root, 'dist', file), 'utf8'))
      .join('\n');
    const classes = Object.entries(requireHere('routell') as object)
      .filter(([, value]) => String(value).startsWith('class '))
      .map(([name]) => name);
    expect(classes).toContain('RouteLLClient');
    for (const name of classes) {
      expect(code.match(new RegExp(`class ${name}\\b|\\b${name} = class\\b`, 'g')), name).toHaveLength(1);
    }
  });
});
