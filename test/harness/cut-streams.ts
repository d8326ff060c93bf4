import { IncompleteStreamError, RouteLLClient, RouteLLError } from 'routell';
import { cutStream, isOrderly, startCutUpstream } from './cut-upstream.js';
import { Findings } from './findings.js';

export interface CutOptions {
  readonly streams: number;
  /** Stream number n is that of the seed `seed + n`. */
  readonly seed: number;
  /** @default 32 */
  readonly concurrency?: number;
  /** Told after each batch. */
  readonly onProgress?: (streams: number) => void;
}

export interface CutReport {
  readonly findings: Findings;
  /** Streams by how they were sent and how they ended: `success`, or the code of the error. */
  readonly endings: Readonly<Record<string, number>>;
}

const BATCH_STREAMS = 1000;

/** Reads streams that are cut in every way, over real sockets, and looks that none of them is taken for whole. */
export async function runCutStreams(options: CutOptions): Promise<CutReport> {
  const { streams, seed, concurrency = 32, onProgress } = options;
  const findings = new Findings();
  const endings: Record<string, number> = {};
  const upstream = await startCutUpstream();
  try {
    for (let first = 0; first < streams; first += BATCH_STREAMS) {
      const client = clientOn(upstream.baseURL);
      const end = Math.min(streams, first + BATCH_STREAMS);
      let next = first;
      const worker = async (): Promise<void> => {
        while (next < end) {
          const ending = await readCut(client, seed + next++, findings);
          endings[ending] = (endings[ending] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      await client.close({ graceMs: 0 });
      onProgress?.(end);
    }
  } finally {
    upstream.close();
  }
  return { findings, endings };
}

function clientOn(baseURL: string): RouteLLClient {
  return new RouteLLClient({
    apiKey: 'test-key',
    baseURL,
    rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
    retries: { maxRetries: 0 },
    monitoring: { enabled: false, logLevel: 'silent' },
  });
}

/** How a stream ended for its reader. */
interface Read {
  readonly text: string;
  readonly pieces: number;
  /** `success`, `untyped`, or the code of the error. */
  readonly ending: string;
  readonly partial: unknown;
}

async function read(client: RouteLLClient, seed: number): Promise<Read> {
  // A model of its own each, so that none is held to be down for the others.
  const stream = client.streamCompletion([{ role: 'user', content: 'x' }], { model: `stream-${seed}` });
  let [text, pieces] = ['', 0];
  try {
    for await (const piece of stream) {
      text += piece;
      pieces += 1;
    }
    return { text, pieces, ending: 'success', partial: null };
  } catch (error) {
    const ending = RouteLLError.isInstance(error) ? error.code : 'untyped';
    const partial = error instanceof IncompleteStreamError ? error.partial : null;
    return { text, pieces, ending, partial };
  }
}

/** Reads the stream of a seed to its end, and says how it ended. */
async function readCut(client: RouteLLClient, seed: number, findings: Findings): Promise<string> {
  const cut = cutStream(seed);
  const { text, pieces, ending, partial } = await read(client, seed);
  const detail = (): string => `seed ${seed}, ${cut.kind}: ${ending}, '${text}' of '${cut.text}'`;
  findings.check('I8 what arrives is a prefix of what was said', cut.text.startsWith(text), detail);
  if (cut.kind === 'whole') {
    findings.check('a whole stream is a success', ending === 'success' && text === cut.text, detail);
    return `whole: ${ending}`;
  }
  findings.check('I7 no cut stream is a success', ending !== 'success', detail);
  findings.check('I10 every error is typed', ending !== 'untyped', detail);
  if (isOrderly(cut)) findings.check('I8 what was sent whole arrives', text === cut.sentText, detail);
  if (pieces === 0) return `cut before the first token: ${ending}`;
  findings.check('I7 after a token it is an IncompleteStreamError', ending === 'incomplete-stream', detail);
  findings.check('I7 the error holds what arrived', partial === text, detail);
  return `cut after the first token: ${ending}`;
}
