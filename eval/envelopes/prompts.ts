import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The prompts of every `.jsonl` in a folder. */
export function readPrompts(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { readonly prompt: string }).prompt);
}
