import { ConfigurationError } from '../errors.js';
import { JsonMistake, parseJson } from './parse-json.js';

/** Far above what any configuration needs: a wrong file is not read to its end. */
const LARGEST_BYTES = 1_000_000;

/**
 * The JSON of a file, read synchronously. Objects have no prototype.
 * @throws {ConfigurationError} with the path as its `field`: no such file, unreadable, too large, no UTF-8, no JSON.
 */
export function readJsonFile(path: string): unknown {
  const text = readText(path);
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonMistake)) throw error;
    throw new ConfigurationError(path, `${path} is no JSON: ${error.message}.`);
  }
}

type Process = Pick<NodeJS.Process, 'getBuiltinModule'>;
type FileSystem = ReturnType<typeof process.getBuiltinModule<'node:fs'>>;

/** A file of this name in the folder of another; `null` where there is nothing of that name. */
export function siblingOf(path: string, name: string): string | null {
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const sibling = folder + name;
  // A link to nowhere is there, and an error once it is read.
  const entry = attempt(sibling, () => fileSystem(path).lstatSync(sibling, { throwIfNoEntry: false }));
  return entry === undefined ? null : sibling;
}

function readText(path: string): string {
  const bytes = attempt(path, () => {
    const fs = fileSystem(path);
    const entry = fs.statSync(path);
    // A pipe would be waited for, and a device has no end.
    if (!entry.isFile()) throw new ConfigurationError(path, `${path} is no file. Name a JSON file.`);
    if (entry.size > LARGEST_BYTES) {
      throw new ConfigurationError(
        path,
        `${path} has ${entry.size} bytes; a configuration has at most ${LARGEST_BYTES}. Is it the right file?`,
      );
    }
    return fs.readFileSync(path);
  });
  try {
    // Takes a byte order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigurationError(path, `${path} is not UTF-8. Save it as UTF-8.`, { cause });
  }
}

/** What the file system says, as an error that names the file. */
function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? `${path} does not exist. A relative path starts at the working directory of the process.`
        : `${path} cannot be read (${code ?? 'unknown reason'}). Check its name and its permissions.`;
    throw new ConfigurationError(path, why, { cause });
  }
}

/** Through the process, not by an import: what is bundled for a browser has nothing of Node in it. */
function fileSystem(path: string): FileSystem {
  const { process } = globalThis as { readonly process?: Partial<Process> };
  const fs = process?.getBuiltinModule?.('node:fs');
  if (fs !== undefined) return fs;
  throw new ConfigurationError(
    path,
    `${path} cannot be read: there are no files here. loadConfig() needs Node; elsewhere pass the options yourself.`,
  );
}
