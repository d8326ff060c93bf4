import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/workspace.mjs';

export interface Block {
  /** The page and line where the block starts: `README.md:12`. */
  readonly place: string;
  readonly language: string;
  /** What follows the language: `no-run`. */
  readonly flags: readonly string[];
  readonly text: string;
}

/** README.md and the pages of docs/, but for the generated API reports. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => join('docs', file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.md') && !file.endsWith('.api.md'));
  return ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...docs.sort()];
}

/** The fenced blocks of a page, their indent taken off. */
export function blocksOf(page: string, markdown = readFileSync(join(root, page), 'utf8')): Block[] {
  const fenced = /^([ \t]*)```([\w-]+)([^\n]*)\n([\s\S]*?)\n?^\1```[ \t]*$/gm;
  return [...markdown.matchAll(fenced)].map((match) => {
    const [, indent = '', language = '', info = '', text = ''] = match;
    const line = markdown.slice(0, match.index).split('\n').length;
    return {
      place: `${page}:${line}`,
      language,
      flags: info.split(/\s+/).filter((flag) => flag !== ''),
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}
