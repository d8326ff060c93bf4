import { type Clock, systemClock } from '../clock.js';
import { consoleLogger } from '../console-logger.js';
import { ConfigurationError } from '../errors.js';
import { guardedLogger } from '../guarded-logger.js';
import type { BudgetsStore, JournalStore, SnapshotsStore, Stores } from '../stores.js';
import type { Logger } from '../types.js';
import { DirectoryOwner } from './directory-owner.js';
import { FileBudgets } from './file-budgets.js';
import { directoryError } from './file-errors.js';
import { type FileHost, nodeFileHost } from './file-host.js';
import { FileJournal } from './file-journal.js';
import { FileSnapshots } from './file-snapshots.js';

export interface FileStoresOptions {
  /** A folder for these files alone, of one process at a time. Made where it is not there. */
  readonly directory: string;
  /**
   * What acknowledged records outlive: the end of the `process`, however it comes, or also that of the machine. `disk`
   * waits until the disk has them, some milliseconds.
   * @default 'process'
   */
  readonly durability?: 'process' | 'disk';
  /** Days after which records of the journal are removed, a file at a time; `null`: never. @default null */
  readonly retentionDays?: number | null;
  /** @default the console, warnings and errors */
  readonly logger?: Logger;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** Ports on files: give it to one or more clients as `stores`. Rate limits stay in memory. */
export interface FileStores extends Pick<Stores, 'budgets' | 'journal' | 'snapshots'>, AsyncDisposable {
  /**
   * Gives the directory to whoever opens it next, once what is under way is written. A process that ends without it
   * loses nothing that was acknowledged.
   */
  close(): Promise<void>;
}

/** Its methods are none of its own fields: as the option `stores` it has the ports only. */
class OpenFileStores implements FileStores {
  readonly budgets: BudgetsStore;
  readonly journal: JournalStore;
  readonly snapshots: SnapshotsStore;
  readonly #close: () => Promise<void>;

  constructor(options: FileStoresOptions, host: FileHost) {
    const { retentionDays = null, clock = systemClock, durability } = options;
    const logger = guardedLogger(options.logger ?? consoleLogger('warn'));
    // Whatever the working directory is later.
    const directory = host.absolute(options.directory);
    host.fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const owner = new DirectoryOwner(directory, host, logger);
    const common = { host, isForced: durability === 'disk', checkOwner: () => owner.check(), logger };
    try {
      const journal = new FileJournal({ ...common, directory: `${directory}/journal`, retentionDays, clock });
      const budgets = new FileBudgets({ ...common, path: `${directory}/budgets.jsonl` });
      this.journal = journal;
      this.budgets = budgets;
      this.snapshots = new FileSnapshots({ ...common, directory: `${directory}/snapshots` });
      this.#close = async () => {
        await Promise.all([journal.close(), budgets.close()]);
        owner.release();
      };
    } catch (error) {
      owner.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * The journal, the budgets and what the router learned, on files in one directory: they outlive the process.
 *
 * ```ts
 * const client = new RouteLLClient({ stores: fileStores({ directory: 'routell-data' }) });
 * ```
 *
 * Needs Node, and a disk of this machine.
 * @throws {ConfigurationError} where the directory cannot be used, or another process uses it.
 */
export function fileStores(options: FileStoresOptions): FileStores {
  checkOptions(options);
  return openFileStores(options, nodeFileHost());
}

/** The same on a host of one's own. */
export function openFileStores(options: FileStoresOptions, host: FileHost): FileStores {
  try {
    return new OpenFileStores(options, host);
  } catch (error) {
    throw directoryError(options.directory, error);
  }
}

function checkOptions({ directory, durability, retentionDays }: FileStoresOptions): void {
  if (typeof directory !== 'string' || directory.trim() === '') {
    throw new ConfigurationError('directory', 'directory must be the path of a folder.');
  }
  if (![undefined, 'process', 'disk'].includes(durability)) {
    throw new ConfigurationError('durability', `durability must be 'process' or 'disk', got ${durability}.`);
  }
  if (retentionDays !== undefined && retentionDays !== null && !(retentionDays > 0)) {
    throw new ConfigurationError(
      'retentionDays',
      `retentionDays must be a number of days above 0, or null, got ${retentionDays}.`,
    );
  }
}
