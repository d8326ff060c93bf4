type Process = Pick<NodeJS.Process, 'getBuiltinModule' | 'versions'>;

export type NodeHttp = ReturnType<typeof process.getBuiltinModule<'node:http'>>;
export type NodeHttps = ReturnType<typeof process.getBuiltinModule<'node:https'>>;
export type NodeZlib = ReturnType<typeof process.getBuiltinModule<'node:zlib'>>;
export type ClientRequest = InstanceType<NodeHttp['ClientRequest']>;
export type IncomingMessage = InstanceType<NodeHttp['IncomingMessage']>;
export type Socket = IncomingMessage['socket'];

/** What of Node the transport is made of. */
export interface NodeModules {
  readonly http: NodeHttp;
  readonly https: NodeHttps;
  readonly zlib: NodeZlib;
}

/**
 * Through the process, not by an import: what is bundled for a browser has nothing of Node in it.
 * `null` where this is not Node: others have its modules too, and a faster fetch.
 */
export function nodeModules(
  globals: { readonly process?: Partial<Process> } = globalThis,
): NodeModules | null {
  const { process } = globals;
  const versions: Readonly<Record<string, string | undefined>> = process?.versions ?? {};
  if (process?.getBuiltinModule === undefined || versions['node'] === undefined) return null;
  if (versions['bun'] !== undefined || versions['deno'] !== undefined) return null;
  // Some runtimes have a process, and not all of Node's modules.
  const builtin = process.getBuiltinModule as (name: string) => unknown;
  const [http, https, zlib] = ['node:http', 'node:https', 'node:zlib'].map((name) => builtin(name));
  if (http === undefined || https === undefined || zlib === undefined) return null;
  return { http, https, zlib } as NodeModules;
}
