/** The command line as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { withSimulator } from '../testing/with-simulator.js';
import { matching } from './expected.js';
import { environmentOf, folderOf } from './run-cli.js';

const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/esm/index.mjs')).href;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  argv: readonly string[],
  { environment = {}, stdin = 'ignore' }: { environment?: object; stdin?: 'ignore' | 'pipe' } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--import', tsx, join(root, 'src/cli/index.ts'), ...argv], {
    cwd: folderOf(),
    stdio: [stdin, 'pipe', 'pipe'],
    timeout: 30_000,
    env: { ...process.env, ROUTELLM_API_KEY: '', ROUTELLM_BASE_URL: '', ...environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data) => (stdout += String(data)));
  child.stderr?.on('data', (data) => (stderr += String(data)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

describe('the process', { timeout: 40_000 }, () => {
  it('does its work and ends by itself', async () => {
    const { code, stdout, stderr } = await start(['doctor', '--simulate']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Nothing failed; 0 warnings\.\n$/);
  });

  it('reads what is piped in, and streams what comes of it', async () => {
    const { child, ended } = start(['chat', '--simulate'], { stdin: 'pipe' });
    child.stdin?.end('Name three rivers.');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: matching(/^Simulated: /) });
    expect(stdout).toMatch(/^\[simulated /);
  });

  it('takes an empty stdin for no prompt', async () => {
    const { code, stderr } = await start(['chat', '--simulate']).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('The prompt is empty');
  });

  it('has code 1 where a check has failed, and keeps JSON clean of the log', async () => {
    const { code, stdout } = await start(['doctor', '--json'], { environment: { ROUTELL_LOG: 'debug' } })
      .ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ success: false });
  });

  it('ends quietly when nobody reads', async () => {
    const { child, ended } = start(['models', '--simulate']);
    child.stdout?.destroy();
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.skipIf(process.platform === 'win32')('ends with 130 by Ctrl-C, its request with it', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'stall', tokens: 5 }] });
    const { child, ended } = start(['chat', 'hi'], { environment: environmentOf(simulator) });
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stderr } = await ended;
    await simulator.settled();
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'Interrupted.\n' });
  });
});
