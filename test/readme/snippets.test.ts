import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from 'routell/testing';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { runProgram } from '../run-program.js';
import { blocksOf, pages } from './documentation.js';

/** Inside the project, so that `routell` is the package itself: its types from src, its code from dist. */
const folder = join(root, 'temp', 'snippets');

const programs = pages()
  .flatMap((page) => blocksOf(page))
  .filter((block) => block.language === 'ts')
  .map((block) => {
    const name = block.place.replaceAll(/\W+/g, '-');
    return { ...block, source: join(folder, `${name}.ts`), compiled: join(folder, `${name}.mjs`) };
  });

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  return { ...options, moduleDetection: ts.ModuleDetectionKind.Force };
}

/** Writes every program as JavaScript, and type-checks all in one go. */
function compile(): string[] {
  mkdirSync(folder, { recursive: true });
  const options = compilerOptions();
  for (const { source, compiled, text } of programs) {
    writeFileSync(source, text);
    writeFileSync(compiled, ts.transpileModule(text, { compilerOptions: options }).outputText);
  }
  const checker = ts.createProgram(
    programs.map(({ source }) => source),
    options,
  );
  return programs.flatMap(({ source, place }) => {
    const file = checker.getSourceFile(source);
    return [...checker.getSyntacticDiagnostics(file), ...checker.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) => {
        const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
        return `${place} + ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      },
    );
  });
}

describe('the programs of the documentation', () => {
  let mistakes: string[] = [];
  beforeAll(() => {
    mistakes = compile();
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are there', () => {
    expect(programs.filter(({ place }) => place.startsWith('README.md'))).not.toEqual([]);
  });

  it('have no type errors', () => {
    expect(mistakes).toEqual([]);
  });

  it.concurrent.each(programs.filter(({ flags }) => !flags.includes('no-run')))(
    '$place runs',
    async ({ compiled }) => {
      const simulator = await startSimulator();
      try {
        const env = { ROUTELLM_API_KEY: simulator.apiKey, ROUTELLM_BASE_URL: simulator.baseURL };
        const { code, output } = await runProgram([compiled], { env });
        expect(code, output).toBe(0);
      } finally {
        await simulator.close();
      }
    },
    60_000,
  );
});
