/**
 * Every regular expression of src, checked by recheck: none may take more than linear time on a text made for it.
 * Literals are read off the syntax tree; those that are built at run time must be named below.
 */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { STATED } from '../src/router/stated-length.js';

// Before recheck is loaded: plain JavaScript, no Java and no program of another platform.
process.env['RECHECK_BACKEND'] = 'pure';
const { checkSync } = await import('recheck');

interface Found {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** Files that build expressions, and those that they build; a text is the reason why there are none to check. */
const BUILT: Readonly<Record<string, readonly RegExp[] | string>> = {
  'src/router/stated-length.ts': [STATED],
  'src/testing/schema-answer.ts': 'the pattern of the schema of whoever runs the simulator',
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .sort();
const failures: string[] = [];
const found: Found[] = [];
const builders = new Set<string>();
for (const file of sources) {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node))
      found.push({ place: placeOf(tree, node), ...partsOf(node.text) });
    if (isBuilt(node)) {
      builders.add(file);
      if (!Object.hasOwn(BUILT, file))
        failures.push(`${placeOf(tree, node)} builds an expression: name it in ${import.meta.filename}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
}
for (const [file, built] of Object.entries(BUILT)) {
  if (!builders.has(file)) failures.push(`${file} builds no expression any more`);
  if (typeof built === 'string') continue;
  found.push(...built.map(({ source, flags }) => ({ place: file, source, flags })));
}

function isBuilt(node: ts.Node): boolean {
  return (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
}

function placeOf(tree: ts.SourceFile, node: ts.Node): string {
  const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
  return `${tree.fileName}:${line + 1}`;
}

function partsOf(literal: string): { readonly source: string; readonly flags: string } {
  const end = literal.lastIndexOf('/');
  return { source: literal.slice(1, end), flags: literal.slice(end + 1) };
}

for (const { place, source, flags } of found) {
  const verdict = checkSync(source, flags, { timeout: 10_000 });
  if (verdict.status === 'safe') continue;
  const why = verdict.status === 'vulnerable' ? verdict.complexity.summary : verdict.error.kind;
  failures.push(`${place} /${source}/${flags} is ${verdict.status}: ${why}`);
}

for (const failure of failures) console.error(failure);
console.log(`${found.length} regular expressions checked`);
if (failures.length > 0) process.exitCode = 1;
