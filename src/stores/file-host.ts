import { ConfigurationError } from '../errors.js';

type Process = Pick<NodeJS.Process, 'getBuiltinModule' | 'pid' | 'kill'>;
type NodeFileSystem = ReturnType<typeof process.getBuiltinModule<'node:fs'>>;

/** What of `node:fs` the stores are made of. */
export type FileSystem = Pick<
  NodeFileSystem,
  | 'closeSync'
  | 'fdatasync'
  | 'fsync'
  | 'mkdirSync'
  | 'openSync'
  | 'promises'
  | 'readFileSync'
  | 'readdirSync'
  | 'readlinkSync'
  | 'renameSync'
  | 'symlinkSync'
  | 'truncateSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'
>;

/** The machine as the stores on files see it. */
export interface FileHost {
  readonly fs: FileSystem;
  readonly crc32: (data: string | Uint8Array) => number;
  /** A path that does not depend on the working directory. */
  readonly absolute: (path: string) => string;
  readonly pid: number;
  /** Where process ids mean the same: this machine since it was started, and this container. */
  readonly place: string;
  readonly isRunning: (pid: number) => boolean;
  /** When a process started, as the system tells it; `?` where it does not. Ids are given again. */
  readonly startOf: (pid: number) => string;
}

/**
 * Through the process, not by an import: what is bundled for a browser has nothing of Node in it.
 * @throws {ConfigurationError} where there are no files.
 */
export function nodeFileHost(globals: { readonly process?: Partial<Process> } = globalThis): FileHost {
  const { fs, zlib, os, path, process } = nodeOf(globals.process ?? {});
  const { pid } = process;
  return {
    fs,
    crc32: (data) => zlib.crc32(data),
    absolute: (relative) => path.resolve(relative),
    pid,
    place: zlib.crc32(placeOf(fs, os.hostname())).toString(36),
    isRunning: (asked) => isRunning(process, asked),
    startOf: (asked) => startOf(fs, asked),
  };
}

interface Node {
  readonly fs: NodeFileSystem;
  readonly zlib: ReturnType<typeof process.getBuiltinModule<'node:zlib'>>;
  readonly os: ReturnType<typeof process.getBuiltinModule<'node:os'>>;
  readonly path: ReturnType<typeof process.getBuiltinModule<'node:path'>>;
  readonly process: Process;
}

/** Some runtimes have a process, and not all of Node's modules. */
function nodeOf(process: Partial<Process>): Node {
  const load = process.getBuiltinModule;
  const [fs, zlib, os, path] = ['fs', 'zlib', 'os', 'path'].map((name) => load?.(`node:${name}`));
  const node: Partial<Record<keyof Node, unknown>> = { fs, zlib, os, path, process };
  const isWhole = Object.values(node).every((part) => part !== undefined) && process.pid !== undefined;
  if (isWhole && (zlib as Partial<Node['zlib']>).crc32 !== undefined) return node as Node;
  throw noFiles();
}

function noFiles(): ConfigurationError {
  return new ConfigurationError(
    'directory',
    'fileStores() needs Node: there are no files here. Use memoryStores(), or stores of your own.',
  );
}

/** Of Linux also the start of the machine and the container: each counts process ids anew. */
function placeOf(fs: FileSystem, hostName: string): string {
  try {
    const start = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    return `${start} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostName;
  }
}

function isRunning(process: Process, pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be asked, but is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(fs: FileSystem, pid: number): string {
  try {
    const status = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name, in parentheses, and may hold anything; the start is the 22nd.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '?';
  } catch {
    return '?';
  }
}
