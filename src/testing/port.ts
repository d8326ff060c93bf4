import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FaultFields } from './faults/fields.js';
import type { SimulatorClock } from './time.js';

const LOOPBACK = '127.0.0.1';
/** How soon a port that somebody else has taken meanwhile is tried again. */
const TRY_AGAIN_MS = 10;

/** The port of a server: closed for a while when a fault says so, and open again under the same number. */
export class Port {
  readonly #server: Server;
  readonly #clock: SimulatorClock;
  /** Every connection, also one whose TLS handshake is not over, which the server does not know yet. */
  readonly #sockets = new Set<Socket>();
  #outage = new AbortController();
  #number = 0;
  #isWanted = true;
  #reopening: Promise<void> | null = null;

  constructor(server: Server, clock: SimulatorClock) {
    this.#server = server;
    this.#clock = clock;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get number(): number {
    return this.#number;
  }

  async open(wanted: number): Promise<void> {
    this.#server.listen(wanted, LOOPBACK);
    await once(this.#server, 'listening');
    this.#number = (this.#server.address() as AddressInfo).port;
  }

  /** Closes and opens as the rule says, at once where it says so; without one it is open. */
  follow(outage: FaultFields | null): void {
    this.#outage.abort();
    this.#outage = new AbortController();
    if (outage === null) this.#reopen();
    // Ended by the next rules, or with the port.
    else this.#flap(outage, this.#outage.signal).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#outage.abort();
    this.#isWanted = false;
    await this.#reopening;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#breakOff();
    });
  }

  async #flap({ upMs = 0, downMs = Infinity }: FaultFields, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (upMs > 0) {
        this.#reopen();
        await this.#clock.sleep(upMs, signal);
      }
      this.#shut();
      await this.#clock.sleep(downMs, signal);
    }
  }

  #reopen(): void {
    this.#isWanted = true;
    this.#reopening ??= this.#listenAgain().finally(() => (this.#reopening = null));
  }

  async #listenAgain(): Promise<void> {
    while (this.#isWanted && !this.#server.listening) {
      await this.open(this.#number).catch(() => this.#clock.sleep(TRY_AGAIN_MS));
    }
    // Listening takes a moment, in which other rules may have come.
    if (!this.#isWanted) this.#shut();
  }

  #shut(): void {
    this.#isWanted = false;
    if (!this.#server.listening) return;
    this.#server.close();
    this.#breakOff();
  }

  #breakOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
