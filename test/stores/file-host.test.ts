import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.js';
import { nodeFileHost } from '../../src/stores/file-host.js';
import { systemError } from './file-scene.js';

describe('nodeFileHost', () => {
  it('knows this process, and one that ended', () => {
    const host = nodeFileHost();
    const { pid: ended } = spawnSync(process.execPath, ['-e', '']);
    expect(host.pid).toBe(process.pid);
    expect(host.isRunning(process.pid)).toBe(true);
    expect(host.isRunning(ended)).toBe(false);
    expect(host.startOf(ended)).toBe('?');
    expect(host.startOf(process.pid)).toMatch(process.platform === 'linux' ? /^\d+$/ : /^\?$/);
    expect(host.place).toMatch(/^\w+$/);
  });

  it('takes a process that may not be asked for a running one', () => {
    const kill = (): never => {
      throw systemError('EPERM');
    };
    const own = { pid: 7, kill, getBuiltinModule: process.getBuiltinModule.bind(process) };
    expect(nodeFileHost({ process: own }).isRunning(1)).toBe(true);
  });

  it('goes by the name of the machine where the system tells no more', () => {
    const modules = (name: string): unknown => {
      const builtin: unknown = process.getBuiltinModule(name);
      const readFileSync = (): never => {
        throw systemError('ENOENT');
      };
      return name === 'node:fs' ? { ...(builtin as object), readFileSync } : builtin;
    };
    const getBuiltinModule = modules as typeof process.getBuiltinModule;
    const own = { pid: 7, kill: process.kill.bind(process), getBuiltinModule };
    expect(nodeFileHost({ process: own }).place).not.toBe(nodeFileHost().place);
  });

  it.each([
    ['no process', {}],
    ['no modules', { process: {} }],
    ['a part of Node', { process: { pid: 1, getBuiltinModule: (() => undefined) as never } }],
  ])('refuses where there is %s', (_, globals) => {
    expect(() => nodeFileHost(globals)).toThrow(ConfigurationError);
  });
});
